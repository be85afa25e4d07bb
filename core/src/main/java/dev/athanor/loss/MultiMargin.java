package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Tensor;

/**
 * The hinge loss of several classes: {@code w[t]·Σ_{c ≠ t} max(0, margin − x[t] + x[c])^p / C} for scores {@code x [N, C]} and
 * classes {@code [N]}. Source: J. Weston and C. Watkins, 1999; as PyTorch's multi_margin_loss.
 *
 * @param reduction over the examples; the mean divides by N
 * @param margin by how much the true class must win, 1 usually
 * @param power p, 1 or 2
 * @param weights {@code [C]}, of the scores' type, or null for 1
 */
public record MultiMargin(Reduction reduction, double margin, int power, Tensor weights) implements Loss {
  private static final String NAME = "MultiMargin";

  /** Checks the options. */
  public MultiMargin {
    Checks.require(margin >= 0, NAME, () -> "the margin must not be negative: " + margin);
    Checks.require(power == 1 || power == 2, NAME, () -> "the power must be 1 or 2, not " + power);
  }

  /** The mean with margin 1 and power 1. */
  public MultiMargin() {
    this(Reduction.MEAN, 1, 1, null);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.checkClasses(NAME, prediction, target);
    Checks.rank(NAME, "the prediction", prediction, 2);
    Reduction.checkWeights(NAME, weights, prediction);
    Tensor own = prediction.gather(1, target.unsqueeze(1));
    Tensor missing = prediction.sub(own).add(margin).relu();
    Tensor others = (power == 2 ? missing.square() : missing)
        .maskedFill(target.oneHot(prediction.dim(1)).cast(DType.BOOL), 0);
    Tensor each = others.sum(1).div(prediction.dim(1));
    return reduction.of(weights == null ? each : each.mul(weights.take(0, target)));
  }
}
