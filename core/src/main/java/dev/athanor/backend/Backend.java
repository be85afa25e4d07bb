package dev.athanor.backend;

import dev.athanor.AthanorException;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;

/**
 * The primitives a device offers. Everything else in Athanor is built from these, see {@code docs/write-a-backend.md}.
 *
 * <p>Destination-passing: core checks shapes and types, allocates every output, and passes {@link View views}. A backend may rely on:
 * <ul>
 * <li>operands of elementwise primitives have the output's shape (broadcast by strides of 0) and one type where the primitive says so;
 * <li>outputs have no strides of 0 and do not overlap themselves; they are exactly one of the inputs' layout (in place) or apart from it;
 * <li>sizes may be 0: then nothing is read, and reductions write their neutral element.
 * </ul>
 * Calls on one device come from one thread at a time, unless the backend allows more. A call may return before the work is done;
 * {@link #download} and {@link #synchronize} wait.
 */
public interface Backend extends AutoCloseable {

  /** The short name users choose it by, such as {@code cpu} or {@code cuda:1}. */
  String name();

  /** One line about the hardware and libraries in use, for people. */
  String description();

  // ---- memory

  /**
   * New device memory of at least {@code bytes} bytes, aligned to 64; its contents are undefined.
   *
   * @throws OutOfDeviceMemoryException if the device has no room; core then empties its cache and tries once more
   */
  Buffer allocate(long bytes);

  /** Gives memory back. The buffer is not used again. */
  void release(Buffer buffer);

  /** What the device says about its memory; asked only when it is short, or by a user. */
  default DeviceMemory deviceMemory() {
    return DeviceMemory.UNKNOWN;
  }

  /** Copies host bytes to the device. The source may be reused as soon as this returns. */
  void upload(MemorySegment source, Buffer target, long targetByteOffset);

  /** Whether {@link #uploadAhead} copies beside the computation. */
  default boolean overlapsUploads() {
    return false;
  }

  /**
   * Starts copying host bytes to the device beside the computation, after the work given so far. The source may be reused as soon as
   * this returns. The target must not be used before {@link #awaitUpload}. By default an {@link #upload}.
   *
   * @return what to await, at least 0
   */
  default long uploadAhead(MemorySegment source, Buffer target, long targetByteOffset) {
    upload(source, target, targetByteOffset);
    return 0;
  }

  /** Work given from now on comes after that upload; the caller does not wait. At most eight uploads are under way at a time. */
  default void awaitUpload(long ticket) {}

  /** Copies device bytes to the host and waits for them. */
  void download(Buffer source, long sourceByteOffset, MemorySegment target);

  /** Sets every element to the value whose {@link dev.athanor.tensor.DType#bits(double) bits} are given. */
  void fill(View out, long bits);

  /** Copies elements between two layouts of one shape and type. The two do not overlap. */
  void copy(View x, View out);

  // ---- elementwise

  /** out = fn(x). The output is bool for {@link UnaryOp#givesBool}, else of x's type. */
  void unary(Unary fn, View x, View out);

  /**
   * dx = dy · fn′. Only what {@link UnaryOp#saves} names is given: {@code x} or {@code y} may be null otherwise.
   */
  void unaryGrad(Unary fn, View x, View y, View dy, View dx);

  /** out = op(a, b). */
  void binary(BinaryOp op, View a, View b, View out);

  /** out = condition ? a : b. The condition is bool. */
  void select(View condition, View a, View b, View out);

  /**
   * Converts between any two types: to nearest (ties to even) for floats, toward zero and saturating for integers with NaN to 0 (as
   * a Java cast), {@code x != 0} for bool. int64 to int32 keeps the low 32 bits.
   */
  void cast(View x, View out);

  // ---- reductions

  /** Reduces the axes where {@code out} has size 1 and {@code x} may have more. Both have the same rank. */
  void reduce(ReduceOp op, View x, View out);

  /**
   * The index along {@code axis} of the largest (or smallest) element, the first of equals; NaN counts as both largest and smallest.
   * {@code out} is int64, of x's shape with size 1 at {@code axis}. The axis is not empty.
   */
  void argReduce(boolean largest, View x, int axis, View out);

  // ---- linear algebra

  /**
   * {@code c[…, M, N] = alpha · a[…, M, K] · b[…, K, N] + beta · c}. The batch axes of all three are equal (broadcast by strides of
   * 0). Transposes are strides. With beta = 0, c is only written, even where it holds NaN. With K = 0, the product is 0.
   */
  void gemm(double alpha, View a, View b, double beta, View c);

  /** How float32 factors are rounded in {@link #gemm} and in convolutions; {@link MatmulPrecision#HIGHEST} until changed. */
  default MatmulPrecision matmulPrecision() {
    return MatmulPrecision.HIGHEST;
  }

  /**
   * Sets how float32 factors are rounded from now on.
   *
   * @throws AthanorException if the device does not offer it; {@link MatmulPrecision#HIGHEST} is always offered
   */
  default void matmulPrecision(MatmulPrecision precision) {
    if (precision != MatmulPrecision.HIGHEST) {
      throw new AthanorException("matmul precision " + precision + ": device " + name()
          + " multiplies in the operands' own type alone; choose HIGHEST, or a device that offers " + precision);
    }
  }

  // ---- indexing

  /**
   * {@code out[i…] = x[i… with i_axis replaced by index[i…]]}. {@code index} is int32 or int64 and has out's shape; x has out's rank.
   * Other axes of x are at least as long as out's. Often the index is broadcast along all axes but one: then whole rows move.
   *
   * @throws IndexOutOfBoundsException if an index is outside {@code [0, x.dim(axis))}; out is then undefined. A device that
   *     cannot throw at once does so at the next {@link #synchronize} or {@link #download}.
   */
  void gather(View x, int axis, View index, View out);

  /**
   * {@code out[i… with i_axis replaced by index[i…]] += x[i…]}, in the row-major order of {@code i}: the same bits every time.
   * Index and errors as for {@link #gather}.
   */
  void scatterAdd(View x, int axis, View index, View out);

  // ---- random numbers

  /**
   * Fills a contiguous output from a generator.
   *
   * @param state int64[3] on the device: seed, stream, offset
   * @param delta blocks added to the offset
   */
  void random(RandomKind kind, View state, long delta, View out);

  // ---- execution

  /** Waits for all work and reports what went wrong in it. */
  void synchronize();

  /**
   * Takes down calls, to run them again later; see {@link CallRecorder}, which does so for any backend.
   *
   * @param fused the fused operations whose calls are taken down too, made by {@link #fused}
   */
  default CallRecorder recorder(FusedOps fused) {
    return new CallRecorder(this, fused);
  }

  /** A way to read a few bytes while the device works on; by default the bytes are downloaded at once. */
  default Readback readback(long bytes) {
    return new Readback.AtOnce(this, bytes);
  }

  /**
   * The fused operations: {@link ComposedOps} over these primitives, or a subclass that does some of them better.
   *
   * @param workspace temporary device memory, from core's caching allocator
   */
  default FusedOps fused(Workspace workspace) {
    return new ComposedOps(this, workspace);
  }

  /** Releases what the backend itself holds. Buffers not yet released are lost with it. */
  @Override
  void close();
}
