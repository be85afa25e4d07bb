package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code unary_grad_F_T} and {@code unary_grad_F_T_strided}: from what the function saves (its input or its output) and dy to dx.
 * Functions whose derivative is 0 everywhere have none.
 */
final class UnaryGradFamily implements KernelFamily {
  @Override
  public String name() {
    return "unary_grad";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (List<String> functions : List.of(UnaryFamily.SMOOTH, UnaryFamily.ACTIVATIONS)) {
      for (String f : functions) {
        for (ElementType t : ElementType.FLOATS) {
          String entry = "unary_grad_" + f + "_" + t.suffix();
          kernels.add(Kernel.of(name(), entry, Launch.elementwise(t.perVector()), 3 * t.bytes(),
              pointer("saved"), pointer("dy"), pointer("dx"), int64("n"), scalar("a", t), scalar("b", t)));
          kernels.add(Kernel.of(name(), entry + "_strided", Launch.elementwise(1), 3 * t.bytes(),
              pointer("saved"), pointer("dy"), pointer("dx"), int64("n"), scalar("a", t), scalar("b", t), layout("layout", 3)));
        }
      }
    }
    return kernels;
  }
}
