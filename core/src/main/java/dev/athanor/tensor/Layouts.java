package dev.athanor.tensor;

/** Arithmetic of memory layouts. */
public final class Layouts {
  private Layouts() {}

  /**
   * Dense strides for the shape of {@code like}, with the axes nested in memory in the order of its strides (largest outermost).
   * A broadcast layout says nothing about an order: then row-major.
   */
  public static long[] denseLike(View like) {
    int rank = like.rank();
    for (int i = 0; i < rank; i++) {
      if (like.stride(i) == 0 && like.dim(i) > 1) {
        return like.shape().rowMajorStrides();
      }
    }
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      // Insertion sort by stride, descending and stable; axes of size 1 go outermost, where their stride does not matter.
      int at = i;
      while (at > 0 && key(like, order[at - 1]) < key(like, i)) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = i;
    }
    long[] strides = new long[rank];
    long step = 1;
    for (int k = rank - 1; k >= 0; k--) {
      strides[order[k]] = step;
      step *= Math.max(1, like.dim(order[k]));
    }
    return strides;
  }

  private static long key(View like, int axis) {
    return like.dim(axis) == 1 ? Long.MAX_VALUE : Math.abs(like.stride(axis));
  }

  /** The strides of {@code [N, C, spatial…]} with the channels innermost. */
  public static long[] channelsLast(Shape shape) {
    int rank = shape.rank();
    long[] strides = new long[rank];
    strides[1] = 1;
    long step = shape.dim(1);
    for (int i = rank - 1; i >= 2; i--) {
      strides[i] = step;
      step *= Math.max(1, shape.dim(i));
    }
    strides[0] = step;
    return strides;
  }

  /** Whether {@code x[N, C, spatial…]} lies channels-last (and not row-major as well). */
  public static boolean isChannelsLast(View x) {
    if (x.rank() < 3 || x.isContiguous()) {
      return false;
    }
    long[] expected = channelsLast(x.shape());
    for (int i = 0; i < x.rank(); i++) {
      if (x.dim(i) > 1 && x.stride(i) != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
