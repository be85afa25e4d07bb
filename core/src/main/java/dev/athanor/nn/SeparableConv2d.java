package dev.athanor.nn;

import dev.athanor.tensor.Tensor;

/**
 * A convolution of {@code x[N, C, H, W]} in two parts: {@code depthwise}, each channel by itself, and {@code pointwise}, 1×1 over
 * all channels. k²·C + C·out products for each position instead of k²·C·out. Source: F. Chollet, CVPR 2017.
 */
public final class SeparableConv2d extends Layer {
  private final Conv2d depthwise;
  private final Conv2d pointwise;

  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels, which the depthwise part keeps; 0 leaves them to the first batch
   * @param kernel one size for both sides, or two
   */
  public SeparableConv2d(long in, long out, long... kernel) {
    depthwise = child("depthwise", new Conv2d(in, in, kernel).depthwise());
    pointwise = child("pointwise", new Conv2d(in, out, 1));
  }

  /** The step between windows. Returns this layer. */
  public SeparableConv2d stride(long... value) {
    depthwise.stride(value);
    return this;
  }

  /** Zeros on both sides of each axis. Returns this layer. */
  public SeparableConv2d padding(long... value) {
    depthwise.padding(value);
    return this;
  }

  /** With or without biases. Returns this layer. */
  public SeparableConv2d bias(boolean wanted) {
    depthwise.bias(wanted);
    pointwise.bias(wanted);
    return this;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return pointwise.apply(depthwise.apply(x));
  }
}
