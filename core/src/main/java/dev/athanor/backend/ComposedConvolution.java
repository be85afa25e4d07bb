package dev.athanor.backend;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/**
 * Convolution as a matrix product. The input is padded, every window becomes a column ({@code columns[N, C, kernel…, out…]}, by
 * one strided copy, or none where strides can say it, as for 1×1 kernels), and the product runs over channels and kernel. Large
 * batches go in blocks of samples, which bounds the columns' memory; the blocks depend on the shapes alone.
 */
final class ComposedConvolution {
  /** The elements of columns worked on at once, if more than one sample: 4 MB in float32, near the size of a CPU's cache. */
  private static final long COLUMNS = 1L << 20;

  private ComposedConvolution() {}

  /** The sizes of one convolution: C and O are per group. */
  private record Sizes(Window window, long[] out, long n, long groups, long c, long o) {
    static Sizes of(Window window, View x, View y) {
      if (2 + 2 * window.rank() > Shape.MAX_RANK) {
        throw new AthanorException("convolution: at most " + (Shape.MAX_RANK / 2 - 1) + " spatial axes are supported, not "
            + window.rank());
      }
      long[] out = y.shape().range(2, y.rank()).dims();
      return new Sizes(window, out, x.dim(0), window.groups(), x.dim(1) / window.groups(), y.dim(1) / window.groups());
    }

    /** The length of a column: one group's channels times the kernel. */
    long column() {
      return c * window.kernelSize();
    }

    /** The number of windows per sample. */
    long positions() {
      long p = 1;
      for (long d : out) {
        p *= d;
      }
      return p;
    }

    /** How many samples to work on at once. */
    long block() {
      return Math.max(1, Math.min(n, COLUMNS / Math.max(1, groups * column() * positions())));
    }
  }

  static void forward(Scratch s, View x, View w, Window window, View y) {
    Sizes z = Sizes.of(window, x, y);
    if (y.size() == 0) {
      return;
    }
    View matrix = s.reshape(w, Shape.of(1, z.groups, z.o, z.column()));
    for (long first = 0; first < z.n; first += z.block()) {
      try (Scratch each = s.nested()) {
        long count = Math.min(z.block(), z.n - first);
        View columns = each.reshape(windows(pad(each, x.slice(0, first, count, 1), window), z),
            Shape.of(count, z.groups, z.column(), z.positions()));
        View part = y.slice(0, first, count, 1);
        Shape shape = Shape.of(count, z.groups, z.o, z.positions());
        View result = part.reshapeOrNull(shape);
        boolean direct = result != null;
        if (!direct) {
          result = each.take(y.dtype(), shape);
        }
        s.backend.gemm(1, matrix.expand(Shape.of(count, z.groups, z.o, z.column())), columns, 0, result);
        if (!direct) {
          s.backend.copy(result.reshapeOrNull(part.shape()), part);
        }
      }
    }
  }

  static void inputGrad(Scratch s, View dy, View w, Window window, View dx) {
    Sizes z = Sizes.of(window, dx, dy);
    s.backend.fill(dx, 0);
    if (dy.size() == 0 || dx.size() == 0) {
      return;
    }
    View transposed = s.reshape(w, Shape.of(1, z.groups, z.o, z.column())).swap(2, 3);
    long[] kernel = window.kernel();
    for (long first = 0; first < z.n; first += z.block()) {
      try (Scratch each = s.nested()) {
        long count = Math.min(z.block(), z.n - first);
        View out = each.reshape(dy.slice(0, first, count, 1), Shape.of(count, z.groups, z.o, z.positions()));
        View columns = each.take(dy.dtype(), Shape.of(count, z.groups, z.column(), z.positions()));
        s.backend.gemm(1, transposed.expand(Shape.of(count, z.groups, z.column(), z.o)), out, 0, columns);
        View grid = columns.reshapeOrNull(Shape.of(count, z.groups * z.c).concat(Shape.of(kernel)).concat(Shape.of(z.out)));
        View target = dx.slice(0, first, count, 1);
        for (Tap tap : Tap.of(window, target, dy)) {
          View share = grid;
          for (long at : tap.at()) {
            share = share.select(2, at);
          }
          View part = tap.in(target);
          s.backend.binary(BinaryOp.ADD, part, tap.out(share), part);
        }
      }
    }
  }

  static void weightGrad(Scratch s, View x, View dy, Window window, double beta, View dw) {
    Sizes z = Sizes.of(window, x, dy);
    if (dy.size() == 0 || x.size() == 0) {
      if (beta == 0) {
        s.backend.fill(dw, 0);
      }
      return;
    }
    Shape shape = Shape.of(z.groups, z.o, z.column());
    View result = dw.reshapeOrNull(shape);
    boolean direct = result != null;
    if (!direct) {
      result = beta == 0 ? s.take(dw.dtype(), shape) : s.copy(dw).reshapeOrNull(shape);
    }
    for (long first = 0; first < z.n; first += z.block()) {
      try (Scratch each = s.nested()) {
        // Samples and positions are summed over alike: both become the product's inner axis.
        long count = Math.min(z.block(), z.n - first);
        View columns = samplesInside(windows(pad(each, x.slice(0, first, count, 1), window), z), 2 + window.rank());
        View out = samplesInside(dy.slice(0, first, count, 1), 2);
        long inner = count * z.positions();
        s.backend.gemm(1, each.reshape(out, Shape.of(z.groups, z.o, inner)),
            each.reshape(columns, Shape.of(z.groups, z.column(), inner)).swap(1, 2), first == 0 ? beta : 1, result);
      }
    }
    if (!direct) {
      s.backend.copy(result.reshapeOrNull(dw.shape()), dw);
    }
  }

  /** x with zeros around it; x itself where there is no padding. */
  private static View pad(Scratch s, View x, Window window) {
    Shape shape = x.shape();
    for (int i = 0; i < window.rank(); i++) {
      shape = shape.with(i + 2, x.dim(i + 2) + window.padLow()[i] + window.padHigh()[i]);
    }
    if (shape.equals(x.shape())) {
      return x;
    }
    View padded = s.take(x.dtype(), shape);
    s.backend.fill(padded, 0);
    View inside = padded;
    for (int i = 0; i < window.rank(); i++) {
      inside = inside.slice(i + 2, window.padLow()[i], x.dim(i + 2), 1);
    }
    s.backend.copy(x, inside);
    return padded;
  }

  /** Every window of {@code x[N, C, in…]} as a view {@code [N, C, kernel…, out…]}: elements repeat where windows overlap. */
  private static View windows(View x, Sizes z) {
    Window window = z.window;
    int rank = window.rank();
    long[] strides = new long[2 + 2 * rank];
    strides[0] = x.stride(0);
    strides[1] = x.stride(1);
    for (int i = 0; i < rank; i++) {
      strides[2 + i] = x.stride(2 + i) * window.dilation()[i];
      strides[2 + rank + i] = x.stride(2 + i) * window.stride()[i];
    }
    Shape shape = Shape.of(x.dim(0), x.dim(1)).concat(Shape.of(window.kernel())).concat(Shape.of(z.out));
    return x.with(shape, strides, x.offset());
  }

  /** Moves axis 0 to before axis {@code position}: {@code [N, C, k…, p…]} becomes {@code [C, k…, N, p…]}. */
  private static View samplesInside(View x, int position) {
    int[] order = new int[x.rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i < position - 1 ? i + 1 : i == position - 1 ? 0 : i;
    }
    return x.permute(order);
  }
}
