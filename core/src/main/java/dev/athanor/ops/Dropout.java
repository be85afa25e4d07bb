package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;

/** Dropout. The mask is not kept: the backward pass draws it again from the same counter. */
public final class Dropout {
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
