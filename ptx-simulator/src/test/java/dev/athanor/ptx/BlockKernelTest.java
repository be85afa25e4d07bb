package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kernels whose threads work together, as nvcc compiles them: right and free of alarms as they stand, caught with a bug planted.
 */
class BlockKernelTest {
  private static final String TEXT = Lab.resource("cuda/blocks.ptx");
  private static final PtxModule MODULE = PtxModule.parse(TEXT);

  private static float[] random(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  /** Rows normalised by a kernel of a module; threads is a multiple of 32. */
  private static float[] rows(PtxModule m, String kernel, float[] x, int n, int threads) {
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = m.kernel(kernel);
      long y = device.allocate(4L * x.length);
      device.launch(k, Dim3.of(x.length / n), Dim3.of(threads), 0, Lab.parameters(k, Lab.upload(device, x), y, n));
      return Lab.floats(device, y, x.length);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 32", "31, 64", "33, 96", "1000, 256", "1023, 1024"})
  void softmaxAndLayerNorm(int n, int threads) {
    float[] x = random(5 * n);
    float[] s = rows(MODULE, "softmax", x, n, threads);
    float[] l = rows(MODULE, "layerNorm", x, n, threads);
    for (int r = 0; r < 5; r++) {
      double max = Double.NEGATIVE_INFINITY;
      double mean = 0;
      for (int i = 0; i < n; i++) {
        max = Math.max(max, x[r * n + i]);
        mean += x[r * n + i] / (double) n;
      }
      double sum = 0;
      double square = 0;
      for (int i = 0; i < n; i++) {
        sum += Math.exp(x[r * n + i] - max);
        square += Math.pow(x[r * n + i] - mean, 2) / n;
      }
      for (int i = 0; i < n; i++) {
        assertEquals(Math.exp(x[r * n + i] - max) / sum, s[r * n + i], 1e-6);
        assertEquals((x[r * n + i] - mean) / Math.sqrt(square + 1e-5), l[r * n + i], 2e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 255, 256, 257, 5000})
  void treeSum(int n) {
    float[] x = random(n);
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("treeSum");
      int blocks = (n + 255) / 256;
      long y = device.allocate(4L * blocks);
      device.launch(k, Dim3.of(blocks), Dim3.of(256), 1024, Lab.parameters(k, Lab.upload(device, x), y, n));
      double sum = 0;
      double want = 0;
      for (float v : Lab.floats(device, y, blocks)) {
        sum += v;
      }
      for (float v : x) {
        want += v;
      }
      assertEquals(want, sum, 1e-4);
    }
  }

  private static LaunchReport transpose(String kernel, int rows, int columns) {
    float[] x = random(rows * columns);
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel(kernel);
      long y = device.allocate(4L * x.length);
      Dim3 block = kernel.equals("transposeNaive") ? Dim3.of(32, 32) : Dim3.of(32, 8);
      LaunchReport r = device.launch(k, Dim3.of((columns + 31) / 32, (rows + 31) / 32), block, 0,
          Lab.parameters(k, Lab.upload(device, x), y, rows, columns));
      float[] got = Lab.floats(device, y, x.length);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          assertEquals(x[i * columns + j], got[j * rows + i]);
        }
      }
      return r;
    }
  }

  /** The counters tell the three transposes apart: coalesced or not, with and without bank conflicts. */
  @Test
  void transposeCounters() {
    LaunchReport good = transpose("transpose", 64, 96);
    assertEquals(1, good.loadEfficiency());
    assertEquals(1, good.storeEfficiency());
    assertEquals(0, good.bankConflicts());
    LaunchReport conflicts = transpose("transposeConflicts", 64, 96);
    assertEquals(1, conflicts.storeEfficiency());
    assertEquals(31L * 64 * 96 / 32, conflicts.bankConflicts(), "every column read costs 32 passes");
    LaunchReport naive = transpose("transposeNaive", 64, 96);
    assertEquals(1, naive.loadEfficiency());
    assertEquals(1 / 8.0, naive.storeEfficiency(), "one sector of 32 bytes for each 4-byte store");
    assertTrue(good.toString().contains("100 %"));
    transpose("transpose", 33, 65);
  }

