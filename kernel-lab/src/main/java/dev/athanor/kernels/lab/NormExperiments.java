package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.kernels.ReducePath;
import dev.athanor.kernels.ReducePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** The family {@code norm}: layer, RMS and group norm, their gradients, and the sums for gamma and beta. */
final class NormExperiments {
  /** Roundings of the magnitude of a result's terms: a mean is off by a few, and x - mean cancels. */
  static final double ROUNDINGS = 64;
  static final double EPSILON = 1e-5;

  private NormExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("norm")) {
      String entry = kernel.entry();
      int longest = entry.endsWith("_warp") ? 100 : 1200;
      if (entry.startsWith("norm_sums")) {
        if (!entry.endsWith("_row")) {
          all.add(new Experiment(kernel, "per row", (b, n) -> sums(b, kernel, n, 1, true, ReducePath.COLUMN)));
          all.add(new Experiment(kernel, "per channel", (b, n) -> sums(b, kernel, n, 1, false, ReducePath.COLUMN)));
        }
        if (!entry.endsWith("_column")) {
          all.add(new Experiment(kernel, "planes", (b, n) -> sums(b, kernel, n, 35, false, ReducePath.ROW)));
        }
      } else if (entry.startsWith("group_norm")) {
        all.add(new Experiment(kernel, "planes", (b, n) -> normalise(b, kernel, Rows.groups(n, longest, false), false)));
        all.add(new Experiment(kernel, "channels-last", (b, n) -> normalise(b, kernel, Rows.groups(n, longest, true), false)));
      } else {
        all.add(new Experiment(kernel, "", (b, n) -> normalise(b, kernel, Rows.matrix(n, longest), false)));
        all.add(new Experiment(kernel, "plain", (b, n) -> normalise(b, kernel, Rows.matrix(n, longest), true)));
      }
    }
    return all;
  }

  /**
   * The rows that are normalised: {@code samples x groups} of {@code perGroup x positions} elements. The rows of a matrix are one
   * group of channels at one position.
   */
  private record Rows(int samples, int groups, int perGroup, int positions, boolean last) {
    static Rows matrix(int size, int longest) {
      int n = Math.max(1, Math.min(longest, size));
      return new Rows(size / n, 1, n, 1, false);
    }

    static Rows groups(int size, int longest, boolean last) {
      int groups = size > 40 ? 2 : 1;
      int perGroup = size > 40 ? 5 : 1;
      int positions = Math.max(1, Math.min(longest / perGroup, size / (groups * perGroup)));
      return new Rows(size / (groups * perGroup * positions), groups, perGroup, positions, last);
    }

    int rows() {
      return samples * groups;
    }

    int n() {
      return perGroup * positions;
    }

    int channels() {
      return groups * perGroup;
    }

    int channel(int row, int k) {
      return row % groups * perGroup + (last ? k % perGroup : k / positions);
    }

    int at(int row, int k) {
      int sample = row / groups;
      return last ? (sample * positions + k / perGroup) * channels() + channel(row, k)
          : (sample * channels() + channel(row, k)) * positions + k % positions;
    }
  }

  /** A kernel over rows, forward or backward; the name tells which. Plain: without gamma and beta. */
  private static void normalise(Bench bench, Kernel kernel, Rows s, boolean plain) {
    String entry = kernel.entry();
    boolean rms = entry.startsWith("rms");
    boolean group = entry.startsWith("group");
    Cell cell = Cell.named(entry);
    ElementType type = cell == Cell.F32 ? ElementType.FLOAT32 : ElementType.FLOAT64;
    int all = s.rows() * s.n();
    double[] x = Values.random(bench, type, all, 3);
    double[] gamma = Values.random(bench, type, s.channels(), 2);
    if (plain) {
      Arrays.fill(gamma, 1);
    }
    double[] mean = new double[s.rows()];
    double[] invStd = new double[s.rows()];
    for (int r = 0; r < s.rows(); r++) {
      double sum = 0;
      double squares = 0;
      for (int k = 0; k < s.n(); k++) {
        sum += x[s.at(r, k)];
      }
      mean[r] = rms ? 0 : sum / s.n();
      for (int k = 0; k < s.n(); k++) {
        squares += Math.pow(x[s.at(r, k)] - mean[r], 2);
      }
      invStd[r] = 1 / Math.sqrt(squares / s.n() + EPSILON);
    }
    Bench.Array in = bench.in(cell, x);
    long gammas = plain ? 0 : bench.in(cell, gamma).address();
    if (entry.contains("_grad_")) {
      gradient(bench, kernel, type, s, rms, x, in, gamma, gammas, Values.hold(type, mean), Values.hold(type, invStd));
      return;
    }
    double[] beta = plain ? new double[s.channels()] : Values.random(bench, type, s.channels(), 2);
    double[] y = new double[all];
    double[] magnitude = new double[all];
    for (int r = 0; r < s.rows(); r++) {
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(r, k);
        int c = s.channel(r, k);
        y[i] = gamma[c] * (x[i] - mean[r]) * invStd[r] + (rms ? 0 : beta[c]);
        magnitude[i] = Math.abs(gamma[c]) * (Math.abs(x[i]) + Math.abs(mean[r])) * invStd[r] + Math.abs(beta[c]);
      }
    }
    long betas = rms || plain ? 0 : bench.in(cell, beta).address();
    Bench.Array out = bench.out(cell, all);
    Bench.Array means = rms ? null : bench.out(cell, s.rows());
    Bench.Array inverses = bench.out(cell, s.rows());
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(gammas);
    if (!rms) {
      block.pointer(betas);
    }
    block.pointer(out.address());
    if (!rms) {
      block.pointer(means.address());
    }
    block.pointer(inverses.address());
    if (group) {
      block.scalar(EPSILON).groups(s.samples(), s.groups(), s.perGroup(), s.positions(), s.last());
    } else {
      block.int64(s.rows()).int64(s.n()).scalar(EPSILON);
    }
    bench.launchNarrow(kernel, s.rows());
    bench.expect(out, y, i -> ROUNDINGS * cell.unit() * magnitude[i]);
    bench.expect(inverses, invStd, r -> ROUNDINGS * cell.unit() * invStd[r]);
    if (!rms) {
      bench.expect(means, mean, r -> ROUNDINGS * cell.unit() * 3);
    }
  }

  private static void gradient(Bench bench, Kernel kernel, ElementType type, Rows s, boolean rms, double[] x, Bench.Array in,
      double[] gamma, long gammas, double[] mean, double[] invStd) {
    Cell cell = Cell.of(type);
    double[] dy = Values.random(bench, type, x.length, 2);
    double[] dx = new double[x.length];
    double[] magnitude = new double[x.length];
    for (int r = 0; r < s.rows(); r++) {
      double g = 0;
      double gh = 0;
      double size = 0;
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(r, k);
        double scaled = dy[i] * gamma[s.channel(r, k)] / s.n();
        double h = (x[i] - mean[r]) * invStd[r];
        g += scaled;
        gh += scaled * h;
        size += Math.abs(scaled) * (1 + Math.abs(h));
      }
      for (int k = 0; k < s.n(); k++) {
        int i = s.at(r, k);
        double h = (x[i] - mean[r]) * invStd[r];
        double scaled = dy[i] * gamma[s.channel(r, k)];
        dx[i] = invStd[r] * (scaled - (rms ? 0 : g) - h * gh);
        magnitude[i] = invStd[r] * (Math.abs(scaled) + (1 + Math.abs(h)) * size);
      }
    }
    Bench.Array incoming = bench.in(cell, dy);
    Bench.Array means = rms ? null : bench.in(cell, mean);
    Bench.Array inverses = bench.in(cell, invStd);
    Bench.Array out = bench.out(cell, x.length);
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(incoming.address()).pointer(gammas);
    if (!rms) {
      block.pointer(means.address());
    }
    block.pointer(inverses.address()).pointer(out.address());
    if (kernel.entry().startsWith("group")) {
      block.groups(s.samples(), s.groups(), s.perGroup(), s.positions(), s.last());
    } else {
      block.int64(s.rows()).int64(s.n());
    }
    bench.launchNarrow(kernel, s.rows());
    bench.expect(out, dx, i -> ROUNDINGS * cell.unit() * magnitude[i]);
  }

  /** {@code sum(dy h)} and {@code sum(dy)} per channel of {@code [outer, channels, inner]}, statistics per row or per channel. */
  private static void sums(Bench bench, Kernel kernel, int size, int positions, boolean perRow, ReducePath path) {
    boolean last = kernel.entry().endsWith("_final");
    Cell cell = Cell.named(kernel.entry());
    ElementType type = cell == Cell.F32 ? ElementType.FLOAT32 : ElementType.FLOAT64;
    int channels = size >= 2000 ? 40 : size > 40 ? 3 : 1;
    int inner = size > 150 ? positions : 1;
    int outer = size / (channels * inner);
    int n = outer * channels * inner;
    double[] x = Values.random(bench, type, n, 3);
    double[] dy = Values.random(bench, type, n, 2);
    double[] mean = Values.random(bench, type, perRow ? outer : channels, 1);
    double[] invStd = Values.hold(type, bench.uniform(mean.length, 0.5, 2));
    double[] dgamma = new double[channels];
    double[] dbeta = new double[channels];
    double[] gammaSize = new double[channels];
    double[] betaSize = new double[channels];
    IntUnaryOperator statistic = i -> perRow ? i / channels : i / inner % channels;
    for (int i = 0; i < n; i++) {
      int c = i / inner % channels;
      double h = (x[i] - mean[statistic.applyAsInt(i)]) * invStd[statistic.applyAsInt(i)];
      dgamma[c] += dy[i] * h;
      dbeta[c] += dy[i];
      gammaSize[c] += Math.abs(dy[i]) * (Math.abs(h) + 1);
      betaSize[c] += Math.abs(dy[i]);
    }
    Bench.Array in = bench.in(cell, x);
    Bench.Array incoming = bench.in(cell, dy);
    Bench.Array means = bench.in(cell, mean);
    Bench.Array inverses = bench.in(cell, invStd);
    Bench.Array gammas = bench.out(cell, channels);
    Bench.Array betas = bench.out(cell, channels);
    Layout kept = new Layout(3).begin().dimension(channels, inner, perRow ? 0 : 1, 1).end();
    Layout reduced = new Layout(2).begin().dimension(outer, (long) channels * inner, perRow ? 1 : 0).dimension(inner, 1, 0).end();
    ReducePlan plan = new ReducePlan().set(kept, reduced, path);
    long stateBytes = 2 * plan.partials() * cell.bytes();
    long states = bench.workspace(stateBytes);
    String stem = "norm_sums_" + type.suffix() + "_";
    Kernel first = Kernels.get(stem + plan.path().suffix());
    bench.parameters(first).pointer(in.address()).pointer(incoming.address()).pointer(means.address())
        .pointer(inverses.address()).pointer(states).int64(plan.outputs()).int64(plan.count()).int64(plan.chunk())
        .int64(plan.chunks()).layout(kept).layout(reduced);
    bench.launchNarrow(first, plan.tasks());
    Kernel second = Kernels.get(stem + "final");
    bench.parameters(second).pointer(states).pointer(gammas.address()).pointer(betas.address()).int64(plan.outputs())
        .int64(plan.chunks());
    bench.launchNarrow(second, channels);
    bench.moves(stateBytes + cell.bytes() * (last ? 2L * channels : 2L * n + 2L * mean.length));
    bench.expect(gammas, dgamma, c -> ROUNDINGS * cell.unit() * gammaSize[c]);
    bench.expect(betas, dbeta, c -> ROUNDINGS * cell.unit() * betaSize[c]);
  }
}
