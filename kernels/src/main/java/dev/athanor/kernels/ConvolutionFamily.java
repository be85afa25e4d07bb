package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;
import static dev.athanor.kernels.Parameter.struct;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code convolution_im2col_bN}, {@code convolution_col2im_T} and the depthwise kernels; the unit of work is an element of the
 * output (for gradients with respect to x: of the input; for weights: of the weights). Bytes are per element of the column
 * matrix, or of x.
 */
final class ConvolutionFamily implements KernelFamily {
  @Override
  public String name() {
    return "convolution";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    Parameter shape = struct("shape", WindowShape.BYTES);
    for (int bytes : new int[] {2, 4, 8}) {
      kernels.add(Kernel.of(name(), "convolution_im2col_b" + 8 * bytes, Launch.elementwise(1), 2 * bytes,
          pointer("x"), pointer("columns"), int64("work"), int64("tapStride"), shape));
    }
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      kernels.add(Kernel.of(name(), "convolution_col2im_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes(),
          pointer("columns"), pointer("dx"), int64("work"), int64("tapStride"), shape));
      kernels.add(Kernel.of(name(), "convolution_depthwise_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes(),
          pointer("x"), pointer("weight"), pointer("bias"), pointer("y"), int64("work"), divisor("multiplier"), shape));
      kernels.add(Kernel.of(name(), "convolution_depthwise_input_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes(),
          pointer("dy"), pointer("weight"), pointer("dx"), int64("work"), int32("multiplier"), shape));
      kernels.add(Kernel.of(name(), "convolution_depthwise_weight_" + t.suffix(), Launch.rows(256, 1), 2 * t.bytes(),
          pointer("x"), pointer("dy"), pointer("dw"), int64("work"), int64("pixels"), scalar("beta", t), divisor("multiplier"),
          divisor("taps"), shape));
    }
    return kernels;
  }
}
