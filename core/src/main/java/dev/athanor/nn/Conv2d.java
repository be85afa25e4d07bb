package dev.athanor.nn;

import dev.athanor.backend.Window;
import dev.athanor.ops.Convolution;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Convolution of {@code x[N, C, H, W]}. Parameters {@code weight [out, in/groups, kernel, kernel]} and {@code bias [out]}, both
 * uniform in ±1/√(in/groups·kernel²) at first. The output's sides are ⌊(side + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ +
 * 1.
 */
public final class Conv2d extends Layer {
  private final long out;
  private final long kernelH;
  private final long kernelW;
  private long in;
  private long stride = 1;
  private long padding;
  private long dilation = 1;
  private int groups = 1;
  private boolean hasBias = true;
  private Initializer weightInit = Initializer.fanInUniform();
  private Initializer biasInit = Initializer.fanInUniform();
  private Window window;
  private Tensor weight;
  private Tensor bias;

  /** From {@code in} to {@code out} channels with a square kernel. */
  public Conv2d(long in, long out, long kernel) {
    this(in, out, kernel, kernel);
  }

  /** From {@code in} to {@code out} channels; {@code in} = 0 leaves it to the first batch. */
  public Conv2d(long in, long out, long kernelH, long kernelW) {
    Checks.require(in >= 0 && out > 0 && kernelH > 0 && kernelW > 0, "Conv2d", "channels and kernel must be positive: in " + in
        + ", out " + out + ", kernel " + kernelH + "×" + kernelW);
    this.in = in;
    this.out = out;
    this.kernelH = kernelH;
    this.kernelW = kernelW;
  }

  /** The step between windows. Returns this layer. */
  public Conv2d stride(long value) {
    stride = value;
    return this;
  }

  /** Zeros on every side. Returns this layer. */
  public Conv2d padding(long value) {
    padding = value;
    return this;
  }

  /** The distance between the kernel's elements. Returns this layer. */
  public Conv2d dilation(long value) {
    dilation = value;
    return this;
  }

  /** Splits the channels into groups that do not mix. Returns this layer. */
  public Conv2d groups(int value) {
    groups = value;
    return this;
  }

  /** With or without a bias. Returns this layer. */
  public Conv2d bias(boolean wanted) {
    hasBias = wanted;
    return this;
  }

  /** How weight and bias start. Returns this layer. */
  public Conv2d init(Initializer forWeight, Initializer forBias) {
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
      Checks.require(input.rank() == 4, "Conv2d", "the input must be [N, C, H, W], not " + input);
      in = input.dim(1);
    }
    Checks.require(groups > 0 && in % groups == 0 && out % groups == 0, "Conv2d", in + " input and " + out
        + " output channels cannot be split into " + groups + " groups");
    window = new Window(new long[] {kernelH, kernelW}, both(stride), both(padding), both(padding), both(dilation), groups);
    long area = kernelH * kernelW;
    weight = parameter("weight", Shape.of(out, in / groups, kernelH, kernelW), weightInit, in / groups * area,
        out / groups * area);
    bias = hasBias ? parameter("bias", Shape.of(out), biasInit, in / groups * area, out / groups * area) : null;
  }

  private static long[] both(long value) {
    return new long[] {value, value};
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Convolution.convolution(x, weight, bias, window);
  }

  /** {@code [out, in/groups, kernel, kernel]}. */
  public Tensor weight() {
    return weight;
  }

  /** {@code [out]}, or null. */
  public Tensor bias() {
    return bias;
  }

  @Override
  public String toString() {
    return "Conv2d(" + (in == 0 ? "?" : in) + ", " + out + ", kernel=" + kernelH + (kernelW == kernelH ? "" : "×" + kernelW)
        + (stride == 1 ? "" : ", stride=" + stride) + (padding == 0 ? "" : ", padding=" + padding)
        + (dilation == 1 ? "" : ", dilation=" + dilation) + (groups == 1 ? "" : ", groups=" + groups)
        + (hasBias ? ")" : ", bias=false)");
  }
}
