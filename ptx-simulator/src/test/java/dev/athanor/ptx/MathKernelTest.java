package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Elementwise kernels as nvcc compiles them, with all checks on: right results and no false alarm. The functions of CUDA's own
 * library run through their slow paths too, which is a test of many instructions at once.
 */
class MathKernelTest {
  private static final PtxModule MODULE = PtxModule.parse(Lab.resource("cuda/math.ptx"));

  /** The functions of functions32 and functions64 in order. */
  private static final List<DoubleUnaryOperator> FUNCTIONS = List.of(Math::exp, Math::log, Math::sin, Math::cos, Math::tan,
      Math::tanh,
      MathKernelTest::erf, Math::log1p, Math::expm1, x -> Math.pow(x, 1.7), Math::sqrt, x -> 1 / Math.sqrt(x), x -> 1 / x,
      x -> x / 3.7,
      Math::floor, Math::ceil, Math::rint, x -> Math.copySign(Math.floor(Math.abs(x)), x),
      x -> Math.copySign(Math.floor(Math.abs(x) + 0.5), x), Math::asin, Math::acos, Math::atan, Math::sinh, Math::cosh,
      Math::cbrt,
      x -> Math.atan2(x, 2), x -> x % 0.7, x -> Math.pow(2, x), x -> Math.log(x) / Math.log(2), x -> Math.min(x, 1),
      x -> Math.max(x, 1),
      Math::abs, x -> Math.copySign(2, x));

  /** The error function by its Taylor series, or by its continued fraction where that converges faster. */
  private static double erf(double x) {
    if (Math.abs(x) > 3) {
      double f = 0;
      double a = Math.abs(x);
      for (int k = 60; k > 0; k--) {
        f = k / 2.0 / (a + f);
      }
      return Math.copySign(1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f), x);
    }
    double sum = x;
    double term = x;
    for (int k = 1; k < 100; k++) {
      term *= -x * x / k;
      sum += term / (2 * k + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  private static double[] inputs() {
    Random random = new Random(3);
    double[] special = {0.5, 1, 2, 3, 0.1, 1e-3, 1e-6, 0.9999, 10, 20, 50, 87, -0.5, -1, -3, -20, -80, 1e5, 2e5, 1e6, 3e7, 1e10,
        -1e6, 0.25};
    double[] x = new double[333];
    for (int i = 0; i < x.length; i++) {
      x[i] = i < special.length ? special[i] : random.nextGaussian() * Math.pow(10, random.nextInt(4) - 2);
    }
    return x;
  }

  @Test
  void singlePrecisionFunctions() {
    double[] in = inputs();
    float[] x = new float[in.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) in[i];
    }
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("functions32");
      long y = device.allocate(4L * x.length * FUNCTIONS.size());
      device.launch(k, Dim3.of(6), Dim3.of(64), 0, Lab.parameters(k, Lab.upload(device, x), y, x.length));
      float[] got = Lab.floats(device, y, x.length * FUNCTIONS.size());
      for (int f = 0; f < FUNCTIONS.size(); f++) {
        for (int i = 0; i < x.length; i++) {
          double v = f == 26 ? x[i] % (double) 0.7f : f == 9 ? Math.pow(x[i], 1.7f) : f == 13 ? x[i] / (double) 3.7f
              : FUNCTIONS.get(f).applyAsDouble(x[i]);
          float want = (float) v;
          // CUDA gives at most 9 ulp for these functions
          double tolerance = 9 * Math.ulp(want) + 1e-38;
          if (Float.isInfinite(want) || Float.isNaN(want)) {
            assertEquals(want, got[f * x.length + i], "function " + f + " of " + x[i]);
          } else {
            assertEquals(want, got[f * x.length + i], tolerance, "function " + f + " of " + x[i]);
          }
        }
      }
    }
  }

