package dev.athanor.nn;

import dev.athanor.autograd.Tape;
import dev.athanor.ops.Normalization;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Batch normalisation of {@code x[N, C, …]} per channel: by the batch's statistics in training, by running estimates in
 * evaluation. Parameters {@code weight} and {@code bias [C]}; buffers {@code running_mean}, {@code running_var} (unbiased) and
 * {@code num_batches_tracked}, as PyTorch keeps them. Source: S. Ioffe and C. Szegedy, ICML 2015.
 */
public final class BatchNorm extends Layer {
  private long channels;
  private double epsilon = 1e-5;
  private double momentum = 0.1;
  private boolean affine = true;
  private Tensor weight;
  private Tensor bias;
  private Tensor runningMean;
  private Tensor runningVariance;
  private Tensor batches;

  /** For the given number of channels; 0 leaves it to the first batch. */
  public BatchNorm(long channels) {
    Checks.require(channels >= 0, "BatchNorm", "the number of channels must not be negative: " + channels);
    this.channels = channels;
  }

  /** Added to the variance. Returns this layer. */
  public BatchNorm epsilon(double value) {
    Checks.require(value >= 0, "BatchNorm", "epsilon must not be negative: " + value);
    epsilon = value;
    return this;
  }

  /** How far the running estimates move with each batch, in [0, 1]. Returns this layer. */
  public BatchNorm momentum(double value) {
    Checks.require(value >= 0 && value <= 1, "BatchNorm", "the momentum must be in [0, 1], not " + value);
    momentum = value;
    return this;
  }

  /** How far the running estimates move with each batch. */
  public double momentum() {
    return momentum;
  }

  /** With or without a learned scale and shift. Returns this layer. */
  public BatchNorm affine(boolean wanted) {
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
      Checks.require(input.rank() >= 2, "BatchNorm", "the input must be [N, C, …], not " + input);
      channels = input.dim(1);
    }
    Shape c = Shape.of(channels);
    if (affine) {
      weight = parameter("weight", c, Initializer.constant(1), channels, channels);
      bias = parameter("bias", c, Initializer.zeros(), channels, channels);
    }
    runningMean = buffer("running_mean", dtype(), c, 0);
    runningVariance = buffer("running_var", dtype(), c, 1);
    batches = buffer("num_batches_tracked", DType.INT64, Shape.SCALAR, 0);
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (!isTraining()) {
      return Normalization.batchInference(x, weight, bias, runningMean, runningVariance, epsilon);
    }
    try (var _ = Tape.noGrad()) {
      batches.addInPlace(device().constant(DType.INT64, 1));
    }
    return Normalization.batch(x, weight, bias, runningMean, runningVariance, momentum, epsilon);
  }

  @Override
  public String toString() {
    return "BatchNorm(" + (channels == 0 ? "?" : channels) + ")";
  }
}
