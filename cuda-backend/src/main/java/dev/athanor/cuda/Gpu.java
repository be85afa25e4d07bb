package dev.athanor.cuda;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.MemorySegment;

/**
 * What a device does, in the order it is asked: one stream. {@link JCudaGpu} is a GPU behind the driver, {@link SimulatedGpu} the
 * simulator. Only {@link CudaStream} calls it. Addresses are device addresses; sizes are bytes.
 */
interface Gpu extends AutoCloseable {
  /** Uploads ahead that may be under way at a time. */
  int AHEAD = 8;

  /** A kernel that is loaded and can be launched. */
  interface Entry {}

  /** One line about the hardware and libraries. */
  String description();

  /**
   * New memory, aligned to 256 bytes.
   *
   * @throws dev.athanor.backend.OutOfDeviceMemoryException if there is no room
   */
  long allocate(long bytes);

  /** What the device says about its memory, of which so many bytes are held by the caller. */
  DeviceMemory memory(long held);

  /** Frees memory; work that was launched before may still use it. */
  void free(long address);

  /** Whether memory for temporaries should be kept and used again. A simulator makes new memory, to see reads before writes. */
  boolean keepsScratch();

  /** Copies from the host; the source may be reused on return. */
  void upload(MemorySegment source, long target);

  /**
   * Copies from the host on a stream of its own, after all work given so far; the source may be reused on return.
   *
   * @return what to await; at most {@value #AHEAD} may not have been awaited
   */
  long uploadAhead(MemorySegment source, long target);

  /** Work given from now on comes after that upload. */
  void awaitUpload(long ticket);

  /** Copies to the host and waits. */
  void download(long source, MemorySegment target);

  /** Copies on the device; the two do not overlap. */
  void copy(long source, long target, long bytes);

  /** Sets every byte. */
  void fill(long target, long bytes, byte value);

  /** Loads the kernel from PTX text that holds it. */
  Entry load(Kernel kernel, String ptx);

  /** Launches a kernel; the block may be reused on return. */
  void launch(Entry entry, Kernel kernel, int blocks, ParameterBlock parameters);

  /** A batch of matrix products. */
  void gemm(Gemm call);

  /** cuDNN in order with everything else here, or null where there is none. It is closed with this device. */
  Cudnn cudnn();

  /** Waits for all work. */
  void synchronize();

  // ---- capture and replay

  /** Work that was captured. */
  interface Graph extends AutoCloseable {
    @Override
    void close();
  }

  /** From now on work is captured, not done; what waits for the device or copies to or from the host fails. */
  void beginCapture();

  /** Ends the capture; closes it too where it fails. */
  Graph endCapture();

  /** Does captured work, in order with everything else. */
  void launch(Graph graph);

  // ---- a few bytes to the host

  /** Host memory that the device writes in the order of its work. */
  interface Landing extends AutoCloseable {
    /** Copies so many bytes to this place. */
    void copy(long source, long bytes, long at);

    /** What was copied until here is what {@link #await} waits for. */
    void mark();

    /** Waits for the latest mark alone, and gives the memory. */
    MemorySegment await();

    @Override
    void close();
  }

  /** A landing of so many bytes. */
  Landing landing(long bytes);

  @Override
  void close();

  /**
   * {@code C = alpha · op(A) · op(B) + beta · C} in the conventions of cuBLAS: matrices lie column by column, {@code ld} elements
   * from column to column, {@code step} elements from one matrix of the batch to the next.
   *
   * @param wide float64, else float32
   * @param precision how float32 factors are rounded
   * @param transposeA whether op(A) = Aᵀ
   * @param m rows of op(A) and C
   * @param n columns of op(B) and C
   * @param k columns of op(A), at least 1
   * @param batch how many products, at least 1
   */
  record Gemm(boolean wide, MatmulPrecision precision, boolean transposeA, boolean transposeB, int m, int n, int k, double alpha,
      long a, int lda, long stepA, long b, int ldb, long stepB, double beta, long c, int ldc, long stepC, int batch) {}
}
