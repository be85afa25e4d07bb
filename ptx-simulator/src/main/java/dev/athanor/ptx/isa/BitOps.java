package dev.athanor.ptx.isa;

import static dev.athanor.ptx.isa.IntegerOps.lane16;
import static dev.athanor.ptx.isa.IntegerOps.lane32;
import static dev.athanor.ptx.isa.IntegerOps.lane64;
import static dev.athanor.ptx.isa.IntegerOps.put32;
import static dev.athanor.ptx.isa.IntegerOps.put64;

import dev.athanor.ptx.OpClass;
import java.util.Map;

/** Logic, shifts and bit fields, as the PTX manual defines them. Shift amounts beyond the width act as the width. */
final class BitOps {
  private static final OpClass I = OpClass.INTEGER;

  private BitOps() {}

  static void register(Map<String, Form> t) {
    logic(t);
    shifts(t);
    counts(t);
    fields(t);
  }

  private static void logic(Map<String, Form> t) {
    for (String s : new String[] {".b32", ".b16"}) {
      put32(t, "and" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] & b[i]; });
      put32(t, "or" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] | b[i]; });
      put32(t, "xor" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] ^ b[i]; });
      put32(t, "not" + s, 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = ~a[i]; });
    }
    put64(t, "and.b64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] & b[i]; });
    put64(t, "or.b64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] | b[i]; });
    put64(t, "xor.b64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] ^ b[i]; });
    put64(t, "not.b64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = ~a[i]; });
    lane16(t, "cnot.b16", 1, (a, b, c) -> (a & 0xFFFF) == 0 ? 1 : 0);
    lane32(t, "cnot.b32", 1, (a, b, c) -> a == 0 ? 1 : 0);
    lane64(t, "cnot.b64", 1, (a, b, c) -> a == 0 ? 1 : 0);
  }

  private static void shifts(Map<String, Form> t) {
    put32(t, "shl.b32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Integer.compareUnsigned(b[i], 31) > 0 ? 0 : a[i] << b[i];
    });
    for (String s : new String[] {".b32", ".u32"}) {
      put32(t, "shr" + s, 2, (d, a, b, c) -> {
        for (int i = 0; i < 32; i++) d[i] = Integer.compareUnsigned(b[i], 31) > 0 ? 0 : a[i] >>> b[i];
      });
    }
    put32(t, "shr.s32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = a[i] >> (Integer.compareUnsigned(b[i], 31) > 0 ? 31 : b[i]);
    });
    t.put("shl.b64", new Form.Shift(I, (d, a, b) -> {
      for (int i = 0; i < 32; i++) d[i] = Integer.compareUnsigned(b[i], 63) > 0 ? 0 : a[i] << b[i];
    }));
    for (String s : new String[] {".b64", ".u64"}) {
      t.put("shr" + s, new Form.Shift(I, (d, a, b) -> {
        for (int i = 0; i < 32; i++) d[i] = Integer.compareUnsigned(b[i], 63) > 0 ? 0 : a[i] >>> b[i];
      }));
    }
    t.put("shr.s64", new Form.Shift(I, (d, a, b) -> {
      for (int i = 0; i < 32; i++) d[i] = a[i] >> (Integer.compareUnsigned(b[i], 63) > 0 ? 63 : b[i]);
    }));
    lane16(t, "shl.b16", 2, (a, b, c) -> b > 15 ? 0 : a << b);
    lane16(t, "shr.u16", 2, (a, b, c) -> b > 15 ? 0 : (a & 0xFFFF) >>> b);
    lane16(t, "shr.b16", 2, (a, b, c) -> b > 15 ? 0 : (a & 0xFFFF) >>> b);
    lane16(t, "shr.s16", 2, (a, b, c) -> (short) a >> Math.min(b, 15));
    lane32(t, "shf.l.wrap.b32", 3, (a, b, c) -> (b << 32 | a) << (c & 31) >>> 32);
    lane32(t, "shf.l.clamp.b32", 3, (a, b, c) -> c > 31 ? a : (b << 32 | a) << c >>> 32);
    lane32(t, "shf.r.wrap.b32", 3, (a, b, c) -> (b << 32 | a) >>> (c & 31));
    lane32(t, "shf.r.clamp.b32", 3, (a, b, c) -> c > 31 ? b : (b << 32 | a) >>> c);
  }

  private static void counts(Map<String, Form> t) {
    put32(t, "popc.b32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Integer.bitCount(a[i]); });
    put32(t, "clz.b32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Integer.numberOfLeadingZeros(a[i]); });
    put32(t, "brev.b32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Integer.reverse(a[i]); });
    put64(t, "brev.b64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Long.reverse(a[i]); });
    t.put("popc.b64", new Form.Narrow(I, (d, a) -> { for (int i = 0; i < 32; i++) d[i] = Long.bitCount(a[i]); }));
    t.put("clz.b64", new Form.Narrow(I, (d, a) -> { for (int i = 0; i < 32; i++) d[i] = Long.numberOfLeadingZeros(a[i]); }));
    for (boolean amount : new boolean[] {false, true}) {
      String s = amount ? ".shiftamt" : "";
      lane32(t, "bfind" + s + ".u32", 1, (a, b, c) -> find(a, 31, amount));
      lane32(t, "bfind" + s + ".s32", 1, (a, b, c) -> find((int) a < 0 ? ~a & 0xFFFF_FFFFL : a, 31, amount));
      t.put("bfind" + s + ".u64", new Form.ByLane(I, new int[] {4, 8}, (a, b, c) -> find(a, 63, amount)));
      t.put("bfind" + s + ".s64", new Form.ByLane(I, new int[] {4, 8}, (a, b, c) -> find(a < 0 ? ~a : a, 63, amount)));
    }
  }

  /** Position of the highest one, or the shift that brings it to the top; all ones if there is none. */
  private static long find(long v, int top, boolean amount) {
    if (v == 0) {
      return 0xFFFF_FFFFL;
    }
    int position = 63 - Long.numberOfLeadingZeros(v);
    return amount ? top - position : position;
  }

  private static void fields(Map<String, Form> t) {
    lane32(t, "bfe.u32", 3, (a, b, c) -> extract(a, 32, false, b, c));
    lane32(t, "bfe.s32", 3, (a, b, c) -> extract((int) a, 32, true, b, c));
    t.put("bfe.u64", new Form.ByLane(I, new int[] {8, 8, 4, 4}, (a, b, c) -> extract(a, 64, false, b, c)));
    t.put("bfe.s64", new Form.ByLane(I, new int[] {8, 8, 4, 4}, (a, b, c) -> extract(a, 64, true, b, c)));
    lane32(t, "szext.wrap.s32", 2, (a, b, c) -> extract((int) a, 32, true, 0, b & 31));
    lane32(t, "szext.wrap.u32", 2, (a, b, c) -> extract(a, 32, false, 0, b & 31));
    lane32(t, "szext.clamp.s32", 2, (a, b, c) -> extract((int) a, 32, true, 0, Math.min(b, 32)));
    lane32(t, "szext.clamp.u32", 2, (a, b, c) -> extract(a, 32, false, 0, Math.min(b, 32)));
    lane32(t, "bmsk.clamp.b32", 2, (a, b, c) -> a > 31 ? 0 : mask(b) << a);
    lane32(t, "bmsk.wrap.b32", 2, (a, b, c) -> mask(b & 31) << (a & 31));
    String[] modes = {"", ".f4e", ".b4e", ".rc8", ".ecl", ".ecr", ".rc16"};
    for (int m = 0; m < modes.length; m++) {
      int mode = m;
      lane32(t, "prmt.b32" + modes[m], 3, (a, b, c) -> permute(b << 32 | a, (int) c, mode));
    }
  }

  private static long mask(long n) {
    return n > 31 ? 0xFFFF_FFFFL : (1L << n) - 1;
  }

  /**
   * A field of {@code len} bits from {@code pos} on; a signed one is filled with its top bit, or with the sign beyond the value.
   */
  private static long extract(long a, int width, boolean signed, long pos, long len) {
    int p = (int) pos & 0xFF;
    int n = (int) len & 0xFF;
    if (n == 0) {
      return 0;
    }
    boolean sign = signed && (a >>> Math.min(p + n - 1, width - 1) & 1) != 0;
    long field = p >= width ? 0 : (width == 32 ? a & 0xFFFF_FFFFL : a) >>> p;
    int valid = Math.min(n, Math.max(0, width - p));
    if (valid < 64) {
      field &= (1L << valid) - 1;
      field |= sign ? -1L << valid : 0;
    }
    return field;
  }

  /** Insertion of the low {@code len} bits of a into b at {@code pos}. */
  static long insert(long a, long b, int width, long pos, long len) {
    int p = (int) pos & 0xFF;
    int n = Math.min((int) len & 0xFF, Math.max(0, width - p));
    if (n == 0) {
      return b;
    }
    long mask = (n == 64 ? -1 : (1L << n) - 1) << p;
    return b & ~mask | a << p & mask;
  }

  private static long permute(long bytes, int selector, int mode) {
    long r = 0;
    int s = selector & 3;
    for (int i = 0; i < 4; i++) {
      int pick = switch (mode) {
        case 0 -> selector >>> i * 4 & 15;
        case 1 -> s + i & 7;
        case 2 -> s - i & 7;
        case 3 -> s;
        case 4 -> Math.max(s, i);
        case 5 -> Math.min(s, i);
        default -> (s & 1) * 2 + (i & 1);
      };
      long b = bytes >>> (pick & 7) * 8 & 0xFF;
      if ((pick & 8) != 0) {
        b = (b & 0x80) != 0 ? 0xFF : 0;
      }
      r |= b << i * 8;
    }
    return r;
  }
}
