package dev.athanor.loss;

import dev.athanor.tensor.Checks;
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

  /** Targets of a loss per element: numbers of the prediction's shape and type. */
  static void check(String loss, Tensor prediction, Tensor target) {
    Checks.require(!target.dtype().isInteger(), loss, () -> "the target must be numbers of the prediction's type, not classes: "
        + Checks.show("target", target) + "; for classes use CrossEntropy");
    Checks.sameType(loss, prediction, target);
    Checks.shape(loss, "the target", target, prediction.shape());
  }
}
