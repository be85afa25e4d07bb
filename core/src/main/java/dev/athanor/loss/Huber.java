package dev.athanor.loss;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * A parabola that goes over into lines: with e = prediction − target, {@code ½e²} where |e| ≤ δ, else {@code δ(|e| − ½δ)}.
 * Source: P. Huber, 1964. {@link #smoothL1} divides it by δ, so that the lines have slope 1 (R. Girshick, ICCV 2015).
 *
 * @param reduction over all elements
 * @param delta δ, above 0
 * @param scale what it is multiplied by
 */
public record Huber(Reduction reduction, double delta, double scale) implements Loss {
  /** Checks δ. */
  public Huber {
    Checks.require(delta > 0, "Huber", () -> "delta must be above 0, not " + delta + "; for |e| alone use MeanAbsoluteError");
  }

  /** The mean with δ. */
  public Huber(double delta) {
    this(Reduction.MEAN, delta, 1);
  }

  /** The mean with δ = 1. */
  public Huber() {
    this(1);
  }

  /** {@code ½e²/β} where |e| ≤ β, else {@code |e| − ½β}. */
  public static Huber smoothL1(double beta) {
    return new Huber(Reduction.MEAN, beta, 1 / beta);
  }

  /** The same with another reduction. */
  public Huber reduction(Reduction other) {
    return new Huber(other, delta, scale);
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Reduction.check("Huber", prediction, target);
    Tensor e = prediction.sub(target);
    Tensor cut = e.clamp(-delta, delta);
    Tensor each = cut.mul(e.sub(cut.mul(0.5))); // both formulas in one
    return reduction.of(scale == 1 ? each : each.mul(scale));
  }
}
