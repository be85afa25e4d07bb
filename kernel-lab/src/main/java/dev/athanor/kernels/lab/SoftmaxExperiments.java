package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.RowPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The families {@code softmax} and {@code cross_entropy}. */
final class SoftmaxExperiments {
  /**
   * Roundings allowed: e^(x - m) carries the rounding of x - m, up to 80 roundings of the result for the logits used, and a few
   * of the sum; in float64 the reference, which adds in order, is off as well.
   */
  private static final double ROUNDINGS = 384;
  /** The target of rows that do not count. */
  private static final int IGNORED = -100;

  private SoftmaxExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("softmax")) {
      RowPath path = path(kernel);
      if (path == RowPath.WARP) {
        all.add(new Experiment(kernel, "rows of 10", (b, n) -> softmax(b, kernel, Rows.of(n, 10, 1), path)));
      }
      all.add(new Experiment(kernel, "", (b, n) -> softmax(b, kernel, switch (path) {
        case WARP -> Rows.of(n, 100, 1);
        case BLOCK -> Rows.of(n, 1200, 1);
        case COLUMN -> Rows.of(n, 40, 35);
      }, path)));
    }
    for (Kernel kernel : Kernels.family("cross_entropy")) {
      if (kernel.entry().contains("_denominator_")) {
        all.add(new Experiment(kernel, "", (b, n) -> denominator(b, kernel, n)));
      } else {
        int classes = path(kernel) == RowPath.WARP ? 10 : 1200;
        all.add(new Experiment(kernel, "", (b, n) -> crossEntropy(b, kernel, Rows.of(n, classes, 1), false)));
        all.add(new Experiment(kernel, "weighted smoothed", (b, n) -> crossEntropy(b, kernel, Rows.of(n, 40, 3), true)));
      }
    }
    return all;
  }

  private static RowPath path(Kernel kernel) {
    String entry = kernel.entry();
    return RowPath.valueOf(entry.substring(entry.lastIndexOf('_') + 1).toUpperCase(Locale.ROOT));
  }

  /** Rows of n elements, {@code inner} apart, in {@code [outer, n, inner]}. */
  private record Rows(int outer, int n, int inner) {
    /** About so many elements in rows of at most {@code longest}, down to one. */
    static Rows of(int size, int longest, int apart) {
      int inner = size >= 100 ? apart : 1;
      int n = Math.max(1, Math.min(longest, size / inner));
      return new Rows(size / (n * inner), n, inner);
    }

    int rows() {
      return outer * inner;
    }

    int elements() {
      return outer * n * inner;
    }

    int at(int row, int k) {
      return (row / inner * n + k) * inner + row % inner;
    }
  }

  /** The logarithm of the softmax of each row. */
  private static double[] logSoftmax(double[] x, Rows s) {
    double[] y = new double[x.length];
    for (int row = 0; row < s.rows(); row++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < s.n(); k++) {
        largest = Math.max(largest, x[s.at(row, k)]);
      }
      double sum = 0;
      for (int k = 0; k < s.n(); k++) {
        sum += Math.exp(x[s.at(row, k)] - largest);
      }
      for (int k = 0; k < s.n(); k++) {
        y[s.at(row, k)] = x[s.at(row, k)] - largest - Math.log(sum);
      }
    }
    return y;
  }

  private static void softmax(Bench bench, Kernel kernel, Rows s, RowPath path) {
    boolean log = kernel.entry().startsWith("log_");
    Cell cell = Cell.named(kernel.entry());
    ElementType type = cell == Cell.F32 ? ElementType.FLOAT32 : ElementType.FLOAT64;
    double[] x = Values.random(bench, type, s.elements(), 20);
    double[] y = logSoftmax(x, s);
    if (!log) {
      Arrays.setAll(y, i -> Math.exp(y[i]));
    }
    if (kernel.entry().contains("_grad_")) {
      gradient(bench, kernel, type, s, path, log, Values.hold(type, y));
      return;
    }
    Bench.Array in = bench.in(cell, x);
    Bench.Array out = bench.out(cell, s.elements());
    bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(s.outer()).int64(s.n()).int64(s.inner());
    bench.launchNarrow(kernel, path.work(s.outer(), s.inner()));
    bench.expect(out, y, i -> ROUNDINGS * cell.unit() * (Math.abs(y[i]) + (log ? Math.abs(x[i]) : 0)));
  }

  private static void gradient(Bench bench, Kernel kernel, ElementType type, Rows s, RowPath path, boolean log, double[] y) {
    Cell cell = Cell.of(type);
    double[] dy = Values.random(bench, type, s.elements(), 2);
    double[] dx = new double[s.elements()];
    double[] magnitude = new double[s.elements()];
    for (int row = 0; row < s.rows(); row++) {
      double sum = 0;
      double size = 0;
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(row, k);
        sum += log ? dy[i] : y[i] * dy[i];
        size += Math.abs(log ? dy[i] : y[i] * dy[i]);
      }
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(row, k);
        dx[i] = log ? dy[i] - Math.exp(y[i]) * sum : y[i] * (dy[i] - sum);
        magnitude[i] = log ? Math.abs(dy[i]) + Math.exp(y[i]) * size * (1 + Math.abs(y[i])) : y[i] * (Math.abs(dy[i]) + size);
      }
    }
    Bench.Array result = bench.in(cell, y);
    Bench.Array incoming = bench.in(cell, dy);
    Bench.Array out = bench.out(cell, s.elements());
    bench.parameters(kernel).pointer(result.address()).pointer(incoming.address()).pointer(out.address()).int64(s.outer())
        .int64(s.n()).int64(s.inner());
    bench.launchNarrow(kernel, path.work(s.outer(), s.inner()));
    bench.expect(out, dx, i -> ROUNDINGS * cell.unit() * magnitude[i]);
  }

  /** Weighted: with class weights, label smoothing, a divisor, and rows that do not count. */
  private static void crossEntropy(Bench bench, Kernel kernel, Rows s, boolean weighted) {
    String[] parts = kernel.entry().split("_");
    boolean dense = parts[2].equals("dense");
    ElementType type = Values.type(parts[3]);
    Cell cell = Cell.of(type);
    double smoothing = weighted ? cell.round(0.1) : 0;
    double divisor = weighted ? 3 : 1;
    double[] x = Values.random(bench, type, s.elements(), 12);
    Arrays.setAll(x, i -> cell.round(x[i] + 300)); // a common shift must not cost accuracy
    double[] target = Values.hold(type, bench.uniform(dense ? s.elements() : s.rows(), 0, 1));
    if (!dense) {
      Arrays.setAll(target, row -> weighted && row % 5 == 4 ? IGNORED : Math.floor(s.n() * target[row] * 0.999));
    }
    double[] weight = new double[s.n()];
    Arrays.setAll(weight, k -> weighted ? 0.5 + k % 3 : 1);
    double[] loss = new double[s.rows()];
    double[] lossMagnitude = new double[s.rows()];
    double[] dx = new double[s.elements()];
    double[] magnitude = new double[s.elements()];
    double[] y = logSoftmax(x, s);
    for (int row = 0; row < s.rows(); row++) {
      if (!dense && target[row] == IGNORED) {
        continue;
      }
      double[] q = new double[s.n()];
      double total = 0;
      for (int k = 0; k < s.n(); k++) {
        double hot = dense ? target[s.at(row, k)] : target[row] == k ? 1 : 0;
        q[k] = weight[k] * (hot * (1 - smoothing) + smoothing / s.n());
        total += q[k];
        loss[row] -= q[k] * y[s.at(row, k)] / divisor;
        lossMagnitude[row] += q[k] * (Math.abs(y[s.at(row, k)]) + 20) / divisor;
      }
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(row, k);
        dx[i] = (Math.exp(y[i]) * total - q[k]) / divisor;
        magnitude[i] = (Math.exp(y[i]) * total + q[k]) / divisor;
      }
    }
    Bench.Array logits = bench.in(cell, x);
    Bench.Array targets = Values.in(bench, dense ? type : Values.type(parts[2]), target);
    Bench.Array weights = weighted ? bench.in(cell, weight) : null;
    Bench.Array denominator = weighted ? bench.in(cell, new double[] {divisor}) : null;
    Bench.Array losses = bench.out(cell, s.rows());
    Bench.Array gradient = bench.out(cell, s.elements());
    Bench.Array errors = bench.inOut(Cell.I64, new long[3]);
    bench.parameters(kernel).pointer(logits.address()).pointer(targets.address()).pointer(weighted ? weights.address() : 0)
        .pointer(weighted ? denominator.address() : 0).pointer(losses.address()).pointer(gradient.address())
        .pointer(errors.address()).int64(s.outer()).int64(s.n()).int64(s.inner()).int64(IGNORED).scalar(smoothing);
    bench.launchNarrow(kernel, s.rows());
    bench.expect(losses, loss, row -> ROUNDINGS * cell.unit() * lossMagnitude[row]);
    bench.expect(gradient, dx, i -> ROUNDINGS * cell.unit() * magnitude[i]);
    bench.expect(errors, new long[3]);
  }

  /** Targets of rows, every fifth of which does not count, and one out of range, which counts nothing. */
  private static void denominator(Bench bench, Kernel kernel, int rows) {
    String[] parts = kernel.entry().split("_");
    Cell cell = Cell.named(parts[4]);
    double[] weight = {0.5, 2, 4};
    double[] target = new double[rows];
    double expected = 0;
    for (int i = 0; i < rows; i++) {
      target[i] = i % 5 == 4 ? IGNORED : i == 7 ? 3 : i % 3;
      expected += i % 5 == 4 || i == 7 ? 0 : weight[i % 3];
    }
    Bench.Array targets = Values.in(bench, Values.type(parts[3]), target);
    Bench.Array weights = bench.in(cell, weight);
    Bench.Array out = bench.out(cell, 1);
    bench.parameters(kernel).pointer(targets.address()).pointer(weights.address()).pointer(out.address()).int64(rows).int64(3)
        .int64(IGNORED);
    bench.launch(kernel, 1);
    double sum = expected;
    bench.expect(out, new double[] {sum}, i -> rows < 1 << 20 ? 0 : 32 * cell.unit() * sum); // halves add exactly below 2^24
  }
}
