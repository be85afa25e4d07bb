package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * The cross-entropy of a probability with a target in [0, 1]: {@code −w·t·ln p − (1 − t)·ln(1 − p)}. From logits, p = σ(x), it is
 * computed without overflow as {@code ln(1 + eˣ) − x·t}. Prediction and target have one shape and type. Label smoothing takes
 * {@code (1 − ε)·t + ε/2} for t.
 *
 * @param reduction over all elements
 * @param scores logits or probabilities
 * @param positiveWeight w, the weight of the ones against the zeros: above 1 for more recall
 * @param smoothing ε in [0, 1)
 */
public record BinaryCrossEntropy(Reduction reduction, Scores scores, double positiveWeight, double smoothing) implements Loss {
  private static final String NAME = "BinaryCrossEntropy";

  /** Checks the options. */
  public BinaryCrossEntropy {
    Checks.require(scores != Scores.LOG_PROBABILITIES, NAME,
        "takes logits or probabilities: of a log-probability, the other one's is "
        + "lost");
    Checks.require(positiveWeight >= 0 && Double.isFinite(positiveWeight), NAME,
        () -> "the weight of the ones must be finite and not negative: " + positiveWeight);
    Checks.require(smoothing >= 0 && smoothing < 1, NAME, () -> "label smoothing must be in [0, 1), not " + smoothing);
  }

  /** From logits. */
  public BinaryCrossEntropy(Reduction reduction) {
    this(reduction, Scores.LOGITS, 1, 0);
  }

  /** From logits, the mean over all elements. */
  public BinaryCrossEntropy() {
    this(Reduction.MEAN);
  }

  /** The same with another reduction. */
  public BinaryCrossEntropy reduction(Reduction other) {
    return new BinaryCrossEntropy(other, scores, positiveWeight, smoothing);
  }

  /** The same from scores of another kind. */
  public BinaryCrossEntropy from(Scores kind) {
    return new BinaryCrossEntropy(reduction, kind, positiveWeight, smoothing);
  }

  /** The same with a weight of the ones. */
  public BinaryCrossEntropy positiveWeight(double weight) {
    return new BinaryCrossEntropy(reduction, scores, weight, smoothing);
  }

  /** The same with label smoothing. */
  public BinaryCrossEntropy smoothing(double epsilon) {
    return new BinaryCrossEntropy(reduction, scores, positiveWeight, epsilon);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check(NAME, prediction, target);
    Tensor t = smoothing == 0 ? target : target.mul(1 - smoothing).add(smoothing / 2);
    if (scores == Scores.PROBABILITIES) {
      Tensor yes = t.mul(Scores.log(prediction)).mul(positiveWeight);
      return reduction.of(yes.add(t.rsub(1).mul(Scores.log(prediction.rsub(1)))).neg());
    }
    if (positiveWeight == 1) {
      return reduction.of(prediction.softplus().sub(prediction.mul(t)));
    }
    Tensor yes = t.mul(positiveWeight - 1).add(1).mul(prediction.neg().softplus());
    return reduction.of(yes.add(t.rsub(1).mul(prediction)));
  }
}
