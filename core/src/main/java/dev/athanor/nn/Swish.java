package dev.athanor.nn;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * {@code y = x·σ(β·x)} with one learned β, 1 at first: between x/2 (β = 0) and ReLU (β → ∞). Parameter {@code beta [1]}. Source:
 * P. Ramachandran et al., 2017. A fixed β: {@link Activation#swish}.
 */
public final class Swish extends Layer {
  /** Below this, x is as good as −∞, where the limit is 0: so it does not read ∞·0. */
  private static final double LOWEST = -1e30;

  private final double first;
  private Tensor beta;

  /** β = 1 at first. */
  public Swish() {
    this(1);
  }

  /** β as given at first. */
  public Swish(double beta) {
    this.first = beta;
  }

  @Override
  protected void build(Shape input) {
    beta = parameter("beta", Shape.of(1), Initializer.constant(first), 1, 1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor bounded = x.clamp(LOWEST, Double.POSITIVE_INFINITY);
    return bounded.mul(bounded.mul(beta).sigmoid());
  }

  /** {@code [1]}. */
  public Tensor beta() {
    return beta;
  }

  @Override
  public String toString() {
    return "Swish(" + (first == 1 ? "" : first) + ")";
  }
}
