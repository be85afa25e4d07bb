package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An iteration space over several operands of one logical shape, coalesced for a launch. It travels by value as the CUDA
 * structure {@code Strided<N>}. One instance is filled again for every launch and allocates nothing; it is not
 * thread-safe.
 *
 * <p>Use: {@link #begin}, then {@link #dimension} from the outermost to the innermost dimension, then {@link #end}.
 * Adjacent dimensions that every operand walks as one are merged, sizes of 1 are dropped, and a size of 0 leaves an empty
 * space.
 */
public final class Layout {
  /** The most dimensions left after coalescing. */
  public static final int MAX_RANK = 8;

  private final int operands;
  private final long[] sizes = new long[MAX_RANK];
  private final long[][] strides;
  private final long[] pending;
  private int rank;
  private long elements;
  private boolean wide;

  /** A layout over this many operands. */
  public Layout(int operands) {
    this.operands = operands;
    this.strides = new long[operands][MAX_RANK];
    this.pending = new long[operands];
  }

  /** Bytes of the structure for this many operands. */
  public static int bytes(int operands) {
    return 8 + MAX_RANK * (8 + 4 + 4 + 8 * operands);
  }

  /** Starts over with a space of one element. */
  public Layout begin() {
    rank = 0;
    elements = 1;
    return this;
  }

  /** The stride, in elements, of one operand in the dimension that the next {@link #dimension} call adds. */
  public Layout stride(int operand, long stride) {
    pending[operand] = stride;
    return this;
  }

  /**
   * Adds a dimension inside those already added, with the strides last given.
   *
   * @throws IllegalArgumentException if more than {@value #MAX_RANK} dimensions remain after coalescing
   */
  public Layout dimension(long size) {
    elements *= size;
    if (size == 1) {
      return this;
    }
    if (rank > 0 && mergeable(size)) {
      sizes[rank - 1] *= size;
    } else {
      if (rank == MAX_RANK) {
        throw new IllegalArgumentException("a layout of more than " + MAX_RANK
            + " dimensions that cannot be merged: copy the operand to a contiguous one first");
      }
      sizes[rank++] = size;
    }
    for (int k = 0; k < operands; k++) {
      strides[k][rank - 1] = pending[k];
    }
    return this;
  }

  /** Adds a dimension with these strides, one per operand. */
  public Layout dimension(long size, long... stride) {
    for (int k = 0; k < operands; k++) {
      pending[k] = stride[k];
    }
    return dimension(size);
  }

  /** Closes the space: decides between 32-bit and 64-bit index arithmetic. */
  public Layout end() {
    if (rank == 0) {
      sizes[0] = 1;
      for (int k = 0; k < operands; k++) {
        strides[k][0] = 0;
      }
      rank = 1;
    }
    wide = elements > Integer.MAX_VALUE;
    for (int k = 0; k < operands && !wide; k++) {
      long reach = 0;
      for (int d = 0; d < rank; d++) {
        reach += Math.abs(strides[k][d]) * Math.max(0, sizes[d] - 1);
      }
      wide = reach > Integer.MAX_VALUE;
    }
    return this;
  }

  /** Whether the next dimension continues the last one in every operand. */
  private boolean mergeable(long size) {
    for (int k = 0; k < operands; k++) {
      if (strides[k][rank - 1] != pending[k] * size) {
        return false;
      }
    }
    return true;
  }

  /** The number of operands. */
  public int operands() {
    return operands;
  }

  /** The number of elements of the logical shape. */
  public long elements() {
    return elements;
  }

  /** Dimensions left after coalescing, at least 1. */
  public int rank() {
    return rank;
  }

  /** The size of a dimension, 0 being the outermost. */
  public long size(int dimension) {
    return sizes[dimension];
  }

  /** The stride of an operand in a dimension, 0 being the outermost. */
  public long strideAt(int operand, int dimension) {
    return strides[operand][dimension];
  }

  /** Whether an index or an offset needs 64 bits. */
  public boolean wide() {
    return wide;
  }

  /** Whether this operand is one run of elements in logical order. */
  public boolean contiguous(int operand) {
    return rank == 1 && (strides[operand][0] == 1 || sizes[0] <= 1);
  }

  /** Whether this operand is one single element, repeated. */
  public boolean single(int operand) {
    return rank == 1 && strides[operand][0] == 0;
  }

  /** Writes the structure {@code Strided<N>} at this offset: dimension 0 becomes the innermost. */
  void write(MemorySegment to, long offset) {
    to.set(ValueLayout.JAVA_INT, offset, rank);
    to.set(ValueLayout.JAVA_INT, offset + 4, wide ? 1 : 0);
    long size = offset + 8;
    long magic = size + 8L * MAX_RANK;
    long shift = magic + 4L * MAX_RANK;
    long stride = shift + 4L * MAX_RANK;
    for (int d = 0; d < MAX_RANK; d++) {
      boolean used = d < rank;
      long n = used ? Math.max(1, sizes[rank - 1 - d]) : 1;
      boolean small = n <= Integer.MAX_VALUE;
      to.set(ValueLayout.JAVA_LONG, size + 8L * d, n);
      to.set(ValueLayout.JAVA_INT, magic + 4L * d, small ? Divisor.magic(n) : 0);
      to.set(ValueLayout.JAVA_INT, shift + 4L * d, small ? Divisor.shift(n) : 0);
      for (int k = 0; k < operands; k++) {
        to.set(ValueLayout.JAVA_LONG, stride + 8L * (k * MAX_RANK + d), used ? strides[k][rank - 1 - d] : 0);
      }
    }
  }
}
