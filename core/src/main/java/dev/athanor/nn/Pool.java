package dev.athanor.nn;

import dev.athanor.backend.Window;
import dev.athanor.ops.Pooling;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * What the pooling layers over windows of {@code x[N, C, spatial…]} share. The output's sides are ⌊(side + 2·padding −
 * dilation·(kernel − 1) − 1)/stride⌋ + 1. Settings take one number for all spatial axes or one for each.
 *
 * @param <P> the layer's own type
 */
public abstract sealed class Pool<P extends Pool<P>> extends Layer
    permits MaxPool1d, MaxPool2d, MaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d {
  private final int rank;
  private final boolean max;
  private final long[] kernel;
  private long[] stride;
  private long[] padding;
  private long[] dilation;
  private boolean countPadding = true;
  private Window window;

  Pool(int rank, boolean max, long... kernel) {
    this.rank = rank;
    this.max = max;
    this.kernel = Axes.of(name(), "kernel", rank, kernel);
    Checks.require(Arrays.stream(kernel).allMatch(k -> k > 0), name(), "the kernel must be positive: " + Axes.show(this.kernel));
    stride = this.kernel;
    padding = Axes.all(rank, 0);
    dilation = Axes.all(rank, 1);
  }

  @SuppressWarnings("unchecked")
  private P self() {
    return (P) this;
  }

  private String name() {
    return getClass().getSimpleName();
  }

  /** The step between windows; the kernel's size at first. Returns this layer. */
  public P stride(long... value) {
    stride = Axes.of(name(), "stride", rank, value);
    return self();
  }

  /** Padding on both sides, less than the kernel's size. Returns this layer. */
  public P padding(long... value) {
    padding = Axes.of(name(), "padding", rank, value);
    return self();
  }

  /** The distance between a window's elements. Returns this layer. */
  public P dilation(long... value) {
    dilation = Axes.of(name(), "dilation", rank, value);
    return self();
  }

  /** For means: whether padding counts as zeros (at first) or is left out. Returns this layer. */
  P countsPadding(boolean wanted) {
    countPadding = wanted;
    return self();
  }

  @Override
  protected void build(Shape input) {
    window = new Window(kernel, stride, padding, padding, dilation, 1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return max ? Pooling.max(x, window) : Pooling.average(x, window, countPadding);
  }

  @Override
  public String toString() {
    return name() + "(" + Axes.show(kernel) + (Arrays.equals(stride, kernel) ? "" : ", stride=" + Axes.show(stride))
        + Axes.unless(0, ", padding=", padding) + Axes.unless(1, ", dilation=", dilation) + (countPadding ? ")"
        : ", countPadding=false)");
  }
}
