package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * A product of two inputs: {@code y[…, o] = Σ a[…, i]·w[o, i, j]·b[…, j] + bias[o]}. Parameters {@code weight [out, in1, in2]}
 * and {@code bias [out]}, both uniform in ±1/√in1 at first. Call {@link #apply(Tensor, Tensor)}; with one input, it is multiplied
 * by itself.
 */
public final class Bilinear extends Layer {
  private final long in1;
  private final long in2;
  private final long out;
  private boolean hasBias = true;
  private Tensor weight;
  private Tensor bias;

  /** From {@code in1} and {@code in2} features to {@code out}. */
  public Bilinear(long in1, long in2, long out) {
    Checks.require(in1 > 0 && in2 > 0 && out > 0, "Bilinear", "the numbers of features must be positive: "
        + in1 + ", " + in2 + ", " + out);
    this.in1 = in1;
    this.in2 = in2;
    this.out = out;
  }

  /** With or without a bias. Returns this layer. */
  public Bilinear bias(boolean wanted) {
    hasBias = wanted;
    return this;
  }

  @Override
  protected void build(Shape input) {
    weight = parameter("weight", Shape.of(out, in1, in2), Initializer.fanInUniform(), in1, out);
    bias = hasBias ? parameter("bias", Shape.of(out), Initializer.fanInUniform(), in1, out) : null;
  }

  /**
   * Runs the layer on two inputs.
   *
   * @param a {@code […, in1]}
   * @param b {@code […, in2]}, of the same leading axes
   */
  public Tensor apply(Tensor a, Tensor b) {
    requireBuilt(a);
    return observed(product(a, b));
  }

  @Override
  protected Tensor forward(Tensor x) {
    return product(x, x);
  }

  private Tensor product(Tensor a, Tensor b) {
    Checks.sameType("Bilinear", weight, a);
    Checks.sameType("Bilinear", weight, b);
    Checks.require(a.rank() > 0 && a.dim(-1) == in1 && b.rank() == a.rank() && b.dim(-1) == in2
        && a.shape().range(0, a.rank() - 1).equals(b.shape().range(0, b.rank() - 1)), "Bilinear",
        () -> "the inputs must be […, " + in1
            + "] and […, " + in2 + "] with equal leading axes, not " + a.shape() + " and " + b.shape());
    Shape leading = a.shape().range(0, a.rank() - 1);
    long rows = leading.size();
    try (Scope temporaries = device().internalScope()) {
      // a·w as one product [rows, in1]·[in1, out·in2], then each row's [out, in2] with its b.
      Tensor left = a.reshape(rows, in1).matmul(weight.permute(1, 0, 2).reshape(in1, out * in2)).reshape(rows, out, in2);
      Tensor y = left.matmul(b.reshape(rows, in2, 1)).reshape(leading.concat(Shape.of(out)));
      return temporaries.keep(bias == null ? y : y.add(bias));
    }
  }

  @Override
  protected long multiplyAdds(Shape output) {
    return output.size() * in2 * (in1 + 1);
  }

  /** {@code [out, in1, in2]}. */
  public Tensor weight() {
    return weight;
  }

  /** {@code [out]}, or null. */
  public Tensor bias() {
    return bias;
  }

  @Override
  public String toString() {
    return "Bilinear(" + in1 + ", " + in2 + ", " + out + (hasBias ? ")" : ", bias=false)");
  }
}
