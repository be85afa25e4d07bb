package dev.athanor.cuda;

import dev.athanor.backend.Window;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/**
 * Convolution as matrix products over columns: for each tap of the window the input elements it meets. A group of images is done
 * at a time, so that the columns stay within a bound. Windows of one element need no columns. Depthwise convolution has kernels
 * of its own.
 */
final class FusedConvolution {
  /** The most elements of columns at a time. */
  private static final long MOST_COLUMNS = 1L << 25;

  private final CudaBackend backend;
  private final FusedWindows windows;

  FusedConvolution(CudaBackend backend, FusedWindows windows) {
    this.backend = backend;
    this.windows = windows;
  }

  /** Whether each input channel is convolved by itself. */
  static boolean depthwise(Window window, View x) {
    return window.groups() == x.dim(1) && window.groups() > 1;
  }

  /** Whether the columns are the input itself. */
  private static boolean direct(Window window) {
    for (int i = 0; i < window.rank(); i++) {
      if (window.kernel()[i] != 1 || window.stride()[i] != 1 || window.padLow()[i] != 0 || window.padHigh()[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static long pixels(View y) {
    return y.size() / (y.dim(0) * y.dim(1));
  }

  /** Images whose columns fit the bound. */
  private static long images(View x, Window window, long pixels) {
    return Math.max(1, Math.min(x.dim(0), MOST_COLUMNS / (x.dim(1) * window.kernelSize() * pixels)));
  }

  /** {@code [N, C, spatial…]} dense in either order as {@code [N, C, P]}. */
  private static View flat(View y) {
    return y.reshapeOrNull(Shape.of(y.dim(0), y.dim(1), pixels(y)));
  }

  /** All but the bias. x is of any strides, w contiguous, y dense with channels first or last. */
  void forward(View x, View w, Window window, View y, Temporaries t) {
    if (depthwise(window, x)) {
      windows.depthwise(x, w, null, window, y);
      return;
    }
    long pixels = pixels(y);
    long some = images(x, window, pixels);
    long taps = window.kernelSize();
    boolean direct = direct(window);
    View in = direct ? t.dense(x) : x;
    View room = direct ? null : t.take(x.dtype(), Shape.of(some, x.dim(1), taps, pixels));
    for (long n = 0; n < x.dim(0); n += some) {
      long count = Math.min(some, x.dim(0) - n);
      View part = in.slice(0, n, count, 1);
      View out = y.slice(0, n, count, 1);
      View columns = direct ? flat(part) : room.slice(0, 0, count, 1);
      if (!direct) {
        windows.im2col(part, window, out, columns);
        columns = columns.reshapeOrNull(Shape.of(count, x.dim(1) * taps, pixels));
      }
      View result = flat(out);
      for (int g = 0; g < window.groups(); g++) {
        View weights = group(matrix(w), 0, g, window).unsqueeze(0);
        View from = group(columns, 1, g, window);
        View to = group(result, 1, g, window);
        backend.gemm(1, weights.expand(Shape.of(count, weights.dim(1), weights.dim(2))), from, 0, to);
      }
    }
  }

  /** dy is dense with channels first or last, w contiguous, dx of any strides. */
  void inputGrad(View dy, View w, Window window, View dx, Temporaries t) {
    if (depthwise(window, dx)) {
      windows.depthwiseInput(dy, w, window, dx);
      return;
    }
    long pixels = pixels(dy);
    long some = images(dx, window, pixels);
    long taps = window.kernelSize();
    boolean direct = direct(window);
    View into = direct ? t.denseOutput(dx) : dx;
    View room = direct ? null : t.take(dx.dtype(), Shape.of(some, dx.dim(1), taps, pixels));
    for (long n = 0; n < dx.dim(0); n += some) {
      long count = Math.min(some, dx.dim(0) - n);
      View part = into.slice(0, n, count, 1);
      View from = dy.slice(0, n, count, 1);
      View shaped = direct ? null : room.slice(0, 0, count, 1);
      View columns = direct ? flat(part) : shaped.reshapeOrNull(Shape.of(count, dx.dim(1) * taps, pixels));
      View given = flat(from);
      for (int g = 0; g < window.groups(); g++) {
        View weights = group(matrix(w), 0, g, window).swap(0, 1).unsqueeze(0);
        backend.gemm(1, weights.expand(Shape.of(count, weights.dim(1), weights.dim(2))), group(given, 1, g, window), 0,
            group(columns, 1, g, window));
      }
      if (!direct) {
        windows.col2im(shaped, window, from, part);
      }
    }
    if (direct) {
      t.store(into, dx);
    }
  }

  /**
   * dy is dense with channels first or last, dw contiguous, x of any strides. Images lie side by side in the columns, so that one
   * product sums over all of them.
   */
  void weightGrad(View x, View dy, Window window, double beta, View dw, Temporaries t) {
    if (depthwise(window, x)) {
      windows.depthwiseWeight(x, dy, window, beta, dw);
      return;
    }
    long pixels = pixels(dy);
    long some = images(x, window, pixels);
    long taps = window.kernelSize();
    View room = t.take(x.dtype(), Shape.of(x.dim(1) * taps * some * pixels));
    View turnedRoom = t.take(dy.dtype(), Shape.of(dy.dim(1) * some * pixels));
    for (long n = 0; n < x.dim(0); n += some) {
      long count = Math.min(some, x.dim(0) - n);
      View part = x.slice(0, n, count, 1);
      View from = dy.slice(0, n, count, 1);
      long run = count * pixels;
      View columns = room.with(Shape.of(count, x.dim(1), taps, pixels), new long[] {pixels, taps * run, run, 1}, room.offset());
      windows.im2col(part, window, from, columns);
      View turned = turnedRoom.with(Shape.of(count, dy.dim(1), pixels), new long[] {pixels, run, 1}, turnedRoom.offset());
      backend.copy(flat(from), turned);
      View given = turnedRoom.with(Shape.of(dy.dim(1), run), new long[] {run, 1}, turnedRoom.offset());
      View met = room.with(Shape.of(x.dim(1) * taps, run), new long[] {run, 1}, room.offset());
      for (int g = 0; g < window.groups(); g++) {
        backend.gemm(1, group(given, 0, g, window), group(met, 0, g, window).swap(0, 1), n == 0 ? beta : 1,
            group(matrix(dw), 0, g, window));
      }
    }
  }

  /** {@code w[O, C/G, kernel…]} contiguous as a matrix of O rows. */
  private static View matrix(View w) {
    return w.reshapeOrNull(Shape.of(w.dim(0), w.size() / w.dim(0)));
  }

  private static View group(View v, int axis, int g, Window window) {
    long size = v.dim(axis) / window.groups();
    return v.slice(axis, g * size, size, 1);
  }
}
