package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/**
 * The cross-entropy of a sigmoid with a target in [0, 1], from the logit x: {@code ln(1 + eˣ) − x·t}, which is
 * {@code −t·ln σ(x) − (1 − t)·ln(1 − σ(x))} without its overflow. Prediction and target have one shape and type.
 *
 * @param reduction over all elements
 */
public record BinaryCrossEntropy(Reduction reduction) implements Loss {
  /** The mean over all elements. */
  public BinaryCrossEntropy() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor of(Tensor logits, Tensor target) {
    Reduction.check("BinaryCrossEntropy", logits, target);
    return reduction.of(logits.softplus().sub(logits.mul(target)));
  }
}
