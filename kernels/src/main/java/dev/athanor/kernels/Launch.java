package dev.athanor.kernels;

/**
 * The shape of a kernel's launch. Blocks are one-dimensional.
 *
 * @param threads threads per block; also the most the kernel is compiled for
 * @param anyBlockSize whether a launch may use fewer threads; otherwise the kernel relies on that number
 * @param sharedBytes dynamic shared memory per block (what a kernel declares statically is not counted here)
 * @param grid how the number of blocks follows from the work
 */
public record Launch(int threads, boolean anyBlockSize, int sharedBytes, Grid grid) {

  /** Elementwise: 256 threads, any smaller block size, one thread per so many elements. */
  public static Launch elementwise(int elementsPerThread) {
    return new Launch(256, true, 0, new Grid.Elements(elementsPerThread));
  }

  /** A fixed block size, so many rows per block. */
  public static Launch rows(int threads, int rowsPerBlock) {
    return new Launch(threads, false, 0, new Grid.Rows(rowsPerBlock));
  }

  /** One block of a fixed size. */
  public static Launch single(int threads) {
    return new Launch(threads, false, 0, new Grid.Single());
  }

  /** Blocks for this much work at the default block size. */
  public int blocks(long work) {
    return grid.blocks(work, threads);
  }
}