  @ParameterizedTest
  @CsvSource({"16, 16, 16", "33, 17, 50", "1, 1, 1"})
  void matmul(int m, int n, int k) {
    float[] a = random(m * k);
    float[] b = random(k * n + 1);
    try (SimDevice device = SimDevice.create()) {
      PtxKernel kernel = MODULE.kernel("matmul");
      long c = device.allocate(4L * m * n);
      device.launch(kernel, Dim3.of((n + 15) / 16, (m + 15) / 16), Dim3.of(16, 16), 0,
          Lab.parameters(kernel, Lab.upload(device, a), Lab.upload(device, b), c, m, n, k));
      float[] got = Lab.floats(device, c, m * n);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double want = 0;
          for (int l = 0; l < k; l++) {
            want += a[i * k + l] * (double) b[l * n + j];
          }
          assertEquals(want, got[i * n + j], 1e-4);
        }
      }
    }
  }

  private static float sumAll(PtxModule m, float[] x, int blocks) {
    try (SimDevice device = SimDevice.builder().threads(4).build()) {
      PtxKernel k = m.kernel("sumAll");
      long parts = device.allocate(4L * blocks);
      long y = device.allocate(4);
      float[] got = new float[2];
      for (int i = 0; i < 2; i++) {  // the counter must be left at zero for the next launch
        device.launch(k, Dim3.of(blocks), Dim3.of(64), 0, Lab.parameters(k, Lab.upload(device, x), parts, y, x.length));
        got[i] = Lab.floats(device, y, 1)[0];
      }
      assertEquals(got[0], got[1]);
      return got[0];
    }
  }

  @Test
  void theLastBlockSeesAllParts() {
    float[] x = random(10_000);
    double want = 0;
    for (float v : x) {
      want += v;
    }
    for (int i = 0; i < 20; i++) {
      assertEquals(want, sumAll(MODULE, x, 37), 1e-3);
    }
  }

  @Test
  void histogram() {
    byte[] x = new byte[5000];
    new Random(1).nextBytes(x);
    int[] want = new int[256];
    for (byte b : x) {
      want[b & 255]++;
    }
    try (SimDevice device = SimDevice.builder().threads(4).build()) {
      PtxKernel k = MODULE.kernel("histogram");
      long p = device.allocate(x.length);
      device.write(p, MemorySegment.ofArray(x));
      long bins = Lab.upload(device, new int[256]);
      device.launch(k, Dim3.of(8), Dim3.of(128), 0, Lab.parameters(k, p, bins, x.length));
      assertArrayEquals(want, Lab.ints(device, bins, 256));
    }
  }

  @Test
  void scan() {
    int n = 1000;
    int[] x = new Random(2).ints(n, 0, 100).toArray();
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("scan");
      long y = device.allocate(4L * n);
      device.launch(k, Dim3.of(2), Dim3.of(512), 0, Lab.parameters(k, Lab.upload(device, x), y, n));
      int[] got = Lab.ints(device, y, n);
      int sum = 0;
      for (int i = 0; i < n; i++) {
        sum = i == 512 ? x[i] : sum + x[i];
        assertEquals(sum, got[i]);
      }
    }
  }

  @Test
  void aggregate() {
    int[] key = new Random(3).ints(96, 0, 5).toArray();
    int[] value = new Random(4).ints(96, 0, 100).toArray();
    int[] want = new int[5];
    for (int i = 0; i < 96; i++) {
      want[key[i]] += value[i];
    }
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("aggregate");
      long sum = Lab.upload(device, new int[5]);
      device.launch(k, Dim3.of(1), Dim3.of(96), 0, Lab.parameters(k, Lab.upload(device, key), Lab.upload(device, value), sum,
          96));
      assertArrayEquals(want, Lab.ints(device, sum, 5));
    }
  }

  private static float[] reverse(PtxModule m, float[] x) {
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = m.kernel("reverseInWarp");
      long y = device.allocate(4L * x.length);
      device.launch(k, Dim3.of(x.length / 256), Dim3.of(256), 0, Lab.parameters(k, Lab.upload(device, x), y));
      return Lab.floats(device, y, x.length);
    }
  }

  @Test
  void warpSynchronousCode() {
    float[] x = random(512);
    float[] got = reverse(MODULE, x);
    for (int i = 0; i < x.length; i++) {
      assertEquals(2 * x[i ^ 1 ^ 31], got[i]);
    }
  }

  @Test
  void dropout() {
    int n = 1000;
    float[] x = random(n);
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = MODULE.kernel("dropout");
      long y = device.allocate(4L * n);
      long kept = device.allocate(n);
      device.launch(k, Dim3.of(4), Dim3.of(256), 0, Lab.parameters(k, Lab.upload(device, x), y, kept, 0x1234567812345678L, 0.25f,
          n));
      float[] got = Lab.floats(device, y, n);
      byte[] mask = Lab.bytes(device, kept, n);
      int sum = 0;
      for (int i = 0; i < n; i++) {
        sum += mask[i];
        assertEquals(mask[i] != 0 ? x[i] / 0.75f : 0, got[i], 1e-6f);
      }
      assertEquals(750, sum, 50);
    }
  }

  /** The text of one kernel, and the rest of the module around it. */
  private static String without(String kernel, String instruction, int which) {
    int begin = TEXT.indexOf(".entry " + kernel + "(");
    int end = TEXT.indexOf("\n}", begin);
    int at = begin;
    for (int i = 0; i <= which; i++) {
      at = TEXT.indexOf(instruction, at + 1);
    }
    assertTrue(at > 0 && at < end, "there is no " + instruction + " number " + which);
    return TEXT.substring(0, at) + "// taken out: " + TEXT.substring(at);
  }

  private static int count(String kernel, String instruction) {
    int begin = TEXT.indexOf(".entry " + kernel + "(");
    String body = TEXT.substring(begin, TEXT.indexOf("\n}", begin));
    return body.split(java.util.regex.Pattern.quote(instruction), -1).length - 1;
  }

  static Stream<String> everyBarrier() {
    List<String> list = new ArrayList<>();
    for (String k : List.of("softmax", "layerNorm", "treeSum", "transpose", "matmul", "sumAll", "histogram", "scan")) {
      for (int i = 0; i < count(k, "bar.sync"); i++) {
        list.add(k + " " + i);
      }
    }
    return list.stream();
  }

  /** Each barrier, taken out, is missed; those that are not needed are known, and give no alarm. */
  @ParameterizedTest
  @MethodSource("everyBarrier")
  void everyBarrierIsMissed(String which) {
    String kernel = which.split(" ")[0];
    int i = Integer.parseInt(which.split(" ")[1]);
    PtxModule m = PtxModule.parse(without(kernel, "bar.sync", i));
    Runnable run = () -> {
      switch (kernel) {
        case "softmax", "layerNorm" -> rows(m, kernel, random(1000), 500, 128);
        case "sumAll" -> sumAll(m, random(1000), 5);
        default -> general(m, kernel);
      }
    };
    // these end a blockSum whose buffer is not used again before another barrier
    boolean superfluous = List.of("layerNorm 3", "softmax 4", "sumAll 1", "sumAll 4").contains(which);
    if (superfluous) {
      run.run();
      return;
    }
    SimulationFault f = assertThrows(SimulationFault.class, run::run);
    assertTrue(f.kind() == FaultKind.RACE || f.kind() == FaultKind.UNWRITTEN, f.getMessage());
    assertEquals(kernel, f.kernel());
  }

  private static void general(PtxModule m, String kernel) {
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = m.kernel(kernel);
      long x = Lab.upload(device, random(4096));
      long y = device.allocate(16384);
      device.fill(y, 16384, (byte) 0);
      switch (kernel) {
        case "treeSum" -> device.launch(k, Dim3.of(2), Dim3.of(128), 512, Lab.parameters(k, x, y, 200));
        case "transpose" -> device.launch(k, Dim3.of(2, 2), Dim3.of(32, 8), 0, Lab.parameters(k, x, y, 64, 64));
        case "matmul" -> device.launch(k, Dim3.of(2, 2), Dim3.of(16, 16), 0, Lab.parameters(k, x, x, y, 32, 32, 48));
        default -> device.launch(k, Dim3.of(2), Dim3.of(128), 0, Lab.parameters(k, x, y, 256));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void everyWarpBarrierIsMissed(int which) {
    PtxModule m = PtxModule.parse(without("reverseInWarp", "bar.warp.sync", which));
    assertEquals(FaultKind.RACE, assertThrows(SimulationFault.class, () -> reverse(m, random(256))).kind());
  }

  @Test
  void theFenceOfTheLastBlockIsMissed() {
    // parts is volatile, and volatile accesses do not race with each other: make them ordinary
    String plain = without("sumAll", "membar.gl", 0).replace("st.volatile.global", "st.global").replace("ld.volatile.global",
        "ld.global");
    PtxModule m = PtxModule.parse(plain);
    assertEquals(FaultKind.RACE, assertThrows(SimulationFault.class, () -> sumAll(m, random(1000), 5)).kind());
  }

  /** Guards that are off by one, and a wrong stride. */
  @Test
  void guardsAndStrides() {
    String text = Lab.resource("cuda/math.ptx");
    int at = text.indexOf(".entry vectors(");
    String off = text.substring(0, at) + text.substring(at).replaceFirst("setp\\.ge\\.s32", "setp.gt.s32");
    String stride = text.substring(0, at) + text.substring(at).replaceFirst("mul\\.wide\\.s32 (\\s*%rd\\d+, %r\\d+), 16",
        "mul.wide.s32 $1, 20");
    for (String planted : List.of(off, stride)) {
      assertTrue(!planted.equals(text));
      PtxKernel k = PtxModule.parse(planted).kernel("vectors");
      try (SimDevice device = SimDevice.create()) {
        long x = Lab.upload(device, random(400));
        long y = device.allocate(1600);
        SimulationFault f = assertThrows(SimulationFault.class,
            () -> device.launch(k, Dim3.of(1), Dim3.of(128), 0, Lab.parameters(k, x, y, 100)));
        assertTrue(f.kind() == FaultKind.OUT_OF_BOUNDS || f.kind() == FaultKind.MISALIGNED, f.getMessage());
      }
    }
  }

  /** A store dropped before a barrier: what is read there was never written. */
  @Test
  void droppedStore() {
    PtxModule m = PtxModule.parse(without("treeSum", "st.shared", 0));
    assertEquals(FaultKind.UNWRITTEN, assertThrows(SimulationFault.class, () -> general(m, "treeSum")).kind());
  }

  @Test
  void threadsOfTheHostDoNotChangeResults() {
    float[] x = random(100 * 64);
    float[][] results = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (SimDevice device = SimDevice.builder().threads(i == 0 ? 1 : 7).build()) {
        PtxKernel k = MODULE.kernel("softmax");
        long y = device.allocate(4L * x.length);
        LaunchReport r = device.launch(k, Dim3.of(100), Dim3.of(32), 0, Lab.parameters(k, Lab.upload(device, x), y, 64));
        results[i] = Lab.floats(device, y, x.length);
        assertEquals(100 * 32, r.threads());
        assertTrue(r.instructions() > r.warpInstructions());
      }
    }
    assertArrayEquals(results[0], results[1]);
  }
}
