package dev.athanor.kernels;

/**
 * How one reduction is launched: the path, and into how many chunks each output's elements are cut. It follows from the
 * layouts alone, never from the GPU, so that the order of additions, and with it every bit of the result, is the same
 * everywhere. One instance is set again for every launch and allocates nothing; it is not thread-safe.
 *
 * <p>With more than one chunk the first kernel writes a state for each chunk of each output to a workspace of
 * {@link #partials()} states, and {@code reduce_OP_T_final} merges them. No thread adds more than a few hundred elements in
 * sequence, which also bounds the rounding error of float32 sums.
 */
public final class ReducePlan {
  /** Elements in one output's contiguous run up to which one warp reduces it. */
  private static final int WARP_LIMIT = 1024;
  /** Runs shorter than this leave most lanes of a warp idle. */
  private static final int WARP_LEAST = 16;
  /** Blocks that fill any GPU well enough. */
  private static final int BLOCKS = 1024;
  private static final int ROW_CHUNK_LEAST = 8192;
  private static final int ROW_CHUNK_MOST = 65536;
  private static final int COLUMN_CHUNK_LEAST = 64;
  private static final int COLUMN_CHUNK_MOST = 4096;

  private ReducePath path;
  private long outputs;
  private long count;
  private long chunk;
  private long chunks;

  /**
   * Plans a reduction.
   *
   * @param kept the strides of x (operand 0) and of the result (operand 1) over the outputs
   * @param reduced the strides of x over the elements of one output
   */
  public ReducePlan set(Layout kept, Layout reduced) {
    outputs = kept.elements();
    count = reduced.elements();
    long along = Math.abs(reduced.strideAt(0, reduced.rank() - 1));
    long across = Math.abs(kept.strideAt(0, kept.rank() - 1));
    boolean run = reduced.rank() == 1 && along <= 1;
    if (run && count >= WARP_LEAST && count <= WARP_LIMIT) {
      path = ReducePath.WARP;
    } else if (run && count < WARP_LEAST && outputs > 1 || across != 0 && across < along && outputs > 1) {
      path = ReducePath.COLUMN;
    } else {
      path = ReducePath.ROW;
    }
    cut();
    return this;
  }

  /** Plans a reduction along this path, which need not be the best one. */
  public ReducePlan set(Layout kept, Layout reduced, ReducePath path) {
    outputs = kept.elements();
    count = reduced.elements();
    this.path = path;
    cut();
    return this;
  }

  /**
   * Plans sums per channel of an array {@code [outer, channels, inner]}, whose states always go to the workspace: those of batch
   * normalisation and of the gradients of normalisations' parameters.
   */
  public ReducePlan setChannels(long outer, long channels, long inner) {
    outputs = channels;
    count = outer * inner;
    path = inner == 1 ? ReducePath.COLUMN : ReducePath.ROW;
    cut();
    return this;
  }

  private void cut() {
    switch (path) {
      case WARP -> {
        chunk = Math.max(1, count);
        chunks = 1;
      }
      case ROW -> cut(outputs, ROW_CHUNK_LEAST, ROW_CHUNK_MOST, 1024);
      case COLUMN -> cut((outputs + 31) / 32, COLUMN_CHUNK_LEAST, COLUMN_CHUNK_MOST, 8);
    }
  }

  /** As many chunks as fill the GPU, but none shorter than {@code least} for that, and none longer than {@code most}. */
  private void cut(long tasks, long least, long most, int multiple) {
    long filling = Math.min(ceilDiv(count, least), ceilDiv(BLOCKS, Math.max(1, tasks)));
    long wanted = Math.max(1, Math.max(filling, ceilDiv(count, most)));
    chunk = Math.max(multiple, ceilDiv(ceilDiv(count, wanted), multiple) * multiple);
    chunks = Math.max(1, ceilDiv(count, chunk));
  }

  private static long ceilDiv(long a, long b) {
    return a <= 0 ? 0 : (a - 1) / b + 1;
  }

  /** The path, and so the kernel. */
  public ReducePath path() {
    return path;
  }

  /** The number of results. */
  public long outputs() {
    return outputs;
  }

  /** The number of elements reduced to one. */
  public long count() {
    return count;
  }

  /** Elements of one chunk, but for the last. */
  public long chunk() {
    return chunk;
  }

  /** Chunks of one output. */
  public long chunks() {
    return chunks;
  }

  /** States the workspace holds if states are written: one for each chunk of each output. */
  public long partials() {
    return outputs * chunks;
  }

  /** The work of the first kernel, in the unit of its {@link Launch}: tasks. */
  public long tasks() {
    return path == ReducePath.COLUMN ? (outputs + 31) / 32 * chunks : outputs * chunks;
  }
}
