package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the tests share: tiny kernels around one instruction, and launches with plain Java values. */
final class Lab {
  /** Values at which 32-bit integer instructions go wrong if they do. */
  static final long[] INTS = {0, 1, 2, 3, 7, 8, 15, 16, 24, 31, 32, 33, 63, 64, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
      0x12345678,
      0x7FFFFFFFL, 0x80000000L, 0x80000001L, 0xFFFF8000L, 0xFFFFFFFEL, 0xFFFFFFFFL, 0xDEADBEEFL};
  /** Values at which 64-bit integer instructions go wrong if they do. */
  static final long[] LONGS = {0, 1, 2, 5, 31, 32, 63, 64, 65, 255, 0x7FFFFFFFL, 0x80000000L, 0xFFFFFFFFL, 0x100000000L,
      0x123456789ABCDEF0L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, -1, -2, -0x80000000L, 0xFEDCBA9876543210L};
  /** Floats, as bits: zeros, subnormals, ties, limits, infinities, NaNs. */
  static final long[] FLOATS = floats(0f, -0f, 1f, -1f, 0.5f, 1.5f, 2.5f, -2.5f, 3f, 1 / 3f, 0.1f, 1e-3f, 1e10f, -1e10f,
      16777217f, 1e38f,
      -1e38f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 1e-40f, -1e-40f,
      2147483648f,
      -2147483648f, 4294967296f, 9.2233720e18f, 65504f, 65520f, 6e-8f, (float) Math.PI, Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN);
  /** Doubles, as bits. */
  static final long[] DOUBLES = doubles(0.0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 1.0 / 3, 0.1, 1e-3, 1e10, -1e300, 1e300,
      9007199254740993.0,
      Double.MAX_VALUE, -Double.MAX_VALUE, Double.MIN_VALUE, -Double.MIN_VALUE, Double.MIN_NORMAL, 1e-310, 2147483648.0,
      -2147483649.0,
      4294967296.0, 9.223372036854775807e18, 1.8446744073709552e19, 1e-46, 3.4028235677973366e38, Math.PI,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY, Double.NaN);

  private Lab() {}

  /** The definition of an instruction on bits; unused operands are zero. */
  interface Definition {
    long apply(long a, long b, long c);
  }

  static long[] floats(float... v) {
    long[] bits = new long[v.length];
    for (int i = 0; i < v.length; i++) {
      bits[i] = Float.floatToRawIntBits(v[i]) & 0xFFFFFFFFL;
    }
    return bits;
  }

  static long[] doubles(double... v) {
    long[] bits = new long[v.length];
    for (int i = 0; i < v.length; i++) {
      bits[i] = Double.doubleToRawLongBits(v[i]);
    }
    return bits;
  }

