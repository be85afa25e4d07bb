package dev.athanor.ptx.isa;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;

import dev.athanor.ptx.OpClass;
import java.util.Locale;
import java.util.Map;

/**
 * Single-precision arithmetic. {@code rn} results are those of IEEE 754, bit for bit except for the payload of a NaN; the other
 * rounding modes are exact too. Approximations compute in double precision and round, so they are closer to the truth than the
 * hardware.
 *
 * <p>With {@code .ftz}, subnormal inputs and results become zeros of the same sign. {@code .sat} clamps to [0, 1] and turns NaN
 * into 0.
 */
final class FloatOps {
  private static final OpClass F = OpClass.FLOAT32;
  private static final double LN2 = Math.log(2);

  private FloatOps() {}

  /** A function of floats. */
  private interface Fn {
    float run(float a, float b, float c);
  }

  static void register(Map<String, Form> t) {
    loops(t);
    for (Rounding r : Rounding.values()) {
      String rnd = "." + r.name().toLowerCase(Locale.ROOT);
      variants(t, "add" + rnd, true, 2, (a, b, c) -> r.add(a, b));
      variants(t, "sub" + rnd, true, 2, (a, b, c) -> r.add(a, -b));
      variants(t, "mul" + rnd, true, 2, (a, b, c) -> r.multiply(a, b));
      variants(t, "fma" + rnd, true, 3, r::fma);
      variants(t, "mad" + rnd, true, 3, r::fma);
      variants(t, "div" + rnd, false, 2, (a, b, c) -> r.divide(a, b));
      variants(t, "rcp" + rnd, false, 1, (a, b, c) -> r.divide(1, a));
      variants(t, "sqrt" + rnd, false, 1, (a, b, c) -> r.sqrt(a));
    }
    variants(t, "add", true, 2, (a, b, c) -> a + b);
    variants(t, "sub", true, 2, (a, b, c) -> a - b);
    variants(t, "mul", true, 2, (a, b, c) -> a * b);
    variants(t, "neg", false, 1, (a, b, c) -> -a);
    variants(t, "abs", false, 1, (a, b, c) -> Math.abs(a));
    minMax(t);
    approximations(t);
    lane(t, "copysign.f32", 2, (a, b, c) -> b & 0x7FFFFFFF | a & 0x80000000L);
  }