  @Test
  void doublePrecisionFunctions() {
    double[] x = inputs();
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("functions64");
      long y = device.allocate(8L * x.length * FUNCTIONS.size());
      device.launch(k, Dim3.of(6), Dim3.of(64), 0, Lab.parameters(k, Lab.upload(device, x), y, x.length));
      double[] got = Lab.doubles(device, y, x.length * FUNCTIONS.size());
      for (int f = 0; f < FUNCTIONS.size(); f++) {
        for (int i = 0; i < x.length; i++) {
          double want = FUNCTIONS.get(f).applyAsDouble(x[i]);
          // a few ulp of either library; our erf series loses digits to cancellation
          double tolerance = f == 6 ? 1e-12 : 6 * Math.ulp(want);
          if (Double.isInfinite(want) || Double.isNaN(want)) {
            assertEquals(want, got[f * x.length + i], "function " + f + " of " + x[i]);
          } else {
            assertEquals(want, got[f * x.length + i], tolerance, "function " + f + " of " + x[i]);
          }
        }
      }
    }
  }

  @Test
  void integers() {
    Random random = new Random(5);
    int n = 100;
    int[] x = random.ints(n).toArray();
    long[] w = random.longs(n).toArray();
    x[0] = Integer.MIN_VALUE;
    x[1] = 0;
    w[0] = Long.MIN_VALUE;
    w[1] = 0;
    w[2] = 12;
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("integers");
      long dw = device.allocate(8L * n);
      device.write(dw, MemorySegment.ofArray(w));
      long y = device.allocate(4L * n * 23);
      long z = device.allocate(8L * n * 12);
      device.launch(k, Dim3.of(2), Dim3.of(64), 0, Lab.parameters(k, Lab.upload(device, x), dw, y, z, n));
      int[] r = Lab.ints(device, y, n * 23);
      long[] q = new long[n * 12];
      device.read(z, MemorySegment.ofArray(q));
      for (int i = 0; i < n; i++) {
        int v = x[i];
        long l = w[i];
        long ui = v & 0xFFFFFFFFL;
        int[] ints = {v / 7, v % 7, v / (i + 1), Integer.divideUnsigned(v, 10), (int) ((long) v * i >> 32), (int) (ui * i >>> 32),
            Integer.numberOfLeadingZeros(v), Integer.bitCount(v), v == 0 ? 0 : Integer.numberOfTrailingZeros(v) + 1,
            Integer.reverse(v),
            bytes(v, i, 0x3175), Integer.rotateLeft(0, 0) | (int) (((long) i << 32 | ui) << (i & 31) >>> 32), Math.min(v, i),
            Math.max(v, i), Math.abs(v), v >> (i & 31), v >>> (i & 31), v << (i & 31), (int) Math.abs(ui - i) + 3, dot(v, i) + 5,
            Long.numberOfLeadingZeros(l), Long.bitCount(l), l == 0 ? 0 : Long.numberOfTrailingZeros(l) + 1};
        long[] longs = {l / 7, l % 7, l / (i + 1), Long.divideUnsigned(l, 10), Math.multiplyHigh(l, l), (long) v * i,
            l >> (i & 63),
            l >>> (i & 63), l << (i & 63), Long.reverse(l), l * v + i, Math.min(l, v)};
        for (int f = 0; f < ints.length; f++) {
          assertEquals(ints[f], r[f * n + i], "int function " + f + " of " + v + ", " + i);
        }
        for (int f = 0; f < longs.length; f++) {
          assertEquals(longs[f], q[f * n + i], "long function " + f + " of " + l + ", " + i);
        }
      }
    }
  }

  private static int bytes(int a, int b, int selector) {
    int r = 0;
    for (int i = 0; i < 4; i++) {
      int k = selector >> 4 * i & 7;
      r |= ((k < 4 ? a : b) >> 8 * (k & 3) & 255) << 8 * i;
    }
    return r;
  }

  private static int dot(int a, int b) {
    int s = 0;
    for (int i = 0; i < 32; i += 8) {
      s += (byte) (a >> i) * (byte) (b >> i);
    }
    return s;
  }

  private static byte[] view(int dims, long[] shape, long[] stride) {
    ByteBuffer b = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN).putInt(0, dims);
    for (int i = 0; i < dims; i++) {
      b.putLong(8 + 8 * i, shape[i]).putLong(40 + 8 * i, stride[i]);
    }
    return b.array();
  }

  /** A structure by value whose arrays are indexed by a loop: x[2, 3, 5] is stored with its axes turned round. */
  @Test
  void stridedCopy() {
    float[] x = new float[30];
    for (int i = 0; i < 30; i++) {
      x[i] = i;
    }
    long[] shape = {2, 3, 5};
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("strided");
      long y = device.allocate(120);
      LaunchReport r = device.launch(k, Dim3.of(2), Dim3.of(8), 0, Lab.parameters(k, Lab.upload(device, x), y,
          view(3, shape, new long[] {15, 5, 1}), view(3, shape, new long[] {1, 2, 6}), 30L));
      float[] got = Lab.floats(device, y, 30);
      for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 3; b++) {
          for (int c = 0; c < 5; c++) {
            assertEquals(x[15 * a + 5 * b + c], got[a + 2 * b + 6 * c]);
          }
        }
      }
      assertTrue(r.byClass().get(OpClass.LOCAL_MEMORY) > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 33, 1023})
  void vectors(int n) {
    float[] x = new float[4 * n];
    for (int i = 0; i < x.length; i++) {
      x[i] = i - 50;
    }
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("vectors");
      long y = device.allocate(16L * n);
      LaunchReport r = device.launch(k, Dim3.of((n + 127) / 128), Dim3.of(128), 0, Lab.parameters(k, Lab.upload(device, x), y,
          n));
      float[] got = Lab.floats(device, y, 4 * n);
      for (int i = 0; i < n; i++) {
        float w = x[4 * i + 3];
        assertArrayEquals(new float[] {Math.max(x[4 * i], 0), x[4 * i + 1] * 2 + 1, -x[4 * i + 2], w > 0 ? w : 0.1f * w},
            java.util.Arrays.copyOfRange(got, 4 * i, 4 * i + 4));
      }
      assertEquals(1, r.loadEfficiency());
      assertEquals((n + 31) / 32, r.globalLoads());
      assertEquals((16L * n + 31) / 32, r.globalLoadSectors());
    }
  }

  @Test
  void localArrayThroughACall() {
    float[] x = {3, 1, 4, 1, 5, 9, 2, 6, 0.5f, -1, 2, 0};
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("localArray");
      long y = device.allocate(48);
      device.launch(k, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(k, Lab.upload(device, x), y, 12));
      float[] got = Lab.floats(device, y, 12);
      float[] c = new float[8];
      for (int i = 0; i < 8; i++) {
        c[i * 3 & 7] = x[i];
      }
      for (int i = 0; i < 12; i++) {
        double want = 0;
        for (int j = i & 7; j >= 0; j--) {
          want = want * x[i] + c[j];
        }
        assertEquals(want, got[i], 1e-6 * Math.abs(want));
      }
    }
  }

  @Test
  void branches() {
    int n = 100;
    int[] which = new int[n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      which[i] = i % 8;
      y[i] = i * 0.1f - 2;
    }
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("branches");
      long p = Lab.upload(device, y);
      LaunchReport r = device.launch(k, Dim3.of(1), Dim3.of(128), 0, Lab.parameters(k, Lab.upload(device, which), p, n));
      float[] got = Lab.floats(device, p, n);
      for (int i = 0; i < n; i++) {
        float v = y[i];
        float want = switch (which[i]) {
          case 0 -> v * 2;
          case 1 -> (float) Math.sin(v);
          case 2 -> v / 3;
          case 3 -> v + i * (i - 1) / 2f;
          case 4 -> -v;
          case 5 -> Math.max(0, Math.min(1, v));
          default -> 42;
        };
        assertEquals(want, got[i], 1e-3f, "thread " + i);
      }
      assertTrue(r.divergentBranches() > 0);
    }
  }
}
