package dev.athanor.cuda;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.cuda.SimulatedStreams.Stream;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.ptx.Check;
import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.PtxKernel;
import dev.athanor.ptx.PtxModule;
import dev.athanor.ptx.SimDevice;
import dev.athanor.ptx.SimulationFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The simulated device: the PTX that a GPU gets, run on the CPU with checks of every access. A matrix product, which a GPU does
 * by cuBLAS, is a plain loop over factors rounded as asked for, which sums in float64. As on a GPU, what goes wrong in a kernel
 * is reported at the next wait; and where {@link SimulatedStreams.Order} says so, work runs later than it was given.
 */
final class SimulatedGpu implements Gpu {
  /** Parsed kernels belong to no device. */
  private static final Map<String, PtxKernel> PARSED = new ConcurrentHashMap<>();

  private final SimDevice device;
  private final SimulatedMachine machine;
  private final SimulatedStreams streams;
  private final Map<Long, Long> sizes = new HashMap<>();
  private final Cudnn cudnn;
  private final SimulatedStreams.Event[] arrived = new SimulatedStreams.Event[AHEAD];
  private long uploads;
  private long allocated;
  private List<Runnable> captured;

  private record Parsed(PtxKernel kernel) implements Entry {}

  /** A device with these checks; bounds and alignment are always checked. */
  SimulatedGpu(Set<Check> checks) {
    this(SimulatedMachine.of(checks));
  }

  SimulatedGpu(SimulatedMachine machine) {
    this.machine = machine;
    this.device = SimDevice.builder().checks(machine.checks()).build();
    this.streams = new SimulatedStreams(machine.order());
    this.cudnn = machine.cudnn() ? new SimulatedCudnn(device, this::compute) : null;
  }

  @Override
  public Cudnn cudnn() {
    return cudnn;
  }

  @Override
  public String description() {
    return "the PTX simulator on the CPU" + (cudnn == null ? "" : ", simulated cuDNN")
        + (machine.checks().isEmpty() ? "" : ", checking " + machine.checks());
  }

  @Override
  public long allocate(long bytes) {
    if (bytes > machine.memory() - machine.elsewhere() - allocated) {
      throw new OutOfDeviceMemoryException(bytes, "the simulated device has no room for " + bytes + " bytes");
    }
    long address = device.allocate(bytes);
    sizes.put(address, bytes);
    allocated += bytes;
    return address;
  }

  /** In the order of the work that uses the memory, as with a GPU's driver, which waits. */
  @Override
  public void free(long address) {
    Long bytes = sizes.remove(address);
    if (bytes == null) {
      throw new IllegalArgumentException("free of 0x" + Long.toHexString(address) + ": not the address of an allocation");
    }
    allocated -= bytes;
    streams.add(Stream.COMPUTE, () -> device.free(address)); // freeing is no work that is captured
  }

  @Override
  public DeviceMemory memory(long held) {
    return new DeviceMemory(machine.memory() - machine.elsewhere() - allocated, machine.memory(), held, 0,
        "this device is simulated, and athanor.cuda.sim.elsewhere says so");
  }

  private void compute(Runnable work) {
    if (captured != null) {
      captured.add(work);
    } else {
      streams.add(Stream.COMPUTE, work);
    }
  }

  /** Whether work may run after the call that gave it, so that what it refers to must be kept. */
  private boolean late() {
    return captured != null || streams.late(Stream.COMPUTE);
  }

  // ---- capture and replay

  private record Recorded(List<Runnable> work) implements Graph {
    @Override
    public void close() {}
  }

  @Override
  public void beginCapture() {
    if (captured != null) {
      throw new CudaException("beginCapture: the stream captures already");
    }
    captured = new ArrayList<>();
  }

  @Override
  public Graph endCapture() {
    Graph graph = new Recorded(List.copyOf(captured));
    captured = null;
    return graph;
  }

  @Override
  public void launch(Graph graph) {
    ((Recorded) graph).work.forEach(this::compute);
  }

  /** As the driver answers. */
  private void notCapturing(String what) {
    if (captured != null) {
      throw new CudaException(what + ": CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, operation not permitted when stream is capturing");
    }
  }

