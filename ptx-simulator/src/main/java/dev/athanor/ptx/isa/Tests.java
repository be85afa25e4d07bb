package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Type;

/** The comparisons of {@code setp} and {@code set}: a test gives a bit per lane, for all 32 lanes. */
final class Tests {
  private Tests() {}

  /** A comparison of two registers. */
  interface Test {
    int run(WarpState w, int a, int b);
  }

  /** A comparison of integers of up to 32 bits. */
  private interface Ints {
    boolean run(int a, int b);
  }

  /** A comparison of floating-point numbers. */
  private interface Doubles {
    boolean run(double a, double b);
  }

  /** The test of that operator and type, or null if there is none. */
  static Test find(String op, Type type, boolean ftz) {
    if (type.kind() == Type.Kind.FLOAT) {
      return floating(op, type, ftz);
    }
    boolean unsigned = type.kind() != Type.Kind.SIGNED;
    return type.wide() ? longs(op, unsigned) : type.bytes() == 4 ? ints(op, unsigned) : shorts(op, unsigned);
  }

  /** Each loop is written out so that the JIT compiler sees the comparison itself. */
  private static Test ints(String op, boolean unsigned) {
    int flip = unsigned ? Integer.MIN_VALUE : 0;
    return switch (op) {
      case "eq" -> (w, a, b) -> {
        int[] x = w.r32[a];
        int[] y = w.r32[b];
        int r = 0;
        for (int i = 0; i < 32; i++) r |= x[i] == y[i] ? 1 << i : 0;
        return r;
      };
      case "ne" -> (w, a, b) -> {
        int[] x = w.r32[a];
        int[] y = w.r32[b];
        int r = 0;
        for (int i = 0; i < 32; i++) r |= x[i] != y[i] ? 1 << i : 0;
        return r;
      };
      case "lt", "lo" -> (w, a, b) -> less(w.r32[a], w.r32[b], op.equals("lo") ? Integer.MIN_VALUE : flip);
      case "gt", "hi" -> (w, a, b) -> less(w.r32[b], w.r32[a], op.equals("hi") ? Integer.MIN_VALUE : flip);
      case "ge", "hs" -> (w, a, b) -> ~less(w.r32[a], w.r32[b], op.equals("hs") ? Integer.MIN_VALUE : flip);
      case "le", "ls" -> (w, a, b) -> ~less(w.r32[b], w.r32[a], op.equals("ls") ? Integer.MIN_VALUE : flip);
      default -> null;
    };
  }

