package dev.athanor.ptx;

import static dev.athanor.ptx.Lab.DOUBLES;
import static dev.athanor.ptx.Lab.FLOATS;
import static dev.athanor.ptx.Lab.INTS;
import static dev.athanor.ptx.Lab.LONGS;
import static dev.athanor.ptx.Lab.bits;
import static dev.athanor.ptx.Lab.check;
import static dev.athanor.ptx.Lab.check1;
import static dev.athanor.ptx.Lab.check2;
import static dev.athanor.ptx.Lab.d;
import static dev.athanor.ptx.Lab.f;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversions in every direction, with all roundings and saturation. */
class ConvertInstructionTest {
  private static RoundingMode mode(String m) {
    return switch (m.substring(0, 2)) {
      case "rn" -> RoundingMode.HALF_EVEN;
      case "rz" -> RoundingMode.DOWN;
      case "rm" -> RoundingMode.FLOOR;
      default -> RoundingMode.CEILING;
    };
  }

  /** Float to integer: rounds, then clamps to the range of the type; NaN is 0, or the top bit if either type has 64 bits. */
  private static long toInteger(double v, String rounding, int bits, boolean signed, boolean fromDouble) {
    if (Double.isNaN(v)) {
      return fromDouble || bits == 64 ? 1L << bits - 1 : 0;
    }
    BigInteger low = signed ? BigInteger.ONE.shiftLeft(bits - 1).negate() : BigInteger.ZERO;
    BigInteger high = BigInteger.ONE.shiftLeft(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
    if (Double.isInfinite(v)) {
      return (v < 0 ? low : high).longValue();
    }
    return new BigDecimal(v).setScale(0, mode(rounding)).toBigInteger().max(low).min(high).longValue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rni", "rzi", "rmi", "rpi"})
  void floatToInteger(String m) {
    for (String type : new String[] {"s32", "u32", "s64", "u64"}) {
      int bits = Integer.parseInt(type.substring(1));
      boolean signed = type.startsWith("s");
      String to = bits == 64 ? "%d0" : "%r0";
      long mask = bits == 64 ? -1 : 0xFFFFFFFFL;
      check1("cvt." + m + "." + type + ".f32 " + to + ", %f1;", FLOATS, (a, b, c) -> toInteger(f(a), m, bits, signed,
          false) & mask);
      check1("cvt." + m + "." + type + ".f64 " + to + ", %e1;", DOUBLES, (a, b, c) -> toInteger(d(a), m, bits, signed,
          true) & mask);
    }
    check1("cvt." + m + ".s16.f32 %h0, %f1;", FLOATS, (a, b, c) -> toInteger(f(a), m, 16, true, false) & 0xFFFF);
    check1("cvt." + m + ".u8.f32 %r0, %f1;", FLOATS, (a, b, c) -> toInteger(f(a), m, 8, false, false) & 0xFF);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rni", "rzi", "rmi", "rpi"})
  void floatToWholeFloat(String m) {
    check1("cvt." + m + ".f32.f32 %f0, %f1;", FLOATS, (a, b, c) -> bits((float) whole(f(a), m)));
    check1("cvt." + m + ".f64.f64 %e0, %e1;", DOUBLES, (a, b, c) -> bits(whole(d(a), m)));
  }

  private static double whole(double v, String m) {
    return switch (m) {
      case "rni" -> Math.rint(v);
      case "rmi" -> Math.floor(v);
      case "rpi" -> Math.ceil(v);
      default -> Math.copySign(Math.floor(Math.abs(v)), v);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"rn", "rz", "rm", "rp"})
  void doubleToSingle(String m) {
    check1("cvt." + m + ".f32.f64 %f0, %e1;", DOUBLES, (a, b, c) -> {
      double v = d(a);
      float near = (float) v;
      if (Double.isNaN(v) || Double.isInfinite(v) || near == v) {
        return bits(near);
      }
      float below = near < v ? near : Math.nextDown(near);
      float above = near > v ? near : Math.nextUp(near);
      float r = switch (m) {
        case "rn" -> near;
        case "rm" -> below;
        case "rp" -> above;
        default -> v > 0 ? below : above;
      };
      return bits(r == 0 ? Math.copySign(0f, (float) Math.signum(v)) : r);
    });
  }

  @Test
  void widening() {
    check1("cvt.f64.f32 %e0, %f1;", FLOATS, (a, b, c) -> bits((double) f(a)));
    check1("cvt.ftz.f64.f32 %e0, %f1;", Lab.floats(1e-40f, -1e-40f, 1f), (a, b, c) -> Math.abs(f(a)) < 1e-38 ? a << 32
        & Long.MIN_VALUE
        : bits((double) f(a)));
    check1("cvt.s64.s32 %d0, %r1;", INTS, (a, b, c) -> (int) a);
    check1("cvt.u64.u32 %d0, %r1;", INTS, (a, b, c) -> a);
    check1("cvt.s64.s16 %d0, %h1;", INTS, (a, b, c) -> (short) a);
    check1("cvt.s32.s8 %r0, %r1;", INTS, (a, b, c) -> (byte) a);
    check1("cvt.u32.u8 %r0, %r1;", INTS, (a, b, c) -> a & 0xFF);
    check1("cvt.s32.s16 %r0, %h1;", INTS, (a, b, c) -> (short) a);
    check1("cvt.u32.u16 %r0, %h1;", INTS, (a, b, c) -> a & 0xFFFF);
    check1("cvt.s16.s8 %h0, %h1;", INTS, (a, b, c) -> (byte) a & 0xFFFF);
  }

  @Test
  void narrowing() {
    check1("cvt.u32.u64 %r0, %d1;", LONGS, (a, b, c) -> a);
    check1("cvt.u16.u32 %h0, %r1;", INTS, (a, b, c) -> a & 0xFFFF);
    check1("cvt.u8.u32 %r0, %r1;", INTS, (a, b, c) -> a & 0xFF);
    check1("cvt.s8.s32 %r0, %r1;", INTS, (a, b, c) -> (byte) a);
    check1("cvt.sat.s8.s32 %r0, %r1;", INTS, (a, b, c) -> Math.clamp((int) a, -128, 127));
    check1("cvt.sat.u8.s32 %r0, %r1;", INTS, (a, b, c) -> Math.clamp((int) a, 0, 255));
    check1("cvt.sat.u8.u32 %r0, %r1;", INTS, (a, b, c) -> Math.min(a, 255));
    check1("cvt.sat.s32.s64 %r0, %d1;", LONGS, (a, b, c) -> Math.clamp(a, Integer.MIN_VALUE, Integer.MAX_VALUE));
    check1("cvt.sat.u32.s64 %r0, %d1;", LONGS, (a, b, c) -> Math.clamp(a, 0L, 0xFFFFFFFFL));
    check1("cvt.sat.s32.u64 %r0, %d1;", LONGS, (a, b, c) -> a < 0 ? Integer.MAX_VALUE : Math.min(a, Integer.MAX_VALUE));
    check1("cvt.sat.u64.s64 %d0, %d1;", LONGS, (a, b, c) -> Math.max(a, 0));
  }

  @ParameterizedTest
  @CsvSource({"rn, HALF_EVEN", "rz, DOWN", "rm, FLOOR", "rp, CEILING"})
  void integerToFloat(String m, RoundingMode mode) {
    check1("cvt." + m + ".f32.s32 %f0, %r1;", INTS, (a, b, c) -> bits(nearest(BigDecimal.valueOf((int) a), mode)));
    check1("cvt." + m + ".f32.u32 %f0, %r1;", INTS, (a, b, c) -> bits(nearest(BigDecimal.valueOf(a), mode)));
    check1("cvt." + m + ".f32.s64 %f0, %d1;", LONGS, (a, b, c) -> bits(nearest(BigDecimal.valueOf(a), mode)));
    check1("cvt." + m + ".f32.u64 %f0, %d1;", LONGS, (a, b, c) -> bits(nearest(new BigDecimal(Long.toUnsignedString(a)), mode)));
    check1("cvt." + m + ".f64.s32 %e0, %r1;", INTS, (a, b, c) -> bits((double) (int) a));
    check1("cvt." + m + ".f64.s64 %e0, %d1;", LONGS, (a, b, c) -> bits(nearest64(BigDecimal.valueOf(a), mode)));
    check1("cvt." + m + ".f64.u64 %e0, %d1;", LONGS,
        (a, b, c) -> bits(nearest64(new BigDecimal(Long.toUnsignedString(a)), mode)));
  }

  private static float nearest(BigDecimal v, RoundingMode mode) {
    float near = v.floatValue();
    int side = v.compareTo(new BigDecimal(near));
    boolean up = mode == RoundingMode.CEILING || mode == RoundingMode.DOWN && v.signum() < 0;
    boolean down = mode == RoundingMode.FLOOR || mode == RoundingMode.DOWN && v.signum() > 0;
    return up && side > 0 ? Math.nextUp(near) : down && side < 0 ? Math.nextDown(near) : near;
  }

  private static double nearest64(BigDecimal v, RoundingMode mode) {
    double near = v.doubleValue();
    int side = v.compareTo(new BigDecimal(near));
    boolean up = mode == RoundingMode.CEILING || mode == RoundingMode.DOWN && v.signum() < 0;
    boolean down = mode == RoundingMode.FLOOR || mode == RoundingMode.DOWN && v.signum() > 0;
    return up && side > 0 ? Math.nextUp(near) : down && side < 0 ? Math.nextDown(near) : near;
  }

  @Test
  void saturatingFloat() {
    check1("cvt.sat.f32.f32 %f0, %f1;", FLOATS, (a, b, c) -> bits(f(a) > 0 ? Math.min(f(a), 1f) : 0f));
    check1("cvt.rn.sat.f32.f64 %f0, %e1;", DOUBLES, (a, b, c) -> bits(d(a) > 0 ? (float) Math.min(d(a), 1) : 0f));
  }

  @Test
  void halves() {
    check1("cvt.rn.f16.f32 %h0, %f1;", FLOATS, (a, b, c) -> Float.isNaN(f(a)) ? 0x7FFF : Float.floatToFloat16(f(a)) & 0xFFFF);
    long[] all = new long[65536];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    check1("cvt.f32.f16 %f0, %h1;", all, (a, b, c) -> bits(Float.float16ToFloat((short) a)));
    check1("cvt.rz.f16.f32 %h0, %f1;", FLOATS, (a, b, c) -> {
      float v = f(a);
      if (Float.isNaN(v)) {
        return 0x7FFF;
      }
      short near = Float.floatToFloat16(v);
      boolean away = Math.abs(Float.float16ToFloat(near)) > Math.abs(v);
      return (away ? near - 1 : near) & 0xFFFF;
    });
  }

  @Test
  void brainFloats() {
    check1("cvt.rn.bf16.f32 %h0, %f1;", FLOATS, (a, b, c) -> Float.isNaN(f(a)) ? 0x7FFF : a + 0x7FFF + (a >>> 16 & 1) >>> 16);
    check2("cvt.rn.bf16x2.f32 %r0, %f1, %f2;", Lab.floats(1f, -2.5f, 1 / 3f, 1e30f), (a, b, c) ->
        (a + 0x7FFF + (a >>> 16 & 1) >>> 16) << 16 | b + 0x7FFF + (b >>> 16 & 1) >>> 16);
    check2("cvt.rn.relu.bf16x2.f32 %r0, %f1, %f2;", Lab.floats(1f, -2.5f), (a, b, c) -> (a >>> 31 != 0 ? 0 : a >>> 16 << 16)
        | (b >>> 31 != 0 ? 0 : b >>> 16));
    check1("cvt.rna.tf32.f32 %r0, %f1;", Lab.floats(1f, 1.0004883f, -1.0004883f, 1 / 3f, 0f),
        (a, b, c) -> a + 0x1000 & 0xFFFFE000L);
  }

  @Test
  void pack() {
    check("cvt.pack.sat.u8.s32.b32 %r0, %r1, %r2, %r3;", INTS, INTS, new long[] {0x1234}, (a, b, c) ->
        c << 16 & 0xFFFF0000L | (long) Math.clamp((int) a, 0, 255) << 8 | Math.clamp((int) b, 0, 255));
    check2("cvt.pack.sat.s16.s32 %r0, %r1, %r2;", INTS, (a, b, c) ->
        (long) Math.clamp((int) a, -32768, 32767) << 16 & 0xFFFF0000L | Math.clamp((int) b, -32768, 32767) & 0xFFFF);
  }
}
