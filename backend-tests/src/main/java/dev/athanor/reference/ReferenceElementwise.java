package dev.athanor.reference;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.tensor.View;

/** Functions of single elements. Floats are computed in float64, integers and bools in 64 bits. */
final class ReferenceElementwise {
  private ReferenceElementwise() {}

  static void unary(Unary fn, View x, View out) {
    if (x.dtype().isFloat()) {
      Positions.forEach(out.shape(),
          at -> ReferenceBuffer.set(out, at[1], ReferenceFunctions.value(fn, ReferenceBuffer.get(x, at[0]))), x, out);
    } else {
      Positions.forEach(out.shape(),
          at -> ReferenceBuffer.integer(out, at[1], integer(fn, ReferenceBuffer.integer(x, at[0]))), x, out);
    }
  }

  static void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    View in = x != null ? x : dy; // what is not given is not used
    View result = y != null ? y : dy;
    Positions.forEach(dx.shape(), at -> {
      double slope = ReferenceFunctions.derivative(fn, ReferenceBuffer.get(in, at[0]), ReferenceBuffer.get(result, at[1]));
      ReferenceBuffer.set(dx, at[3], ReferenceBuffer.get(dy, at[2]) * slope);
    }, in, result, dy, dx);
  }

  static void binary(BinaryOp op, View a, View b, View out) {
    if (a.dtype() != b.dtype()) {
      throw new IllegalArgumentException(op + ": types differ: " + a + " and " + b);
    }
    if (a.dtype().isFloat()) {
      Positions.forEach(out.shape(), at -> ReferenceBuffer.set(out, at[2],
          real(op, ReferenceBuffer.get(a, at[0]), ReferenceBuffer.get(b, at[1]))), a, b, out);
    } else {
      Positions.forEach(out.shape(), at -> ReferenceBuffer.integer(out, at[2],
          integer(op, ReferenceBuffer.integer(a, at[0]), ReferenceBuffer.integer(b, at[1]))), a, b, out);
    }
  }

  static void cast(View x, View out) {
    boolean whole = x.dtype().isInteger();
    Positions.forEach(out.shape(), at -> {
      long bits;
      if (!whole) {
        bits = out.dtype().bits(ReferenceBuffer.get(x, at[0]));
      } else {
        long value = ReferenceBuffer.integer(x, at[0]);
        bits = switch (out.dtype()) {
          case INT32, INT64 -> out.dtype().bits(value);
          case FLOAT32, BFLOAT16, FLOAT16 -> out.dtype().bits((float) value); // rounds once: 64 bits do not fit a double
          case FLOAT64, BOOL -> out.dtype().bits((double) value);
        };
      }
      ReferenceBuffer.bits(out, at[1], bits);
    }, x, out);
  }

  private static long integer(Unary fn, long x) {
    return switch (fn.op()) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> Long.signum(x);
      case SQUARE -> x * x;
      case CLAMP -> x > fn.b() ? (long) fn.b() : x < fn.a() ? (long) Math.min(fn.a(), fn.b()) : x;
      case NOT -> x ^ 1;
      case SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ERF, FLOOR, CEIL,
          ROUND, POW_SCALAR, SIGMOID, HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID,
          SOFTSIGN, SWISH, HARD_SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK,
          THRESHOLD, IS_NAN, IS_INF, IS_FINITE -> throw new IllegalArgumentException(fn.op() + " needs floats");
    };
  }

  private static double real(BinaryOp op, double a, double b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case POW -> Math.pow(a, b);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case REMAINDER -> {
        double r = a % b; // exact, with the sign of a
        yield r != 0 && r < 0 != b < 0 ? r + b : r;
      }
      case ATAN2 -> Math.atan2(a, b);
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
      case AND, OR, XOR -> throw new IllegalArgumentException(op + " needs bools");
    };
  }

  private static long integer(BinaryOp op, long a, long b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0 : a / b;
      case POW -> power(a, b);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case REMAINDER -> b == 0 ? 0 : Math.floorMod(a, b);
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
      case ATAN2 -> throw new IllegalArgumentException(op + " needs floats");
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
