package dev.athanor.ptx;

import static dev.athanor.ptx.Lab.INTS;
import static dev.athanor.ptx.Lab.LONGS;
import static dev.athanor.ptx.Lab.NONE;
import static dev.athanor.ptx.Lab.check;
import static dev.athanor.ptx.Lab.check1;
import static dev.athanor.ptx.Lab.check2;
import static dev.athanor.ptx.Lab.check3;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Integer arithmetic against the PTX manual's definitions, computed here with {@link BigInteger}. */
class IntegerInstructionTest {
  private static final long[] SHORT_LIST = {0, 1, 3, 31, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL, 0x12345678};
  private static final long[] SHORT_LONGS = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0x123456789ABCDEF0L, 0xFFFFFFFFL};
  private static final long[] DIVISORS = {1, 2, 3, 7, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL};

  private static BigInteger big(long v, int bits, boolean signed) {
    BigInteger b = BigInteger.valueOf(v).and(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
    return signed && b.testBit(bits - 1) ? b.subtract(BigInteger.ONE.shiftLeft(bits)) : b;
  }

  @ParameterizedTest
  @CsvSource({"s32, 32, true", "u32, 32, false", "s64, 64, true", "u64, 64, false", "s16, 16, true", "u16, 16, false"})
  void addSubMul(String type, int bits, boolean signed) {
    String r = bits == 64 ? "%d" : bits == 32 ? "%r" : "%h";
    long[] values = bits == 64 ? LONGS : INTS;
    long mask = bits == 64 ? -1 : (1L << bits) - 1;
    String abc = r + "0, " + r + "1, " + r + "2;";
    check2("add." + type + " " + abc, values, (a, b, c) -> a + b & mask);
    check2("sub." + type + " " + abc, values, (a, b, c) -> a - b & mask);
    check2("mul.lo." + type + " " + abc, values, (a, b, c) -> a * b & mask);
    check2("mul.hi." + type + " " + abc, values,
        (a, b, c) -> big(a, bits, signed).multiply(big(b, bits, signed)).shiftRight(bits).longValue() & mask);
    check2("min." + type + " " + abc, values, (a, b, c) -> big(a, bits, signed).min(big(b, bits, signed)).longValue() & mask);
    check2("max." + type + " " + abc, values, (a, b, c) -> big(a, bits, signed).max(big(b, bits, signed)).longValue() & mask);
    String list = abc.replace(";", ", " + r + "3;");
    long[] few = bits == 64 ? SHORT_LONGS : SHORT_LIST;
    check3("mad.lo." + type + " " + list, few, (a, b, c) -> a * b + c & mask);
    if (bits > 16) {
      check3("mad.hi." + type + " " + list, few,
          (a, b, c) -> big(a, bits, signed).multiply(big(b, bits, signed)).shiftRight(bits).longValue() + c & mask);
    }
  }

  @ParameterizedTest
  @CsvSource({"s32, true", "u32, false"})
  void wide(String type, boolean signed) {
    check2("mul.wide." + type + " %d0, %r1, %r2;", INTS, (a, b, c) -> big(a, 32, signed).multiply(big(b, 32,
        signed)).longValue());
    check("mad.wide." + type + " %d0, %r1, %r2, %d3;", SHORT_LIST, SHORT_LIST, LONGS,
        (a, b, c) -> big(a, 32, signed).multiply(big(b, 32, signed)).longValue() + c);
  }

  @ParameterizedTest
  @CsvSource({"s16, true", "u16, false"})
  void wideShort(String type, boolean signed) {
    check2("mul.wide." + type + " %r0, %h1, %h2;", INTS, (a, b, c) -> big(a, 16, signed).multiply(big(b, 16,
        signed)).longValue());
  }

  @ParameterizedTest
  @CsvSource({"s32, 32, true", "u32, 32, false", "s64, 64, true", "u64, 64, false"})
  void division(String type, int bits, boolean signed) {
    String r = bits == 64 ? "%d" : "%r";
    long[] values = bits == 64 ? LONGS : INTS;
    long[] divisors = bits == 64 ? new long[] {1, 2, 3, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0xFFFFFFFFL} : DIVISORS;
    check("div." + type + " " + r + "0, " + r + "1, " + r + "2;", values, divisors, NONE,
        (a, b, c) -> big(a, bits, signed).divide(big(b, bits, signed)).longValue());
    check("rem." + type + " " + r + "0, " + r + "1, " + r + "2;", values, divisors, NONE,
        (a, b, c) -> big(a, bits, signed).remainder(big(b, bits, signed)).longValue());
  }

  @Test
  void shortDivision() {
    long[] divisors = {1, 2, 3, 0x7FFF, 0x8000, 0xFFFF, 0x12345678};
    check("div.s16 %h0, %h1, %h2;", INTS, divisors, NONE, (a, b, c) -> (short) a / (short) b & 0xFFFF);
    check("rem.s16 %h0, %h1, %h2;", INTS, divisors, NONE, (a, b, c) -> (short) a % (short) b & 0xFFFF);
    check("div.u16 %h0, %h1, %h2;", INTS, divisors, NONE, (a, b, c) -> (a & 0xFFFF) / (b & 0xFFFF));
    check("rem.u16 %h0, %h1, %h2;", INTS, divisors, NONE, (a, b, c) -> (a & 0xFFFF) % (b & 0xFFFF));
  }

  @Test
  void negAbsSad() {
    check1("neg.s32 %r0, %r1;", INTS, (a, b, c) -> -a);
    check1("neg.s64 %d0, %d1;", LONGS, (a, b, c) -> -a);
    check1("abs.s32 %r0, %r1;", INTS, (a, b, c) -> Math.abs((int) a));
    check1("abs.s64 %d0, %d1;", LONGS, (a, b, c) -> Math.abs(a));
    check3("sad.u32 %r0, %r1, %r2, %r3;", SHORT_LIST, (a, b, c) -> c + Math.abs(a - b));
    check3("sad.s32 %r0, %r1, %r2, %r3;", SHORT_LIST, (a, b, c) -> c + Math.abs((long) (int) a - (int) b));
  }

  @Test
  void saturating() {
    check2("add.sat.s32 %r0, %r1, %r2;", INTS, (a, b, c) ->
        Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, (long) (int) a + (int) b)));
    check2("sub.sat.s32 %r0, %r1, %r2;", INTS, (a, b, c) ->
        Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, (long) (int) a - (int) b)));
  }

  @Test
  void twentyFourBits() {
    check2("mul24.lo.u32 %r0, %r1, %r2;", INTS, (a, b, c) -> (a & 0xFFFFFF) * (b & 0xFFFFFF));
    check2("mul24.hi.u32 %r0, %r1, %r2;", INTS, (a, b, c) -> (a & 0xFFFFFF) * (b & 0xFFFFFF) >>> 16);
    check3("mad24.lo.s32 %r0, %r1, %r2, %r3;", SHORT_LIST,
        (a, b, c) -> big(a, 24, true).multiply(big(b, 24, true)).longValue() + c);
  }

  @Test
  void dotProducts() {
    check3("dp4a.u32.u32 %r0, %r1, %r2, %r3;", SHORT_LIST, (a, b, c) -> {
      long s = c;
      for (int i = 0; i < 32; i += 8) {
        s += (a >> i & 255) * (b >> i & 255);
      }
      return s;
    });
    check3("dp4a.s32.s32 %r0, %r1, %r2, %r3;", SHORT_LIST, (a, b, c) -> {
      long s = c;
      for (int i = 0; i < 32; i += 8) {
        s += (byte) (a >> i) * (byte) (b >> i);
      }
      return s;
    });
    check3("dp2a.hi.s32.u32 %r0, %r1, %r2, %r3;", SHORT_LIST,
        (a, b, c) -> c + (short) a * (b >> 16 & 255) + (short) (a >> 16) * (b >> 24 & 255));
  }

  /** A 128-bit sum, difference and product from 32-bit pieces must agree with BigInteger. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void carryChains(boolean add) {
    String op = add ? "add" : "sub";
    String body = "mov.b64 {%r4, %r5}, %d1; mov.b64 {%r6, %r7}, %d2;\n" + op + ".cc.u32 %r8, %r4, %r6; " + op
        + "c.cc.u32 %r9, %r5, %r7;\n"
        + op + "c.u32 %r10, 0, 0; mov.b64 %d0, {%r8, %r9};";
    check2(body, LONGS, (a, b, c) -> add ? a + b : a - b);
    String carry = body.replace("mov.b64 %d0, {%r8, %r9};", "cvt.u64.u32 %d0, %r10;");
    check2(carry, LONGS, (a, b, c) -> {
      BigInteger x = big(a, 64, false);
      BigInteger y = big(b, 64, false);
      return add ? x.add(y).shiftRight(64).longValue() : x.compareTo(y) < 0 ? 0xFFFFFFFFL : 0;
    });
  }

  @Test
  void multiplyAddWithCarry() {
    // (a.lo, a.hi) * b + (c.lo, c.hi), low 64 bits and the carry out of them
    String body = """
        mov.b64 {%r4, %r5}, %d1; mov.b64 {%r6, %r7}, %d3;
        mad.lo.cc.u32 %r8, %r4, %r2, %r6; madc.hi.cc.u32 %r9, %r4, %r2, %r7; addc.u32 %r10, 0, 0;
        mad.lo.cc.u32 %r9, %r5, %r2, %r9; madc.hi.u32 %r10, %r5, %r2, %r10; mov.b64 %d0, {%r9, %r10};""";
    check(body, LONGS, INTS, LONGS, (a, b, c) -> big(a, 64, false).multiply(big(b, 32, false)).add(big(c, 64,
        false)).shiftRight(32)
        .longValue());
  }

  @Test
  void wideCarry() {
    check2("add.cc.u64 %d5, %d1, %d2; addc.u64 %d0, 0, 0;", LONGS,
        (a, b, c) -> big(a, 64, false).add(big(b, 64, false)).shiftRight(64).longValue());
    check2("sub.cc.s64 %d5, %d1, %d2; subc.s64 %d0, 0, 0;", LONGS, (a, b, c) -> Long.compareUnsigned(a, b) < 0 ? -1 : 0);
    check3("mad.hi.cc.u64 %d5, %d1, %d2, %d3; addc.u64 %d0, 0, 0;", SHORT_LONGS, (a, b, c) -> big(a, 64, false)
        .multiply(big(b, 64, false)).shiftRight(64).add(big(c, 64, false)).shiftRight(64).longValue());
  }

  @Test
  void shortsIgnoreTheUpperHalf() {
    long[] got = Lab.run("add.s32 %r5, %r1, 0x70000; cvt.u16.u32 %h5, %r5; neg.s16 %h6, %h5; abs.s16 %h0, %h6;",
        List.of(new long[] {5}, new long[] {0x8000}, new long[] {0xFFFF}));
    assertEquals(List.of(5L, 0x8000L, 1L), List.of(got[0], got[1], got[2]));
  }
}