  static float f(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  static double d(long bits) {
    return Double.longBitsToDouble(bits);
  }

  static long bits(float v) {
    return Float.floatToRawIntBits(v) & 0xFFFFFFFFL;
  }

  static long bits(double v) {
    return Double.doubleToRawLongBits(v);
  }

  /**
   * A kernel around an instruction. It finds its operands in {@code %r1..4} (32 bits), {@code %d1..4} (64), {@code %h1..4} (16),
   * {@code %f1..4}, {@code %e1..4} (double) and {@code %p1..4} (bit 0), the same bits in each, and leaves its result in the
   * register number 0 of some kind, of which the first one written wins.
   */
  static String around(String body) {
    StringBuilder s = new StringBuilder(header()).append("""
        .visible .entry k(.param .u64 in, .param .u64 out, .param .u32 n) {
          .reg .pred %p<8>, %skip; .reg .b16 %h<8>; .reg .b32 %r<16>; .reg .b64 %d<16>; .reg .f32 %f<8>; .reg .f64 %e<8>;
          .reg .b64 %from, %to, %step; .reg .b32 %i, %n, %x;
          ld.param.u64 %from, [in]; ld.param.u64 %to, [out]; ld.param.u32 %n, [n];
          mov.u32 %i, %ctaid.x; mov.u32 %x, %ntid.x; mul.lo.s32 %i, %i, %x; mov.u32 %x, %tid.x; add.s32 %i, %i, %x;
          setp.ge.u32 %skip, %i, %n; @%skip bra DONE;
          mul.wide.u32 %step, %i, 32; add.s64 %from, %from, %step; mul.wide.u32 %step, %i, 8; add.s64 %to, %to, %step;
        """);
    for (int k = 1; k <= 4; k++) {
      s.append(("  ld.global.b64 %dK, [%from+" + 8 * (k - 1) + "]; cvt.u32.u64 %rK, %dK; cvt.u16.u64 %hK, %dK; mov.b32 %fK, %rK;"
          + " mov.b64 %eK, %dK; and.b32 %x, %rK, 1; setp.eq.u32 %pK, %x, 1;\n").replace("K", String.valueOf(k)));
    }
    s.append("  ").append(body).append("\n  ");
    String first = body.replaceAll("(?s)^.*?%([rdhfep])0\\b.*$", "$1");
    s.append(switch (first) {
      case "r" -> "cvt.u64.u32 %d0, %r0;";
      case "h" -> "cvt.u64.u16 %d0, %h0;";
      case "f" -> "mov.b32 %r0, %f0; cvt.u64.u32 %d0, %r0;";
      case "e" -> "mov.b64 %d0, %e0;";
      case "p" -> "selp.u64 %d0, 1, 0, %p0;";
      default -> "";
    });
    return s.append("\n  st.global.b64 [%to], %d0;\nDONE: ret;\n}\n").toString();
  }

  static String header() {
    return ".version 7.0\n.target sm_80\n.address_size 64\n";
  }

  /** Runs an instruction on tuples of up to four operands. */
  static long[] run(String body, List<long[]> operands) {
    int n = operands.size();
    long[] in = new long[4 * n];
    for (int i = 0; i < n; i++) {
      System.arraycopy(operands.get(i), 0, in, 4 * i, operands.get(i).length);
    }
    try (SimDevice device = SimDevice.builder().threads(1).build()) {
      PtxKernel k = PtxModule.parse(around(body)).kernel("k");
      long from = device.allocate(8L * in.length);
      long to = device.allocate(8L * n);
      device.write(from, MemorySegment.ofArray(in));
      device.launch(k, Dim3.of((n + 63) / 64), Dim3.of(64), 0, parameters(k, from, to, n));
      long[] out = new long[n];
      device.read(to, MemorySegment.ofArray(out));
      return out;
    }
  }

  /** Runs an instruction on every combination of the values and compares with its definition, bit for bit. */
  static void check(String body, long[] as, long[] bs, long[] cs, Definition definition) {
    List<long[]> operands = new ArrayList<>();
    for (long a : as) {
      for (long b : bs) {
        for (long c : cs) {
          operands.add(new long[] {a, b, c});
        }
      }
    }
    long[] got = run(body, operands);
    boolean single = body.matches("(?s)^[^%]*%f0\\b.*");
    boolean twice = body.matches("(?s)^[^%]*%e0\\b.*");
    boolean narrow = body.matches("(?s)^[^%]*%[rf]0\\b.*");
    for (int i = 0; i < got.length; i++) {
      long[] o = operands.get(i);
      long want = definition.apply(o[0], o[1], o[2]);
      want = narrow ? want & 0xFFFFFFFFL : want;
      if (single && Float.isNaN(f(want)) && Float.isNaN(f(got[i])) || twice && Double.isNaN(d(want)) && Double.isNaN(d(got[i]))) {
        continue;  // the payload of a NaN is not defined
      }
      long w = want;
      assertEquals(Long.toHexString(w), Long.toHexString(got[i]), () -> body + " of " + Long.toHexString(o[0]) + ", "
          + Long.toHexString(o[1]) + ", " + Long.toHexString(o[2]));
    }
  }

  static final long[] NONE = {0};

  static void check1(String body, long[] as, Definition f) {
    check(body, as, NONE, NONE, f);
  }

  static void check2(String body, long[] values, Definition f) {
    check(body, values, values, NONE, f);
  }

  static void check3(String body, long[] values, Definition f) {
    check(body, values, values, values, f);
  }

  /** A parameter block from Java values, laid out as the kernel says. Byte arrays are structures. */
  static MemorySegment parameters(PtxKernel k, Object... values) {
    ByteBuffer b = ByteBuffer.allocate(Math.max(8, k.parameterBytes())).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(k.parameters().size(), values.length, k.name());
    for (int i = 0; i < values.length; i++) {
      int at = k.parameters().get(i).offset();
      switch (values[i]) {
        case Long v -> b.putLong(at, v);
        case Integer v -> b.putInt(at, v);
        case Float v -> b.putFloat(at, v);
        case Double v -> b.putDouble(at, v);
        case byte[] v -> b.put(at, v);
        default -> throw new IllegalArgumentException(values[i].toString());
      }
    }
    return MemorySegment.ofBuffer(b);
  }

  static String resource(String name) {
    try (InputStream in = Lab.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static long upload(SimDevice device, float[] v) {
    long at = device.allocate(4L * v.length);
    device.write(at, MemorySegment.ofArray(v));
    return at;
  }

  static long upload(SimDevice device, double[] v) {
    long at = device.allocate(8L * v.length);
    device.write(at, MemorySegment.ofArray(v));
    return at;
  }

  static long upload(SimDevice device, int[] v) {
    long at = device.allocate(4L * v.length);
    device.write(at, MemorySegment.ofArray(v));
    return at;
  }

  static float[] floats(SimDevice device, long at, int n) {
    float[] v = new float[n];
    device.read(at, MemorySegment.ofArray(v));
    return v;
  }

  static double[] doubles(SimDevice device, long at, int n) {
    double[] v = new double[n];
    device.read(at, MemorySegment.ofArray(v));
    return v;
  }

  static int[] ints(SimDevice device, long at, int n) {
    int[] v = new int[n];
    device.read(at, MemorySegment.ofArray(v));
    return v;
  }

  static byte[] bytes(SimDevice device, long at, int n) {
    byte[] v = new byte[n];
    device.read(at, MemorySegment.ofArray(v));
    return v;
  }

}
