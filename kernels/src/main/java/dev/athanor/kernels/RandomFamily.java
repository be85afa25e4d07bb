package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.float32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/** Random fills {@code random_KIND_T}, {@code random_dropout_T} and {@code random_advance}; the unit of work is an element. */
final class RandomFamily implements KernelFamily {
  @Override
  public String name() {
    return "random";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    kernels.add(fill("bits", ElementType.INT32));
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      kernels.add(fill("uniform", t));
      kernels.add(fill("normal", t));
      // The float64 kernel exchanges words within warps, so its block is whole.
      Launch launch = t == ElementType.FLOAT32 ? Launch.elementwise(4) : Launch.rows(256, 1024);
      kernels.add(Kernel.of(name(), "random_dropout_" + t.suffix(), launch, 2 * t.bytes(),
          pointer("x"), pointer("y"), int64("n"), float32("p"), scalar("scale", t), pointer("state"), int64("delta")));
    }
    kernels.add(Kernel.of(name(), "random_advance", Launch.single(1), 16, pointer("state"), int64("blocks")));
    return kernels;
  }

  private Kernel fill(String kind, ElementType t) {
    return Kernel.of(name(), "random_" + kind + "_" + t.suffix(), Launch.elementwise(t.perVector()), t.bytes(),
        pointer("out"), int64("n"), pointer("state"), int64("delta"));
  }
}
