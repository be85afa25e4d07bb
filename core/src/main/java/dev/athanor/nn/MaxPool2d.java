package dev.athanor.nn;

import dev.athanor.backend.Window;
import dev.athanor.ops.Pooling;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** The largest element of each window of {@code x[N, C, H, W]}. */
public final class MaxPool2d extends Layer {
  private final long kernel;
  private long stride;
  private long padding;
  private Window window;

  /** Square windows side by side. */
  public MaxPool2d(long kernel) {
    Checks.require(kernel > 0, "MaxPool2d", "the kernel must be positive: " + kernel);
    this.kernel = kernel;
    this.stride = kernel;
  }

  /** The step between windows; the kernel's size at first. Returns this layer. */
  public MaxPool2d stride(long value) {
    stride = value;
    return this;
  }

  /** Padding on every side, less than the kernel's size. Returns this layer. */
  public MaxPool2d padding(long value) {
    padding = value;
    return this;
  }

  @Override
  protected void build(Shape input) {
    window = new Window(both(kernel), both(stride), both(padding), both(padding), both(1), 1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Pooling.max(x, window);
  }

  private static long[] both(long value) {
    return new long[] {value, value};
  }

  @Override
  public String toString() {
    return "MaxPool2d(" + kernel + (stride == kernel ? "" : ", stride=" + stride) + (padding == 0 ? "" : ", padding=" + padding)
        + ")";
  }
}
