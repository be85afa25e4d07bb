package dev.athanor.ptx;

import static dev.athanor.ptx.Lab.INTS;
import static dev.athanor.ptx.Lab.LONGS;
import static dev.athanor.ptx.Lab.check;
import static dev.athanor.ptx.Lab.check1;
import static dev.athanor.ptx.Lab.check2;
import static dev.athanor.ptx.Lab.check3;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logic, shifts, counts and bit fields, bit by bit as the PTX manual writes them. */
class BitInstructionTest {
  private static final long[] SHIFTS = {0, 1, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 0x80000000L, 0xFFFFFFFFL};
  private static final long[] FEW = {0, 1, 0x80000000L, 0xFFFFFFFFL, 0x12345678, 0xDEADBEEFL};

  @Test
  void logic() {
    check2("and.b32 %r0, %r1, %r2;", INTS, (a, b, c) -> a & b);
    check2("or.b32 %r0, %r1, %r2;", INTS, (a, b, c) -> a | b);
    check2("xor.b32 %r0, %r1, %r2;", INTS, (a, b, c) -> a ^ b);
    check1("not.b32 %r0, %r1;", INTS, (a, b, c) -> ~a);
    check1("cnot.b32 %r0, %r1;", INTS, (a, b, c) -> a == 0 ? 1 : 0);
    check2("and.b64 %d0, %d1, %d2;", LONGS, (a, b, c) -> a & b);
    check2("or.b64 %d0, %d1, %d2;", LONGS, (a, b, c) -> a | b);
    check2("xor.b64 %d0, %d1, %d2;", LONGS, (a, b, c) -> a ^ b);
    check1("not.b64 %d0, %d1;", LONGS, (a, b, c) -> ~a);
    check1("not.b16 %h0, %h1;", INTS, (a, b, c) -> ~a & 0xFFFF);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x00, 0x1A, 0x3C, 0x80, 0x96, 0xC0, 0xE8, 0xFE, 0xFF})
  void lop3(int table) {
    check3("lop3.b32 %r0, %r1, %r2, %r3, " + table + ";", FEW, (a, b, c) -> {
      long r = 0;
      for (int i = 0; i < 32; i++) {
        int k = (int) ((a >> i & 1) * 4 + (b >> i & 1) * 2 + (c >> i & 1));
        r |= (long) (table >> k & 1) << i;
      }
      return r;
    });
  }

  @Test
  void shiftsClampTheirAmount() {
    check("shl.b32 %r0, %r1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> b > 31 ? 0 : a << b);
    check("shr.u32 %r0, %r1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> b > 31 ? 0 : a >>> b);
    check("shr.b32 %r0, %r1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> b > 31 ? 0 : a >>> b);
    check("shr.s32 %r0, %r1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> (int) a >> Math.min(b, 31));
    check("shl.b64 %d0, %d1, %r2;", LONGS, SHIFTS, Lab.NONE, (a, b, c) -> b > 63 ? 0 : a << b);
    check("shr.u64 %d0, %d1, %r2;", LONGS, SHIFTS, Lab.NONE, (a, b, c) -> b > 63 ? 0 : a >>> b);
    check("shr.s64 %d0, %d1, %r2;", LONGS, SHIFTS, Lab.NONE, (a, b, c) -> a >> Math.min(b, 63));
    check("shl.b16 %h0, %h1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> b > 15 ? 0 : a << b & 0xFFFF);
    check("shr.s16 %h0, %h1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> (short) a >> Math.min(b, 15) & 0xFFFF);
    check("shr.u16 %h0, %h1, %r2;", INTS, SHIFTS, Lab.NONE, (a, b, c) -> b > 15 ? 0 : (a & 0xFFFF) >> b);
  }

  @Test
  void funnelShifts() {
    check("shf.l.wrap.b32 %r0, %r1, %r2, %r3;", FEW, FEW, SHIFTS, (a, b, c) -> (b << 32 | a) << (c & 31) >>> 32);
    check("shf.r.wrap.b32 %r0, %r1, %r2, %r3;", FEW, FEW, SHIFTS, (a, b, c) -> (b << 32 | a) >>> (c & 31));
    check("shf.l.clamp.b32 %r0, %r1, %r2, %r3;", FEW, FEW, SHIFTS, (a, b, c) -> c >= 32 ? a : (b << 32 | a) << c >>> 32);
    check("shf.r.clamp.b32 %r0, %r1, %r2, %r3;", FEW, FEW, SHIFTS, (a, b, c) -> c >= 32 ? b : (b << 32 | a) >>> c);
  }

  @Test
  void counts() {
    check1("popc.b32 %r0, %r1;", INTS, (a, b, c) -> Long.bitCount(a));
    check1("popc.b64 %r0, %d1;", LONGS, (a, b, c) -> Long.bitCount(a));
    check1("clz.b32 %r0, %r1;", INTS, (a, b, c) -> Long.numberOfLeadingZeros(a) - 32);
    check1("clz.b64 %r0, %d1;", LONGS, (a, b, c) -> Long.numberOfLeadingZeros(a));
    check1("brev.b32 %r0, %r1;", INTS, (a, b, c) -> Long.reverse(a) >>> 32);
    check1("brev.b64 %d0, %d1;", LONGS, (a, b, c) -> Long.reverse(a));
  }

  /** The manual's loop: from the top down to the first bit that differs from the sign. */
  private static long bfind(long a, int width, boolean signed, boolean amount) {
    if (signed && (a >>> width - 1 & 1) != 0) {
      a = ~a;
    }
    for (int i = width - 1; i >= 0; i--) {
      if ((a >>> i & 1) != 0) {
        return amount ? width - 1 - i : i;
      }
    }
    return 0xFFFFFFFFL;
  }

  @Test
  void bfind() {
    check1("bfind.u32 %r0, %r1;", INTS, (a, b, c) -> bfind(a, 32, false, false));
    check1("bfind.s32 %r0, %r1;", INTS, (a, b, c) -> bfind(a, 32, true, false));
    check1("bfind.shiftamt.u32 %r0, %r1;", INTS, (a, b, c) -> bfind(a, 32, false, true));
    check1("bfind.u64 %r0, %d1;", LONGS, (a, b, c) -> bfind(a, 64, false, false));
    check1("bfind.shiftamt.s64 %r0, %d1;", LONGS, (a, b, c) -> bfind(a, 64, true, true));
  }

  /** The manual's loop over the bits of the field. */
  private static long bfe(long a, int width, boolean signed, long b, long c) {
    int pos = (int) b & 255;
    int len = (int) c & 255;
    long sign = !signed || len == 0 ? 0 : a >>> Math.min(pos + len - 1, width - 1) & 1;
    long d = 0;
    for (int i = 0; i < width; i++) {
      d |= (i < len && pos + i < width ? a >>> pos + i & 1 : sign) << i;
    }
    return d;
  }

  @Test
  void bfe() {
    long[] fields = {0, 1, 4, 8, 31, 32, 33, 63, 64, 200, 255, 256};
    check("bfe.u32 %r0, %r1, %r2, %r3;", FEW, fields, fields, (a, b, c) -> bfe(a, 32, false, b, c));
    check("bfe.s32 %r0, %r1, %r2, %r3;", FEW, fields, fields, (a, b, c) -> bfe(a, 32, true, b, c));
    check("bfe.u64 %d0, %d1, %r2, %r3;", LONGS, fields, fields, (a, b, c) -> bfe(a, 64, false, b, c));
    check("bfe.s64 %d0, %d1, %r2, %r3;", LONGS, fields, fields, (a, b, c) -> bfe(a, 64, true, b, c));
  }

  /** The manual's loop. */
  private static long bfi(long a, long b, int width, long c, long d) {
    int pos = (int) c & 255;
    int len = (int) d & 255;
    long f = b;
    for (int i = 0; i < len && pos + i < width; i++) {
      f = f & ~(1L << pos + i) | (a >>> i & 1) << pos + i;
    }
    return f;
  }

  @Test
  void bfi() {
    long[] fields = {0, 1, 8, 31, 32, 63, 64, 255};
    check("mov.b32 %r5, 0x5555AAAA; bfi.b32 %r0, %r1, %r5, %r2, %r3;", FEW, fields, fields,
        (a, b, c) -> bfi(a, 0x5555AAAAL, 32, b, c));
    check("mov.b64 %d5, 0x5555AAAA5555AAAA; bfi.b64 %d0, %d1, %d5, %r2, %r3;", LONGS, fields, fields,
        (a, b, c) -> bfi(a, 0x5555AAAA5555AAAAL, 64, b, c));
  }

  @Test
  void prmt() {
    long[] selectors = {0x3210, 0x0123, 0x7654, 0x5410, 0x4321, 0xFEDC, 0x8888, 0x0000, 0x1111, 0x19A7};
    check("prmt.b32 %r0, %r1, %r2, %r3;", FEW, FEW, selectors, (a, b, c) -> {
      long r = 0;
      for (int i = 0; i < 4; i++) {
        int k = (int) (c >> 4 * i) & 15;
        long v = ((k & 4) != 0 ? b : a) >> 8 * (k & 3) & 255;
        r |= ((k & 8) != 0 ? v > 127 ? 255L : 0 : v) << 8 * i;
      }
      return r;
    });
    long[] modes = {0, 1, 2, 3};
    int[][] f4e = {{0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {3, 4, 5, 6}};
    check("prmt.b32.f4e %r0, %r1, %r2, %r3;", FEW, FEW, modes, (a, b, c) -> pick(a, b, f4e[(int) c]));
    int[][] b4e = {{0, 7, 6, 5}, {1, 0, 7, 6}, {2, 1, 0, 7}, {3, 2, 1, 0}};
    check("prmt.b32.b4e %r0, %r1, %r2, %r3;", FEW, FEW, modes, (a, b, c) -> pick(a, b, b4e[(int) c]));
    int[][] ecl = {{0, 1, 2, 3}, {1, 1, 2, 3}, {2, 2, 2, 3}, {3, 3, 3, 3}};
    check("prmt.b32.ecl %r0, %r1, %r2, %r3;", FEW, FEW, modes, (a, b, c) -> pick(a, b, ecl[(int) c]));
    int[][] ecr = {{0, 0, 0, 0}, {0, 1, 1, 1}, {0, 1, 2, 2}, {0, 1, 2, 3}};
    check("prmt.b32.ecr %r0, %r1, %r2, %r3;", FEW, FEW, modes, (a, b, c) -> pick(a, b, ecr[(int) c]));
    int[][] rc16 = {{0, 1, 0, 1}, {2, 3, 2, 3}, {0, 1, 0, 1}, {2, 3, 2, 3}};
    check("prmt.b32.rc16 %r0, %r1, %r2, %r3;", FEW, FEW, modes, (a, b, c) -> pick(a, b, rc16[(int) c]));
  }

  private static long pick(long a, long b, int[] bytes) {
    long r = 0;
    for (int i = 0; i < 4; i++) {
      r |= ((b << 32 | a) >>> 8 * bytes[i] & 255) << 8 * i;
    }
    return r;
  }
}
