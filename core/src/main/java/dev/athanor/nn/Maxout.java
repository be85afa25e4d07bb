package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/**
 * The largest of each K consecutive features: {@code y[…, i, …] = max over j < K of x[…, i·K + j, …]}. Behind a {@link Linear} of
 * K times as many outputs, each unit is the maximum of K learned lines, a convex function of any form. Equal ones share the
 * gradient. Source: I. Goodfellow et al., ICML 2013.
 */
public final class Maxout extends Layer {
  private final long pieces;
  private final int axis;

  /** Over features or channels, axis 1. */
  public Maxout(long pieces) {
    this(pieces, 1);
  }

  /**
   * Over any axis.
   *
   * @param pieces K, at least 1; the axis has a multiple of it
   */
  public Maxout(long pieces, int axis) {
    Checks.require(pieces > 0, "Maxout", "the number of pieces must be positive: " + pieces);
    this.pieces = pieces;
    this.axis = axis;
  }

  @Override
  protected Tensor forward(Tensor x) {
    int at = Checks.axis("Maxout", axis, x.rank());
    long units = x.dim(at) / pieces;
    Checks.require(units * pieces == x.dim(at), "Maxout", () -> "axis " + at + " of " + x.shape() + " is not a multiple of the "
        + pieces + " pieces");
    long[] dims = new long[x.rank() + 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = i < at ? x.dim(i) : i == at ? units : i == at + 1 ? pieces : x.dim(i - 1);
    }
    return x.reshape(dims).max(at + 1);
  }

  @Override
  public String toString() {
    return "Maxout(" + pieces + (axis == 1 ? ")" : ", axis=" + axis + ")");
  }
}
