package dev.athanor.nn;

import dev.athanor.ops.Normalization;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Normalises the last axes of each example by their own mean and variance. Parameters {@code weight} and {@code bias} of the
 * normalised shape. Source: J. Ba et al., 2016.
 */
public final class LayerNorm extends Layer {
  private final Shape normalized;
  private double epsilon = 1e-5;
  private boolean affine = true;
  private Tensor weight;
  private Tensor bias;

  /** Over last axes of these sizes. */
  public LayerNorm(long... normalizedShape) {
    Checks.require(normalizedShape.length > 0, "LayerNorm", "name at least one axis");
    this.normalized = Shape.of(normalizedShape);
  }

  /** Added to the variance. Returns this layer. */
  public LayerNorm epsilon(double value) {
    Checks.require(value >= 0, "LayerNorm", "epsilon must not be negative: " + value);
    epsilon = value;
    return this;
  }

  /** With or without a learned scale and shift. Returns this layer. */
  public LayerNorm affine(boolean wanted) {
    affine = wanted;
    return this;
  }

  @Override
  protected void build(Shape input) {
    if (affine) {
      weight = parameter("weight", normalized, Initializer.constant(1), 1, 1);
      bias = parameter("bias", normalized, Initializer.zeros(), 1, 1);
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    int rank = normalized.rank();
    Checks.require(x.rank() >= rank && x.shape().range(x.rank() - rank, x.rank()).equals(normalized), "LayerNorm",
        "the input " + x.shape() + " must end in " + normalized);
    return Normalization.layer(x, weight, bias, rank, epsilon);
  }

  @Override
  public String toString() {
    return "LayerNorm(" + normalized + ")";
  }
}
