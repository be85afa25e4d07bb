package dev.athanor.cuda;

import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The one place that launches kernels, copies, and calls libraries. What it is asked to do happens in that order, after the call
 * has returned. It owns the parameter block that all launches share, the loaded kernels, memory for temporaries, and the place
 * where kernels report a wrong index.
 */
final class CudaStream implements AutoCloseable {
  /** Launches that an error message names. */
  private static final int REMEMBERED = 6;
  /** int32 raised, int32 unused, int64 index, int64 size. */
  private static final int REPORT_BYTES = 24;
  private static final int SMALLEST_SCRATCH = 256;

  private final Gpu gpu;
  private final Arena arena = Arena.ofShared();
  private final ParameterBlock parameters = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
  private final MemorySegment report = arena.allocate(REPORT_BYTES, 8);
  private final long reportAddress;
  private final Map<String, Loaded> loaded = new HashMap<>();
  private final Map<Long, ArrayDeque<Long>> scratch = new HashMap<>();
  private final String[] launched = new String[REMEMBERED];
  private long launches;
  private Loaded current;
  private String indexed;

  private record Loaded(Kernel kernel, Gpu.Entry entry) {}

  /** Work for this device, which the stream owns from now on. */
  CudaStream(Gpu gpu) {
    this.gpu = gpu;
    reportAddress = gpu.allocate(REPORT_BYTES);
    gpu.fill(reportAddress, REPORT_BYTES, (byte) 0);
  }

  String description() {
    return gpu.description();
  }

  Gpu gpu() {
    return gpu;
  }

  // ---- launches

  /** Starts the launch of a kernel: write its parameters, then {@link #launch}. */
  ParameterBlock begin(String entry) {
    Loaded kernel = loaded.get(entry);
    if (kernel == null) {
      Kernel found = Kernels.get(entry);
      kernel = new Loaded(found, gpu.load(found, PtxSlices.of(found)));
      loaded.put(entry, kernel);
    }
    current = kernel;
    return parameters.begin(kernel.kernel);
  }

  /** Launches the kernel begun over this much work, in the kernel's own unit. */
  void launch(long work) {
    Kernel kernel = current.kernel;
    parameters.bytes(); // all there
    launched[(int) (launches++ % REMEMBERED)] = kernel.entry();
    gpu.launch(current.entry, kernel, kernel.launch().blocks(work), parameters);
  }

  /** The kernel launched last. */
  String lastKernel() {
    return launches == 0 ? "" : launched[(int) ((launches - 1) % REMEMBERED)];
  }

  /** Where kernels report a wrong index; the next {@link #synchronize} or {@link #download} throws for it. */
  long reportTo(String operation) {
    indexed = operation;
    return reportAddress;
  }

  void gemm(Gpu.Gemm call) {
    gpu.gemm(call);
  }

  // ---- memory

  /** New memory. Where there is no room, the temporaries that nobody has at the moment are freed and it is tried once more. */
  long allocate(long bytes) {
    try {
      return gpu.allocate(bytes);
    } catch (OutOfDeviceMemoryException e) {
      trim();
      return gpu.allocate(bytes);
    }
  }

  void free(long address) {
    gpu.free(address);
  }

  void upload(MemorySegment source, long target) {
    if (source.byteSize() > 0) {
      gpu.upload(source, target);
    }
  }

  void download(long source, MemorySegment target) {
    if (target.byteSize() > 0) {
      try {
        gpu.download(source, target);
      } catch (CudaException e) {
        throw e.after(history());
      }
    }
    checkIndices();
  }

  void copy(long source, long target, long bytes) {
    if (bytes > 0) {
      gpu.copy(source, target, bytes);
    }
  }

  void fill(long target, long bytes, byte value) {
    if (bytes > 0) {
      gpu.fill(target, bytes, value);
    }
  }

  /** Waits for all work and reports what went wrong in it. */
  void synchronize() {
    try {
      gpu.synchronize();
    } catch (CudaException e) {
      throw e.after(history());
    }
    checkIndices();
  }

  private void checkIndices() {
    if (indexed == null) {
      return;
    }
    String operation = indexed;
    indexed = null;
    gpu.download(reportAddress, report);
    if (report.get(ValueLayout.JAVA_INT, 0) == 0) {
      return;
    }
    gpu.fill(reportAddress, REPORT_BYTES, (byte) 0);
    throw new IndexOutOfBoundsException(operation + ": index " + report.get(ValueLayout.JAVA_LONG, 8)
        + " is outside an axis of size " + report.get(ValueLayout.JAVA_LONG, 16));
  }

  private String history() {
    StringBuilder names = new StringBuilder();
    for (long i = Math.max(0, launches - REMEMBERED); i < launches; i++) {
      names.append(names.isEmpty() ? "" : ", ").append(launched[(int) (i % REMEMBERED)]);
    }
    return names.toString();
  }

  /** Memory for a temporary, to be given back by {@link #give}. Work is in order, so it may be given back before it was used. */
  long take(long bytes) {
    long size = bucket(bytes);
    ArrayDeque<Long> free = scratch.get(size);
    if (free != null && !free.isEmpty()) {
      return free.pop();
    }
    return allocate(gpu.keepsScratch() ? size : Math.max(1, bytes));
  }

  /** Returns what {@link #take} gave for this many bytes. */
  void give(long address, long bytes) {
    if (gpu.keepsScratch()) {
      scratch.computeIfAbsent(bucket(bytes), b -> new ArrayDeque<>()).push(address);
    } else {
      gpu.free(address);
    }
  }

  /** Frees the temporaries that nobody has at the moment. */
  private void trim() {
    scratch.values().forEach(free -> {
      while (!free.isEmpty()) {
        gpu.free(free.pop());
      }
    });
  }

  /** Powers of two, and steps of an eighth between them. */
  private static long bucket(long bytes) {
    if (bytes <= SMALLEST_SCRATCH) {
      return SMALLEST_SCRATCH;
    }
    long step = Math.max(SMALLEST_SCRATCH, Long.highestOneBit(bytes - 1) / 8);
    return (bytes + step - 1) / step * step;
  }

  @Override
  public void close() {
    trim();
    gpu.free(reportAddress);
    gpu.close();
    arena.close();
  }
}
