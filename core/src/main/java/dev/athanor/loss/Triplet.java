package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * An anchor shall be nearer to its positive than to its negative, by a margin: {@code max(0, d(a, p) − d(a, n) + margin)} with
 * {@code d(x, y) = ‖x − y + 10⁻⁶‖_p}. Source: V. Balntas et al., BMVC 2016; as PyTorch's triplet_margin_loss.
 *
 * @param reduction over the triplets
 * @param margin above 0, 1 usually
 * @param power the norm's p, at least 1
 * @param swap whether the negative's distance is that to the nearer one of anchor and positive
 */
public record Triplet(Reduction reduction, double margin, double power, boolean swap) {
  private static final String NAME = "Triplet";
  private static final double EPSILON = 1e-6;

  /** Checks the margin. */
  public Triplet {
    Checks.require(margin > 0, NAME, () -> "the margin must be above 0, not " + margin);
  }

  /** The mean with margin 1 and the Euclidean norm. */
  public Triplet() {
    this(Reduction.MEAN, 1, 2, false);
  }

  /** The loss of {@code [N, D]} vectors, N triplets. */
  public Tensor of(Tensor anchor, Tensor positive, Tensor negative) {
    Checks.floating(NAME, "the anchor", anchor);
    Checks.rank(NAME, "the anchor", anchor, 2);
    Checks.sameType(NAME, anchor, positive);
    Checks.sameType(NAME, anchor, negative);
    Checks.shape(NAME, "the positive", positive, anchor.shape());
    Checks.shape(NAME, "the negative", negative, anchor.shape());
    Tensor far = distance(anchor, negative);
    if (swap) {
      far = far.minimum(distance(positive, negative));
    }
    return reduction.of(distance(anchor, positive).sub(far).add(margin).relu());
  }

  private Tensor distance(Tensor x, Tensor y) {
    return x.sub(y).add(EPSILON).norm(power, false, 1);
  }
}
