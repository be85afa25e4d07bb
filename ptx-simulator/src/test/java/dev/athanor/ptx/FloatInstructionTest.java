package dev.athanor.ptx;

import static dev.athanor.ptx.Lab.DOUBLES;
import static dev.athanor.ptx.Lab.FLOATS;
import static dev.athanor.ptx.Lab.bits;
import static dev.athanor.ptx.Lab.check;
import static dev.athanor.ptx.Lab.check1;
import static dev.athanor.ptx.Lab.check2;
import static dev.athanor.ptx.Lab.check3;
import static dev.athanor.ptx.Lab.d;
import static dev.athanor.ptx.Lab.f;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Floating-point arithmetic. Exact results are computed here with {@link BigDecimal} and rounded by searching the neighbours;
 * NaN, zeros and infinities follow IEEE 754 and the PTX manual.
 */
class FloatInstructionTest {
  private static final long[] FEW = Lab.floats(0f, -0f, 1f, -1.5f, 3f, 1 / 3f, 1e-30f, 1e30f, -1e30f, Float.MAX_VALUE,
      Float.MIN_VALUE,
      -Float.MIN_VALUE, 1.0000001f, Float.POSITIVE_INFINITY, Float.NaN);
  private static final long[] FEW_DOUBLES = Lab.doubles(0.0, -0.0, 1, -1.5, 3, 1.0 / 3, 1e-200, 1e200, -1e200, Double.MAX_VALUE,
      Double.MIN_VALUE, 1.0000000000000002, Double.NEGATIVE_INFINITY, Double.NaN);

  /** The rounding modes with their place among the neighbours of the exact value. */
  enum Mode { RN, RZ, RM, RP }

  /** Rounds an exact, nonzero value to single precision the slow way. */
  private static float round32(BigDecimal exact, Mode mode) {
    float near = exact.floatValue();
    float below = Float.isInfinite(near) ? near > 0 ? Float.MAX_VALUE : Float.NEGATIVE_INFINITY
        : new BigDecimal(near).compareTo(exact) <= 0 ? near : Math.nextDown(near);
    float above = Float.isInfinite(near) ? near > 0 ? Float.POSITIVE_INFINITY : -Float.MAX_VALUE
        : new BigDecimal(near).compareTo(exact) >= 0 ? near : Math.nextUp(near);
    float r = switch (mode) {
      case RN -> near;
      case RM -> below;
      case RP -> above;
      case RZ -> exact.signum() > 0 ? below : above;
    };
    return r == 0 ? exact.signum() < 0 ? -0f : 0f : r;
  }

  /** Rounds an exact, nonzero value to double precision the slow way. */
  private static double round64(BigDecimal exact, Mode mode) {
    double near = exact.doubleValue();
    double below = Double.isInfinite(near) ? near > 0 ? Double.MAX_VALUE : Double.NEGATIVE_INFINITY
        : new BigDecimal(near).compareTo(exact) <= 0 ? near : Math.nextDown(near);
    double above = Double.isInfinite(near) ? near > 0 ? Double.POSITIVE_INFINITY : -Double.MAX_VALUE
        : new BigDecimal(near).compareTo(exact) >= 0 ? near : Math.nextUp(near);
    double r = switch (mode) {
      case RN -> near;
      case RM -> below;
      case RP -> above;
      case RZ -> exact.signum() > 0 ? below : above;
    };
    return r == 0 ? exact.signum() < 0 ? -0.0 : 0.0 : r;
  }

  private static boolean finite(double... v) {
    return Arrays.stream(v).allMatch(Double::isFinite);
  }

  /** a * b + c with the sign rules of an exact zero. */
  private static double fma(double a, double b, double c, Mode mode, boolean single) {
    if (!finite(a, b, c)) {
      return single ? Math.fma((float) a, (float) b, (float) c) : Math.fma(a, b, c);
    }
    BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
    if (exact.signum() == 0) {
      boolean productNegative = Math.copySign(1, a) * Math.copySign(1, b) < 0;
      boolean sameSign = productNegative == Math.copySign(1, c) < 0;
      return sameSign ? productNegative ? -0.0 : 0.0 : mode == Mode.RM ? -0.0 : 0.0;
    }
    return single ? round32(exact, mode) : round64(exact, mode);
  }