  @Override
  public Landing landing(long bytes) {
    MemorySegment memory = MemorySegment.ofArray(new long[(int) ((bytes + 7) / 8)]);
    return new Landing() {
      @Override
      public void copy(long source, long size, long at) {
        compute(() -> device.read(source, memory.asSlice(at, size)));
      }

      @Override
      public void mark() {}

      @Override
      public MemorySegment await() {
        synchronize();
        return memory;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean keepsScratch() {
    return false;
  }

  @Override
  public void upload(MemorySegment source, long target) {
    notCapturing("upload");
    if (streams.late(Stream.COMPUTE)) {
      MemorySegment slot = kept(source);
      compute(() -> device.write(target, slot));
    } else {
      compute(() -> device.write(target, source));
    }
  }

  @Override
  public long uploadAhead(MemorySegment source, long target) {
    streams.await(Stream.COPIES, streams.record(Stream.COMPUTE));
    MemorySegment slot = kept(source);
    streams.add(Stream.COPIES, () -> device.write(target, slot));
    arrived[(int) (uploads % AHEAD)] = streams.record(Stream.COPIES);
    return uploads++;
  }

  @Override
  public void awaitUpload(long ticket) {
    streams.await(Stream.COMPUTE, arrived[(int) (ticket % AHEAD)]);
  }

  /** What a pinned slot holds: the caller may change the source. */
  private static MemorySegment kept(MemorySegment source) {
    return MemorySegment.ofArray(source.toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void download(long source, MemorySegment target) {
    synchronize();
    device.read(source, target);
  }

  @Override
  public void copy(long source, long target, long bytes) {
    compute(() -> device.copy(target, source, bytes));
  }

  @Override
  public void fill(long target, long bytes, byte value) {
    compute(() -> device.fill(target, bytes, value));
  }

  @Override
  public Entry load(Kernel kernel, String ptx) {
    return new Parsed(PARSED.computeIfAbsent(kernel.entry(), e -> PtxModule.parse(ptx).kernel(e)));
  }

  @Override
  public void launch(Entry entry, Kernel kernel, int blocks, ParameterBlock parameters) {
    MemorySegment given = parameters.segment();
    MemorySegment block = late() ? kept(given) : given;
    compute(() -> device.launch(((Parsed) entry).kernel, Dim3.of(blocks), Dim3.of(kernel.launch().threads()),
        kernel.launch().sharedBytes(), block));
  }

  @Override
  public void gemm(Gemm g) {
    compute(() -> product(g));
  }

  private void product(Gemm g) {
    long bytes = g.wide() ? 8 : 4;
    for (int i = 0; i < g.batch(); i++) {
      double[] a = read(g.wide(), g.a() + i * g.stepA() * bytes, g.lda(), g.transposeA() ? g.k() : g.m(),
          g.transposeA() ? g.m() : g.k(), !g.transposeA());
      double[] b = read(g.wide(), g.b() + i * g.stepB() * bytes, g.ldb(), g.transposeB() ? g.n() : g.k(),
          g.transposeB() ? g.k() : g.n(), g.transposeB());
      long at = g.c() + i * g.stepC() * bytes;
      double[] c = g.beta() == 0 ? new double[g.m() * g.n()] : read(g.wide(), at, g.ldc(), g.m(), g.n(), false);
      if (!g.wide()) {
        round(g.precision(), a);
        round(g.precision(), b);
      }
      multiply(g, a, b, c);
      write(g.wide(), at, g.ldc(), g.m(), g.n(), c);
    }
  }

  private static void round(MatmulPrecision precision, double[] values) {
    if (precision != MatmulPrecision.HIGHEST) {
      for (int i = 0; i < values.length; i++) {
        values[i] = precision.round((float) values[i]);
      }
    }
  }

  /** a holds op(A) row by row, b op(B) column by column, as c holds C: each element is the product of two runs. */
  private static void multiply(Gemm g, double[] a, double[] b, double[] c) {
    for (int column = 0; column < g.n(); column++) {
      for (int row = 0; row < g.m(); row++) {
        double sum = 0;
        int p = row * g.k();
        int q = column * g.k();
        for (int k = 0; k < g.k(); k++) {
          sum += a[p + k] * b[q + k];
        }
        int at = column * g.m() + row;
        c[at] = g.alpha() * sum + (g.beta() == 0 ? 0 : g.beta() * c[at]);
      }
    }
  }

  /** A matrix of columns {@code ld} elements apart: column by column, or row by row where {@code byRows}. */
  private double[] read(boolean wide, long address, int ld, int rows, int columns, boolean byRows) {
    double[] out = new double[rows * columns];
    long bytes = wide ? 8 : 4;
    boolean dense = ld == rows;
    MemorySegment piece = MemorySegment.ofArray(new long[(int) (((dense ? (long) rows * columns : rows) * bytes + 7) / 8)]);
    for (int c = 0; c < columns; c++) {
      if (!dense) {
        device.read(address + c * ld * bytes, piece.asSlice(0, rows * bytes));
      } else if (c == 0) {
        device.read(address, piece.asSlice(0, (long) rows * columns * bytes));
      }
      int from = dense ? c * rows : 0;
      for (int r = 0; r < rows; r++) {
        double v = wide ? piece.getAtIndex(ValueLayout.JAVA_DOUBLE, from + r)
            : piece.getAtIndex(ValueLayout.JAVA_FLOAT, from + r);
        out[byRows ? r * columns + c : c * rows + r] = v;
      }
    }
    return out;
  }

  private void write(boolean wide, long address, int ld, int rows, int columns, double[] values) {
    long bytes = wide ? 8 : 4;
    MemorySegment piece = MemorySegment.ofArray(new long[(int) ((rows * bytes + 7) / 8)]).asSlice(0, rows * bytes);
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        if (wide) {
          piece.setAtIndex(ValueLayout.JAVA_DOUBLE, r, values[c * rows + r]);
        } else {
          piece.setAtIndex(ValueLayout.JAVA_FLOAT, r, (float) values[c * rows + r]);
        }
      }
      device.write(address + c * ld * bytes, piece);
    }
  }

  /** Uploads beside the computation so far. */
  long uploadsAhead() {
    return uploads;
  }

  /** Bytes allocated and not freed. */
  long allocatedBytes() {
    return allocated;
  }

  @Override
  public void synchronize() {
    notCapturing("synchronize");
    try {
      streams.finish();
    } catch (SimulationFault e) {
      throw new CudaException(e.getMessage(), true, e);
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
