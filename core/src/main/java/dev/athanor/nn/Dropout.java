package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * In training, something of x is left out with probability p, and the rest is scaled so that the mean stays; in evaluation
 * nothing changes. What is left out: single elements, whole channels, or examples.
 */
public final class Dropout extends Layer {
  private enum Kind {
    ELEMENTS("Dropout"), CHANNELS("Dropout.channels"), ALPHA("Dropout.alpha"), EXAMPLES("Dropout.stochasticDepth");

    final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  private final Kind kind;
  private final double p;

  private Dropout(Kind kind, double p) {
    Checks.require(p >= 0 && p < 1, kind.label, "the probability must be in [0, 1), not " + p);
    this.kind = kind;
    this.p = p;
  }

  /**
   * Each element becomes 0 with probability {@code p} in [0, 1) and is scaled by 1/(1 − p) otherwise. Source: N. Srivastava et
   * al., JMLR 2014.
   */
  public Dropout(double p) {
    this(Kind.ELEMENTS, p);
  }

  /** Each channel of {@code x[N, C, …]} as a whole. Source: J. Tompson et al., CVPR 2015. */
  public static Dropout channels(double p) {
    return new Dropout(Kind.CHANNELS, p);
  }

  /**
   * For SELU networks: keeps mean 0 and variance 1, see {@link dev.athanor.ops.Dropout#alpha}. Source: G. Klambauer et al., 2017.
   */
  public static Dropout alpha(double p) {
    return new Dropout(Kind.ALPHA, p);
  }

  /**
   * Each example of {@code x[N, …]} as a whole: at the end of a residual body it skips the body. Source: G. Huang et al., ECCV
   * 2016.
   */
  public static Dropout stochasticDepth(double p) {
    return new Dropout(Kind.EXAMPLES, p);
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (!isTraining()) {
      return x;
    }
    return switch (kind) {
      case ELEMENTS -> dev.athanor.ops.Dropout.dropout(x, p, generator());
      case CHANNELS -> dev.athanor.ops.Dropout.slices(x, 2, p, generator());
      case ALPHA -> dev.athanor.ops.Dropout.alpha(x, p, generator());
      case EXAMPLES -> dev.athanor.ops.Dropout.slices(x, 1, p, generator());
    };
  }

  @Override
  protected boolean drawsNumbers() {
    return true;
  }

  @Override
  public String toString() {
    return kind.label + "(" + p + ")";
  }
}
