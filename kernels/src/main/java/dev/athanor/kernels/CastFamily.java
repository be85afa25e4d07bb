package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/** {@code cast_FROM_TO} and {@code cast_FROM_TO_strided} for every pair of different element types. */
final class CastFamily implements KernelFamily {
  @Override
  public String name() {
    return "cast";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType from : ElementType.values()) {
      for (ElementType to : ElementType.values()) {
        if (from != to) {
          String entry = "cast_" + from.suffix() + "_" + to.suffix();
          int bytes = from.bytes() + to.bytes();
          kernels.add(Kernel.of(name(), entry, Launch.elementwise(ElementType.perTurn(from, to)), bytes,
              pointer("x"), pointer("out"), int64("n")));
          kernels.add(Kernel.of(name(), entry + "_strided", Launch.elementwise(1), bytes,
              pointer("x"), pointer("out"), int64("n"), layout("layout", 2)));
        }
      }
    }
    return kernels;
  }
}
