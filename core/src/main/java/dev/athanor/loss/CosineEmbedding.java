package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Pairs of vectors that belong together shall point the same way, others not: {@code 1 − cos(a, b)} where the label is 1, and
 * {@code max(0, cos(a, b) − margin)} where it is −1. The squared lengths are taken 10⁻¹² longer, so that zero vectors have a
 * cosine, 0. As PyTorch's cosine_embedding_loss.
 *
 * @param reduction over the pairs
 * @param margin in [−1, 1], the largest cosine of strangers
 */
public record CosineEmbedding(Reduction reduction, double margin) {
  private static final String NAME = "CosineEmbedding";
  private static final double EPSILON = 1e-12;

  /** Checks the margin. */
  public CosineEmbedding {
    Checks.require(margin >= -1 && margin <= 1, NAME, () -> "the margin must be in [-1, 1], not " + margin);
  }

  /** The mean with margin 0. */
  public CosineEmbedding() {
    this(Reduction.MEAN, 0);
  }

  /**
   * The loss.
   *
   * @param a {@code [N, D]}
   * @param b {@code [N, D]}
   * @param label {@code [N]}, 1 for pairs and −1 (or 0) for strangers, of any numeric type
   */
  public Tensor of(Tensor a, Tensor b, Tensor label) {
    Checks.floating(NAME, "a", a);
    Checks.rank(NAME, "a", a, 2);
    Checks.sameType(NAME, a, b);
    Checks.shape(NAME, "b", b, a.shape());
    Checks.sameDevice(NAME, a, label);
    Checks.numeric(NAME, label);
    Checks.shape(NAME, "the label", label, Shape.of(a.dim(0)));
    Tensor lengths = a.square().sum(1).add(EPSILON).mul(b.square().sum(1).add(EPSILON)).sqrt();
    Tensor cosine = a.mul(b).sum(1).div(lengths);
    return reduction.of(label.gt(0).where(cosine.rsub(1), cosine.sub(margin).relu()));
  }
}
