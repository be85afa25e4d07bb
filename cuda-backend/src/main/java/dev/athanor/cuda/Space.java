package dev.athanor.cuda;

import dev.athanor.kernels.Layout;
import dev.athanor.tensor.View;

/**
 * The layout of an elementwise launch over views of one shape, the last of which is the output. The axes are taken in the order
 * in which the output lies in memory, and from its lowest address up: a permuted tensor that is dense is then one run of
 * elements, like any other. One instance is filled again for every launch; it is not thread-safe.
 */
final class Space {
  private static final int MOST = 4;

  private final Layout[] layouts = new Layout[MOST + 1];
  private final View[] views = new View[MOST];
  private final long[] address = new long[MOST];
  private final int[] order = new int[16];
  private Layout layout;

  Space() {
    for (int n = 1; n <= MOST; n++) {
      layouts[n] = new Layout(n);
    }
  }

  /** Fills the layout over one view. The views are not empty, here and below. */
  Layout over(View out) {
    views[0] = out;
    return over(1);
  }

  /** Fills the layout over two views. */
  Layout over(View a, View out) {
    views[0] = a;
    views[1] = out;
    return over(2);
  }

  /** Fills the layout over three views. */
  Layout over(View a, View b, View out) {
    views[0] = a;
    views[1] = b;
    views[2] = out;
    return over(3);
  }

  /** Fills the layout over four views. */
  Layout over(View a, View b, View c, View out) {
    views[0] = a;
    views[1] = b;
    views[2] = c;
    views[3] = out;
    return over(4);
  }

  private Layout over(int n) {
    View out = views[n - 1];
    layout = layouts[n].begin();
    for (int k = 0; k < n; k++) {
      address[k] = CudaBuffer.address(views[k]);
    }
    int axes = sort(out);
    for (int i = 0; i < axes; i++) {
      int axis = order[i];
      boolean backwards = out.stride(axis) < 0;
      for (int k = 0; k < n; k++) {
        long stride = views[k].stride(axis);
        if (backwards) {
          address[k] += (out.dim(axis) - 1) * stride * views[k].dtype().bytes();
          stride = -stride;
        }
        layout.stride(k, stride);
      }
      layout.dimension(out.dim(axis));
    }
    return layout.end();
  }

  /** The axes longer than 1, the widest stride first. */
  private int sort(View out) {
    int n = 0;
    for (int axis = 0; axis < out.rank(); axis++) {
      if (out.dim(axis) == 1) {
        continue;
      }
      int at = n++;
      while (at > 0 && Math.abs(out.stride(order[at - 1])) < Math.abs(out.stride(axis))) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = axis;
    }
    return n;
  }

  /** Where operand {@code k} begins, in this order of elements. */
  long address(int k) {
    return address[k];
  }

  /** Whether every operand is a run of elements, but for inputs that are one single element. */
  boolean contiguous() {
    int out = layout.operands() - 1;
    for (int k = 0; k < out; k++) {
      if (!layout.contiguous(k) && !layout.single(k)) {
        return false;
      }
    }
    return layout.contiguous(out);
  }

  /** Whether every operand is a run of elements, none of them repeated. */
  boolean runs() {
    for (int k = 0; k < layout.operands(); k++) {
      if (!layout.contiguous(k)) {
        return false;
      }
    }
    return true;
  }

  /** Bit k says that input k is one single element. */
  int singles() {
    int bits = 0;
    for (int k = 0; k < layout.operands() - 1; k++) {
      if (!layout.contiguous(k)) {
        bits |= 1 << k;
      }
    }
    return bits;
  }
}
