package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * In training, each element becomes 0 with probability p and is scaled by 1/(1 − p) otherwise; in evaluation nothing changes.
 * Source: N. Srivastava et al., JMLR 2014.
 */
public final class Dropout extends Layer {
  private final double p;

  /** Drops with probability {@code p} in [0, 1). */
  public Dropout(double p) {
    Checks.require(p >= 0 && p < 1, "Dropout", "the probability must be in [0, 1), not " + p);
    this.p = p;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return isTraining() ? dev.athanor.ops.Dropout.dropout(x, p, generator()) : x;
  }

  @Override
  protected boolean drawsNumbers() {
    return true;
  }

  @Override
  public String toString() {
    return "Dropout(" + p + ")";
  }
}
