package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.tensor.Tensor;

/** A layer that can run an activation behind it in the same operation. */
interface TakesActivation {
  /** The layer, and the activation on its result. */
  Tensor apply(Tensor x, Unary activation);
}
