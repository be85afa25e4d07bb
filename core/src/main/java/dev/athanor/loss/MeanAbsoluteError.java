package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/**
 * |prediction − target|, of one shape and type; the gradient where they are equal is 0.
 *
 * @param reduction over all elements
 */
public record MeanAbsoluteError(Reduction reduction) implements Loss {
  /** The mean over all elements. */
  public MeanAbsoluteError() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check("MeanAbsoluteError", prediction, target);
    return reduction.of(prediction.sub(target).abs());
  }
}