  private static int less(int[] x, int[] y, int flip) {
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= (x[i] ^ flip) < (y[i] ^ flip) ? 1 << i : 0;
    }
    return r;
  }

  private static Test longs(String op, boolean unsigned) {
    long flip = unsigned || op.equals("lo") || op.equals("hi") || op.equals("ls") || op.equals("hs") ? Long.MIN_VALUE : 0;
    return switch (op) {
      case "eq" -> (w, a, b) -> equal(w.r64[a], w.r64[b]);
      case "ne" -> (w, a, b) -> ~equal(w.r64[a], w.r64[b]);
      case "lt", "lo" -> (w, a, b) -> less(w.r64[a], w.r64[b], flip);
      case "gt", "hi" -> (w, a, b) -> less(w.r64[b], w.r64[a], flip);
      case "ge", "hs" -> (w, a, b) -> ~less(w.r64[a], w.r64[b], flip);
      case "le", "ls" -> (w, a, b) -> ~less(w.r64[b], w.r64[a], flip);
      default -> null;
    };
  }

  private static int equal(long[] x, long[] y) {
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= x[i] == y[i] ? 1 << i : 0;
    }
    return r;
  }

  private static int less(long[] x, long[] y, long flip) {
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= (x[i] ^ flip) < (y[i] ^ flip) ? 1 << i : 0;
    }
    return r;
  }

  private static Test shorts(String op, boolean unsigned) {
    Ints f = switch (op) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a != b;
      case "lt", "lo" -> (a, b) -> a < b;
      case "le", "ls" -> (a, b) -> a <= b;
      case "gt", "hi" -> (a, b) -> a > b;
      case "ge", "hs" -> (a, b) -> a >= b;
      default -> null;
    };
    return f == null ? null : (w, a, b) -> {
      int r = 0;
      for (int i = 0; i < 32; i++) {
        int x = unsigned ? w.r32[a][i] & 0xFFFF : (short) w.r32[a][i];
        int y = unsigned ? w.r32[b][i] & 0xFFFF : (short) w.r32[b][i];
        r |= f.run(x, y) ? 1 << i : 0;
      }
      return r;
    };
  }

  /** Ordered comparisons are false if an operand is NaN, the ones that end in u are true. */
  private static Test floating(String op, Type type, boolean ftz) {
    Doubles f = switch (op) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a < b || a > b;
      case "lt" -> (a, b) -> a < b;
      case "le" -> (a, b) -> a <= b;
      case "gt" -> (a, b) -> a > b;
      case "ge" -> (a, b) -> a >= b;
      case "equ" -> (a, b) -> !(a < b || a > b);
      case "neu" -> (a, b) -> a != b;
      case "ltu" -> (a, b) -> !(a >= b);
      case "leu" -> (a, b) -> !(a > b);
      case "gtu" -> (a, b) -> !(a <= b);
      case "geu" -> (a, b) -> !(a < b);
      case "num" -> (a, b) -> a == a && b == b;
      case "nan" -> (a, b) -> a != a || b != b;
      default -> null;
    };
    Test loop = type == Type.F32 && !ftz ? single(op) : null;
    return f == null ? null : loop != null ? loop : (w, a, b) -> {
      int r = 0;
      for (int i = 0; i < 32; i++) {
        double x = ConvertOps.value(type, w.get(a, i), ftz);
        double y = ConvertOps.value(type, w.get(b, i), ftz);
        r |= f.run(x, y) ? 1 << i : 0;
      }
      return r;
    };
  }

  /** The frequent comparisons of single precision, each as a loop of its own. */
  private static Test single(String op) {
    return switch (op) {
      case "lt" -> (w, a, b) -> less(w, a, b);
      case "gt" -> (w, a, b) -> less(w, b, a);
      case "geu" -> (w, a, b) -> ~less(w, a, b);
      case "leu" -> (w, a, b) -> ~less(w, b, a);
      case "le" -> (w, a, b) -> notAbove(w, a, b);
      case "ge" -> (w, a, b) -> notAbove(w, b, a);
      case "gtu" -> (w, a, b) -> ~notAbove(w, a, b);
      case "ltu" -> (w, a, b) -> ~notAbove(w, b, a);
      case "eq" -> (w, a, b) -> equal(w, a, b);
      case "neu" -> (w, a, b) -> ~equal(w, a, b);
      default -> null;
    };
  }

  private static int less(WarpState w, int a, int b) {
    int[] x = w.r32[a];
    int[] y = w.r32[b];
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= Float.intBitsToFloat(x[i]) < Float.intBitsToFloat(y[i]) ? 1 << i : 0;
    }
    return r;
  }

  private static int notAbove(WarpState w, int a, int b) {
    int[] x = w.r32[a];
    int[] y = w.r32[b];
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= Float.intBitsToFloat(x[i]) <= Float.intBitsToFloat(y[i]) ? 1 << i : 0;
    }
    return r;
  }

  private static int equal(WarpState w, int a, int b) {
    int[] x = w.r32[a];
    int[] y = w.r32[b];
    int r = 0;
    for (int i = 0; i < 32; i++) {
      r |= Float.intBitsToFloat(x[i]) == Float.intBitsToFloat(y[i]) ? 1 << i : 0;
    }
    return r;
  }
}
