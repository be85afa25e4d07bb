package dev.athanor.ptx;

import static dev.athanor.ptx.Lab.DOUBLES;
import static dev.athanor.ptx.Lab.FLOATS;
import static dev.athanor.ptx.Lab.INTS;
import static dev.athanor.ptx.Lab.LONGS;
import static dev.athanor.ptx.Lab.check1;
import static dev.athanor.ptx.Lab.check2;
import static dev.athanor.ptx.Lab.check3;
import static dev.athanor.ptx.Lab.d;
import static dev.athanor.ptx.Lab.f;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Comparisons, selections, predicate logic and packing. */
class CompareInstructionTest {
  private static boolean holds(String op, int order) {
    return switch (op) {
      case "eq" -> order == 0;
      case "ne" -> order != 0;
      case "lt", "lo" -> order < 0;
      case "le", "ls" -> order <= 0;
      case "gt", "hi" -> order > 0;
      default -> order >= 0;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"eq", "ne", "lt", "le", "gt", "ge"})
  void integers(String op) {
    check2("setp." + op + ".s32 %p0, %r1, %r2;", INTS, (a, b, c) -> holds(op, Integer.compare((int) a, (int) b)) ? 1 : 0);
    check2("setp." + op + ".u32 %p0, %r1, %r2;", INTS, (a, b, c) -> holds(op, Long.compare(a, b)) ? 1 : 0);
    check2("setp." + op + ".s64 %p0, %d1, %d2;", LONGS, (a, b, c) -> holds(op, Long.compare(a, b)) ? 1 : 0);
    check2("setp." + op + ".u64 %p0, %d1, %d2;", LONGS, (a, b, c) -> holds(op, Long.compareUnsigned(a, b)) ? 1 : 0);
    check2("setp." + op + ".s16 %p0, %h1, %h2;", INTS, (a, b, c) -> holds(op, Short.compare((short) a, (short) b)) ? 1 : 0);
    check2("setp." + op + ".u16 %p0, %h1, %h2;", INTS, (a, b, c) -> holds(op, Long.compare(a & 0xFFFF, b & 0xFFFF)) ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lo", "ls", "hi", "hs"})
  void unsignedNames(String op) {
    check2("setp." + op + ".u32 %p0, %r1, %r2;", INTS, (a, b, c) -> holds(op, Long.compare(a, b)) ? 1 : 0);
    check2("setp." + op + ".u64 %p0, %d1, %d2;", LONGS, (a, b, c) -> holds(op, Long.compareUnsigned(a, b)) ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"})
  void floats(String op) {
    check2("setp." + op + ".f32 %p0, %f1, %f2;", FLOATS, (a, b, c) -> floating(op, f(a), f(b)) ? 1 : 0);
    check2("setp." + op + ".f64 %p0, %e1, %e2;", DOUBLES, (a, b, c) -> floating(op, d(a), d(b)) ? 1 : 0);
    check2("set." + op + ".u32.f32 %r0, %f1, %f2;", FLOATS, (a, b, c) -> floating(op, f(a), f(b)) ? -1 : 0);
    check2("set." + op + ".f32.f32 %f0, %f1, %f2;", FLOATS, (a, b, c) -> floating(op, f(a), f(b)) ? Lab.bits(1f) : 0);
  }

  private static boolean floating(String op, double a, double b) {
    boolean nan = Double.isNaN(a) || Double.isNaN(b);
    if (op.equals("num") || op.equals("nan")) {
      return nan == op.equals("nan");
    }
    String plain = op.length() == 3 ? op.substring(0, 2) : op;
    return nan ? op.length() == 3 : holds(plain, a < b ? -1 : a > b ? 1 : 0);
  }

  @Test
  void flushedComparison() {
    check2("setp.eq.ftz.f32 %p0, %f1, %f2;", Lab.floats(0f, -0f, 1e-40f, -1e-40f, 1f), (a, b, c) ->
        (Math.abs(f(a)) < 1e-38 ? 0 : f(a)) == (Math.abs(f(b)) < 1e-38 ? 0 : f(b)) ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"and", "or", "xor"})
  void combined(String op) {
    for (boolean negated : new boolean[] {false, true}) {
      String text = "setp.lt." + op + ".s32 %p5|%p6, %r1, %r2, " + (negated ? "!" : "") + "%p3; selp.u32 %r5, 1, 0, %p5;"
          + " selp.u32 %r6, 2, 0, %p6; or.b32 %r0, %r5, %r6;";
      check3(text, new long[] {0, 1, 5, 0xFFFFFFFFL}, (a, b, c) -> {
        boolean t = (int) a < (int) b;
        boolean r = (c & 1) != 0 != negated;
        return (combine(op, t, r) ? 1 : 0) | (combine(op, !t, r) ? 2 : 0);
      });
    }
  }

  private static boolean combine(String op, boolean a, boolean b) {
    return switch (op) {
      case "and" -> a && b;
      case "or" -> a || b;
      default -> a != b;
    };
  }

  @Test
  void predicateLogic() {
    long[] bits = {0, 1};
    check2("and.pred %p0, %p1, %p2;", bits, (a, b, c) -> a & b);
    check2("or.pred %p0, %p1, %p2;", bits, (a, b, c) -> a | b);
    check2("xor.pred %p0, %p1, %p2;", bits, (a, b, c) -> a ^ b);
    check1("not.pred %p0, %p1;", bits, (a, b, c) -> 1 - a);
    check1("mov.pred %p0, %p1;", bits, (a, b, c) -> a);
    check1("mov.pred %p5, 1; and.pred %p0, %p5, %p1;", bits, (a, b, c) -> a);
  }

  @Test
  void selections() {
    check3("selp.b32 %r0, %r1, %r2, %p3;", new long[] {0, 1, 0xFFFFFFFFL}, (a, b, c) -> (c & 1) != 0 ? a : b);
    check3("selp.f64 %e0, %e1, %e2, %p3;", new long[] {0, 1, -1}, (a, b, c) -> (c & 1) != 0 ? a : b);
    check3("slct.s32.s32 %r0, %r1, %r2, %r3;", new long[] {0, 1, 0x80000000L, 0xFFFFFFFFL}, (a, b, c) -> (int) c >= 0 ? a : b);
    check3("slct.f32.f32 %f0, %f1, %f2, %f3;", Lab.floats(0f, -0f, 1f, -1f, Float.NaN), (a, b, c) -> f(c) >= 0 ? a : b);
    check3("slct.u64.s32 %d0, %d1, %d2, %r3;", new long[] {0, 1, 0x80000000L}, (a, b, c) -> (int) c >= 0 ? a : b);
  }

  @ParameterizedTest
  @ValueSource(strings = {"finite", "infinite", "number", "notanumber", "normal", "subnormal"})
  void testp(String property) {
    check1("testp." + property + ".f32 %p0, %f1;", FLOATS, (a, b, c) -> has(property, f(a), Float.MIN_NORMAL) ? 1 : 0);
    check1("testp." + property + ".f64 %p0, %e1;", DOUBLES, (a, b, c) -> has(property, d(a), Double.MIN_NORMAL) ? 1 : 0);
  }

  private static boolean has(String property, double v, double least) {
    return switch (property) {
      case "finite" -> Double.isFinite(v);
      case "infinite" -> Double.isInfinite(v);
      case "number" -> !Double.isNaN(v);
      case "notanumber" -> Double.isNaN(v);
      case "normal" -> Double.isFinite(v) && Math.abs(v) >= least;
      default -> v != 0 && Math.abs(v) < least;
    };
  }

  @Test
  void packing() {
    check2("mov.b64 %d0, {%r1, %r2};", INTS, (a, b, c) -> b << 32 | a);
    check1("mov.b64 {%r5, %r0}, %d1;", LONGS, (a, b, c) -> a >>> 32);
    check1("mov.b64 {%r0, _}, %d1;", LONGS, (a, b, c) -> a & 0xFFFFFFFFL);
    check2("mov.b32 %r0, {%h1, %h2};", INTS, (a, b, c) -> (b & 0xFFFF) << 16 | a & 0xFFFF);
    check1("mov.b32 %f0, {0, %h1};", INTS, (a, b, c) -> a << 16 & 0xFFFFFFFFL);
    check1("mov.b64 {%h5, %h6, %h0, %h7}, %d1;", LONGS, (a, b, c) -> a >>> 32 & 0xFFFF);
  }

  @Test
  void immediates() {
    check1("mov.f32 %f5, 0f3FC00000; add.f32 %f0, %f1, %f5;", FLOATS, (a, b, c) -> Lab.bits(f(a) + 1.5f));
    check1("add.f64 %e0, %e1, 0d3FF8000000000000;", DOUBLES, (a, b, c) -> Lab.bits(d(a) + 1.5));
    check1("add.s32 %r0, %r1, -2147483648;", INTS, (a, b, c) -> a + 0x80000000L);
    check1("and.b64 %d0, %d1, -4294967296;", LONGS, (a, b, c) -> a & -4294967296L);
    check1("add.s32 %r0, %r1, 0xffU;", INTS, (a, b, c) -> a + 255);
    check1("mov.u32 %r0, 0b101;", INTS, (a, b, c) -> 5);
    check1("add.f32 %f0, %f1, 1.5;", Lab.floats(1f), (a, b, c) -> Lab.bits(2.5f));
  }
}
