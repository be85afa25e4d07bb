package dev.athanor.kernels;

/**
 * How many blocks a launch takes. Grids follow from sizes alone, never from the GPU's number of multiprocessors, so that
 * results are the same bits on every GPU. Unless said otherwise kernels loop over what the grid does not cover, so any
 * positive number of blocks gives the right result.
 */
public sealed interface Grid {
  /** The most blocks an elementwise launch takes; more elements are looped over. */
  int MAX_BLOCKS = 1 << 20;

  /**
   * The number of blocks along x.
   *
   * @param work how much there is to do, in the unit of this rule
   * @param threads the threads per block the launch will use
   * @return at least 1, also for no work: a kernel launched over nothing returns at once
   */
  int blocks(long work, int threads);

  /**
   * One thread per so many elements; the work is the number of elements.
   *
   * @param perThread elements that one thread handles in one turn
   */
  record Elements(int perThread) implements Grid {
    @Override
    public int blocks(long work, int threads) {
      return clamp(ceilDiv(work, (long) perThread * threads));
    }
  }

  /**
   * A block handles several rows (or outputs, tiles, tasks: what the family says) in one turn; the work is their number.
   *
   * @param perBlock rows per block
   */
  record Rows(int perBlock) implements Grid {
    @Override
    public int blocks(long work, int threads) {
      return clamp(ceilDiv(work, perBlock));
    }
  }

  /** One block, whatever the work. */
  record Single() implements Grid {
    @Override
    public int blocks(long work, int threads) {
      return 1;
    }
  }

  private static long ceilDiv(long work, long by) {
    return work <= 0 ? 0 : (work - 1) / by + 1;
  }

  private static int clamp(long blocks) {
    return (int) Math.max(1, Math.min(blocks, MAX_BLOCKS));
  }
}
