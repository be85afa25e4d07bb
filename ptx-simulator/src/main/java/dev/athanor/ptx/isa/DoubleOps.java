package dev.athanor.ptx.isa;

import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;

import dev.athanor.ptx.OpClass;
import java.util.Locale;
import java.util.Map;

/** Double-precision arithmetic, exact in all rounding modes. */
final class DoubleOps {
  private static final OpClass D = OpClass.FLOAT64;

  private DoubleOps() {}

  /** A function of doubles. */
  private interface Fn {
    double run(double a, double b, double c);
  }

  static void register(Map<String, Form> t) {
    loops(t);
    for (Rounding r : Rounding.values()) {
      String rnd = "." + r.name().toLowerCase(Locale.ROOT);
      lane(t, "add" + rnd, 2, (a, b, c) -> r.add(a, b));
      lane(t, "sub" + rnd, 2, (a, b, c) -> r.add(a, -b));
      lane(t, "mul" + rnd, 2, (a, b, c) -> r.multiply(a, b));
      lane(t, "fma" + rnd, 3, r::fma);
      lane(t, "mad" + rnd, 3, r::fma);
      lane(t, "div" + rnd, 2, (a, b, c) -> r.divide(a, b));
      lane(t, "rcp" + rnd, 1, (a, b, c) -> r.divide(1, a));
      lane(t, "sqrt" + rnd, 1, (a, b, c) -> r.sqrt(a));
    }
    t.put("rcp.approx.ftz.f64", new Form.ByLane(OpClass.SPECIAL_FUNCTION, IntegerOps.widths(8, 1), (a, b, c) -> gross(a, false)));
    t.put("rsqrt.approx.ftz.f64", new Form.ByLane(OpClass.SPECIAL_FUNCTION, IntegerOps.widths(8, 1),
        (a, b, c) -> gross(a, true)));
    t.put("rsqrt.approx.f64", new Form.ByLane(OpClass.SPECIAL_FUNCTION, IntegerOps.widths(8, 1),
        (a, b, c) -> doubleToRawLongBits(1 / Math.sqrt(longBitsToDouble(a)))));
    t.put("copysign.f64", new Form.ByLane(D, IntegerOps.widths(8, 2), (a, b, c) -> b & Long.MAX_VALUE | a & Long.MIN_VALUE));
  }

  private static void loops(Map<String, Form> t) {
    for (String r : new String[] {"", ".rn"}) {
      loop(t, "add" + r + ".f64", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = doubleToRawLongBits(longBitsToDouble(a[i]) + longBitsToDouble(b[i]));
      });
      loop(t, "sub" + r + ".f64", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = doubleToRawLongBits(longBitsToDouble(a[i]) - longBitsToDouble(b[i]));
      });
      loop(t, "mul" + r + ".f64", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = doubleToRawLongBits(longBitsToDouble(a[i]) * longBitsToDouble(b[i]));
      });
    }
    for (String name : new String[] {"fma.rn.f64", "mad.rn.f64"}) {
      loop(t, name, 3, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) {
          d[i] = doubleToRawLongBits(Math.fma(longBitsToDouble(a[i]), longBitsToDouble(b[i]), longBitsToDouble(c[i])));
        }
      });
    }
    loop(t, "div.rn.f64", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = doubleToRawLongBits(longBitsToDouble(a[i]) / longBitsToDouble(b[i]));
    });
    loop(t, "sqrt.rn.f64", 1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = doubleToRawLongBits(Math.sqrt(longBitsToDouble(a[i])));
    });
    loop(t, "neg.f64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] ^ Long.MIN_VALUE; });
    loop(t, "abs.f64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] & Long.MAX_VALUE; });
    loop(t, "max.f64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = extreme(true, a[i], b[i]); });
    loop(t, "min.f64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = extreme(false, a[i], b[i]); });
  }

  /** The larger or smaller; a NaN gives the other operand, two NaNs the canonical one; +0 is above -0. */
  static long extreme(boolean max, long a, long b) {
    double x = longBitsToDouble(a);
    double y = longBitsToDouble(b);
    double r = max ? Math.max(x, y) : Math.min(x, y);
    return r == r ? doubleToRawLongBits(r) : x == x ? a : y == y ? b : Rounding.NAN64;
  }

  /** The gross approximations: they see the upper 32 bits of the operand and deliver the upper 32 bits of the result. */
  private static long gross(long a, boolean root) {
    double x = longBitsToDouble(flush(a) & 0xFFFF_FFFF_0000_0000L);
    double r = 1 / (root ? Math.sqrt(x) : x);
    return r != r ? Rounding.NAN64 : flush(doubleToRawLongBits(r)) & 0xFFFF_FFFF_0000_0000L;
  }

  private static long flush(long bits) {
    return (bits & 0x7FF0_0000_0000_0000L) == 0 ? bits & Long.MIN_VALUE : bits;
  }

  private static void loop(Map<String, Form> t, String name, int arity, Form.Loop64 loop) {
    t.put(name, new Form.All64(D, arity, loop));
  }

  private static void lane(Map<String, Form> t, String name, int arity, Fn f) {
    t.putIfAbsent(name + ".f64", new Form.ByLane(D, IntegerOps.widths(8, arity), (a, b, c) ->
        doubleToRawLongBits(f.run(longBitsToDouble(a), longBitsToDouble(b), longBitsToDouble(c)))));
  }
}
