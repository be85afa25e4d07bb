package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.ops.Linalg;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * {@code y = x·wᵀ + b} for {@code x[..., in]}. Parameters {@code weight [out, in]} and {@code bias [out]}, both uniform in ±1/√in
 * at first.
 */
public final class Linear extends Layer implements TakesActivation {
  private final long out;
  private long in;
  private boolean hasBias = true;
  private Initializer weightInit = Initializer.fanInUniform();
  private Initializer biasInit = Initializer.fanInUniform();
  private Tensor weight;
  private Tensor bias;

  /** A layer from {@code in} to {@code out} features. */
  public Linear(long in, long out) {
    Checks.require(in > 0 && out > 0, "Linear", "the numbers of features must be positive: " + in + ", " + out);
    this.in = in;
    this.out = out;
  }

  /** A layer to {@code out} features whose input size is found at the first batch. */
  public Linear(long out) {
    Checks.require(out > 0, "Linear", "the number of features must be positive: " + out);
    this.out = out;
  }

  /** With or without a bias. Returns this layer. */
  public Linear bias(boolean wanted) {
    hasBias = wanted;
    return this;
  }

  /** How weight and bias start. Returns this layer. */
  public Linear init(Initializer forWeight, Initializer forBias) {
    weightInit = forWeight;
    biasInit = forBias;
    return this;
  }

  @Override
  protected boolean needsInputShape() {
    return in == 0;
  }

  @Override
  protected void build(Shape input) {
    if (in == 0) {
      Checks.require(input.rank() > 0, "Linear", "the input must have features, it is a scalar");
      in = input.dim(-1);
    }
    weight = parameter("weight", Shape.of(out, in), weightInit, in, out);
    bias = hasBias ? parameter("bias", Shape.of(out), biasInit, in, out) : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Linalg.linear(x, weight, bias, null);
  }

  @Override
  public Tensor apply(Tensor x, Unary activation) {
    requireBuilt(x);
    return Linalg.linear(x, weight, bias, activation);
  }

  @Override
  protected long multiplyAdds(Shape output) {
    return output.size() * in;
  }

  /** {@code [out, in]}. */
  public Tensor weight() {
    return weight;
  }

  /** {@code [out]}, or null. */
  public Tensor bias() {
    return bias;
  }

  @Override
  public String toString() {
    return "Linear(" + (in == 0 ? "?" : in) + ", " + out + (hasBias ? ")" : ", bias=false)");
  }
}
