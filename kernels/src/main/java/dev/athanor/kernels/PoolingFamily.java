package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.struct;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code pooling_max_T}, {@code pooling_avg_T}, {@code pooling_adaptive_avg_T} and their {@code _grad_}; the unit of work is an
 * element of the output, or of the input for gradients. Bytes are those of one input and one output element (and one index).
 */
final class PoolingFamily implements KernelFamily {
  @Override
  public String name() {
    return "pooling";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    Parameter shape = struct("shape", WindowShape.BYTES);
    Launch launch = Launch.elementwise(1);
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      String type = "_" + t.suffix();
      int bytes = 2 * t.bytes();
      kernels.add(Kernel.of(name(), "pooling_max" + type, launch, bytes + 4,
          pointer("x"), pointer("y"), pointer("indices"), int64("work"), shape));
      kernels.add(Kernel.of(name(), "pooling_max_grad" + type, launch, bytes + 4,
          pointer("dy"), pointer("indices"), pointer("dx"), int64("work"), shape));
      kernels.add(Kernel.of(name(), "pooling_avg" + type, launch, bytes,
          pointer("x"), pointer("y"), int64("work"), int32("countPadding"), shape));
      kernels.add(Kernel.of(name(), "pooling_avg_grad" + type, launch, bytes,
          pointer("dy"), pointer("dx"), int64("work"), int32("countPadding"), shape));
      kernels.add(Kernel.of(name(), "pooling_adaptive_avg" + type, launch, bytes,
          pointer("x"), pointer("y"), int64("work"), shape));
      kernels.add(Kernel.of(name(), "pooling_adaptive_avg_grad" + type, launch, bytes,
          pointer("dy"), pointer("dx"), int64("work"), shape));
    }
    return kernels;
  }
}
