package dev.athanor.nn;

import dev.athanor.ops.Normalization;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Normalisation of the last axes by their root mean square: {@code weight·x/√(mean(x²) + epsilon)}. Parameter {@code weight} of
 * the axes' shape. Source: B. Zhang and R. Sennrich, NeurIPS 2019.
 */
public final class RmsNorm extends Layer {
  private final Shape normalized;
  private double epsilon = 1e-6;
  private boolean affine = true;
  private Tensor weight;

  /** Over last axes of these sizes. */
  public RmsNorm(long... normalizedShape) {
    Checks.require(normalizedShape.length > 0, "RmsNorm", "name at least one axis");
    this.normalized = Shape.of(normalizedShape);
  }

  /** Added to the mean square. Returns this layer. */
  public RmsNorm epsilon(double value) {
    Checks.require(value >= 0, "RmsNorm", "epsilon must not be negative: " + value);
    epsilon = value;
    return this;
  }

  /** With or without a learned scale. Returns this layer. */
  public RmsNorm affine(boolean wanted) {
    affine = wanted;
    return this;
  }

  @Override
  protected void build(Shape input) {
    weight = affine ? parameter("weight", normalized, Initializer.constant(1), 1, 1) : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    int rank = normalized.rank();
    Checks.require(x.rank() >= rank && x.shape().range(x.rank() - rank, x.rank()).equals(normalized), "RmsNorm",
        () -> "the input " + x.shape() + " must end in " + normalized);
    return Normalization.rootMeanSquare(x, weight, rank, epsilon);
  }

  @Override
  public String toString() {
    return "RmsNorm(" + normalized + ")";
  }
}
