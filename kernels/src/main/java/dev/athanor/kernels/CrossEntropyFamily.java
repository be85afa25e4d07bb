package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/** {@code cross_entropy_TARGET_T_PATH} and {@code cross_entropy_denominator_TARGET_T}. */
final class CrossEntropyFamily implements KernelFamily {
  @Override
  public String name() {
    return "cross_entropy";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : ElementType.FLOATS) {
      for (String target : List.of("i32", "i64", "dense")) {
        int bytes = (target.equals("dense") ? 3 : 2) * t.bytes();
        for (RowPath path : List.of(RowPath.WARP, RowPath.BLOCK)) {
          kernels.add(Kernel.of(name(), "cross_entropy_" + target + "_" + t.suffix() + "_" + path.suffix(), path.launch(), bytes,
              pointer("x"), pointer("target"), pointer("weight"), pointer("denominator"), pointer("loss"), pointer("dx"),
              pointer("errors"), int64("outer"), int64("classes"), int64("inner"), int64("ignored"), scalar("smoothing", t)));
        }
      }
      for (ElementType target : List.of(ElementType.INT32, ElementType.INT64)) {
        kernels.add(Kernel.of(name(), "cross_entropy_denominator_" + target.suffix() + "_" + t.suffix(), Launch.single(256),
            target.bytes() + t.bytes(), pointer("target"), pointer("weight"), pointer("out"), int64("rows"), int64("classes"),
            int64("ignored")));
      }
    }
    return kernels;
  }
}
