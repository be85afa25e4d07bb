package dev.athanor.nn;

import dev.athanor.ops.Normalization;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Normalisation of {@code x[N, C, …]} over groups of neighbouring channels of each example. Parameters {@code weight} and
 * {@code bias [C]}. Source: Y. Wu and K. He, ECCV 2018.
 */
public final class GroupNorm extends Layer {
  private final long groups;
  private long channels;
  private double epsilon = 1e-5;
  private boolean affine = true;
  private Tensor weight;
  private Tensor bias;

  /** So many groups of so many channels in all; 0 channels are left to the first batch. */
  public GroupNorm(long groups, long channels) {
    Checks.require(groups > 0 && channels >= 0 && channels % groups == 0, "GroupNorm", channels
        + " channels cannot be split into " + groups + " groups");
    this.groups = groups;
    this.channels = channels;
  }

  /** Added to the variance. Returns this layer. */
  public GroupNorm epsilon(double value) {
    Checks.require(value >= 0, "GroupNorm", "epsilon must not be negative: " + value);
    epsilon = value;
    return this;
  }

  /** With or without a learned scale and shift. Returns this layer. */
  public GroupNorm affine(boolean wanted) {
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
      Checks.require(input.rank() >= 2, "GroupNorm", "the input must be [N, C, …], not " + input);
      channels = input.dim(1);
    }
    if (affine) {
      weight = parameter("weight", Shape.of(channels), Initializer.constant(1), channels, channels);
      bias = parameter("bias", Shape.of(channels), Initializer.zeros(), channels, channels);
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Normalization.group(x, groups, weight, bias, epsilon);
  }

  @Override
  public String toString() {
    return "GroupNorm(" + groups + ", " + (channels == 0 ? "?" : channels) + ")";
  }
}
