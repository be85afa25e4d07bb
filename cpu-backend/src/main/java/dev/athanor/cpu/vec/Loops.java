package dev.athanor.cpu.vec;

import dev.athanor.tensor.View;

/**
 * The axes several operands of one shape are walked along, in as few nested loops as their layouts allow: axes of size 1 are
 * dropped, the rest ordered by the first operand's strides (its memory is then walked forwards whatever the axes are called),
 * and neighbours merged where all operands step through them as through one.
 */
final class Loops {
  final int rank;
  final long[] dims;
  /** Strides in elements, {@code [operand][axis]}. */
  final long[][] strides;

  private Loops(int rank, long[] dims, long[][] strides) {
    this.rank = rank;
    this.dims = dims;
    this.strides = strides;
  }

  /**
   * The loops over operands of one shape that is not empty.
   *
   * @param sort whether axes may change places; else the row-major order of elements is kept
   */
  static Loops of(boolean sort, View... operands) {
    View first = operands[0];
    int[] axes = new int[first.rank()];
    int n = 0;
    for (int axis = 0; axis < axes.length; axis++) {
      if (first.dim(axis) != 1) {
        int at = n++;
        while (sort && at > 0 && Math.abs(first.stride(axes[at - 1])) < Math.abs(first.stride(axis))) {
          axes[at] = axes[at - 1];
          at--;
        }
        axes[at] = axis;
      }
    }
    long[] dims = new long[Math.max(n, 1)];
    long[][] strides = new long[operands.length][Math.max(n, 1)];
    int rank = 0;
    for (int i = 0; i < n; i++) {
      long dim = first.dim(axes[i]);
      if (rank > 0 && merges(operands, strides, rank - 1, axes[i], dim)) {
        dims[rank - 1] *= dim;
      } else {
        dims[rank++] = dim;
      }
      for (int k = 0; k < operands.length; k++) {
        strides[k][rank - 1] = operands[k].stride(axes[i]);
      }
    }
    if (rank == 0) { // a single element
      dims[0] = 1;
      rank = 1;
    }
    return new Loops(rank, dims, strides);
  }

  private static boolean merges(View[] operands, long[][] strides, int outer, int axis, long dim) {
    for (int k = 0; k < operands.length; k++) {
      if (strides[k][outer] != operands[k].stride(axis) * dim) {
        return false;
      }
    }
    return true;
  }

  /** The length of the innermost loop. */
  long inner() {
    return dims[rank - 1];
  }

  /** Whether operand {@code k} steps by 0 or 1 element in the innermost loop. */
  boolean rowOf(int k) {
    long s = strides[k][rank - 1];
    return s == 0 || s == 1;
  }

  /** Whether operand {@code k} lies in memory in the order of the loops, without gaps. */
  boolean linear(int k) {
    long expected = 1;
    for (int i = rank - 1; i >= 0; i--) {
      if (strides[k][i] != expected && dims[i] != 1) {
        return false;
      }
      expected *= dims[i];
    }
    return true;
  }

  /** Sets {@code index} to the coordinates of position {@code at} over the first {@code axes} axes. */
  void locate(long at, int axes, long[] index) {
    for (int i = axes - 1; i >= 0; i--) {
      index[i] = at % dims[i];
      at /= dims[i];
    }
  }

  /** Moves {@code index} to the next coordinates over the first {@code axes} axes. */
  void advance(int axes, long[] index) {
    for (int i = axes - 1; i >= 0; i--) {
      if (++index[i] < dims[i]) {
        return;
      }
      index[i] = 0;
    }
  }

  /** The element offset of operand {@code k} at {@code index} over the first {@code axes} axes. */
  long offset(int k, int axes, long[] index) {
    long at = 0;
    for (int i = 0; i < axes; i++) {
      at += index[i] * strides[k][i];
    }
    return at;
  }
}
