package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code bias_F_T}, {@code bias_grad_F_T} and {@code bias_grad_final_T}: a bias fused with an activation, or with none
 * (identity).
 */
final class BiasFamily implements KernelFamily {
  @Override
  public String name() {
    return "bias";
  }

  @Override
  public List<Kernel> kernels() {
    List<String> functions = new ArrayList<>(List.of("identity"));
    functions.addAll(UnaryFamily.ACTIVATIONS);
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : ElementType.FLOATS) {
      for (String f : functions) {
        kernels.add(Kernel.of(name(), "bias_" + f + "_" + t.suffix(), Launch.elementwise(t.perVector()), 2 * t.bytes(),
            pointer("x"), pointer("bias"), pointer("pre"), pointer("out"), int64("n"), divisor("inner"), divisor("channels"),
            scalar("a", t), scalar("b", t)));
        kernels.add(Kernel.of(name(), "bias_grad_" + f + "_" + t.suffix(), Launch.rows(256, 1), 3 * t.bytes(),
            pointer("saved"), pointer("dy"), pointer("dx"), pointer("partials"), int64("rows"), int64("columns"), int64("chunk"),
            int64("chunks"), scalar("a", t), scalar("b", t)));
      }
      kernels.add(Kernel.of(name(), "bias_grad_final_" + t.suffix(), Launch.rows(256, 8), t.bytes(),
          pointer("partials"), pointer("dbias"), int64("columns"), int64("chunks")));
    }
    return kernels;
  }
}
