package dev.athanor.optim;

import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * Structural risk as a part of the objective: {@code l1·Σ|w| + ½·l2·Σw²} over the model's weights (parameters of two axes or
 * more; not biases, nor the factors and offsets of normalizations). ½·l2·‖W‖²_F has the gradient l2·W: under plain gradient
 * descent the same as a weight decay of l2, under Adam and its kin not. Decoupled weight decay is a setting of the optimizer,
 * apart from this.
 *
 * @param l1 the factor of the sum of absolute values; not negative
 * @param l2 the factor of half the squared Frobenius norm; not negative
 */
public record Penalty(double l1, double l2) {
  /** Checks the ranges. */
  public Penalty {
    Checks.require(l1 >= 0 && l2 >= 0 && l1 + l2 > 0 && Double.isFinite(l1 + l2), "penalty", "the factors must be finite and not "
        + "negative, and one of them above 0: " + l1 + ", " + l2);
  }

  /** l1·Σ|w|. */
  public static Penalty l1(double factor) {
    return new Penalty(factor, 0);
  }

  /** ½·l2·Σw². */
  public static Penalty l2(double factor) {
    return new Penalty(0, factor);
  }

  /** The penalty of a model as it is now, a scalar that can be differentiated. The model has a weight. */
  public Tensor of(Layer model) {
    Tensor sum = null;
    for (Tensor w : model.parameters().values()) {
      if (w.rank() >= 2) {
        sum = l1 > 0 ? plus(sum, w.abs().sum().mul(l1)) : sum;
        sum = l2 > 0 ? plus(sum, w.square().sum().mul(l2 / 2)) : sum;
      }
    }
    Checks.require(sum != null, "penalty", "the model has no weights of two axes or more");
    return sum;
  }

  private static Tensor plus(Tensor sum, Tensor term) {
    return sum == null ? term : sum.add(term);
  }
}
