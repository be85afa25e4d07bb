package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * Cross-entropy that gives less weight to what is right already: {@code (1 − p_t)^γ · (−ln p_t)}, p_t the probability given to
 * the truth. From logits: with targets in [0, 1] of the logits' shape by the logistic function, with classes by the softmax.
 * Source: T.-Y. Lin et al., ICCV 2017.
 *
 * @param reduction over all elements, or over the examples
 * @param gamma γ, 0 (plain cross-entropy) or at least 1
 * @param alpha for targets in [0, 1], the weight of the ones, 1 − α being that of the zeros; negative for neither
 */
public record Focal(Reduction reduction, double gamma, double alpha) implements Loss {
  private static final String NAME = "Focal";

  /** Checks the options. */
  public Focal {
    Checks.require(gamma == 0 || gamma >= 1, NAME, () -> "gamma must be 0 or at least 1 (between, the gradient has a pole), not "
        + gamma);
    Checks.require(alpha <= 1, NAME, () -> "alpha must be in [0, 1], or negative for none, not " + alpha);
  }

  /** The mean with γ = 2 and α = ¼, as the paper recommends. */
  public Focal() {
    this(Reduction.MEAN, 2, 0.25);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    if (target.dtype().isInteger()) {
      Tensor each = new CrossEntropy(Reduction.NONE).of(prediction, target);
      return reduction.of(each.neg().expm1().neg().pow(gamma).mul(each)); // 1 − p = 1 − e^(−loss)
    }
    Tensor each = new BinaryCrossEntropy(Reduction.NONE).of(prediction, target);
    Tensor wrong = prediction.sigmoid().mul(target.rsub(1)).add(prediction.neg().sigmoid().mul(target));
    Tensor focused = wrong.pow(gamma).mul(each);
    return reduction.of(alpha < 0 ? focused : focused.mul(target.mul(2 * alpha - 1).add(1 - alpha)));
  }
}
