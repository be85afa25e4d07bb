package dev.athanor.nd4j;

import dev.athanor.backend.BinaryOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Functions of two elements. */
final class Binary {
  private Binary() {}

  static void binary(BinaryOp op, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    String name = name(op, a.dtype());
    if (name != null) {
      try (var work = new Work()) {
        Elementwise.custom(name, work.out(out), work.in(a), work.in(b));
        work.done();
      }
    } else if (a.dtype().isFloat()) {
      Loops.forEach(out.shape(), at -> Nd4jBuffer.set(out, at[2],
          real(op, Nd4jBuffer.get(a, at[0]), Nd4jBuffer.get(b, at[1]))), a, b, out);
    } else {
      Loops.forEach(out.shape(), at -> Nd4jBuffer.bits(out, at[2],
          integer(op, Nd4jBuffer.integer(a, at[0]), Nd4jBuffer.integer(b, at[1]))), a, b, out);
    }
  }

  /** ND4J's operation, or null for a plain loop. */
  private static String name(BinaryOp op, DType dtype) {
    boolean real = dtype.isFloat();
    return switch (op) {
      case ADD -> "add";
      case SUB -> "subtract";
      case MUL -> "multiply";
      case DIV -> real ? "divide" : null; // a division of integers by 0 would end the process
      case POW -> null; // 1 to the power of NaN is 1 there; integers go through floats
      case MIN -> real ? null : "minimum"; // loses NaN
      case MAX -> real ? null : "maximum";
      case REMAINDER -> null; // rounds the quotient, which may be huge; and by 0 as above
      case ATAN2 -> "tf_atan2";
      case EQ -> "equals";
      case NE -> "not_equals";
      case LT -> "less";
      case LE -> "less_equal";
      case GT -> "greater";
      case GE -> "greater_equal";
      case AND -> "boolean_and";
      case OR -> "boolean_or";
      case XOR -> "boolean_xor";
    };
  }

  private static double real(BinaryOp op, double a, double b) {
    return switch (op) {
      case POW -> Math.pow(a, b);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case REMAINDER -> {
        double r = a % b; // exact, with the sign of a
        yield r != 0 && r < 0 != b < 0 ? r + b : r;
      }
      case ADD, SUB, MUL, DIV, ATAN2, AND, OR, XOR, EQ, NE, LT, LE, GT, GE -> throw new IllegalArgumentException(op
            + " is ND4J's");
    };
  }

  private static long integer(BinaryOp op, long a, long b) {
    return switch (op) {
      case DIV -> b == 0 ? 0 : a / b;
      case POW -> power(a, b);
      case REMAINDER -> b == 0 ? 0 : Math.floorMod(a, b);
      case ADD, SUB, MUL, MIN, MAX, ATAN2, AND, OR, XOR, EQ, NE, LT, LE, GT, GE -> throw new IllegalArgumentException(
          op + " is ND4J's");
    };
  }

  /** aᵇ modulo 2⁶⁴ by squaring. */
  private static long power(long a, long b) {
    if (b < 0) {
      return a == 1 || a == -1 ? (b & 1) == 0 ? 1 : a : 0;
    }
    long result = 1;
    for (long base = a, rest = b; rest > 0; rest >>= 1, base *= base) {
      if ((rest & 1) != 0) {
        result *= base;
      }
    }
    return result;
  }
}
