package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * The hinge loss of support vector machines: {@code max(0, margin − s·x)}, or its square, for a score x and the sign s of its
 * class: +1 where the target is positive, −1 where it is 0 or −1. Prediction and target have one shape and type. Source: C.
 * Cortes and V. Vapnik, 1995.
 *
 * @param reduction over all elements
 * @param margin how far a score must be on the right side, 1 usually
 * @param squared whether the loss is squared, which makes it smooth
 */
public record Hinge(Reduction reduction, double margin, boolean squared) implements Loss {
  /** Checks the margin. */
  public Hinge {
    Checks.require(margin >= 0, "Hinge", () -> "the margin must not be negative: " + margin);
  }

  /** The mean with margin 1. */
  public Hinge() {
    this(Reduction.MEAN, 1, false);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check("Hinge", prediction, target);
    Tensor sign = target.gt(0).cast(prediction.dtype()).mul(2).sub(1);
    Tensor missing = prediction.mul(sign).rsub(margin).relu();
    return reduction.of(squared ? missing.square() : missing);
  }
}
