package dev.athanor.cuda;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.NotCapturableException;
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
  /** int32 raised, int32 unused, int64 index, int64 size. */
  static final int REPORT_BYTES = 24;
  private static final int SMALLEST_SCRATCH = 256;

  private final Gpu gpu;
  private final Arena arena = Arena.ofShared();
  private final ParameterBlock parameters = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
  private final MemorySegment report = arena.allocate(REPORT_BYTES, 8);
  private final long reportAddress;
  private final Map<String, Loaded> loaded = new HashMap<>();
  private final Map<Long, ArrayDeque<Long>> scratch = new HashMap<>();
  private final RecentWork recent = new RecentWork();
  private final Faults faults = new Faults(recent, Boolean.getBoolean("athanor.cuda.blocking"));
  private long held;
  private long idleScratch;
  private Loaded current;
  private String indexed;
  /** What is being captured, or null. */
  private Capture capture;
  /** What may have reported a wrong index before the capture began. */
  private String indexedBefore;

  private record Loaded(Kernel kernel, Gpu.Entry entry) {}

  /** Work for this device, which the stream owns from now on. */
  CudaStream(Gpu gpu) {
    this.gpu = gpu;
    reportAddress = allocate(REPORT_BYTES);
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
    faults.check();
    Kernel kernel = current.kernel;
    parameters.bytes(); // all there
    int blocks = kernel.launch().blocks(work);
    recent.launched(kernel, blocks);
    try {
      gpu.launch(current.entry, kernel, blocks, parameters);
      settle();
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  /** In the blocking mode: waits, so that an error belongs to the work given last. */
  private void settle() {
    if (faults.blocking() && capture == null) {
      gpu.synchronize();
    }
  }

  /** How many kernels and operations of libraries were given so far. */
  long given() {
    return recent.count();
  }

  /** The kernel or library operation given last. */
  String lastKernel() {
    return recent.lastName();
  }

  /** Where kernels report a wrong index; the next {@link #synchronize} or {@link #download} throws for it. */
  long reportTo(String operation) {
    indexed = operation;
    return reportAddress;
  }

  /** cuDNN on this device, or null; its work is given by {@link #convolve}. */
  Cudnn cudnn() {
    return gpu.cudnn();
  }

  /** {@link Cudnn#run} in order with everything else. */
  boolean convolve(Cudnn.Pass pass, Cudnn.Convolution c, long x, long w, long y, boolean add, long workspace) {
    faults.check();
    recent.called(pass.operation(), c.n(), c.k(), c.p(), c.q());
    try {
      boolean done = gpu.cudnn().run(pass, c, x, w, y, add, workspace);
      settle();
      return done;
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  void gemm(Gpu.Gemm call) {
    faults.check();
    recent.called("matrix product", call.batch(), call.m(), call.n(), call.k());
    try {
      gpu.gemm(call);
      settle();
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  // ---- memory

  /** New memory. Where there is no room, the temporaries that nobody has at the moment are freed and it is tried once more. */
  long allocate(long bytes) {
    faults.check();
    long address;
    try {
      address = gpu.allocate(bytes);
    } catch (OutOfDeviceMemoryException e) {
      trim();
      address = gpu.allocate(bytes);
    } catch (CudaException e) {
      throw faults.found(e);
    }
    held += bytes;
    return address;
  }

  /** Frees memory of this size. On a lost device it is gone already. */
  void free(long address, long bytes) {
    held -= bytes;
    if (!faults.isLost()) {
      try {
        gpu.free(address);
      } catch (CudaException e) {
        throw faults.found(e);
      }
    }
  }

  /** What the device says about its memory. */
  DeviceMemory memory() {
    faults.check();
    return gpu.memory(held);
  }

  /** Bytes of temporaries that nobody has at the moment. */
  long idleScratch() {
    return idleScratch;
  }

  void upload(MemorySegment source, long target) {
    notCapturing("an upload");
    if (source.byteSize() > 0) {
      guarded(() -> gpu.upload(source, target));
    }
  }

  /** Copies beside the computation, after the work given so far; {@link #awaitUpload} before the target is used. */
  long uploadAhead(MemorySegment source, long target) {
    faults.check();
    try {
      return gpu.uploadAhead(source, target);
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  /** Work given from now on comes after that upload. On a lost device nothing will come. */
  void awaitUpload(long ticket) {
    if (!faults.isLost()) {
      guarded(() -> gpu.awaitUpload(ticket));
    }
  }

  void download(long source, MemorySegment target) {
    notCapturing("a download");
    if (target.byteSize() > 0) {
      guarded(() -> gpu.download(source, target));
    }
    checkIndices();
  }

  void copy(long source, long target, long bytes) {
    if (bytes > 0) {
      guarded(() -> gpu.copy(source, target, bytes));
    }
  }

  void fill(long target, long bytes, byte value) {
    if (bytes > 0) {
      guarded(() -> gpu.fill(target, bytes, value));
    }
  }

  /** Waits for all work and reports what went wrong in it. */
  void synchronize() {
    notCapturing("waiting");
    guarded(gpu::synchronize);
    checkIndices();
  }

  private void guarded(Runnable call) {
    faults.check();
    try {
      call.run();
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  private void checkIndices() {
    if (indexed == null) {
      return;
    }
    String operation = indexed;
    indexed = null;
    gpu.download(reportAddress, report);
    checkReport(report, operation);
  }

  /** Throws for a wrong index that the report on the host shows. */
  void checkReport(MemorySegment there, String operation) {
    if (there.get(ValueLayout.JAVA_INT, 0) == 0) {
      return;
    }
    gpu.fill(reportAddress, REPORT_BYTES, (byte) 0);
    throw new IndexOutOfBoundsException(operation + ": index " + there.get(ValueLayout.JAVA_LONG, 8)
        + " is outside an axis of size " + there.get(ValueLayout.JAVA_LONG, 16));
  }

  // ---- a few bytes on their way to the host

  Gpu.Landing landing(long bytes) {
    return gpu.landing(bytes);
  }

  void land(Gpu.Landing landing, long source, long bytes, long at) {
    guarded(() -> landing.copy(source, bytes, at));
  }

  /** The report of wrong indices goes with them; the operation it would be of, or null where there is none. */
  String landReport(Gpu.Landing landing, long at) {
    String operation = indexed;
    if (operation != null) {
      land(landing, reportAddress, REPORT_BYTES, at);
      indexed = null;
    }
    return operation;
  }

  void landed(Gpu.Landing landing) {
    guarded(landing::mark);
  }

  MemorySegment await(Gpu.Landing landing) {
    faults.check();
    try {
      return landing.await();
    } catch (CudaException e) {
      throw faults.found(e);
    }
  }

  // ---- capture and replay

  /** From now on work is not done, but taken down for {@link #endCapture}. */
  void beginCapture() {
    guarded(gpu::beginCapture);
    capture = new Capture();
    indexedBefore = indexed;
    indexed = null;
  }

  /** Ends the capture. Its graph is not run. */
  Capture endCapture(int calls) {
    Capture done = capture;
    done.calls = calls;
    done.indexed = indexed;
    indexed = indexedBefore;
    capture = null;
    try {
      done.graph = gpu.endCapture();
    } catch (CudaException e) {
      discard(done);
      throw new NotCapturableException("plan: the device did not capture it: " + e.getMessage(), e);
    }
    for (Capture.Content c : done.contents()) {
      upload(c.bytes(), c.address());
    }
    return done;
  }

  /** Ends the capture and forgets it. Does nothing where nothing is captured. */
  void abandonCapture() {
    if (capture != null) {
      Capture given = capture;
      indexed = indexedBefore;
      capture = null;
      try {
        given.graph = gpu.endCapture();
      } catch (CudaException e) {
        // what was captured so far cannot be a graph: there is none to discard
      }
      discard(given);
    }
  }

  /** Runs what was captured. */
  void replay(Capture captured) {
    faults.check();
    recent.called("replay of captured calls", 1, captured.calls, 1, 1);
    try {
      gpu.launch(captured.graph);
      settle();
    } catch (CudaException e) {
      throw faults.found(e);
    }
    if (captured.indexed != null) {
      indexed = captured.indexed;
    }
  }

  /** Releases a capture's graph and memory. */
  void discard(Capture captured) {
    if (captured.graph != null) {
      captured.graph.close();
    }
    captured.taken().forEach(p -> free(p.address(), p.bytes()));
    captured.taken().clear();
  }

  boolean isCapturing() {
    return capture != null;
  }

  private void notCapturing(String what) {
    if (capture != null) {
      throw new NotCapturableException("plan: " + what + " inside an operation cannot be captured: the host would take part in it");
    }
  }

  /**
   * Memory with these contents, for good or until {@link #give}; inside a capture, until its graph is discarded. Not for memory that
   * kernels write.
   */
  long constant(MemorySegment contents) {
    if (capture == null) {
      long address = take(contents.byteSize());
      upload(contents, address);
      return address;
    }
    long size = scratchBytes(contents.byteSize());
    long address = capture.own(allocate(size), size);
    capture.content(contents, address);
    return address;
  }

  /** Memory for a temporary, to be given back by {@link #give}. Work is in order, so it may be given back before it was used. */
  long take(long bytes) {
    long size = scratchBytes(bytes);
    if (capture != null) {
      long again = capture.reuse(size);
      return again != 0 ? again : capture.own(allocate(size), size);
    }
    ArrayDeque<Long> free = scratch.get(size);
    if (free != null && !free.isEmpty()) {
      idleScratch -= size;
      return free.pop();
    }
    return allocate(size);
  }

  /** Returns what {@link #take} gave for this many bytes. */
  void give(long address, long bytes) {
    long size = scratchBytes(bytes);
    if (capture != null) {
      capture.give(address, size);
    } else if (gpu.keepsScratch()) {
      scratch.computeIfAbsent(size, b -> new ArrayDeque<>()).push(address);
      idleScratch += size;
    } else {
      free(address, size);
    }
  }

  private long scratchBytes(long bytes) {
    return gpu.keepsScratch() ? bucket(bytes) : Math.max(1, bytes);
  }

  /** Frees the temporaries that nobody has at the moment. */
  private void trim() {
    scratch.forEach((size, free) -> {
      while (!free.isEmpty()) {
        free(free.pop(), size);
      }
    });
    idleScratch = 0;
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
    free(reportAddress, REPORT_BYTES);
    gpu.close();
    arena.close();
  }
}
