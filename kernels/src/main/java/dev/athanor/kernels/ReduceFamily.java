package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/** {@code reduce_OP_T_PATH} and {@code reduce_OP_T_final}. */
final class ReduceFamily implements KernelFamily {
  /** Reductions of all numbers. */
  static final List<String> NUMERIC = List.of("sum", "prod", "max", "min", "arg_max", "arg_min");
  /** Reductions of floats alone. */
  static final List<String> FLOAT = List.of("mean", "l1", "l2", "log_sum_exp", "variance");
  /** Reductions of bool. */
  static final List<String> LOGICAL = List.of("any", "all");

  @Override
  public String name() {
    return "reduce";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    NUMERIC.forEach(op -> ElementType.NUMBERS.forEach(t -> add(kernels, op, t)));
    FLOAT.forEach(op -> ElementType.FLOATS.forEach(t -> add(kernels, op, t)));
    LOGICAL.forEach(op -> add(kernels, op, ElementType.BOOL));
    return kernels;
  }

  private void add(List<Kernel> kernels, String op, ElementType t) {
    String entry = "reduce_" + op + "_" + t.suffix() + "_";
    for (ReducePath path : ReducePath.values()) {
      kernels.add(Kernel.of(name(), entry + path.suffix(), Launch.rows(256, path == ReducePath.WARP ? 8 : 1), t.bytes(),
          pointer("x"), pointer("out"), pointer("partials"), int64("outputs"), int64("n"), int64("chunk"), int64("chunks"),
          int64("correction"), layout("kept", 2), layout("reduced", 1)));
    }
    kernels.add(Kernel.of(name(), entry + "final", Launch.rows(256, 8), stateBytes(op, t),
        pointer("partials"), pointer("out"), int64("outputs"), int64("n"), int64("chunks"), int64("correction"), layout("kept",
            2)));
  }

  /** Bytes of the state of one chunk in the workspace. */
  static int stateBytes(String op, ElementType t) {
    return switch (op) {
      case "arg_max", "arg_min" -> 16;
      case "log_sum_exp" -> 2 * t.bytes();
      case "variance" -> 3 * t.bytes();
      case "any", "all" -> 4;
      default -> t.bytes();
    };
  }
}
