package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/** Measures how far predictions are from targets. */
@FunctionalInterface
public interface Loss {
  /**
   * The loss.
   *
   * @param prediction what the model gave
   * @param target what was expected; shape and type are the loss's to say
   */
  Tensor of(Tensor prediction, Tensor target);
}
