package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.kernels.WindowShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The families {@code convolution} and {@code pooling}. */
final class WindowExperiments {
  private WindowExperiments() {}

  private interface Body {
    void run(Bench bench, Kernel kernel, Geometry g);
  }

  /** A shape of window, by name. */
  private record Window(String name, int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw, boolean channelsLast) {
    Geometry over(int size) {
      return Geometry.of(size, kh, kw, sh, sw, ph, pw, dh, dw, channelsLast);
    }
  }

  private static final List<Window> WINDOWS = List.of(
      new Window("3x3", 3, 3, 1, 1, 1, 1, 1, 1, false),
      new Window("2x2/2", 2, 2, 2, 2, 0, 0, 1, 1, false),
      new Window("odd", 3, 2, 2, 3, 1, 1, 2, 1, false),
      new Window("5x4", 5, 4, 3, 2, 2, 3, 1, 1, false),
      new Window("channels-last", 3, 3, 2, 1, 1, 0, 1, 2, true));

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Window window : WINDOWS) {
      for (String size : List.of("b16", "b32", "b64")) {
        add(all, "convolution_im2col_" + size, window, WindowExperiments::im2col);
      }
      for (String t : List.of("f32", "f64")) {
        add(all, "convolution_col2im_" + t, window, WindowExperiments::col2im);
        add(all, "convolution_depthwise_" + t, window, WindowExperiments::depthwise);
        add(all, "convolution_depthwise_input_" + t, window, WindowExperiments::depthwiseInput);
        add(all, "convolution_depthwise_weight_" + t, window, WindowExperiments::depthwiseWeight);
        add(all, "pooling_max_" + t, window, WindowExperiments::maxPool);
        add(all, "pooling_max_grad_" + t, window, WindowExperiments::maxPoolGrad);
        for (int count = 0; count < 2; count++) {
          int counting = count;
          Window named = count == 0 ? window : renamed(window, window.name() + "+padding");
          add(all, "pooling_avg_" + t, named, (b, k, g) -> avgPool(b, k, g, counting));
          add(all, "pooling_avg_grad_" + t, named, (b, k, g) -> avgPoolGrad(b, k, g, counting));
        }
      }
    }
    for (String t : List.of("f32", "f64")) {
      for (int[] to : new int[][] {{1, 1}, {3, 2}, {7, 5}}) {
        Window window = new Window("to " + to[0] + "x" + to[1], 1, 1, 1, 1, 0, 0, 1, 1, to[0] == 3);
        add(all, "pooling_adaptive_avg_" + t, window, (b, k, g) -> adaptive(b, k, g.resized(to[0], to[1])));
        add(all, "pooling_adaptive_avg_grad_" + t, window, (b, k, g) -> adaptiveGrad(b, k, g.resized(to[0], to[1])));
      }
    }
    return all;
  }

  private static Window renamed(Window w, String name) {
    return new Window(name, w.kh(), w.kw(), w.sh(), w.sw(), w.ph(), w.pw(), w.dh(), w.dw(), w.channelsLast());
  }

  private static void add(List<Experiment> all, String entry, Window window, Body body) {
    Kernel kernel = Kernels.get(entry);
    all.add(new Experiment(kernel, window.name(), (bench, n) -> body.run(bench, kernel, window.over(n))));
  }

  private static Bench.Array in(Bench bench, Cell cell, Geometry g, double[] x, boolean input) {
    int channels = g.c();
    return bench.in(cell, input ? g.placed(x, channels, g.h(), g.w()) : g.placed(x, channels, g.oh(), g.ow()));
  }

  private static double[] rounded(Bench bench, Cell cell, int n) {
    double[] x = bench.uniform(n, -1, 1);
    Arrays.setAll(x, i -> cell.round(x[i]));
    return x;
  }

  // ---- convolution

  /** columns[n, c, tap, oh, ow], or [n, oh, ow, tap, c] channels-last. */
  private static int column(Geometry g, int out, int tap) {
    int pixel = out % (g.oh() * g.ow());
    int plane = out / (g.oh() * g.ow());
    if (g.channelsLast()) {
      int image = plane / g.c();
      return ((image * g.oh() * g.ow() + pixel) * g.taps() + tap) * g.c() + plane % g.c();
    }
    return (plane * g.taps() + tap) * g.oh() * g.ow() + pixel;
  }

  private static WindowShape columnShape(Geometry g) {
    long pixels = (long) g.oh() * g.ow();
    long row = (long) g.taps() * g.c();
    WindowShape s = g.shape();
    return g.channelsLast() ? s.outStrides(pixels * row, 1, g.ow() * row, row)
        : s.outStrides(pixels * row, pixels * g.taps(), g.ow(), 1);
  }

  private static long tapStride(Geometry g) {
    return g.channelsLast() ? g.c() : (long) g.oh() * g.ow();
  }

  private static void im2col(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    long[] x = bench.integers(g.inSize(), 1 << 16);
    Bench.Array in = bench.in(cell, g.placed(x, g.c(), g.h(), g.w()));
    Bench.Array columns = bench.out(cell, g.outSize() * g.taps());
    WindowShape shape = columnShape(g);
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(columns.address()).int64(shape.outElements())
        .int64(tapStride(g));
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    long[] expected = new long[columns.length()];
    g.forEach((out, from, tap) -> expected[column(g, out, tap)] = x[from]);
    bench.expect(columns, expected);
  }

  private static void col2im(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] columns = rounded(bench, cell, g.outSize() * g.taps());
    Bench.Array in = bench.in(cell, columns);
    Bench.Array dx = bench.out(cell, g.inSize());
    WindowShape shape = columnShape(g);
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(dx.address()).int64(shape.inElements())
        .int64(tapStride(g));
    shape.write(block);
    bench.launch(kernel, shape.inElements());
    double[] expected = new double[g.inSize()];
    g.forEach((out, to, tap) -> expected[to] += columns[column(g, out, tap)]);
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> g.taps() * g.taps() * cell.unit());
  }

  // Depthwise with two output channels for each input channel: y, dy and w have 2 c.

  private static final int MULTIPLIER = 2;

  /** The logical index in y[n, 2c, oh, ow] of the m-th output channel of `out` in [n, c, oh, ow]. */
  private static int wideOut(Geometry g, int out, int m) {
    int pixels = g.oh() * g.ow();
    return (out / pixels * MULTIPLIER + m) * pixels + out % pixels;
  }

  private static int weightIndex(Geometry g, int out, int m, int tap) {
    int channel = out / (g.oh() * g.ow()) % g.c();
    return (channel * MULTIPLIER + m) * g.taps() + tap;
  }

  private static void depthwise(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = rounded(bench, cell, g.inSize());
    double[] weight = rounded(bench, cell, g.c() * MULTIPLIER * g.taps());
    double[] bias = rounded(bench, cell, g.c() * MULTIPLIER);
    Bench.Array in = in(bench, cell, g, x, true);
    Bench.Array weights = bench.in(cell, weight);
    Bench.Array biases = bench.in(cell, bias);
    Bench.Array y = bench.out(cell, g.outSize() * MULTIPLIER);
    WindowShape shape = g.shape(g.c(), g.c() * MULTIPLIER, g.c() * MULTIPLIER);
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(weights.address()).pointer(biases.address())
        .pointer(y.address()).int64(shape.outElements()).divisor(MULTIPLIER, g.c() * MULTIPLIER);
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    double[] expected = new double[y.length()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = bias[i / (g.oh() * g.ow()) % (g.c() * MULTIPLIER)];
    }
    g.forEach((out, from, tap) -> {
      for (int m = 0; m < MULTIPLIER; m++) {
        expected[wideOut(g, out, m)] += weight[weightIndex(g, out, m, tap)] * x[from];
      }
    });
    bench.expect(y, g.placed(expected, g.c() * MULTIPLIER, g.oh(), g.ow()), i -> (g.taps() + 1) * (g.taps() + 1) * cell.unit());
  }

  private static void depthwiseInput(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] dy = rounded(bench, cell, g.outSize() * MULTIPLIER);
    double[] weight = rounded(bench, cell, g.c() * MULTIPLIER * g.taps());
    Bench.Array gradient = bench.in(cell, g.placed(dy, g.c() * MULTIPLIER, g.oh(), g.ow()));
    Bench.Array weights = bench.in(cell, weight);
    Bench.Array dx = bench.out(cell, g.inSize());
    WindowShape shape = g.shape(g.c(), g.c() * MULTIPLIER, g.c());
    ParameterBlock block = bench.parameters(kernel).pointer(gradient.address()).pointer(weights.address()).pointer(dx.address())
        .int64(shape.inElements()).int32(MULTIPLIER);
    shape.write(block);
    bench.launch(kernel, shape.inElements());
    double[] expected = new double[g.inSize()];
    g.forEach((out, to, tap) -> {
      for (int m = 0; m < MULTIPLIER; m++) {
        expected[to] += weight[weightIndex(g, out, m, tap)] * dy[wideOut(g, out, m)];
      }
    });
    int terms = g.taps() * MULTIPLIER;
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> terms * terms * cell.unit());
  }

  private static void depthwiseWeight(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = rounded(bench, cell, g.inSize());
    double[] dy = rounded(bench, cell, g.outSize() * MULTIPLIER);
    for (int beta = 0; beta < 2; beta++) {
      double[] dw = rounded(bench, cell, g.c() * MULTIPLIER * g.taps());
      if (beta == 0 && dw.length > 0) {
        dw[0] = Double.NaN; // must not be read
      }
      Bench.Array in = in(bench, cell, g, x, true);
      Bench.Array gradient = bench.in(cell, g.placed(dy, g.c() * MULTIPLIER, g.oh(), g.ow()));
      Bench.Array weights = bench.inOut(cell, dw);
      WindowShape shape = g.shape(g.c(), g.c() * MULTIPLIER, g.c() * MULTIPLIER);
      long pixels = (long) g.n() * g.oh() * g.ow();
      ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(gradient.address()).pointer(weights.address())
          .int64(dw.length).int64(pixels).scalar(beta).divisor(MULTIPLIER, dw.length).divisor(g.taps(), dw.length);
      shape.write(block);
      bench.launchNarrow(kernel, dw.length);
      double[] expected = beta == 0 ? new double[dw.length] : dw.clone();
      double[] magnitude = new double[dw.length];
      g.forEach((out, from, tap) -> {
        for (int m = 0; m < MULTIPLIER; m++) {
          double term = x[from] * dy[wideOut(g, out, m)];
          expected[weightIndex(g, out, m, tap)] += term;
          magnitude[weightIndex(g, out, m, tap)] += Math.abs(term);
        }
      });
      // A thread sums pixels / 256 terms, then 8 levels of a tree.
      bench.expect(weights, expected, i -> (pixels / 256 + 10) * cell.unit() * (magnitude[i] + 1));
    }
  }

  // ---- pooling

  private static void maxPool(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = bench.uniform(g.inSize(), -9, 9);
    Arrays.setAll(x, i -> i % 41 == 40 ? Double.NaN : Math.rint(x[i])); // many ties
    Bench.Array in = in(bench, cell, g, x, true);
    Bench.Array y = bench.out(cell, g.outSize());
    Bench.Array indices = bench.out(Cell.I32, g.outSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(y.address()).pointer(indices.address())
        .int64(shape.outElements());
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    double[] best = new double[g.outSize()];
    long[] winner = new long[g.outSize()];
    Arrays.fill(best, Double.NEGATIVE_INFINITY);
    Arrays.fill(winner, -1);
    g.forEach((out, from, tap) -> {
      boolean wins = winner[out] < 0 || x[from] > best[out] || Double.isNaN(x[from]) && !Double.isNaN(best[out]);
      if (wins && !(winner[out] >= 0 && Double.isNaN(best[out]))) {
        best[out] = x[from];
        winner[out] = tap;
      }
    });
    bench.expectBits(y, g.placed(best, g.c(), g.oh(), g.ow()));
    bench.expect(indices, g.placed(winner, g.c(), g.oh(), g.ow()));
  }

  private static void maxPoolGrad(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] dy = rounded(bench, cell, g.outSize());
    long[] winner = new long[g.outSize()];
    Arrays.fill(winner, -1);
    g.forEach((out, from, tap) -> {
      if (winner[out] < 0 || bench.random().nextInt(3) == 0) {
        winner[out] = tap;
      }
    });
    Bench.Array gradient = in(bench, cell, g, dy, false);
    Bench.Array indices = bench.in(Cell.I32, g.placed(winner, g.c(), g.oh(), g.ow()));
    Bench.Array dx = bench.out(cell, g.inSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(gradient.address()).pointer(indices.address()).pointer(dx.address())
        .int64(shape.inElements());
    shape.write(block);
    bench.launch(kernel, shape.inElements());
    double[] expected = new double[g.inSize()];
    g.forEach((out, to, tap) -> expected[to] += winner[out] == tap ? dy[out] : 0);
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> g.taps() * g.taps() * cell.unit());
  }

  private static int[] counts(Geometry g, int countPadding) {
    int[] count = new int[g.outSize()];
    if (countPadding != 0) {
      Arrays.fill(count, g.taps());
    } else {
      g.forEach((out, from, tap) -> count[out]++);
    }
    return count;
  }

  private static void avgPool(Bench bench, Kernel kernel, Geometry g, int countPadding) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = rounded(bench, cell, g.inSize());
    Bench.Array in = in(bench, cell, g, x, true);
    Bench.Array y = bench.out(cell, g.outSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(y.address()).int64(shape.outElements())
        .int32(countPadding);
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    double[] expected = new double[g.outSize()];
    int[] count = counts(g, countPadding);
    g.forEach((out, from, tap) -> expected[out] += x[from] / count[out]);
    bench.expect(y, g.placed(expected, g.c(), g.oh(), g.ow()), i -> (g.taps() + 2) * cell.unit());
  }

  private static void avgPoolGrad(Bench bench, Kernel kernel, Geometry g, int countPadding) {
    Cell cell = Cell.named(kernel.entry());
    double[] dy = rounded(bench, cell, g.outSize());
    Bench.Array gradient = in(bench, cell, g, dy, false);
    Bench.Array dx = bench.out(cell, g.inSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(gradient.address()).pointer(dx.address()).int64(shape.inElements())
        .int32(countPadding);
    shape.write(block);
    bench.launch(kernel, shape.inElements());
    double[] expected = new double[g.inSize()];
    int[] count = counts(g, countPadding);
    g.forEach((out, to, tap) -> expected[to] += dy[out] / count[out]);
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> (g.taps() + 2) * g.taps() * cell.unit());
  }

  /** The rows of window o of `out` that divide `in` evenly: first, and one past the last. */
  private static int[] evenly(int o, int in, int out) {
    return new int[] {Math.floorDiv(o * in, out), -Math.floorDiv(-(o + 1) * in, out)};
  }

  private static void adaptive(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = rounded(bench, cell, g.inSize());
    Bench.Array in = in(bench, cell, g, x, true);
    Bench.Array y = bench.out(cell, g.outSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(y.address()).int64(shape.outElements());
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    double[] expected = new double[g.outSize()];
    int area = adaptive(g, (out, from, share) -> expected[out] += x[from] * share);
    bench.expect(y, g.placed(expected, g.c(), g.oh(), g.ow()), i -> (area + 2) * cell.unit());
  }

  private static void adaptiveGrad(Bench bench, Kernel kernel, Geometry g) {
    Cell cell = Cell.named(kernel.entry());
    double[] dy = rounded(bench, cell, g.outSize());
    Bench.Array gradient = in(bench, cell, g, dy, false);
    Bench.Array dx = bench.out(cell, g.inSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(gradient.address()).pointer(dx.address()).int64(shape.inElements());
    shape.write(block);
    bench.launch(kernel, shape.inElements());
    double[] expected = new double[g.inSize()];
    adaptive(g, (out, to, share) -> expected[to] += dy[out] * share);
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> (g.oh() * g.ow() + 2) * g.oh() * g.ow() * cell.unit());
  }

  private interface Share {
    void at(int out, int in, double share);
  }

  /** Visits every pair of window and element under it; returns the largest window. */
  private static int adaptive(Geometry g, Share share) {
    int largest = 0;
    for (int out = 0; out < g.outSize(); out++) {
      int plane = out / (g.oh() * g.ow());
      int[] rows = evenly(out / g.ow() % g.oh(), g.h(), g.oh());
      int[] columns = evenly(out % g.ow(), g.w(), g.ow());
      int area = (rows[1] - rows[0]) * (columns[1] - columns[0]);
      largest = Math.max(largest, area);
      for (int y = rows[0]; y < rows[1]; y++) {
        for (int x = columns[0]; x < columns[1]; x++) {
          share.at(out, (plane * g.h() + y) * g.w() + x, 1.0 / area);
        }
      }
    }
    return largest;
  }
}
