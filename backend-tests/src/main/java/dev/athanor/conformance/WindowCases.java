package dev.athanor.conformance;

import dev.athanor.backend.Window;
import dev.athanor.tensor.Shape;
import java.util.List;

/** Sliding windows to test convolution and pooling at, and the loop over a window's elements written out. */
final class WindowCases {
  /** A window over inputs of a shape; {@code outputs} is a convolution's O. */
  record Case(Shape x, int outputs, Window window) {
    /** The shape of the result with the given number of channels. */
    Shape result(long channels) {
      Shape shape = Shape.of(x.dim(0), channels);
      for (int i = 0; i < window.rank(); i++) {
        shape = shape.insert(i + 2, window.outputSize(i, x.dim(i + 2)));
      }
      return shape;
    }

    Shape weights() {
      return Shape.of(outputs, x.dim(1) / window.groups()).concat(Shape.of(window.kernel()));
    }

    @Override
    public String toString() {
      return x + " " + window;
    }
  }

  private WindowCases() {}

  private static long[] a(long... values) {
    return values;
  }

  /** One to three spatial axes; stride, dilation, groups, uneven padding, windows as large as the input, no samples. */
  static final List<Case> CONVOLUTIONS = List.of(
      new Case(Shape.of(2, 3, 9), 4, new Window(a(3), a(1), a(1), a(1), a(1), 1)),
      new Case(Shape.of(2, 4, 33), 6, new Window(a(4), a(3), a(2), a(0), a(2), 2)),
      new Case(Shape.of(1, 1, 1), 1, new Window(a(1), a(1), a(0), a(0), a(1), 1)),
      new Case(Shape.of(2, 3, 8, 7), 5, new Window(a(3, 3), a(1, 1), a(1, 1), a(1, 1), a(1, 1), 1)),
      new Case(Shape.of(3, 5, 6, 6), 7, new Window(a(1, 1), a(1, 1), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(2, 4, 9, 8), 4, new Window(a(2, 3), a(2, 1), a(0, 2), a(1, 1), a(1, 2), 2)),
      new Case(Shape.of(2, 6, 7, 7), 6, new Window(a(3, 3), a(2, 2), a(1, 1), a(1, 1), a(1, 1), 6)),
      new Case(Shape.of(2, 2, 5, 5), 3, new Window(a(5, 5), a(1, 1), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(1, 16, 10, 10), 32, new Window(a(3, 3), a(1, 1), a(1, 1), a(1, 1), a(1, 1), 1)),
      new Case(Shape.of(0, 3, 5, 5), 2, new Window(a(3, 3), a(1, 1), a(1, 1), a(1, 1), a(1, 1), 1)),
      new Case(Shape.of(2, 2, 2, 2), 3, new Window(a(3, 3), a(1, 1), a(0, 0), a(0, 0), a(1, 1), 1)), // no window fits
      new Case(Shape.of(2, 2, 4, 5, 3), 4, new Window(a(2, 3, 2), a(1, 2, 1), a(1, 0, 1), a(0, 1, 0), a(1, 1, 2), 2)));

  /** A batch whose windows, laid out as columns, make more than a million elements. */
  static final Case LARGE = new Case(Shape.of(5, 8, 64, 64), 2, new Window(a(3, 3), a(1, 1), a(1, 1), a(1, 1), a(1, 1), 1));

  /** Few pixels and large weights: 64 · 128 · 9 numbers, which a backend may divide otherwise than small ones. */
  static final Case DEEP = new Case(Shape.of(1, 128, 3, 3), 64, new Window(a(3, 3), a(1, 1), a(1, 1), a(1, 1), a(1, 1), 1));

  /** As above for pooling. */
  static final List<Case> POOLS = List.of(
      new Case(Shape.of(2, 3, 9), 0, new Window(a(3), a(2), a(1), a(1), a(1), 1)),
      new Case(Shape.of(1, 1, 33), 0, new Window(a(5), a(1), a(2), a(0), a(2), 1)),
      new Case(Shape.of(2, 3, 8, 6), 0, new Window(a(2, 2), a(2, 2), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(2, 3, 7, 9), 0, new Window(a(3, 3), a(2, 1), a(1, 1), a(1, 1), a(1, 1), 1)),
      new Case(Shape.of(2, 2, 7, 7), 0, new Window(a(3, 2), a(1, 3), a(0, 1), a(1, 0), a(2, 1), 1)),
      new Case(Shape.of(2, 18, 4, 6), 0, new Window(a(2, 2), a(2, 2), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(1, 19, 7, 6), 0, new Window(a(2, 2), a(3, 2), a(1, 1), a(1, 0), a(1, 1), 1)), // elements in no window
      new Case(Shape.of(3, 17, 5, 5), 0, new Window(a(5, 5), a(1, 1), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(0, 3, 4, 4), 0, new Window(a(2, 2), a(2, 2), a(0, 0), a(0, 0), a(1, 1), 1)),
      new Case(Shape.of(1, 2, 1, 1), 0, new Window(a(2, 2), a(1, 1), a(0, 0), a(1, 1), a(1, 1), 1)),
      new Case(Shape.of(2, 2, 4, 5, 6), 0, new Window(a(2, 3, 2), a(2, 1, 2), a(0, 1, 1), a(1, 1, 0), a(1, 1, 1), 1)));

  /** One meeting of an output element, an element of the kernel and an input element. */
  interface Visitor {
    /** Row-major indices within the spatial axes of the output and the input, and within the kernel. */
    void visit(int output, int tap, int input);
  }

  /** Every meeting, for one sample and channel; padding is left out. Outputs and taps come in row-major order. */
  static void forEach(Case c, Visitor visitor) {
    Window w = c.window;
    Shape out = c.result(1).range(2, c.x.rank());
    Shape in = c.x.range(2, c.x.rank());
    Shape kernel = Shape.of(w.kernel());
    for (int o = 0; o < out.size(); o++) {
      for (int k = 0; k < kernel.size(); k++) {
        int input = 0;
        boolean real = true;
        int step = 1;
        int restO = o;
        int restK = k;
        for (int i = w.rank() - 1; i >= 0; i--) {
          long at = restO % out.dim(i) * w.stride()[i] + restK % kernel.dim(i) * w.dilation()[i] - w.padLow()[i];
          real &= at >= 0 && at < in.dim(i);
          input += (int) at * step;
          step *= (int) in.dim(i);
          restO /= (int) out.dim(i);
          restK /= (int) kernel.dim(i);
        }
        if (real) {
          visitor.visit(o, k, input);
        }
      }
    }
  }

  /** The product of the spatial sizes. */
  static int area(Shape shape) {
    return (int) shape.range(2, shape.rank()).size();
  }
}
