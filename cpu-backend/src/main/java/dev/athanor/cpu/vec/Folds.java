package dev.athanor.cpu.vec;

/** The reductions of float32. */
final class Folds {
  static final Fold SUM = of((s, x, y, p) -> s.add(x), (a, b) -> a.add(b), 0, false);
  static final Fold PROD = of((s, x, y, p) -> s.mul(x), (a, b) -> a.mul(b), 1, false);
  static final Fold MAX = of((s, x, y, p) -> s.max(x), (a, b) -> a.max(b), Float.NEGATIVE_INFINITY, false);
  static final Fold MIN = of((s, x, y, p) -> s.min(x), (a, b) -> a.min(b), Float.POSITIVE_INFINITY, false);
  /** Σ x² */
  static final Fold SQUARES = of((s, x, y, p) -> x.fma(x, s), (a, b) -> a.add(b), 0, false);
  /** Σ (x − p)² */
  static final Fold SPREAD = of((s, x, y, p) -> square(x.sub(p), s), (a, b) -> a.add(b), 0, false);
  /** Σ x·y */
  static final Fold DOT = of((s, x, y, p) -> x.fma(y, s), (a, b) -> a.add(b), 0, true);
  /** Σ (x − p)·y */
  static final Fold CENTRED_DOT = of((s, x, y, p) -> x.sub(p).fma(y, s), (a, b) -> a.add(b), 0, true);
  /** Σ e^(x − p) */
  static final Fold EXP_SUM = of((s, x, y, p) -> s.add(VMath.exp(x.sub(p))), (a, b) -> a.add(b), 0, false);

  private Folds() {}

  private static Fold of(FoldLoop.Step step, FloatLoops.Binary merge, float neutral, boolean pair) {
    return Specialize.loop(FoldLoop.class, new FoldLoop.Of(step, merge, neutral, pair), Fold.class);
  }

  private static jdk.incubator.vector.FloatVector square(jdk.incubator.vector.FloatVector d, jdk.incubator.vector.FloatVector s) {
    return d.fma(d, s);
  }
}
