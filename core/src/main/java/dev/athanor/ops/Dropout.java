package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Dropout. The mask is not kept: the backward pass draws it again from the same counter. */
public final class Dropout {
  /** −λα of SELU. */
  private static final double LOWER_LIMIT = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717;

  private Dropout() {}

  /**
   * Each element becomes 0 with probability p, and is scaled by 1/(1 − p) otherwise.
   *
   * @param p in [0, 1)
   * @param generator moves on by as many numbers as x has elements
   */
  public static Tensor dropout(Tensor x, double p, Generator generator) {
    Checks.floating("dropout", x);
    Checks.require(p >= 0 && p < 1, "dropout", () -> "the probability must be in [0, 1), not " + p);
    Checks.require(generator.device() == x.device(), "dropout",
        () -> "the generator draws on " + generator.device() + ", x lies on "
        + x.device());
    return p == 0 ? x : dropout(x, p, generator.stateTensor(), generator.take(RandomKind.blocks(x.size(), 4)));
  }

  /**
   * Dropout of whole slices: what shares its first {@code axes} indices is kept or becomes 0 together. 2 axes of
   * {@code x[N, C, …]} drop channels, 1 drops examples (stochastic depth).
   */
  public static Tensor slices(Tensor x, int axes, double p, Generator generator) {
    Checks.floating("dropout", x);
    Checks.require(x.rank() >= axes, "dropout", () -> "needs at least " + axes + " axes, not x " + x.shape());
    try (Scope temporaries = x.device().internalScope()) {
      Shape kept = x.shape().range(0, axes);
      Tensor factors = dropout(x.device().ones(x.dtype(), kept), p, generator);
      for (int i = axes; i < x.rank(); i++) {
        factors = factors.unsqueeze(-1);
      }
      return p == 0 ? x : temporaries.keep(x.mul(factors));
    }
  }

  /**
   * Dropout that keeps mean 0 and variance 1, for SELU networks: a dropped element takes SELU's lower limit α′ = −λα, then all
   * become {@code a·x + b} with {@code a = 1/√((1 − p)(1 + p·α′²))} and {@code b = −a·p·α′}. Source: G. Klambauer et al., NeurIPS
   * 2017.
   */
  public static Tensor alpha(Tensor x, double p, Generator generator) {
    Checks.floating("alphaDropout", x);
    Checks.require(p >= 0 && p < 1, "alphaDropout", () -> "the probability must be in [0, 1), not " + p);
    if (p == 0) {
      return x;
    }
    double scale = 1 / Math.sqrt((1 - p) * (1 + p * LOWER_LIMIT * LOWER_LIMIT));
    try (Scope temporaries = x.device().internalScope()) {
      Tensor keep = dropout(x.device().ones(x.dtype(), x.shape()), p, generator).ne(0);
      Tensor limit = x.device().constant(x.dtype(), LOWER_LIMIT);
      return temporaries.keep(keep.where(x, limit).mul(scale).add(-scale * p * LOWER_LIMIT));
    }
  }

  private static Tensor dropout(Tensor x, double p, Tensor state, long delta) {
    Tensor y = x.device().resultLike("dropout", x.dtype(), x.view());
    x.device().fused().dropout(x.view(), state.view(), delta, p, y.view());
    if (Tape.wants(x)) {
      Saved saved = Saved.of(state);
      Tape.record("dropout", y, (dy, g) -> g.give(0, dropout(dy, p, saved.get(), delta)), TangentRule.SYMMETRIC, x, saved);
    }
    return y;
  }
}
