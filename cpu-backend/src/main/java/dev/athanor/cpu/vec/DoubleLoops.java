package dev.athanor.cpu.vec;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.UnaryOp;

/** Loops of float64 functions. */
final class DoubleLoops {
  /** A relation of two numbers. */
  @FunctionalInterface
  interface Relation {
    boolean test(double a, double b);
  }

  private DoubleLoops() {}

  static RowKernel unary(UnaryOp op) {
    return switch (op) {
      case IS_NAN -> relation((a, b) -> a != a);
      case IS_INF -> relation((a, b) -> Math.abs(a) == Double.POSITIVE_INFINITY);
      case IS_FINITE -> relation((a, b) -> Math.abs(a) <= Double.MAX_VALUE);
      default -> Specialize.loop(DoubleUnaryLoop.class, Scalars.unary(op), RowKernel.class);
    };
  }

  static RowKernel grad(UnaryOp op) {
    return Specialize.loop(DoubleGradLoop.class, Scalars.grad(op), RowKernel.class);
  }

  static RowKernel binary(BinaryOp op) {
    return switch (op) {
      case EQ -> relation((a, b) -> a == b);
      case NE -> relation((a, b) -> a != b);
      case LT -> relation((a, b) -> a < b);
      case LE -> relation((a, b) -> a <= b);
      case GT -> relation((a, b) -> a > b);
      case GE -> relation((a, b) -> a >= b);
      case ADD, SUB, MUL, DIV, POW, MIN, MAX, REMAINDER, ATAN2, AND, OR, XOR ->
          Specialize.loop(DoubleBinaryLoop.class, Scalars.binary(op), RowKernel.class);
    };
  }

  private static RowKernel relation(Relation fn) {
    return Specialize.loop(DoubleCompareLoop.class, fn, RowKernel.class);
  }
}
