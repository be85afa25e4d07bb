package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/** {@code softmax}, {@code log_softmax} and their gradients, each {@code F_T_warp}, {@code F_T_block} and {@code F_T_column}. */
final class SoftmaxFamily implements KernelFamily {
  @Override
  public String name() {
    return "softmax";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (String f : List.of("softmax", "log_softmax")) {
      for (ElementType t : ElementType.FLOATS) {
        for (RowPath path : RowPath.values()) {
          String end = "_" + t.suffix() + "_" + path.suffix();
          kernels.add(Kernel.of(name(), f + end, path.launch(), 2 * t.bytes(),
              pointer("x"), pointer("y"), int64("outer"), int64("n"), int64("inner")));
          kernels.add(Kernel.of(name(), f + "_grad" + end, path.launch(), 3 * t.bytes(),
              pointer("y"), pointer("dy"), pointer("dx"), int64("outer"), int64("n"), int64("inner")));
        }
      }
    }
    return kernels;
  }
}
