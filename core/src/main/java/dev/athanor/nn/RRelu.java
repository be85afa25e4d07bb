package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * {@code y = x if x > 0, else a·x} where each element draws its own {@code a}, uniform in [lower, upper), in training; in
 * evaluation it is their mean. Source: B. Xu et al., 2015.
 */
public final class RRelu extends Layer {
  private final double lower;
  private final double upper;

  /** Slopes in [1/8, 1/3), as PyTorch. */
  public RRelu() {
    this(1.0 / 8, 1.0 / 3);
  }

  /** Slopes in [lower, upper); equal bounds give {@link Activation#leakyRelu}. */
  public RRelu(double lower, double upper) {
    Checks.require(lower <= upper && Double.isFinite(lower) && Double.isFinite(upper), "RRelu",
        "the slopes' bounds must be finite "
        + "and in order: " + lower + ", " + upper);
    this.lower = lower;
    this.upper = upper;
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (!isTraining() || lower == upper) {
      return x.apply(Unary.of(UnaryOp.LEAKY_RELU, (lower + upper) / 2));
    }
    return x.gt(0).where(x, x.mul(generator().uniform(x.dtype(), x.shape(), lower, upper)));
  }

  @Override
  protected boolean drawsNumbers() {
    return true;
  }

  @Override
  public String toString() {
    return "RRelu(" + lower + ", " + upper + ")";
  }
}
