package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/** How a loss per element or example becomes the result. */
public enum Reduction {
  /** One value per element or example. */
  NONE,
  /** The mean of all. */
  MEAN,
  /** The sum of all. */
  SUM;

  Tensor of(Tensor values) {
    return switch (this) {
      case NONE -> values;
      case MEAN -> values.mean();
      case SUM -> values.sum();
    };
  }
}
