package dev.athanor.tensor;

import dev.athanor.AthanorException;
import dev.athanor.backend.Backend;
import dev.athanor.backend.Backends;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.memory.CachingAllocator;
import dev.athanor.memory.MemoryStats;
import dev.athanor.memory.Pool;
import dev.athanor.ops.Creation;
import dev.athanor.ops.Transfer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A device that tensors live on: a backend, its memory, and the ways to make tensors there.
 *
 * <pre>{@code
 * try (Device device = Device.open("auto")) {
 *   Tensor x = device.tensor(new float[] {1, 2, 3, 4}, 2, 2);
 *   System.out.println(x.matmul(x));
 * }
 * }</pre>
 *
 * <p>Random numbers come from explicit {@link Generator generators}; there is no hidden one. A device is used by one thread at a
 * time, unless its backend allows more; several devices may be used at once. {@link #memory}, scopes and the allocator are safe
 * on any thread.
 */
public final class Device implements AutoCloseable {
  private static final int CONSTANTS = 1024;

  private final Backend backend;
  private final CachingAllocator allocator;
  private final FusedOps fused;
  private final Map<Constant, Tensor> constants = new ConcurrentHashMap<>();
  private Recording recording;
  private boolean closed;

  private record Constant(DType dtype, long bits) {}

  private Device(Backend backend) {
    this.backend = backend;
    this.allocator = new CachingAllocator(backend);
    this.fused = backend.fused(allocator);
  }

  /**
   * Opens a device by name: {@code auto} (the best usable one), {@code cpu}, {@code cuda}, {@code cuda:1}, …
   *
   * @throws dev.athanor.AthanorException if it cannot be used, with the reason and the remedy
   */
  public static Device open(String name) {
    return new Device(Backends.open(name));
  }

  /** A device over a backend that the caller made. */
  public static Device of(Backend backend) {
    return new Device(backend);
  }

  /** The name it is chosen by. */
  public String name() {
    return backend.name();
  }

  /** The backend, for authors of operations. */
  public Backend backend() {
    if (closed) {
      throw Checks.error("device", backend.name() + " was closed");
    }
    Recording r = recording();
    return r == null ? backend : r.recorder();
  }

  /** The fused operations, for authors of operations. */
  public FusedOps fused() {
    return backend() instanceof CallRecorder recorder ? recorder : fused;
  }

  /** What this thread is recording on this device, or null; for operations that keep state on the host. */
  public Recording recording() {
    Recording r = recording;
    return r == null || !r.isMine() ? null : r;
  }

  /**
   * Begins to record what this thread does on this device; for {@link dev.athanor.exec.Plan}.
   *
   * @param pool where memory comes from while recording, and what keeps other memory in place
   */
  public Recording record(Pool pool) {
    Checks.require(recording == null, "plan", "another plan is being recorded on this device; plans do not nest");
    backend(); // not closed
    recording = new Recording(this, backend, fused, pool);
    return recording;
  }

  void recorded() {
    recording = null;
  }

  /** The allocator of this device's memory. */
  public CachingAllocator allocator() {
    return allocator;
  }

  /** Opens a scope: tensors made on this thread until it closes belong to it. */
  public Scope scope() {
    return Scope.open(this);
  }

  /** A scope for temporaries inside an operation: graph nodes recorded in it pass to the scope outside. */
  public Scope internalScope() {
    return Scope.internal(this);
  }

  /** What is in use. */
  public MemoryStats memory() {
    return allocator.stats();
  }

  /** How float32 factors are rounded in matrix products and convolutions; all their bits take part until it is changed. */
  public MatmulPrecision matmulPrecision() {
    return backend().matmulPrecision();
  }

  /**
   * Sets how float32 factors are rounded in matrix products and convolutions from now on.
   *
   * @throws dev.athanor.AthanorException if this device does not offer it; {@link MatmulPrecision#HIGHEST} is always offered
   */
  public void matmulPrecision(MatmulPrecision precision) {
    backend().matmulPrecision(precision);
  }

  /** What the device itself says about its memory, other processes' included. */
  public DeviceMemory deviceMemory() {
    return backend().deviceMemory();
  }

  /**
   * Which operations' results hold most memory now, the largest first; with the places in the program where those are tracked
   * ({@code -Dathanor.track.creation=true}). Only tensors of at least 64 KiB are counted.
   *
   * @param most how many kinds to name
   */
  public List<OutOfDeviceMemoryException.Holder> memoryHolders(int most) {
    return allocator.holders(most);
  }

  /**
   * Waits for all work.
   *
   * @throws AthanorException if something went wrong in it, such as an index outside its axis that a device saw only while it computed
   */
  public void synchronize() {
    reporting(() -> backend().synchronize());
  }

  /**
   * Copies bytes to the host and waits for them.
   *
   * @throws AthanorException as {@link #synchronize}
   */
  public void download(Buffer source, long byteOffset, MemorySegment target) {
    reporting(() -> backend().download(source, byteOffset, target));
  }

  private static void reporting(Runnable waiting) {
    try {
      waiting.run();
    } catch (IndexOutOfBoundsException e) {
      throw new AthanorException(e.getMessage(), e);
    }
  }

  // ---- making tensors

  /** A float32 tensor from elements in row-major order; without sizes, a vector. */
  public Tensor tensor(float[] data, long... dims) {
    return Transfer.upload(this, DType.FLOAT32, data, data.length, dims);
  }

  /** A float64 tensor from elements in row-major order; without sizes, a vector. */
  public Tensor tensor(double[] data, long... dims) {
    return Transfer.upload(this, DType.FLOAT64, data, data.length, dims);
  }

  /** An int32 tensor from elements in row-major order; without sizes, a vector. */
  public Tensor tensor(int[] data, long... dims) {
    return Transfer.upload(this, DType.INT32, data, data.length, dims);
  }

  /** An int64 tensor from elements in row-major order; without sizes, a vector. */
  public Tensor tensor(long[] data, long... dims) {
    return Transfer.upload(this, DType.INT64, data, data.length, dims);
  }

  /** A bool tensor from elements in row-major order; without sizes, a vector. */
  public Tensor tensor(boolean[] data, long... dims) {
    return Transfer.upload(this, DType.BOOL, Transfer.bytes(data), data.length, dims);
  }

  /** A tensor of any type from its bytes in native order, row-major. The segment may lie on the heap and is copied. */
  public Tensor tensor(java.lang.foreign.MemorySegment bytes, DType dtype, Shape shape) {
    return Transfer.upload(this, dtype, bytes, shape);
  }

  /**
   * A tensor from its bytes, sent to the device while that goes on computing, where it can; elsewhere at once. The segment may
   * lie on the heap and be changed after this returns. At most eight uploads may be under way.
   */
  public Upload upload(java.lang.foreign.MemorySegment bytes, DType dtype, Shape shape) {
    return Upload.start(this, bytes, dtype, shape);
  }

  /** A tensor without axes. */
  public Tensor scalar(DType dtype, double value) {
    return full(dtype, Shape.SCALAR, value);
  }

  /** Float32 zeros. */
  public Tensor zeros(long... dims) {
    return full(DType.FLOAT32, Shape.of(dims), 0);
  }

  /** Zeros. */
  public Tensor zeros(DType dtype, Shape shape) {
    return full(dtype, shape, 0);
  }

  /** Float32 ones. */
  public Tensor ones(long... dims) {
    return full(DType.FLOAT32, Shape.of(dims), 1);
  }

  /** Ones. */
  public Tensor ones(DType dtype, Shape shape) {
    return full(dtype, shape, 1);
  }

  /** Every element the same. */
  public Tensor full(DType dtype, Shape shape, double value) {
    return Creation.full(this, dtype, shape, value);
  }

  /** {@code start, start + step, …} up to but not including {@code stop}, as NumPy's arange. */
  public Tensor arange(DType dtype, double start, double stop, double step) {
    return Creation.arange(this, dtype, start, stop, step);
  }

  /** {@code 0, 1, …, n − 1}. */
  public Tensor arange(DType dtype, long n) {
    return Creation.arange(this, dtype, 0, n, 1);
  }

  /** {@code count} values from {@code start} to {@code stop}, both included, evenly spaced. */
  public Tensor linspace(DType dtype, double start, double stop, long count) {
    return Creation.linspace(this, dtype, start, stop, count);
  }

  /** The identity matrix of {@code n} rows. */
  public Tensor eye(DType dtype, long n) {
    return Creation.eye(this, dtype, n);
  }

  /** A generator of random tensors on this device; the same seed gives the same numbers on every backend. */
  public Generator generator(long seed) {
    return new Generator(this, seed, 0);
  }

  /** A scalar that is made once and kept: not to be changed or closed. */
  public Tensor constant(DType dtype, double value) {
    return constantBits(dtype, dtype.bits(value));
  }

  private Tensor constantBits(DType dtype, long bits) {
    Constant key = new Constant(dtype, bits);
    Tensor t = constants.get(key);
    if (t == null) {
      Recording r = recording();
      if (r != null) {
        return r.constantBits(dtype, bits);
      }
      TensorImpl made = (TensorImpl) result("constant", dtype, Shape.SCALAR);
      backend().fill(made.view(), bits);
      if (constants.size() >= CONSTANTS) {
        return made;
      }
      t = made.persist();
      Tensor other = constants.putIfAbsent(key, t);
      t = other == null ? t : other;
    }
    return t;
  }

  // ---- for authors of operations

  /**
   * A tensor whose elements are undefined, for the result of operation {@code op}, row-major.
   *
   * @param op the name that messages will show
   */
  public Tensor result(String op, DType dtype, Shape shape) {
    Storage storage = storage(op, dtype, shape);
    return TensorImpl.create(storage, View.of(storage.buffer, dtype, shape));
  }

  Storage storage(String op, DType dtype, Shape shape) {
    backend(); // not closed
    StackWalker.StackFrame place = Places.here();
    Storage storage = new Storage(this, allocator.allocate(shape.size() * dtype.bytes(), op, place), op, place);
    Recording r = recording();
    if (r != null) {
      r.made(storage);
    }
    return storage;
  }

  /**
   * As {@link #result}, in the order of axes in which {@code like} lies in memory: so results keep the layout of their operands,
   * such as channels-last.
   */
  public Tensor resultLike(String op, DType dtype, View like) {
    if (like.isContiguous()) {
      return result(op, dtype, like.shape());
    }
    Storage storage = storage(op, dtype, like.shape());
    return TensorImpl.create(storage, View.of(storage.buffer, dtype, like.shape(), Layouts.denseLike(like), 0));
  }

  /** As {@link #result}, with explicit strides that must be a permutation of a dense layout. */
  public Tensor result(String op, DType dtype, Shape shape, long[] strides) {
    Storage storage = storage(op, dtype, shape);
    return TensorImpl.create(storage, View.of(storage.buffer, dtype, shape, strides, 0));
  }

  /** Closes the backend. Tensors on this device must not be used again. */
  @Override
  public void close() {
    if (!closed) {
      constants.values().forEach(Tensor::close);
      constants.clear();
      allocator.trim();
      closed = true;
      backend.close();
    }
  }

  /** The device's name. */
  @Override
  public String toString() {
    return backend.name();
  }
}
