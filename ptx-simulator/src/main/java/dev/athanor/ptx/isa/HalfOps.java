package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import java.util.Map;

/**
 * Half-precision arithmetic, {@code f16} and {@code bf16}, single and in pairs. Operations compute in double precision and round
 * once more to the half. Sums and products of two halves are thereby exact to the bit; the sum inside an {@code fma} is
 * rounded to 53 bits first, which can show only where that lands on a tie of the half's few bits.
 */
final class HalfOps {
  private static final OpClass F = OpClass.FLOAT32;
  private static final int NAN = 0x7FFF;

  private HalfOps() {}

  /** A function of doubles. */
  private interface Fn {
    double run(double a, double b, double c);
  }

  static void register(Map<String, Form> t) {
    for (boolean bf : new boolean[] {false, true}) {
      String type = bf ? ".bf16" : ".f16";
      for (String r : new String[] {"", ".rn"}) {
        both(t, bf, "add" + r, type, 2, (a, b, c) -> a + b);
        both(t, bf, "sub" + r, type, 2, (a, b, c) -> a - b);
        both(t, bf, "mul" + r, type, 2, (a, b, c) -> a * b);
      }
      both(t, bf, "fma.rn", type, 3, (a, b, c) -> a * b + c);
      both(t, bf, "max", type, 2, (a, b, c) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b));
      both(t, bf, "min", type, 2, (a, b, c) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b));
      both(t, bf, "max.NaN", type, 2, (a, b, c) -> Math.max(a, b));
      both(t, bf, "min.NaN", type, 2, (a, b, c) -> Math.min(a, b));
      both(t, bf, "ex2.approx", type, 1, (a, b, c) -> Math.exp(a * Math.log(2)));
      both(t, bf, "tanh.approx", type, 1, (a, b, c) -> Math.tanh(a));
      bits(t, "neg" + type, (a, b, c) -> a ^ 0x8000);
      bits(t, "neg" + type + "x2", (a, b, c) -> a ^ 0x80008000L);
      bits(t, "abs" + type, (a, b, c) -> a & 0x7FFF);
      bits(t, "abs" + type + "x2", (a, b, c) -> a & 0x7FFF7FFF);
    }
  }

  private static void bits(Map<String, Form> t, String name, Form.Lane lane) {
    t.put(name, new Form.ByLane(F, IntegerOps.widths(4, 1), lane));
  }

  private static void both(Map<String, Form> t, boolean bf, String name, String type, int arity, Fn f) {
    Form.Lane one = (a, b, c) -> fromDouble(bf, f.run(toFloat(bf, (int) a), toFloat(bf, (int) b), toFloat(bf, (int) c)));
    t.put(name + type, new Form.ByLane(F, IntegerOps.widths(4, arity), one));
    t.put(name + type + "x2", new Form.ByLane(F, IntegerOps.widths(4, arity),
        (a, b, c) -> one.run(a, b, c) | one.run(a >>> 16, b >>> 16, c >>> 16) << 16));
  }

  /** The value of a half. */
  static float toFloat(boolean bf, int bits) {
    return bf ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat((short) bits);
  }

  /** The half nearest to a value, ties to even, zero-extended. */
  static int fromDouble(boolean bf, double v) {
    return round(bf, v, Rounding.RN);
  }

  /** The half next to a value in a rounding mode, zero-extended. NaN becomes the canonical one. */
  static int round(boolean bf, double v, Rounding r) {
    if (v != v) {
      return NAN;
    }
    int sign = Double.doubleToRawLongBits(v) < 0 ? 0x8000 : 0;
    int fraction = bf ? 7 : 10;
    int minimum = bf ? -126 : -14;
    int infinity = bf ? 0x7F80 : 0x7C00;
    double x = Math.abs(v);
    if (x == Double.POSITIVE_INFINITY) {
      return sign | infinity;
    }
    int exponent = Math.max(x == 0 ? minimum : Math.getExponent(x), minimum);
    double scaled = Math.scalb(x, fraction - exponent);
    double whole = switch (r) {
      case RN -> Math.rint(scaled);
      case RZ -> Math.floor(scaled);
      case RM -> sign != 0 ? Math.ceil(scaled) : Math.floor(scaled);
      case RP -> sign != 0 ? Math.floor(scaled) : Math.ceil(scaled);
    };
    // whole has its hidden bit unless subnormal: adding it to the biased exponent carries over where rounding reached a power of
    // two
    long bits = (long) whole + ((long) (exponent - minimum) << fraction);
    boolean up = r == Rounding.RN || r == Rounding.RP && sign == 0 || r == Rounding.RM && sign != 0;
    return sign | (bits >= infinity ? up ? infinity : infinity - 1 : (int) bits);
  }
}
