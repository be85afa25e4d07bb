package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * A gated linear unit: with a and b the first and the second half of the features, {@code y = a ⊗ g(b)}. The gate g is the
 * logistic function in GLU (Y. Dauphin et al., ICML 2017; PyTorch's order of the halves), GELU in GEGLU, Swish in SwiGLU, ReLU in
 * ReGLU and the identity in a bilinear unit (N. Shazeer, 2020).
 */
public final class Glu extends Layer {
  private final Unary gate;
  private final int axis;

  /** GLU over the last axis: {@code a ⊗ σ(b)}. */
  public Glu() {
    this(Unary.of(UnaryOp.SIGMOID), -1);
  }

  /**
   * Any gate over any axis.
   *
   * @param gate the function g, or null for the identity
   * @param axis the axis of the features, of even size
   */
  public Glu(Unary gate, int axis) {
    this.gate = gate;
    this.axis = axis;
  }

  /** {@code a ⊗ b·Φ(b)} over the last axis. */
  public static Glu geglu() {
    return new Glu(Unary.of(UnaryOp.GELU), -1);
  }

  /** {@code a ⊗ b·σ(b)} over the last axis. */
  public static Glu swiglu() {
    return new Glu(Unary.of(UnaryOp.SWISH), -1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    int at = Checks.axis("Glu", axis, x.rank());
    long half = x.dim(at) / 2;
    Checks.require(half * 2 == x.dim(at), "Glu", () -> "axis " + at + " of " + x.shape()
        + " must have an even size, one half and its "
        + "gate");
    List<Tensor> halves = x.split(at, half, half);
    return halves.get(0).mul(gate == null ? halves.get(1) : halves.get(1).apply(gate));
  }

  @Override
  public String toString() {
    return "Glu(" + (gate == null ? "identity" : gate.op().name().toLowerCase(Locale.ROOT)) + (axis == -1 ? ")" : ", axis=" + axis
        + ")");
  }
}
