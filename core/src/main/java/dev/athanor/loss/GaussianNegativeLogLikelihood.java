package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * The negative log-likelihood of numbers under normal distributions that the network predicts with mean μ and variance σ²:
 * {@code ½(ln v + (μ − t)²/v)} with v = max(σ², ε). Below ε the gradient is that at ε, so that it leads out. Source: D. Nix and
 * A. Weigend, 1994; as PyTorch's gaussian_nll_loss.
 *
 * @param reduction over all elements
 * @param full whether the constant ½ln 2π is added
 * @param epsilon ε, above 0
 */
public record GaussianNegativeLogLikelihood(Reduction reduction, boolean full, double epsilon) {
  private static final String NAME = "GaussianNegativeLogLikelihood";

  /** Checks ε. */
  public GaussianNegativeLogLikelihood {
    Checks.require(epsilon > 0, NAME, () -> "epsilon must be above 0, not " + epsilon);
  }

  /** The mean without the constant, ε = 10⁻⁶. */
  public GaussianNegativeLogLikelihood() {
    this(Reduction.MEAN, false, 1e-6);
  }

  /** The loss; all three have one shape and type. */
  public Tensor of(Tensor mean, Tensor target, Tensor variance) {
    Reduction.check(NAME, mean, target);
    Checks.sameType(NAME, mean, variance);
    Checks.shape(NAME, "the variance", variance, mean.shape());
    Tensor given = variance.detach();
    Tensor lift = given.clamp(epsilon, Double.POSITIVE_INFINITY).sub(given); // constant: gradients pass beside the clamp
    Tensor v = variance.add(lift);
    Tensor each = v.log().add(mean.sub(target).square().div(v)).mul(0.5);
    return reduction.of(full ? each.add(0.5 * Math.log(2 * Math.PI)) : each);
  }
}
