package dev.athanor.loss;

import dev.athanor.tensor.Tensor;

/**
 * The negative log-likelihood of counts t under Poisson distributions: from the logarithm x of the rate {@code eˣ − t·x}, from
 * the rate itself {@code x − t·ln(x + 10⁻⁸)}. The constant ln t! is left out, or approximated by Stirling's
 * {@code t·ln t − t + ½ln(2πt)} where t is above 1. Prediction and target have one shape and type. As PyTorch's poisson_nll_loss.
 *
 * @param reduction over all elements
 * @param logRate whether the prediction is the logarithm of the rate
 * @param full whether Stirling's term is added
 */
public record PoissonNegativeLogLikelihood(Reduction reduction, boolean logRate, boolean full) implements Loss {
  private static final double EPSILON = 1e-8;

  /** The mean, from the logarithm of the rate, without the constant. */
  public PoissonNegativeLogLikelihood() {
    this(Reduction.MEAN, true, false);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check("PoissonNegativeLogLikelihood", prediction, target);
    Tensor each = logRate ? prediction.exp().sub(target.mul(prediction))
        : prediction.sub(target.mul(prediction.add(EPSILON).log()));
    if (full) {
      Tensor few = target.le(1);
      Tensor t = target.maskedFill(few, 1);
      Tensor stirling = t.mul(t.log()).sub(t).add(t.mul(2 * Math.PI).log().mul(0.5));
      each = each.add(stirling.maskedFill(few, 0));
    }
    return reduction.of(each);
  }
}
