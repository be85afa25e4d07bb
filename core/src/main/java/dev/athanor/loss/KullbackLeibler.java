package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * The Kullback-Leibler divergence of distributions q from targets p: {@code Σ_c p[n, c]·(ln p[n, c] − ln q[n, c])}, from the
 * logarithms {@code ln q [N, C, …]}, as a log-softmax gives. Where p is 0 the term is 0. One value per distribution, so that the
 * mean is PyTorch's "batchmean" for {@code [N, C]}.
 *
 * @param reduction over the distributions
 * @param logTarget whether the target is ln p instead of p
 */
public record KullbackLeibler(Reduction reduction, boolean logTarget) implements Loss {
  /** The mean over the distributions, from probabilities as targets. */
  public KullbackLeibler() {
    this(Reduction.MEAN, false);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.checkScores("KullbackLeibler", prediction);
    Checks.require(!target.dtype().isInteger(), "KullbackLeibler",
        () -> "the target must be probabilities of the prediction's shape, "
        + "not classes: " + Checks.show("target", target));
    Reduction.check("KullbackLeibler", prediction, target);
    Tensor p = logTarget ? target.exp() : target;
    Tensor none = p.eq(0);
    Tensor logs = logTarget ? target : target.maskedFill(none, 1).log();
    return reduction.of(p.mul(logs.sub(prediction)).maskedFill(none, 0).sum(1));
  }
}
