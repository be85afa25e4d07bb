package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.ops.Convolution;
import dev.athanor.ops.Elementwise;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * Transposed convolution, the gradient of a convolution with respect to its input: each element of x adds its multiple of the
 * kernel to the output. Parameters {@code weight [in, out/groups, kernel…]} and {@code bias [out]}. The output's sides are (side
 * − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1. First values are uniform in ±1/√fanIn, fanIn =
 * in/groups·kernel elements/strides: the inputs that an output sums over, on the average; PyTorch takes {@code out} for
 * {@code in} and no stride. Source: M. Zeiler et al., CVPR 2010.
 *
 * @param <C> the layer's own type
 */
public abstract sealed class ConvTranspose<C extends ConvTranspose<C>> extends Conv<C>
    permits ConvTranspose1d, ConvTranspose2d, ConvTranspose3d {
  private long[] outputPadding;

  ConvTranspose(int rank, long in, long out, long... kernel) {
    super(rank, in, out, kernel);
    outputPadding = Axes.all(rank, 0);
  }

  /**
   * Makes the output longer at its ends, by less than the stride: which of the sizes that a convolution of this stride maps to x
   * is meant. Returns this layer.
   */
  public C outputPadding(long... value) {
    outputPadding = Axes.of(name(), "outputPadding", rank, value);
    return self();
  }

  @Override
  protected void build(Shape input) {
    for (int i = 0; i < rank; i++) {
      Checks.require(outputPadding[i] >= 0 && outputPadding[i] < Math.max(1, stride[i]), name(), "the output padding "
          + Arrays.toString(outputPadding) + " must be less than the stride " + Arrays.toString(stride));
    }
    super.build(input);
  }

  @Override
  long inputSteps() {
    long steps = 1;
    for (long s : stride) {
      steps *= s;
    }
    return steps;
  }

  @Override
  Shape weightShape() {
    return Shape.of(in, out / groups);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.rank(name(), "the input [N, C, spatial…]", x, rank + 2);
    Checks.require(x.dim(1) == in, name(), () -> "the input " + x.shape() + " has " + x.dim(1) + " channels, the weight "
        + weight().shape() + " takes " + in);
    Shape result = Shape.of(x.dim(0), out);
    for (int i = 0; i < rank; i++) {
      long side = (x.dim(i + 2) - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + outputPadding[i] + 1;
      Checks.require(side > 0, name(),
          () -> "the padding " + Axes.show(padding) + " leaves nothing of the output for x " + x.shape());
      result = result.concat(Shape.of(side));
    }
    Tensor y = Convolution.inputGrad(x, weight(), window, result);
    return bias() == null ? y : y.add(bias().reshape(perChannel()));
  }

  @Override
  public Tensor apply(Tensor x, Unary activation) {
    return Elementwise.unary(activation, apply(x));
  }

  private long[] perChannel() {
    long[] d = Axes.all(rank + 1, 1);
    d[0] = out;
    return d;
  }

  @Override
  protected long multiplyAdds(Shape output) {
    long positions = output.dim(0);
    for (int i = 0; i < rank; i++) { // the sides of x
      positions *= window.outputSize(i, output.dim(i + 2));
    }
    return positions * in * (out / groups) * window.kernelSize();
  }

  @Override
  String extraSettings() {
    return Axes.unless(0, ", outputPadding=", outputPadding);
  }
}
