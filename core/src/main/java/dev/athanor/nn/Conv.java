package dev.athanor.nn;

import dev.athanor.backend.Window;
import dev.athanor.backend.Unary;
import dev.athanor.ops.Convolution;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * What {@link Conv1d}, {@link Conv2d}, {@link Conv3d} and their transposes share:
 * {@code y[n, o, p] = bias[o] + Σ x[n, c, p·stride + k·dilation − padding]·w[o, c, k]} over {@code x[N, C, spatial…]}. Parameters
 * {@code weight [out, in/groups, kernel…]} and {@code bias [out]}, both uniform in ±1/√(in/groups·kernel elements) at first. The
 * output's sides are ⌊(side + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1. Settings take one number for all spatial axes
 * or one for each.
 *
 * @param <C> the layer's own type
 */
public abstract sealed class Conv<C extends Conv<C>> extends Layer implements TakesActivation permits Conv1d, Conv2d, Conv3d, ConvTranspose {
  private static final String[] SPATIAL = {"L", "H, W", "D, H, W"};

  final long[] kernel;
  final int rank;
  long out;
  long in;
  long[] stride;
  long[] padding;
  long[] dilation;
  int groups = 1;
  boolean hasBias = true;
  private boolean depthwise;
  private boolean same;
  private Initializer weightInit = Initializer.fanInUniform();
  private Initializer biasInit = Initializer.fanInUniform();
  Window window;
  private Tensor weight;
  private Tensor bias;

  Conv(int rank, long in, long out, long... kernel) {
    this.rank = rank;
    this.in = in;
    this.out = out;
    this.kernel = Axes.of(name(), "kernel", rank, kernel);
    Checks.require(in >= 0 && out >= 0 && Arrays.stream(kernel).allMatch(k -> k > 0), name(),
        "channels and kernel must be positive: in " + in + ", out " + out + ", kernel " + Axes.show(this.kernel));
    stride = Axes.all(rank, 1);
    padding = Axes.all(rank, 0);
    dilation = Axes.all(rank, 1);
  }

  @SuppressWarnings("unchecked")
  final C self() {
    return (C) this;
  }

  final String name() {
    return getClass().getSimpleName();
  }

  /** The step between windows. Returns this layer. */
  public C stride(long... value) {
    stride = Axes.of(name(), "stride", rank, value);
    return self();
  }

  /** Zeros on both sides of each spatial axis. Returns this layer. */
  public C padding(long... value) {
    padding = Axes.of(name(), "padding", rank, value);
    same = false;
    return self();
  }

  /**
   * As many zeros as keep the sides' sizes, the odd one behind the last element, as PyTorch places it; for a stride of 1. Returns
   * this layer.
   */
  public C paddingSame() {
    Checks.require(!(this instanceof ConvTranspose<?>), name(), "'same' padding is for convolutions, not transposed ones");
    same = true;
    return self();
  }

  /** The distance between the kernel's elements. Returns this layer. */
  public C dilation(long... value) {
    dilation = Axes.of(name(), "dilation", rank, value);
    return self();
  }

  /** Splits the channels into groups that do not mix. Returns this layer. */
  public C groups(int value) {
    groups = value;
    return self();
  }

  /**
   * As many groups as input channels: each is convolved by itself. The output channels are a multiple of them; 0 means as many.
   * Returns this layer.
   */
  public C depthwise() {
    depthwise = true;
    return self();
  }

  /** With or without a bias. Returns this layer. */
  public C bias(boolean wanted) {
    hasBias = wanted;
    return self();
  }

  /** How weight and bias start. Returns this layer. */
  public C init(Initializer forWeight, Initializer forBias) {
    weightInit = forWeight;
    biasInit = forBias;
    return self();
  }

  @Override
  protected boolean needsInputShape() {
    return in == 0;
  }

  @Override
  protected void build(Shape input) {
    if (in == 0) {
      Checks.require(input.rank() == rank + 2, name(), "the input must be [N, C, " + SPATIAL[rank - 1] + "], not " + input);
      in = input.dim(1);
    }
    if (depthwise) {
      groups = Math.toIntExact(in);
      out = out == 0 ? in : out;
    }
    Checks.require(out > 0, name(), "the output channels must be positive: " + out);
    Checks.require(groups > 0 && in % groups == 0 && out % groups == 0, name(), in + " input and " + out
        + " output channels cannot be split into " + groups + " groups");
    long[] low = padding;
    long[] high = padding;
    if (same) {
      Checks.require(Arrays.stream(stride).allMatch(s -> s == 1), name(),
          "'same' padding keeps sizes at a stride of 1 only, not " + Axes.show(stride) + "; set the padding itself");
      low = new long[rank];
      high = new long[rank];
      for (int i = 0; i < rank; i++) {
        long reach = dilation[i] * (kernel[i] - 1);
        low[i] = reach / 2;
        high[i] = reach - low[i];
      }
    }
    window = new Window(kernel, stride, low, high, dilation, groups);
    long fanIn = Math.max(1, in / groups * window.kernelSize() / inputSteps());
    long fanOut = out / groups * window.kernelSize();
    weight = parameter("weight", weightShape().concat(Shape.of(kernel)), weightInit, fanIn, fanOut);
    bias = hasBias ? parameter("bias", Shape.of(out), biasInit, fanIn, fanOut) : null;
  }

  /**
   * Of how many kernel elements one meets an input, for {@code fanIn}: a transposed convolution leaves gaps between its inputs.
   */
  long inputSteps() {
    return 1;
  }

  /** The channel axes of the weight. */
  Shape weightShape() {
    return Shape.of(out, in / groups);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Convolution.convolution(x, weight, bias, window);
  }

  @Override
  public Tensor apply(Tensor x, Unary activation) {
    requireBuilt(x);
    return Convolution.convolution(x, weight, bias, window, activation);
  }

  @Override
  protected long multiplyAdds(Shape output) {
    return output.size() * (in / groups) * window.kernelSize();
  }

  /** {@code [out, in/groups, kernel…]}; {@code [in, out/groups, kernel…]} of a transposed convolution. */
  public final Tensor weight() {
    return weight;
  }

  /** {@code [out]}, or null. */
  public final Tensor bias() {
    return bias;
  }

  @Override
  public String toString() {
    return name() + "(" + (in == 0 ? "?" : in) + ", " + (out == 0 ? "?" : out) + ", kernel=" + Axes.show(kernel)
        + Axes.unless(1, ", stride=", stride) + (same ? ", padding=same" : Axes.unless(0, ", padding=", padding))
        + extraSettings() + Axes.unless(1, ", dilation=", dilation)
        + (depthwise ? ", depthwise" : groups == 1 ? "" : ", groups=" + groups) + (hasBias ? ")" : ", bias=false)");
  }

  String extraSettings() {
    return "";
  }
}