  /** The frequent instructions as loops; they replace what {@link #variants} defines for one lane. */
  private static void loops(Map<String, Form> t) {
    for (String r : new String[] {"", ".rn"}) {
      loop(t, "add" + r + ".f32", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits(intBitsToFloat(a[i]) + intBitsToFloat(b[i]));
      });
      loop(t, "sub" + r + ".f32", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits(intBitsToFloat(a[i]) - intBitsToFloat(b[i]));
      });
      loop(t, "mul" + r + ".f32", 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits(intBitsToFloat(a[i]) * intBitsToFloat(b[i]));
      });
    }
    for (String name : new String[] {"fma.rn.f32", "mad.rn.f32"}) {
      loop(t, name, 3, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) {
          d[i] = floatToRawIntBits(Math.fma(intBitsToFloat(a[i]), intBitsToFloat(b[i]), intBitsToFloat(c[i])));
        }
      });
    }
    loop(t, "div.rn.f32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits(intBitsToFloat(a[i]) / intBitsToFloat(b[i]));
    });
    loop(t, "sqrt.rn.f32", 1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits((float) Math.sqrt(intBitsToFloat(a[i])));
    });
    loop(t, "rcp.rn.f32", 1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = floatToRawIntBits(1 / intBitsToFloat(a[i]));
    });
    loop(t, "neg.f32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] ^ Integer.MIN_VALUE; });
    loop(t, "abs.f32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] & Integer.MAX_VALUE; });
    loop(t, "max.f32", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = max(a[i], b[i]); });
    loop(t, "min.f32", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = min(a[i], b[i]); });
  }

  /** The larger; a NaN gives the other operand, two NaNs the canonical one; +0 is above -0. */
  static int max(int a, int b) {
    float r = Math.max(intBitsToFloat(a), intBitsToFloat(b));
    return r == r ? floatToRawIntBits(r) : other(a, b);
  }

  /** The smaller, as {@link #max}. */
  static int min(int a, int b) {
    float r = Math.min(intBitsToFloat(a), intBitsToFloat(b));
    return r == r ? floatToRawIntBits(r) : other(a, b);
  }

  private static int other(int a, int b) {
    return !isNaN(a) ? a : !isNaN(b) ? b : Rounding.NAN32;
  }

  private static boolean isNaN(int bits) {
    return (bits & 0x7FFFFFFF) > 0x7F800000;
  }

  private static void minMax(Map<String, Form> t) {
    for (boolean max : new boolean[] {true, false}) {
      String name = max ? "max" : "min";
      for (boolean ftz : new boolean[] {false, true}) {
        for (boolean nan : new boolean[] {false, true}) {
          for (boolean sign : new boolean[] {false, true}) {
            String full = name + (ftz ? ".ftz" : "") + (nan ? ".NaN" : "") + (sign ? ".xorsign.abs" : "") + ".f32";
            lane(t, full, 2, (a, b, c) -> extreme(max, ftz, nan, sign, (int) a, (int) b));
          }
        }
      }
    }
  }

  private static int extreme(boolean max, boolean ftz, boolean nan, boolean xorSign, int a, int b) {
    int sign = xorSign ? (a ^ b) & 0x80000000 : 0;
    int x = ftz ? flush(a) : a;
    int y = ftz ? flush(b) : b;
    if (xorSign) {
      x &= 0x7FFFFFFF;
      y &= 0x7FFFFFFF;
    }
    if (nan && (isNaN(x) || isNaN(y))) {
      return Rounding.NAN32;
    }
    int r = max ? max(x, y) : min(x, y);
    return isNaN(r) ? r : r | sign;
  }

  private static void approximations(Map<String, Form> t) {
    special(t, "sin.approx", 1, (a, b, c) -> (float) Math.sin(a));
    special(t, "cos.approx", 1, (a, b, c) -> (float) Math.cos(a));
    special(t, "lg2.approx", 1, (a, b, c) -> (float) (Math.log(a) / LN2));
    special(t, "ex2.approx", 1, (a, b, c) -> (float) Math.exp(a * LN2));
    special(t, "tanh.approx", 1, (a, b, c) -> (float) Math.tanh(a));
    special(t, "rcp.approx", 1, (a, b, c) -> 1 / a);
    special(t, "sqrt.approx", 1, (a, b, c) -> (float) Math.sqrt(a));
    special(t, "rsqrt.approx", 1, (a, b, c) -> (float) (1 / Math.sqrt(a)));
    special(t, "div.approx", 2, (a, b, c) -> a / b);
    special(t, "div.full", 2, (a, b, c) -> a / b);
  }

  private static void special(Map<String, Form> t, String name, int arity, Fn f) {
    for (boolean ftz : new boolean[] {false, true}) {
      t.put(name + (ftz ? ".ftz" : "") + ".f32",
          new Form.ByLane(OpClass.SPECIAL_FUNCTION, IntegerOps.widths(4, arity), wrap(f, ftz, false)));
    }
  }

  private static void variants(Map<String, Form> t, String name, boolean saturates, int arity, Fn f) {
    for (boolean ftz : new boolean[] {false, true}) {
      for (boolean sat : saturates ? new boolean[] {false, true} : new boolean[] {false}) {
        lane(t, name + (ftz ? ".ftz" : "") + (sat ? ".sat" : "") + ".f32", arity, wrap(f, ftz, sat));
      }
    }
  }

  private static Form.Lane wrap(Fn f, boolean ftz, boolean sat) {
    return (a, b, c) -> {
      int x = (int) a;
      int y = (int) b;
      int z = (int) c;
      if (ftz) {
        x = flush(x);
        y = flush(y);
        z = flush(z);
      }
      float v = f.run(intBitsToFloat(x), intBitsToFloat(y), intBitsToFloat(z));
      v = sat ? saturate(v) : v;
      int r = floatToRawIntBits(v);
      return ftz ? flush(r) : r;
    };
  }

  /** A subnormal becomes a zero of its sign. */
  static int flush(int bits) {
    return (bits & 0x7F800000) == 0 ? bits & 0x80000000 : bits;
  }

  /** Clamps to [0, 1]; NaN becomes +0. */
  static float saturate(float v) {
    return v > 0 ? Math.min(v, 1) : 0;
  }

  private static void loop(Map<String, Form> t, String name, int arity, Form.Loop32 loop) {
    t.put(name, new Form.All32(F, arity, loop));
  }

  private static void lane(Map<String, Form> t, String name, int arity, Form.Lane lane) {
    t.putIfAbsent(name, new Form.ByLane(F, IntegerOps.widths(4, arity), lane));
  }
}
