package dev.athanor.nd4j;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** The one plain loop: for what ND4J does not have or does otherwise. Visits elements in row-major order, on one thread. */
final class Loops {
  private Loops() {}

  /** Receives where the current element of each view lies in its buffer. The array is reused. */
  interface Visitor {
    void visit(long[] at);
  }

  /** Visits every index of a shape, which all views have. */
  static void forEach(Shape shape, Visitor visitor, View... views) {
    if (shape.size() == 0) {
      return;
    }
    int rank = shape.rank();
    int n = views.length;
    long[] at = new long[n];
    long[][] steps = new long[n][];
    for (int v = 0; v < n; v++) {
      at[v] = views[v].offset();
      steps[v] = views[v].strides();
    }
    long[] dims = shape.dims();
    long[] index = new long[rank];
    while (true) {
      visitor.visit(at);
      int axis = rank - 1;
      while (axis >= 0 && ++index[axis] == dims[axis]) {
        for (int v = 0; v < n; v++) {
          at[v] -= steps[v][axis] * (dims[axis] - 1);
        }
        index[axis--] = 0;
      }
      if (axis < 0) {
        return;
      }
      for (int v = 0; v < n; v++) {
        at[v] += steps[v][axis];
      }
    }
  }

  /** Copies elements of equal size between layouts, strides of any sign. */
  static void copy(View x, View out) {
    forEach(out.shape(), at -> Nd4jBuffer.bits(out, at[1], Nd4jBuffer.bits(x, at[0])), x, out);
  }
}
