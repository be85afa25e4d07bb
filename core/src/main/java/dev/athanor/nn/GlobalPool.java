package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.stream.IntStream;

/** One number per channel: {@code x[N, C, spatial…]} becomes {@code [N, C]}, the mean or the largest element over space. */
public final class GlobalPool extends Layer {
  private final boolean max;

  private GlobalPool(boolean max) {
    this.max = max;
  }

  /** The mean. Source: M. Lin et al., ICLR 2014. */
  public static GlobalPool average() {
    return new GlobalPool(false);
  }

  /** The largest element; where several are equal they share the gradient. */
  public static GlobalPool max() {
    return new GlobalPool(true);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.require(x.rank() >= 3, "GlobalPool", () -> "the input must be [N, C, spatial…], not " + x.shape());
    int[] space = IntStream.range(2, x.rank()).toArray();
    return max ? x.max(false, space) : x.mean(false, space);
  }

  @Override
  public String toString() {
    return max ? "GlobalPool.max()" : "GlobalPool.average()";
  }
}
