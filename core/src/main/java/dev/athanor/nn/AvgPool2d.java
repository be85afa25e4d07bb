package dev.athanor.nn;

import dev.athanor.backend.Window;
import dev.athanor.ops.Pooling;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** The mean of each window of {@code x[N, C, H, W]}. */
public final class AvgPool2d extends Layer {
  private final long kernel;
  private long stride;
  private long padding;
  private Window window;
  private boolean countPadding = true;

  /** Square windows side by side. */
  public AvgPool2d(long kernel) {
    Checks.require(kernel > 0, "AvgPool2d", "the kernel must be positive: " + kernel);
    this.kernel = kernel;
    this.stride = kernel;
  }

  /** The step between windows; the kernel's size at first. Returns this layer. */
  public AvgPool2d stride(long value) {
    stride = value;
    return this;
  }

  /** Padding on every side, less than the kernel's size. Returns this layer. */
  public AvgPool2d padding(long value) {
    padding = value;
    return this;
  }

  /** Whether padding counts as zeros (at first) or is left out of the mean. Returns this layer. */
  public AvgPool2d countPadding(boolean wanted) {
    countPadding = wanted;
    return this;
  }

  @Override
  protected void build(Shape input) {
    window = new Window(both(kernel), both(stride), both(padding), both(padding), both(1), 1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Pooling.average(x, window, countPadding);
  }

  private static long[] both(long value) {
    return new long[] {value, value};
  }

  @Override
  public String toString() {
    return "AvgPool2d(" + kernel + (stride == kernel ? "" : ", stride=" + stride) + (padding == 0 ? "" : ", padding=" + padding)
        + ")";
  }
}
