package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/**
 * (prediction − target)², of one shape and type.
 *
 * @param reduction over all elements
 */
public record MeanSquaredError(Reduction reduction) implements Loss {
  /** The mean over all elements. */
  public MeanSquaredError() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check("MeanSquaredError", prediction, target);
    return reduction.of(prediction.sub(target).square());
  }
}
