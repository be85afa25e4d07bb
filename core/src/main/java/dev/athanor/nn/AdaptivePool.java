package dev.athanor.nn;

import dev.athanor.ops.Pooling;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * Pooling of {@code x[N, C, spatial…]} to a given size, whatever the input's: output i of an axis covers the elements from
 * ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉, as PyTorch divides it.
 */
public final class AdaptivePool extends Layer {
  private final boolean max;
  private final long[] sizes;

  private AdaptivePool(boolean max, long[] sizes) {
    Checks.require(sizes.length > 0 && Arrays.stream(sizes).allMatch(s -> s > 0), "AdaptivePool",
        "give a positive size for each spatial axis, not " + Arrays.toString(sizes));
    this.max = max;
    this.sizes = sizes.clone();
  }

  /** The mean; one size for each spatial axis. */
  public static AdaptivePool average(long... sizes) {
    return new AdaptivePool(false, sizes);
  }

  /** The largest element; one size for each spatial axis. */
  public static AdaptivePool max(long... sizes) {
    return new AdaptivePool(true, sizes);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Pooling.adaptive(x, max, sizes);
  }

  @Override
  public String toString() {
    return "AdaptivePool." + (max ? "max" : "average") + Arrays.toString(sizes).replace('[', '(').replace(']', ')');
  }
}
