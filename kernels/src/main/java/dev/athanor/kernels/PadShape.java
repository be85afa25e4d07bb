package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The shapes of a padding, for {@code copy_pad_bN}. Dimensions are added from the outermost to the innermost; the output is
 * contiguous. One instance is filled again for every launch and allocates nothing; it is not thread-safe.
 */
public final class PadShape {
  /** Bytes of the structure {@code PadShape} in a parameter block. */
  public static final int BYTES = 8 + Layout.MAX_RANK * (3 * 8 + Divisor.BYTES);

  private final long[] sizes = new long[Layout.MAX_RANK];
  private final long[] before = new long[Layout.MAX_RANK];
  private final long[] strides = new long[Layout.MAX_RANK];
  private final long[] out = new long[Layout.MAX_RANK];
  private int rank;
  private int mode;
  private long elements;

  /** Starts over with a mode of {@link Flags}: PAD_CONSTANT, PAD_REFLECT or PAD_REPLICATE. */
  public PadShape begin(int mode) {
    this.mode = mode;
    rank = 0;
    elements = 1;
    return this;
  }

  /**
   * Adds a dimension inside those already added.
   *
   * @param size the input's size
   * @param stride the input's stride in elements
   * @param before padding in front of it; negative padding crops in constant mode
   * @param after padding behind it
   * @throws IllegalArgumentException if there are too many dimensions, or the mode cannot pad that far
   */
  public PadShape dimension(long size, long stride, long before, long after) {
    if (rank == Layout.MAX_RANK) {
      throw new IllegalArgumentException("padding of more than " + Layout.MAX_RANK
          + " dimensions: merge those that are not padded");
    }
    long most = Math.max(before, after);
    if (mode != Flags.PAD_CONSTANT && (Math.min(before, after) < 0 || most > 0 && size == 0)
        || mode == Flags.PAD_REFLECT && most > 0 && most >= size) {
      throw new IllegalArgumentException("padding of " + before + " and " + after + " is too much for an axis of " + size
          + " elements in this mode; reflection reaches at most size - 1");
    }
    sizes[rank] = size;
    strides[rank] = stride;
    this.before[rank] = before;
    out[rank] = Math.max(0, size + before + after);
    elements *= out[rank];
    rank++;
    return this;
  }

  /** The number of elements of the output. */
  public long elements() {
    return elements;
  }

  /** Writes the structure as the next parameter. */
  public void write(ParameterBlock block) {
    long at = block.struct(BYTES);
    MemorySegment to = block.memory();
    to.set(ValueLayout.JAVA_INT, at, rank);
    to.set(ValueLayout.JAVA_INT, at + 4, mode);
    for (int d = 0; d < Layout.MAX_RANK; d++) {
      int from = rank - 1 - d;
      boolean used = from >= 0;
      to.set(ValueLayout.JAVA_LONG, at + 8 + 8L * d, used ? sizes[from] : 1);
      to.set(ValueLayout.JAVA_LONG, at + 72 + 8L * d, used ? before[from] : 0);
      to.set(ValueLayout.JAVA_LONG, at + 136 + 8L * d, used ? strides[from] : 0);
      Divisor.write(to, at + 200 + (long) Divisor.BYTES * d, used ? Math.max(1, out[from]) : 1, elements);
    }
  }
}
