package dev.athanor.kernels;

import dev.athanor.ptx.Check;
import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.LaunchReport;
import dev.athanor.ptx.PtxKernel;
import dev.athanor.ptx.PtxModule;
import dev.athanor.ptx.SimDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Runs catalogued kernels in the simulator with every check on: bounds, alignment, unwritten memory, races, barriers. Arrays are
 * written from and read to doubles, in any element type; each is an allocation of exactly its size, so that a stray access
 * faults.
 */
final class Sim implements AutoCloseable {
  private static final Map<String, PtxKernel> DECODED = new ConcurrentHashMap<>();
  private static final Map<String, String> FAMILIES = new ConcurrentHashMap<>();

  private final SimDevice device;
  private final Arena arena = Arena.ofShared();
  private final ParameterBlock block = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
  private LaunchReport report;

  Sim() {
    // Counters cost time and are the laboratory's subject.
    device = SimDevice.builder().check(Check.COUNTERS, false).build();
  }

  /** The PTX of one kernel alone. */
  static String slice(String entry) {
    Kernel kernel = Kernels.get(entry);
    return PtxText.slice(FAMILIES.computeIfAbsent(kernel.family(), Kernels::ptx), entry);
  }

  private static PtxKernel decoded(String entry) {
    return DECODED.computeIfAbsent(entry, e -> PtxModule.parse(slice(e)).kernel(e));
  }

  // ---- memory

  /** New memory that nobody has written. */
  long allocate(ElementType type, long n) {
    return device.allocate(Math.max(1, n) * type.bytes());
  }

  /** New memory that nobody has written, so many elements off the alignment of an allocation. */
  long allocate(ElementType type, long n, int offset) {
    return device.allocate(Math.max(1, n + offset) * type.bytes()) + (long) offset * type.bytes();
  }

  /** Values in the element type, in memory of exactly their size. */
  long upload(ElementType type, double... values) {
    return upload(type, values, 0);
  }

  /** Values in the element type, so many elements off the alignment of an allocation. */
  long upload(ElementType type, double[] values, int offset) {
    long address = allocate(type, values.length, offset);
    if (values.length > 0) {
      device.write(address, encode(type, values));
    }
    return address;
  }

  /** Reads back; memory that no kernel wrote is a fault. */
  double[] download(ElementType type, long address, int n) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.max(1, n) * type.bytes()]);
    if (n > 0) {
      device.read(address, bytes);
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = decode(type, bytes, i);
    }
    return values;
  }

  /** The bytes of values in the element type, rounded as a cast of Java's does. */
  static MemorySegment encode(ElementType type, double[] values) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * type.bytes()]);
    for (int i = 0; i < values.length; i++) {
      double v = values[i];
      switch (type) {
        case FLOAT32 -> bytes.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, (float) v);
        case FLOAT64 -> bytes.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i, v);
        case INT32 -> bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, (int) v);
        case INT64 -> bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, (long) v);
        case BOOL -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (v != 0 ? 1 : 0));
        case FLOAT16 -> bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, Float.floatToFloat16((float) v));
        case BFLOAT16 -> bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, brain((float) v));
      }
    }
    return bytes;
  }

  private static double decode(ElementType type, MemorySegment bytes, int i) {
    return switch (type) {
      case FLOAT32 -> bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
      case FLOAT64 -> bytes.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i);
      case INT32 -> bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      case INT64 -> bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
      case BOOL -> bytes.get(ValueLayout.JAVA_BYTE, i);
      case FLOAT16 -> Float.float16ToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
      case BFLOAT16 -> Float.intBitsToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i) << 16);
    };
  }

  /** To nearest, ties to even. */
  private static short brain(float v) {
    int bits = Float.floatToRawIntBits(v);
    if (Float.isNaN(v)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** The values as the element type holds them. */
  static double[] rounded(ElementType type, double... values) {
    MemorySegment bytes = encode(type, values);
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = decode(type, bytes, i);
    }
    return result;
  }

  // ---- launches

  /** Launches a kernel as its catalogue entry says for this much work. */
  void launch(String entry, long work, Consumer<ParameterBlock> parameters) {
    Kernel kernel = Kernels.get(entry);
    launch(kernel, kernel.launch().blocks(work), kernel.launch().threads(), parameters);
  }

  /** Launches a kernel with this grid and block. */
  void launch(Kernel kernel, int blocks, int threads, Consumer<ParameterBlock> parameters) {
    run(decoded(kernel.entry()), kernel, blocks, threads, parameters);
  }

  /** Launches a kernel from other PTX text, such as one with a bug planted. */
  void launch(String ptx, String entry, int blocks, Consumer<ParameterBlock> parameters) {
    Kernel kernel = Kernels.get(entry);
    run(PtxModule.parse(ptx).kernel(entry), kernel, blocks, kernel.launch().threads(), parameters);
  }

  private void run(PtxKernel decoded, Kernel kernel, int blocks, int threads, Consumer<ParameterBlock> parameters) {
    block.begin(kernel);
    parameters.accept(block);
    report = device.launch(decoded, Dim3.of(blocks), Dim3.of(threads), kernel.launch().sharedBytes(), block.segment());
  }

  /** What the last launch did. */
  LaunchReport report() {
    return report;
  }

  @Override
  public void close() {
    device.close();
    arena.close();
  }
}
