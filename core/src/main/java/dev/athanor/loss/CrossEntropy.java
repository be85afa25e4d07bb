package dev.athanor.loss;

import dev.athanor.ops.Softmax;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.OptionalLong;

/**
 * The cross-entropy of predicted classes with the true ones, {@code −Σ_c t[n, c]·ln p[n, c]}, for scores {@code [N, C]}, or
 * {@code [N, C, …]} for a class per place, and targets of one of two kinds:
 * <ul>
 * <li>classes, int32 or int64 {@code [N, …]}: {@code −w[t]·ln p[n, t]}; from logits {@code ln Σ e^x[n, c] − x[n, t]}, whose
 *     gradient softmax − onehot is computed in the same pass. The mean is weighted: {@code Σ loss / Σ w[t]} over all that are not
 *     ignored.
 * <li>soft targets, numbers of the scores' shape: {@code −Σ_c w[c]·t[n, c]·ln p[n, c]}, and the mean is over the N·….
 * </ul>
 * Label smoothing takes {@code (1 − ε)·t + ε/C} for the target t (C. Szegedy et al., CVPR 2016). If every example is ignored, the
 * mean is NaN. As PyTorch's cross_entropy and nll_loss.
 *
 * @param reduction over the examples
 * @param scores what the prediction stands for
 * @param weights {@code [C]}, of the scores' type, or null for 1
 * @param ignored a class whose examples count nothing
 * @param smoothing ε in [0, 1)
 */
public record CrossEntropy(Reduction reduction, Scores scores, Tensor weights, OptionalLong ignored, double smoothing)
    implements Loss {
  private static final String NAME = "CrossEntropy";

  /** Checks the smoothing. */
  public CrossEntropy {
    Checks.require(smoothing >= 0 && smoothing < 1, NAME, () -> "label smoothing must be in [0, 1), not " + smoothing);
  }

  /** From logits. */
  public CrossEntropy(Reduction reduction) {
    this(reduction, Scores.LOGITS, null, OptionalLong.empty(), 0);
  }

  /** From logits, the mean over the examples. */
  public CrossEntropy() {
    this(Reduction.MEAN);
  }

  /** The negative log-likelihood: the same from log-probabilities. */
  public static CrossEntropy negativeLogLikelihood() {
    return new CrossEntropy().from(Scores.LOG_PROBABILITIES);
  }

  /** The same with another reduction. */
  public CrossEntropy reduction(Reduction other) {
    return new CrossEntropy(other, scores, weights, ignored, smoothing);
  }

  /** The same from scores of another kind. */
  public CrossEntropy from(Scores kind) {
    return new CrossEntropy(reduction, kind, weights, ignored, smoothing);
  }

  /** The same with a weight for each class, {@code [C]} of the scores' type; it stays the caller's. */
  public CrossEntropy weights(Tensor perClass) {
    return new CrossEntropy(reduction, scores, perClass, ignored, smoothing);
  }

  /** The same without the examples of a class, which may be outside the classes, such as −100. */
  public CrossEntropy ignoring(long target) {
    return new CrossEntropy(reduction, scores, weights, OptionalLong.of(target), smoothing);
  }

  /** The same with label smoothing. */
  public CrossEntropy smoothing(double epsilon) {
    return new CrossEntropy(reduction, scores, weights, ignored, epsilon);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.checkScores(NAME, prediction);
    Reduction.checkWeights(NAME, weights, prediction);
    return target.dtype().isFloat() && target.shape().equals(prediction.shape()) ? soft(prediction, target) : classes(prediction,
        target);
  }

  private Tensor classes(Tensor prediction, Tensor target) {
    Reduction.checkClasses(NAME, prediction, target);
    Tensor x = Reduction.rows(prediction);
    Tensor given = target.reshape(target.size());
    Tensor skipped = ignored.isPresent() ? given.eq(ignored.getAsLong()) : null;
    Tensor labels = skipped == null ? given : given.maskedFill(skipped, 0);
    Tensor each = switch (scores) {
      case LOGITS -> Softmax.crossEntropy(x, labels);
      case LOG_PROBABILITIES -> picked(x, labels).neg();
      case PROBABILITIES -> Scores.log(picked(x, labels)).neg();
    };
    Tensor share = weights == null ? null : weights.take(0, labels);
    each = share == null ? each : each.mul(share);
    if (smoothing > 0) {
      Tensor logs = logs(x);
      Tensor all = (weights == null ? logs : logs.mul(weights)).sum(1).neg();
      each = each.mul(1 - smoothing).add(all.mul(smoothing / x.dim(1)));
    }
    if (skipped != null) {
      each = each.maskedFill(skipped, 0);
      share = (share == null ? x.device().ones(x.dtype(), given.shape()) : share).maskedFill(skipped, 0);
    }
    Tensor shaped = each.reshape(target.shape());
    return share == null ? reduction.of(shaped) : reduction.of(shaped, share);
  }

  private static Tensor picked(Tensor x, Tensor labels) {
    return x.gather(1, labels.unsqueeze(1)).squeeze(1);
  }

  private Tensor soft(Tensor prediction, Tensor target) {
    Reduction.check(NAME, prediction, target);
    Checks.require(ignored.isEmpty(), NAME, "there is no class to ignore in soft targets; give their rows the weight 0 instead");
    Tensor x = Reduction.rows(prediction);
    Tensor t = Reduction.rows(target);
    if (smoothing > 0) {
      t = t.mul(1 - smoothing).add(smoothing / x.dim(1));
    }
    Tensor terms = t.mul(logs(x)).maskedFill(t.eq(0), 0); // 0·ln 0 is 0
    Tensor each = (weights == null ? terms : terms.mul(weights)).sum(1).neg();
    return reduction.of(each.reshape(Reduction.withoutClasses(prediction.shape())));
  }

  private Tensor logs(Tensor x) {
    return switch (scores) {
      case LOGITS -> x.logSoftmax(1);
      case LOG_PROBABILITIES -> x;
      case PROBABILITIES -> Scores.log(x);
    };
  }
}
