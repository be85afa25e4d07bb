package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import java.util.Arrays;
import java.util.Map;

/**
 * Integer arithmetic: the operation of each instruction by its full name, as the chapter "Integer Arithmetic Instructions" of the
 * PTX manual defines it.
 */
final class IntegerOps {
  private static final OpClass I = OpClass.INTEGER;

  private IntegerOps() {}

  static void register(Map<String, Form> t) {
    for (String s : new String[] {".s32", ".u32"}) {
      put32(t, "add" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] + b[i]; });
      put32(t, "sub" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] - b[i]; });
      put32(t, "mul.lo" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] * b[i]; });
      put32(t, "mad.lo" + s, 3, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] * b[i] + c[i]; });
    }
    for (String s : new String[] {".s64", ".u64"}) {
      put64(t, "add" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] + b[i]; });
      put64(t, "sub" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] - b[i]; });
      put64(t, "mul.lo" + s, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] * b[i]; });
      put64(t, "mad.lo" + s, 3, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] * b[i] + c[i]; });
    }
    high(t);
    wide(t);
    division(t);
    minMax(t);
    shorts(t);
    put32(t, "neg.s32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = -a[i]; });
    put64(t, "neg.s64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = -a[i]; });
    put32(t, "abs.s32", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.abs(a[i]); });
    put64(t, "abs.s64", 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.abs(a[i]); });
    lane32(t, "add.sat.s32", 2, (a, b, c) -> Math.clamp((long) (int) a + (int) b, Integer.MIN_VALUE, Integer.MAX_VALUE));
    lane32(t, "sub.sat.s32", 2, (a, b, c) -> Math.clamp((long) (int) a - (int) b, Integer.MIN_VALUE, Integer.MAX_VALUE));
    lane32(t, "mad.hi.sat.s32", 3, (a, b, c) ->
        Math.clamp(((long) (int) a * (int) b >> 32) + (int) c, Integer.MIN_VALUE, Integer.MAX_VALUE));
    lane32(t, "sad.u32", 3, (a, b, c) -> c + Math.abs(a - b));
    lane32(t, "sad.s32", 3, (a, b, c) -> c + Math.abs((long) (int) a - (int) b));
    lane64(t, "sad.u64", 3, (a, b, c) -> c + (Long.compareUnsigned(a, b) < 0 ? b - a : a - b));
    lane64(t, "sad.s64", 3, (a, b, c) -> c + (a < b ? b - a : a - b));
    lane32(t, "mul24.lo.s32", 2, (a, b, c) -> s24(a) * s24(b));
    lane32(t, "mul24.lo.u32", 2, (a, b, c) -> (a & 0xFFFFFF) * (b & 0xFFFFFF));
    lane32(t, "mul24.hi.s32", 2, (a, b, c) -> s24(a) * s24(b) >> 16);
    lane32(t, "mul24.hi.u32", 2, (a, b, c) -> (a & 0xFFFFFF) * (b & 0xFFFFFF) >> 16);
    lane32(t, "mad24.lo.s32", 3, (a, b, c) -> s24(a) * s24(b) + c);
    lane32(t, "mad24.lo.u32", 3, (a, b, c) -> (a & 0xFFFFFF) * (b & 0xFFFFFF) + c);
    for (int k = 0; k < 4; k++) {
      boolean sa = (k & 1) != 0;
      boolean sb = (k & 2) != 0;
      String types = (sa ? ".s32" : ".u32") + (sb ? ".s32" : ".u32");
      lane32(t, "dp4a" + types, 3, (a, b, c) -> dot(a, sa, 8, b, sb, 0, 4) + c);
      lane32(t, "dp2a.lo" + types, 3, (a, b, c) -> dot(a, sa, 16, b, sb, 0, 2) + c);
      lane32(t, "dp2a.hi" + types, 3, (a, b, c) -> dot(a, sa, 16, b, sb, 16, 2) + c);
    }
  }

  private static void high(Map<String, Form> t) {
    put32(t, "mul.hi.s32", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = (int) ((long) a[i] * b[i] >> 32); });
    put32(t, "mul.hi.u32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (int) ((a[i] & 0xFFFFFFFFL) * (b[i] & 0xFFFFFFFFL) >>> 32);
    });
    put32(t, "mad.hi.s32", 3, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (int) ((long) a[i] * b[i] >> 32) + c[i];
    });
    put32(t, "mad.hi.u32", 3, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (int) ((a[i] & 0xFFFFFFFFL) * (b[i] & 0xFFFFFFFFL) >>> 32) + c[i];
    });
    put64(t, "mul.hi.s64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.multiplyHigh(a[i], b[i]); });
    put64(t, "mul.hi.u64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.unsignedMultiplyHigh(a[i], b[i]); });
    put64(t, "mad.hi.s64", 3, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.multiplyHigh(a[i], b[i]) + c[i]; });
    put64(t, "mad.hi.u64", 3, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Math.unsignedMultiplyHigh(a[i], b[i]) + c[i];
    });
  }

  private static void wide(Map<String, Form> t) {
    t.put("mul.wide.s32", new Form.Widen(I, 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = (long) a[i] * b[i]; }));
    t.put("mul.wide.u32", new Form.Widen(I, 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (a[i] & 0xFFFFFFFFL) * (b[i] & 0xFFFFFFFFL);
    }));
    t.put("mad.wide.s32", new Form.Widen(I, 3, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (long) a[i] * b[i] + c[i];
    }));
    t.put("mad.wide.u32", new Form.Widen(I, 3, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (a[i] & 0xFFFFFFFFL) * (b[i] & 0xFFFFFFFFL) + c[i];
    }));
    lane32(t, "mul.wide.s16", 2, (a, b, c) -> (short) a * (short) b);
    lane32(t, "mul.wide.u16", 2, (a, b, c) -> (a & 0xFFFF) * (b & 0xFFFF));
    lane32(t, "mad.wide.s16", 3, (a, b, c) -> (short) a * (short) b + c);
    lane32(t, "mad.wide.u16", 3, (a, b, c) -> (a & 0xFFFF) * (b & 0xFFFF) + c);
  }

  /** Where the check of the divisor is off, a division by zero gives all ones and a remainder the dividend, as on hardware. */
  private static void division(Map<String, Form> t) {
    t.put("div.s32", new Form.Divide32(-1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? -1 : a[i] / b[i];
    }));
    t.put("rem.s32", new Form.Divide32(-1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? a[i] : a[i] % b[i];
    }));
    t.put("div.u32", new Form.Divide32(-1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? -1 : Integer.divideUnsigned(a[i], b[i]);
    }));
    t.put("rem.u32", new Form.Divide32(-1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? a[i] : Integer.remainderUnsigned(a[i], b[i]);
    }));
    t.put("div.s64", new Form.Divide64((d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? -1 : a[i] / b[i]; }));
    t.put("rem.s64", new Form.Divide64((d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? a[i] : a[i] % b[i]; }));
    t.put("div.u64", new Form.Divide64((d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? -1 : Long.divideUnsigned(a[i], b[i]);
    }));
    t.put("rem.u64", new Form.Divide64((d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = b[i] == 0 ? a[i] : Long.remainderUnsigned(a[i], b[i]);
    }));
  }

  private static void minMax(Map<String, Form> t) {
    put32(t, "min.s32", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.min(a[i], b[i]); });
    put32(t, "max.s32", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.max(a[i], b[i]); });
    put32(t, "min.u32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Math.min(a[i] ^ Integer.MIN_VALUE, b[i] ^ Integer.MIN_VALUE) ^ Integer.MIN_VALUE;
    });
    put32(t, "max.u32", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Math.max(a[i] ^ Integer.MIN_VALUE, b[i] ^ Integer.MIN_VALUE) ^ Integer.MIN_VALUE;
    });
    put64(t, "min.s64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.min(a[i], b[i]); });
    put64(t, "max.s64", 2, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = Math.max(a[i], b[i]); });
    put64(t, "min.u64", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Math.min(a[i] ^ Long.MIN_VALUE, b[i] ^ Long.MIN_VALUE) ^ Long.MIN_VALUE;
    });
    put64(t, "max.u64", 2, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Math.max(a[i] ^ Long.MIN_VALUE, b[i] ^ Long.MIN_VALUE) ^ Long.MIN_VALUE;
    });
  }

  /** 16-bit operations: only the low half of an operand counts, results are zero-extended in their register. */
  private static void shorts(Map<String, Form> t) {
    for (String s : new String[] {".s16", ".u16"}) {
      lane16(t, "add" + s, 2, (a, b, c) -> a + b);
      lane16(t, "sub" + s, 2, (a, b, c) -> a - b);
      lane16(t, "mul.lo" + s, 2, (a, b, c) -> a * b);
      lane16(t, "mad.lo" + s, 3, (a, b, c) -> a * b + c);
    }
    lane16(t, "mul.hi.s16", 2, (a, b, c) -> (short) a * (short) b >> 16);
    lane16(t, "mul.hi.u16", 2, (a, b, c) -> (a & 0xFFFF) * (b & 0xFFFF) >> 16);
    lane16(t, "min.s16", 2, (a, b, c) -> Math.min((short) a, (short) b));
    lane16(t, "max.s16", 2, (a, b, c) -> Math.max((short) a, (short) b));
    lane16(t, "min.u16", 2, (a, b, c) -> Math.min(a & 0xFFFF, b & 0xFFFF));
    lane16(t, "max.u16", 2, (a, b, c) -> Math.max(a & 0xFFFF, b & 0xFFFF));
    lane16(t, "neg.s16", 1, (a, b, c) -> -a);
    lane16(t, "abs.s16", 1, (a, b, c) -> Math.abs((short) a));
    t.put("div.s16", new Form.Divide32(0xFFFF, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = ((short) b[i] == 0 ? -1 : (short) a[i] / (short) b[i]) & 0xFFFF;
    }));
    t.put("rem.s16", new Form.Divide32(0xFFFF, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = ((short) b[i] == 0 ? a[i] : (short) a[i] % (short) b[i]) & 0xFFFF;
    }));
    t.put("div.u16", new Form.Divide32(0xFFFF, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (b[i] & 0xFFFF) == 0 ? 0xFFFF : (a[i] & 0xFFFF) / (b[i] & 0xFFFF);
    }));
    t.put("rem.u16", new Form.Divide32(0xFFFF, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = (b[i] & 0xFFFF) == 0 ? a[i] & 0xFFFF : (a[i] & 0xFFFF) % (b[i] & 0xFFFF);
    }));
  }

  private static long s24(long v) {
    return (int) v << 8 >> 8;
  }

  /** Dot product of {@code n} fields of a (of {@code bits} each) with bytes of b from bit {@code from} on. */
  private static long dot(long a, boolean signedA, int bits, long b, boolean signedB, int from, int n) {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      long x = a >>> i * bits;
      long y = b >>> from + i * 8;
      x = signedA ? x << 64 - bits >> 64 - bits : x & (1L << bits) - 1;
      y = signedB ? (byte) y : y & 0xFF;
      sum += x * y;
    }
    return sum;
  }

  static void put32(Map<String, Form> t, String name, int arity, Form.Loop32 loop) {
    t.put(name, new Form.All32(I, arity, loop));
  }

  static void put64(Map<String, Form> t, String name, int arity, Form.Loop64 loop) {
    t.put(name, new Form.All64(I, arity, loop));
  }

  static void lane32(Map<String, Form> t, String name, int arity, Form.Lane lane) {
    t.put(name, new Form.ByLane(I, widths(4, arity), lane));
  }

  static void lane64(Map<String, Form> t, String name, int arity, Form.Lane lane) {
    t.put(name, new Form.ByLane(I, widths(8, arity), lane));
  }

  static void lane16(Map<String, Form> t, String name, int arity, Form.Lane lane) {
    lane32(t, name, arity, (a, b, c) -> lane.run(a, b, c) & 0xFFFF);
  }

  static int[] widths(int width, int arity) {
    int[] w = new int[arity + 1];
    Arrays.fill(w, width);
    return w;
  }
}
