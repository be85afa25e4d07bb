package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/**
 * Functions of two elements, {@code binary_OP_T} and {@code binary_OP_T_strided}, and in a family of their own the comparisons
 * {@code compare_OP_T}, whose result is bool.
 */
final class BinaryFamily implements KernelFamily {
  /** Operations on all numbers. */
  static final List<String> NUMERIC = List.of("add", "sub", "mul", "div", "pow", "min", "max", "remainder");
  /** Operations on bool. */
  static final List<String> LOGICAL = List.of("and", "or", "xor");
  /** Comparisons. */
  static final List<String> COMPARISONS = List.of("eq", "ne", "lt", "le", "gt", "ge");

  private final boolean compare;

  BinaryFamily(boolean compare) {
    this.compare = compare;
  }

  @Override
  public String name() {
    return compare ? "compare" : "binary";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    if (compare) {
      COMPARISONS.forEach(op -> ElementType.COMPUTED.forEach(t -> add(kernels, op, t, ElementType.BOOL)));
    } else {
      NUMERIC.forEach(op -> ElementType.NUMBERS.forEach(t -> add(kernels, op, t, t)));
      ElementType.FLOATS.forEach(t -> add(kernels, "atan2", t, t));
      LOGICAL.forEach(op -> add(kernels, op, ElementType.BOOL, ElementType.BOOL));
    }
    return kernels;
  }

  private void add(List<Kernel> kernels, String op, ElementType from, ElementType to) {
    String entry = name() + "_" + op + "_" + from.suffix();
    int bytes = 2 * from.bytes() + to.bytes();
    kernels.add(Kernel.of(name(), entry, Launch.elementwise(ElementType.perTurn(from, to)), bytes,
        pointer("a"), pointer("b"), pointer("out"), int64("n"), int32("scalars")));
    kernels.add(Kernel.of(name(), entry + "_strided", Launch.elementwise(1), bytes,
        pointer("a"), pointer("b"), pointer("out"), int64("n"), layout("layout", 3)));
  }
}
