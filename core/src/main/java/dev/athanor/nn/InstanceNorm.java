package dev.athanor.nn;

import dev.athanor.ops.Normalization;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Normalisation of each channel of each example of {@code x[N, C, spatial…]}, in training and evaluation alike. Without
 * parameters at first, as in PyTorch; with {@link #affine}, {@code weight} and {@code bias [C]}. Source: D. Ulyanov et al., 2016.
 */
public final class InstanceNorm extends Layer {
  private long channels;
  private double epsilon = 1e-5;
  private boolean affine;
  private Tensor weight;
  private Tensor bias;

  /** For the given number of channels; 0 leaves it to the first batch. */
  public InstanceNorm(long channels) {
    Checks.require(channels >= 0, "InstanceNorm", "the number of channels must not be negative: " + channels);
    this.channels = channels;
  }

  /** Added to the variance. Returns this layer. */
  public InstanceNorm epsilon(double value) {
    Checks.require(value >= 0, "InstanceNorm", "epsilon must not be negative: " + value);
    epsilon = value;
    return this;
  }

  /** With or without a learned scale and shift. Returns this layer. */
  public InstanceNorm affine(boolean wanted) {
    affine = wanted;
    return this;
  }

  @Override
  protected boolean needsInputShape() {
    return channels == 0;
  }

  @Override
  protected void build(Shape input) {
    if (channels == 0) {
      Checks.require(input.rank() >= 3, "InstanceNorm", "the input must be [N, C, spatial…], not " + input);
      channels = input.dim(1);
    }
    if (affine) {
      weight = parameter("weight", Shape.of(channels), Initializer.constant(1), channels, channels);
      bias = parameter("bias", Shape.of(channels), Initializer.zeros(), channels, channels);
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.require(x.rank() >= 3 && x.dim(1) == channels, "InstanceNorm", () -> "the input must be [N, " + channels
        + ", spatial…], not " + x.shape());
    Checks.require(!isTraining() || x.shape().range(2, x.rank()).size() != 1, "InstanceNorm",
        () -> "training needs more than one element per channel, x is " + x.shape());
    return Normalization.group(x, channels, weight, bias, epsilon);
  }

  @Override
  public String toString() {
    return "InstanceNorm(" + (channels == 0 ? "?" : channels) + (affine ? ", affine)" : ")");
  }
}
