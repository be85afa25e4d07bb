package dev.athanor.optim;

import dev.athanor.tensor.Checks;

/**
 * What is done to the gradients before a step.
 *
 * @param kind how
 * @param limit positive
 */
public record Clipping(Kind kind, double limit) {
  /** How gradients are limited. ‖g‖ is the Euclidean norm; 10⁻⁶ is added to a norm before dividing, as PyTorch does. */
  public enum Kind {
    /** Each element to [−limit, limit]. */ VALUE,
    /** Each parameter's gradient alone: g·min(1, limit/‖g‖). */ NORM,
    /** All with their common norm: g·min(1, limit/‖all‖). */ GLOBAL_NORM,
    /** All to a common norm of just the limit: g·limit/‖all‖. */ RESCALE
  }

  /** Checks the limit. */
  public Clipping {
    Checks.require(limit > 0, "clipGradients", "the limit must be positive: " + limit);
  }

  /** {@link Kind#VALUE}. */
  public static Clipping value(double limit) {
    return new Clipping(Kind.VALUE, limit);
  }

  /** {@link Kind#NORM}. */
  public static Clipping norm(double limit) {
    return new Clipping(Kind.NORM, limit);
  }

  /** {@link Kind#GLOBAL_NORM}. */
  public static Clipping globalNorm(double limit) {
    return new Clipping(Kind.GLOBAL_NORM, limit);
  }

  /** {@link Kind#RESCALE}. */
  public static Clipping rescale(double norm) {
    return new Clipping(Kind.RESCALE, norm);
  }
}
