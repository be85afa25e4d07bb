package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
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

  /** The mean is {@code Σ values / Σ weights}: values come weighted already. */
  Tensor of(Tensor values, Tensor weights) {
    return this == MEAN ? values.sum().div(weights.sum()) : of(values);
  }

  /** Targets of a loss per element: numbers of the prediction's shape and type. */
  static void check(String loss, Tensor prediction, Tensor target) {
    Checks.require(!target.dtype().isInteger(), loss, () -> "the target must be numbers of the prediction's type, not classes: "
        + Checks.show("target", target) + "; for classes use CrossEntropy");
    Checks.floating(loss, "the prediction", prediction);
    Checks.sameType(loss, prediction, target);
    Checks.shape(loss, "the target", target, prediction.shape());
  }

  /** Class scores {@code [N, C, …]} and a class {@code [N, …]} for each. */
  static void checkClasses(String loss, Tensor scores, Tensor target) {
    checkScores(loss, scores);
    Checks.require(target.dtype().isInteger(), loss, () -> "the target must be classes, int32 or int64, not "
        + Checks.show("target", target) + "; soft targets need the prediction's shape " + scores.shape()
        + "; for yes or no use BinaryCrossEntropy, for numbers MeanSquaredError");
    Checks.sameDevice(loss, scores, target);
    Checks.shape(loss, "the target", target, withoutClasses(scores.shape()));
  }

  static void checkScores(String loss, Tensor scores) {
    Checks.floating(loss, "the prediction", scores);
    Checks.require(scores.rank() >= 2, loss, () -> "the prediction must be scores [N, classes, …], not "
        + Checks.show("prediction", scores));
  }

  /** One weight for each class. */
  static void checkWeights(String loss, Tensor weights, Tensor scores) {
    if (weights != null) {
      Checks.sameType(loss, scores, weights);
      Checks.shape(loss, "the classes' weights", weights, Shape.of(scores.dim(1)));
    }
  }

  /** {@code [N, …]} of {@code [N, C, …]}. */
  static Shape withoutClasses(Shape scores) {
    return scores.range(0, 1).concat(scores.range(2, scores.rank()));
  }

  /** {@code [N·…, C]} of {@code [N, C, …]}. */
  static Tensor rows(Tensor scores) {
    if (scores.rank() == 2) {
      return scores;
    }
    int[] order = new int[scores.rank()];
    for (int i = 1; i < order.length - 1; i++) {
      order[i] = i + 1;
    }
    order[order.length - 1] = 1;
    return scores.permute(order).reshape(scores.size() / Math.max(1, scores.dim(1)), scores.dim(1));
  }
}
