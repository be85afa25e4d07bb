package dev.athanor.cuda;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A device that does what another does and, while it is asked to, times each piece of work by itself: the piece is captured
 * several times over into one graph, which is replayed some times, before it is done once as asked. Nobody else's work runs
 * meanwhile, and the host takes no part in a replay, so the time of one copy is what the piece takes on the device, with the step
 * from one piece to the next. Pieces that work in place do so for each copy: the numbers of a timed step are not to be used.
 */
final class TimedGpu implements Gpu {
  private final Gpu gpu;
  private final int copies;
  private final int replays;
  private final Cudnn cudnn;
  private List<KernelTimes.Work> times;

  /**
   * Over another device, which it owns.
   *
   * @param copies pieces in one graph
   * @param replays how often the graph is run
   */
  TimedGpu(Gpu gpu, int copies, int replays) {
    this.gpu = gpu;
    this.copies = copies;
    this.replays = replays;
    this.cudnn = gpu.cudnn() == null ? null : new TimedCudnn(gpu.cudnn());
  }

  /** From now on work is timed. */
  void start() {
    times = new ArrayList<>();
  }

  /** Ends it. */
  List<KernelTimes.Work> stop() {
    List<KernelTimes.Work> done = times;
    times = null;
    return done;
  }

  private void timed(String name, int blocks, Runnable work) {
    if (times != null) {
      gpu.beginCapture();
      for (int i = 0; i < copies; i++) {
        work.run();
      }
      try (Graph graph = gpu.endCapture()) {
        gpu.launch(graph);
        gpu.synchronize();
        long start = System.nanoTime();
        for (int i = 0; i < replays; i++) {
          gpu.launch(graph);
        }
        gpu.synchronize();
        times.add(new KernelTimes.Work(name, blocks, (System.nanoTime() - start) / (double) (copies * replays)));
      }
    }
    work.run();
  }

  @Override
  public void launch(Entry entry, Kernel kernel, int blocks, ParameterBlock parameters) {
    timed(kernel.entry(), blocks, () -> gpu.launch(entry, kernel, blocks, parameters));
  }

  @Override
  public void gemm(Gemm call) {
    timed("product " + call.batch() + " x " + call.m() + " x " + call.n() + " x " + call.k(), 0, () -> gpu.gemm(call));
  }

  @Override
  public void copy(long source, long target, long bytes) {
    timed("copy of " + bytes + " bytes", 0, () -> gpu.copy(source, target, bytes));
  }

  @Override
  public void fill(long target, long bytes, byte value) {
    timed("fill of " + bytes + " bytes", 0, () -> gpu.fill(target, bytes, value));
  }

  @Override
  public Cudnn cudnn() {
    return cudnn;
  }

  private final class TimedCudnn implements Cudnn {
    private final Cudnn library;

    TimedCudnn(Cudnn library) {
      this.library = library;
    }

    @Override
    public String description() {
      return library.description();
    }

    @Override
    public long workspace(Pass pass, Convolution c) {
      return library.workspace(pass, c);
    }

    /** Done once before it is timed: a pass that the library refuses has no time. */
    @Override
    public boolean run(Pass pass, Convolution c, long x, long w, long y, boolean add, long workspace) {
      boolean done = library.run(pass, c, x, w, y, add, workspace);
      if (done && times != null) {
        timed(pass.operation(), 0, () -> library.run(pass, c, x, w, y, add, workspace));
      }
      return done;
    }

    @Override
    public void close() {
      library.close();
    }
  }

  // ---- everything else, as it is

  @Override
  public String description() {
    return gpu.description();
  }

  @Override
  public long allocate(long bytes) {
    return gpu.allocate(bytes);
  }

  @Override
  public DeviceMemory memory(long held) {
    return gpu.memory(held);
  }

  @Override
  public void free(long address) {
    gpu.free(address);
  }

  @Override
  public boolean keepsScratch() {
    return gpu.keepsScratch();
  }

  @Override
  public void upload(MemorySegment source, long target) {
    gpu.upload(source, target);
  }

  @Override
  public long uploadAhead(MemorySegment source, long target) {
    return gpu.uploadAhead(source, target);
  }

  @Override
  public void awaitUpload(long ticket) {
    gpu.awaitUpload(ticket);
  }

  @Override
  public void download(long source, MemorySegment target) {
    gpu.download(source, target);
  }

  @Override
  public Entry load(Kernel kernel, String ptx) {
    return gpu.load(kernel, ptx);
  }

  @Override
  public void synchronize() {
    gpu.synchronize();
  }

  @Override
  public void beginCapture() {
    gpu.beginCapture();
  }

  @Override
  public Graph endCapture() {
    return gpu.endCapture();
  }

  @Override
  public void launch(Graph graph) {
    gpu.launch(graph);
  }

  @Override
  public Landing landing(long bytes) {
    return gpu.landing(bytes);
  }

  @Override
  public void close() {
    gpu.close();
  }
}
