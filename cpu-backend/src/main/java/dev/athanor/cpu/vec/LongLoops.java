package dev.athanor.cpu.vec;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.UnaryOp;
import dev.athanor.cpu.mem.Memory;
import java.util.function.LongBinaryOperator;

/** Loops of functions of integers and bools, all computed in 64 bits and cut to the type's size, which is what wrapping means. */
final class LongLoops {
  /** y = f(x) with two parameters. */
  @FunctionalInterface
  interface Unary {
    long apply(long x, double p, double q);
  }

  /** A function and the size of its elements. */
  record UnaryOfType(Unary fn, int bytes) {}

  /** A function and the sizes of its operands and result. */
  record BinaryOfType(LongBinaryOperator fn, int bytes, int resultBytes) {}

  private LongLoops() {}

  static long get(int bytes, long address) {
    return switch (bytes) {
      case 1 -> Memory.getByte(address);
      case 2 -> Memory.getShort(address);
      case 4 -> Memory.getInt(address);
      default -> Memory.getLong(address);
    };
  }

  static void put(int bytes, long address, long value) {
    switch (bytes) {
      case 1 -> Memory.putByte(address, (byte) value);
      case 2 -> Memory.putShort(address, (short) value);
      case 4 -> Memory.putInt(address, (int) value);
      default -> Memory.putLong(address, value);
    }
  }

  static RowKernel unary(UnaryOp op, int bytes) {
    Unary fn = switch (op) {
      case NEG -> (x, p, q) -> -x;
      case ABS -> (x, p, q) -> Math.abs(x);
      case SIGN -> (x, p, q) -> Long.signum(x);
      case SQUARE -> (x, p, q) -> x * x;
      case CLAMP -> LongLoops::clamp;
      case NOT -> (x, p, q) -> x ^ 1;
      default -> throw new IllegalArgumentException(op + " is a function of float types");
    };
    return Specialize.loop(LongUnaryLoop.class, new UnaryOfType(fn, bytes), RowKernel.class);
  }

  private static long clamp(long x, double low, double high) {
    // The bounds are applied as integers; a fractional bound keeps to its inside.
    long l = (long) Math.ceil(low);
    long h = (long) Math.floor(high);
    return Math.min(Math.max(x, l), h);
  }

  static RowKernel binary(BinaryOp op, int bytes) {
    LongBinaryOperator fn = switch (op) {
      case ADD -> (a, b) -> a + b;
      case SUB -> (a, b) -> a - b;
      case MUL -> (a, b) -> a * b;
      case DIV -> (a, b) -> b == 0 ? 0 : a / b;
      case POW -> LongLoops::pow;
      case MIN -> Math::min;
      case MAX -> Math::max;
      case REMAINDER -> (a, b) -> b == 0 ? 0 : Math.floorMod(a, b);
      case ATAN2 -> throw new IllegalArgumentException("ATAN2 is a function of float types");
      case AND -> (a, b) -> a & b;
      case OR -> (a, b) -> a | b;
      case XOR -> (a, b) -> a ^ b;
      case EQ -> (a, b) -> a == b ? 1 : 0;
      case NE -> (a, b) -> a != b ? 1 : 0;
      case LT -> (a, b) -> a < b ? 1 : 0;
      case LE -> (a, b) -> a <= b ? 1 : 0;
      case GT -> (a, b) -> a > b ? 1 : 0;
      case GE -> (a, b) -> a >= b ? 1 : 0;
    };
    return Specialize.loop(LongBinaryLoop.class, new BinaryOfType(fn, bytes, op.givesBool() ? 1 : bytes), RowKernel.class);
  }

  /** aᵇ by squaring; for b < 0 the quotient 1/a^|b| truncated: 0 unless a is ±1. */
  private static long pow(long a, long b) {
    if (b < 0) {
      return a == 1 ? 1 : a == -1 ? (b & 1) == 0 ? 1 : -1 : 0;
    }
    long result = 1;
    for (long base = a, e = b; e != 0; e >>>= 1, base *= base) {
      if ((e & 1) != 0) {
        result *= base;
      }
    }
    return result;
  }
}
