package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/** {@code select_T} and {@code select_T_strided}: a choice between two operands by a bool, for every element type. */
final class SelectFamily implements KernelFamily {
  @Override
  public String name() {
    return "select";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : ElementType.values()) {
      String entry = "select_" + t.suffix();
      int bytes = 1 + 3 * t.bytes();
      kernels.add(Kernel.of(name(), entry, Launch.elementwise(ElementType.perTurn(ElementType.BOOL, t)), bytes,
          pointer("condition"), pointer("a"), pointer("b"), pointer("out"), int64("n"), int32("scalars")));
      kernels.add(Kernel.of(name(), entry + "_strided", Launch.elementwise(1), bytes,
          pointer("condition"), pointer("a"), pointer("b"), pointer("out"), int64("n"), layout("layout", 4)));
    }
    return kernels;
  }
}