  private static double multiply(double a, double b, Mode mode, boolean single) {
    if (!finite(a, b) || a == 0 || b == 0) {
      return a * b;
    }
    BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b));
    return single ? round32(exact, mode) : round64(exact, mode);
  }

  private static final MathContext MANY = new MathContext(1200);

  private static double divide(double a, double b, Mode mode, boolean single) {
    if (!finite(a, b) || a == 0 || b == 0) {
      return a / b;
    }
    BigDecimal exact = new BigDecimal(a).divide(new BigDecimal(b), MANY);
    return single ? round32(exact, mode) : round64(exact, mode);
  }

  private static double root(double a, Mode mode, boolean single) {
    if (!(a > 0) || a == Double.POSITIVE_INFINITY) {
      return Math.sqrt(a);
    }
    BigDecimal exact = new BigDecimal(a).sqrt(MANY);
    return single ? round32(exact, mode) : round64(exact, mode);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void single(Mode m) {
    String r = m.name().toLowerCase(java.util.Locale.ROOT);
    check2("add." + r + ".f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits((float) fma(f(a), 1, f(b), m, true)));
    check2("sub." + r + ".f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits((float) fma(f(a), 1, -f(b), m, true)));
    check2("mul." + r + ".f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits((float) multiply(f(a), f(b), m, true)));
    check2("div." + r + ".f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits((float) divide(f(a), f(b), m, true)));
    check1("rcp." + r + ".f32 %f0, %f1;", FLOATS, (a, b, c) -> bits((float) divide(1, f(a), m, true)));
    check1("sqrt." + r + ".f32 %f0, %f1;", FLOATS, (a, b, c) -> bits((float) root(f(a), m, true)));
    check3("fma." + r + ".f32 %f0, %f1, %f2, %f3;", FEW, (a, b, c) -> bits((float) fma(f(a), f(b), f(c), m, true)));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void twice(Mode m) {
    String r = m.name().toLowerCase(java.util.Locale.ROOT);
    check2("add." + r + ".f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(fma(d(a), 1, d(b), m, false)));
    check2("sub." + r + ".f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(fma(d(a), 1, -d(b), m, false)));
    check2("mul." + r + ".f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(multiply(d(a), d(b), m, false)));
    check2("div." + r + ".f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(divide(d(a), d(b), m, false)));
    check1("rcp." + r + ".f64 %e0, %e1;", DOUBLES, (a, b, c) -> bits(divide(1, d(a), m, false)));
    check1("sqrt." + r + ".f64 %e0, %e1;", DOUBLES, (a, b, c) -> bits(root(d(a), m, false)));
    check3("fma." + r + ".f64 %e0, %e1, %e2, %e3;", FEW_DOUBLES, (a, b, c) -> bits(fma(d(a), d(b), d(c), m, false)));
  }

  /** Random operands, among them many whose sums lie halfway between neighbours. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void randomSingle(Mode m) {
    Random random = new Random(7);
    long[] v = new long[60];
    for (int i = 0; i < v.length; i++) {
      v[i] = i % 3 == 0 ? bits((float) ((1 << 24) + random.nextInt(1 << 10)) * (float) Math.scalb(1.0, random.nextInt(4) - 26))
          : random.nextInt() & 0xFFFFFFFFL;
    }
    String r = m.name().toLowerCase(java.util.Locale.ROOT);
    check2("add." + r + ".f32 %f0, %f1, %f2;", v, (a, b, c) -> bits((float) fma(f(a), 1, f(b), m, true)));
    check2("mul." + r + ".f32 %f0, %f1, %f2;", v, (a, b, c) -> bits((float) multiply(f(a), f(b), m, true)));
    check2("div." + r + ".f32 %f0, %f1, %f2;", v, (a, b, c) -> bits((float) divide(f(a), f(b), m, true)));
    check("fma." + r + ".f32 %f0, %f1, %f2, %f3;", v, Arrays.copyOf(v, 9), Arrays.copyOfRange(v, 30, 39),
        (a, b, c) -> bits((float) fma(f(a), f(b), f(c), m, true)));
  }

  @Test
  void plainIsToNearest() {
    check2("add.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(f(a) + f(b)));
    check2("sub.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(f(a) - f(b)));
    check2("mul.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(f(a) * f(b)));
    check2("add.f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(d(a) + d(b)));
    check2("mul.f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(d(a) * d(b)));
  }

  private static float flush(float v) {
    return Math.abs(v) < Float.MIN_NORMAL ? Math.copySign(0f, v) : v;
  }

  @Test
  void flushAndSaturate() {
    check2("add.ftz.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(flush(flush(f(a)) + flush(f(b)))));
    check2("mul.rn.ftz.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(flush(flush(f(a)) * flush(f(b)))));
    check3("fma.rn.ftz.f32 %f0, %f1, %f2, %f3;", FEW, (a, b, c) -> bits(flush(Math.fma(flush(f(a)), flush(f(b)), flush(f(c))))));
    check2("add.sat.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> {
      float s = f(a) + f(b);
      return bits(s > 0 ? Math.min(s, 1f) : 0f);
    });
    check3("fma.rn.sat.f32 %f0, %f1, %f2, %f3;", FEW, (a, b, c) -> {
      float s = Math.fma(f(a), f(b), f(c));
      return bits(s > 0 ? Math.min(s, 1f) : 0f);
    });
    check1("abs.ftz.f32 %f0, %f1;", FLOATS, (a, b, c) -> bits(Math.abs(flush(f(a)))));
  }

  @Test
  void signs() {
    check1("neg.f32 %f0, %f1;", FLOATS, (a, b, c) -> a ^ 0x80000000L);
    check1("abs.f32 %f0, %f1;", FLOATS, (a, b, c) -> a & 0x7FFFFFFF);
    check1("neg.f64 %e0, %e1;", DOUBLES, (a, b, c) -> a ^ Long.MIN_VALUE);
    check1("abs.f64 %e0, %e1;", DOUBLES, (a, b, c) -> a & Long.MAX_VALUE);
    check2("copysign.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(Math.copySign(f(b), f(a))));
    check2("copysign.f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) -> bits(Math.copySign(d(b), d(a))));
  }

  /** A NaN gives way to a number; two give the canonical NaN; -0 is below +0. */
  @Test
  void minMax() {
    check2("min.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) ->
        bits(Float.isNaN(f(a)) ? f(b) : Float.isNaN(f(b)) ? f(a) : Math.min(f(a), f(b))));
    check2("max.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) ->
        bits(Float.isNaN(f(a)) ? f(b) : Float.isNaN(f(b)) ? f(a) : Math.max(f(a), f(b))));
    check2("min.f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) ->
        bits(Double.isNaN(d(a)) ? d(b) : Double.isNaN(d(b)) ? d(a) : Math.min(d(a), d(b))));
    check2("max.f64 %e0, %e1, %e2;", DOUBLES, (a, b, c) ->
        bits(Double.isNaN(d(a)) ? d(b) : Double.isNaN(d(b)) ? d(a) : Math.max(d(a), d(b))));
    check2("max.NaN.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(Math.max(f(a), f(b))));
    check2("min.NaN.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> bits(Math.min(f(a), f(b))));
    check2("max.ftz.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) ->
        bits(Float.isNaN(f(a)) ? flush(f(b)) : Float.isNaN(f(b)) ? flush(f(a)) : Math.max(flush(f(a)), flush(f(b)))));
    check2("min.xorsign.abs.f32 %f0, %f1, %f2;", Lab.floats(1f, -2f, 3f, -0.5f), (a, b, c) ->
        bits(Math.min(Math.abs(f(a)), Math.abs(f(b))) * Math.signum(f(a)) * Math.signum(f(b))));
    long nan = Lab.run("max.f32 %f5, %f1, %f2; mov.b32 %r0, %f5;", List.of(new long[] {0x7FC00001, 0x7FC00002})) [0];
    assertEquals(0x7FFFFFFF, nan, "two NaNs give the canonical NaN");
    long quiet = Lab.run("max.NaN.f32 %f5, %f1, %f2; mov.b32 %r0, %f5;", List.of(new long[] {0x7FC00001, bits(1f)})) [0];
    assertEquals(0x7FFFFFFF, quiet);
  }

  /** Approximations are within one unit in the last place of the true value, subnormals and limits included. */
  @ParameterizedTest
  @ValueSource(strings = {"sin", "cos", "lg2", "ex2", "tanh", "rcp", "sqrt", "rsqrt"})
  void approximations(String name) {
    List<long[]> in = Arrays.stream(FLOATS).mapToObj(v -> new long[] {v}).toList();
    long[] got = Lab.run(name + ".approx.f32 %f0, %f1;", in);
    for (int i = 0; i < got.length; i++) {
      double x = f(in.get(i)[0]);
      double want = switch (name) {
        case "sin" -> Math.sin(x);
        case "cos" -> Math.cos(x);
        case "lg2" -> Math.log(x) / Math.log(2);
        case "ex2" -> Math.pow(2, x);
        case "tanh" -> Math.tanh(x);
        case "rcp" -> 1 / x;
        case "sqrt" -> Math.sqrt(x);
        default -> 1 / Math.sqrt(x);
      };
      float near = (float) want;
      if (Float.isFinite(near)) {
        assertEquals(near, f(got[i]), Math.ulp(near), name + " of " + x);
      } else {
        assertEquals(near, f(got[i]), name + " of " + x);
      }
    }
  }

  @Test
  void exactPowersOfTwo() {
    long[] whole = new long[60];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = bits((float) (i - 30));
    }
    check1("ex2.approx.f32 %f0, %f1;", whole, (a, b, c) -> bits((float) Math.scalb(1.0, (int) f(a))));
    check1("ex2.approx.f32 %f5, %f1; lg2.approx.f32 %f0, %f5;", whole, (a, b, c) -> f(a) == 0 ? 0 : a);
    check1("rcp.approx.ftz.f32 %f0, %f1;", FLOATS, (a, b, c) -> bits(flush(1 / flush(f(a)))));
    check2("div.approx.f32 %f0, %f1, %f2;", FEW, (a, b, c) -> bits(f(a) / f(b)));
    check2("div.full.f32 %f0, %f1, %f2;", FEW, (a, b, c) -> bits(f(a) / f(b)));
  }

  /** The gross approximation sees and gives only the upper words. */
  @Test
  void grossReciprocal() {
    check1("rcp.approx.ftz.f64 %e0, %e1;", FEW_DOUBLES, (a, b, c) -> {
      double x = d(a & 0xFFFFFFFF00000000L);
      x = Math.abs(x) < Double.MIN_NORMAL ? Math.copySign(0, x) : x;
      double r = 1 / x;
      return Math.abs(r) < Double.MIN_NORMAL ? bits(Math.copySign(0, r)) : bits(r) & 0xFFFFFFFF00000000L;
    });
  }

  @Test
  void halves() {
    long[] h = {0x0000, 0x8000, 0x3C00, 0xBC00, 0x3555, 0x7BFF, 0x0001, 0x03FF, 0x7C00, 0x4200};
    check2("add.rn.f16 %h0, %h1, %h2;", h, (a, b, c) -> half(value(a) + value(b)));
    check2("mul.rn.f16 %h0, %h1, %h2;", h, (a, b, c) -> half(value(a) * value(b)));
    check2("max.f16 %h0, %h1, %h2;", h, (a, b, c) -> half(Math.max(value(a), value(b))));
    check1("neg.f16 %h0, %h1;", h, (a, b, c) -> a ^ 0x8000);
    check2("add.rn.f16x2 %r0, %r1, %r2;", new long[] {0x3C004200, 0x00010002, 0xBC003555L}, (a, b, c) ->
        half(value(a & 0xFFFF) + value(b & 0xFFFF)) | half(value(a >> 16) + value(b >> 16)) << 16);
    check3("fma.rn.bf16 %h0, %h1, %h2, %h3;", new long[] {0x3F80, 0x4000, 0xBF80, 0x3F81, 0x0000}, (a, b, c) ->
        bfloat(Math.fma(f(a << 16), f(b << 16), f(c << 16))));
  }

  private static float value(long bits) {
    return Float.float16ToFloat((short) bits);
  }

  private static long half(float v) {
    return Float.isNaN(v) ? 0x7FFF : Float.floatToFloat16(v) & 0xFFFFL;
  }

  /** To nearest even by adding half a unit; the operands here overflow nothing. */
  private static long bfloat(float v) {
    int b = Float.floatToRawIntBits(v);
    return b + 0x7FFF + (b >>> 16 & 1) >>> 16 & 0xFFFF;
  }
}
