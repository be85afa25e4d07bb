package dev.athanor.reference;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** The one loop of the reference backend: visits elements in row-major order. */
final class Positions {
  private Positions() {}

  /** Receives where the current element of each view lies in its buffer. The array is reused. */
  interface Visitor {
    void visit(long[] at);
  }

  /** Visits every index of a shape; all views have that shape. */
  static void forEach(Shape shape, Visitor visitor, View... views) {
    long[] at = new long[views.length];
    for (int v = 0; v < views.length; v++) {
      if (!views[v].shape().equals(shape)) {
        throw new IllegalArgumentException("operand " + v + " is " + views[v] + ", expected the shape " + shape);
      }
      at[v] = views[v].offset();
    }
    if (shape.size() == 0) {
      return;
    }
    long[] dims = shape.dims();
    long[] index = new long[dims.length];
    int axis;
    do {
      visitor.visit(at);
      for (axis = dims.length - 1; axis >= 0; axis--) {
        boolean carry = ++index[axis] == dims[axis];
        for (int v = 0; v < at.length; v++) {
          at[v] += carry ? views[v].stride(axis) * (1 - dims[axis]) : views[v].stride(axis);
        }
        if (!carry) {
          break;
        }
        index[axis] = 0;
      }
    } while (axis >= 0);
  }
}
