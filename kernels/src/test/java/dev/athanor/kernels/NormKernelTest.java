package dev.athanor.kernels;

import static dev.athanor.kernels.Compare.close;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Normalisations, their gradients and the gradients of their parameters in the simulator against float64.
 *
 * <p>Tolerance: results are sums of terms near 1 times gamma; a mean over n terms is off by a few roundings of their magnitude,
 * and
 * x - mean cancels. 64 roundings relative to max(result, 4) (4 bounds the terms of nearly all rows) hold.
 */
class NormKernelTest {
  private static final double ROUNDINGS = 64;
  private static final double EPSILON = 1e-5;

  private static double[] about(int n) {
    double[] scale = new double[n];
    Arrays.fill(scale, 4);
    return scale;
  }

  /** Where element k of a row lies, and its channel. */
  private interface Place {
    int at(int row, int k);

    default int channel(int row, int k) {
      return k;
    }
  }

  private static Place rows(int n) {
    return (row, k) -> row * n + k;
  }

  private static Place groups(int groups, int perGroup, int positions, boolean last) {
    int channels = groups * perGroup;
    return new Place() {
      @Override
      public int at(int row, int k) {
        int sample = row / groups;
        return last ? (sample * positions + k / perGroup) * channels + channel(row, k)
            : (sample * channels + channel(row, k)) * positions + k % positions;
      }

      @Override
      public int channel(int row, int k) {
        return row % groups * perGroup + (last ? k % perGroup : k / positions);
      }
    };
  }

  /** Everything a row normalisation computes. */
  private static final class Reference {
    final double[] y;
    final double[] mean;
    final double[] invStd;
    final double[] dx;

    Reference(double[] x, double[] dy, double[] gamma, double[] beta, int rows, int n, Place place, boolean rms) {
      y = new double[x.length];
      dx = new double[x.length];
      mean = new double[rows];
      invStd = new double[rows];
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < n; k++) {
          sum += x[place.at(r, k)];
        }
        mean[r] = rms ? 0 : sum / n;
        for (int k = 0; k < n; k++) {
          squares += (x[place.at(r, k)] - mean[r]) * (x[place.at(r, k)] - mean[r]);
        }
        invStd[r] = 1 / Math.sqrt(squares / n + EPSILON);
        double g = 0;
        double gh = 0;
        for (int k = 0; k < n; k++) {
          int i = place.at(r, k);
          double h = (x[i] - mean[r]) * invStd[r];
          double scaled = dy[i] * gamma[place.channel(r, k)];
          y[i] = gamma[place.channel(r, k)] * h + (rms ? 0 : beta[place.channel(r, k)]);
          g += scaled / n;
          gh += scaled * h / n;
        }
        for (int k = 0; k < n; k++) {
          int i = place.at(r, k);
          double h = (x[i] - mean[r]) * invStd[r];
          dx[i] = invStd[r] * (dy[i] * gamma[place.channel(r, k)] - (rms ? 0 : g) - h * gh);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = RowPath.class, names = {"WARP", "BLOCK"})
  void layerAndRmsNormMatch(RowPath path) {
    int[][] shapes = {{0, 7}, {1, 1}, {3, 31}, {9, 33}, {2, 1023}};
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        for (int[] s : shapes) {
          int rows = s[0];
          int n = s[1];
          double[] x = Compare.normal(type, rows * n, 1, 2);
          double[] dy = Compare.normal(type, rows * n, 2, 1);
          double[] gamma = Compare.normal(type, n, 3, 1);
          double[] beta = Compare.normal(type, n, 4, 1);
          String end = "_" + type.suffix() + "_" + path.suffix();
          long px = sim.upload(type, x, 1);
          long pdy = sim.upload(type, dy);
          long pg = sim.upload(type, gamma);
          long pb = sim.upload(type, beta);
          for (boolean rms : new boolean[] {false, true}) {
            Reference e = new Reference(x, dy, gamma, beta, rows, n, rows(n), rms);
            String what = (rms ? "rms" : "layer") + end + List.of(rows, n);
            long y = sim.allocate(type, rows * n);
            long mean = sim.allocate(type, rows);
            long inv = sim.allocate(type, rows);
            long dx = sim.allocate(type, rows * n);
            if (rms) {
              sim.launch("rms_norm" + end, rows, p -> p.pointer(px).pointer(pg).pointer(y).pointer(inv).int64(rows).int64(n)
                  .scalar(EPSILON));
              sim.launch("rms_norm_grad" + end, rows, p -> p.pointer(px).pointer(pdy).pointer(pg).pointer(inv).pointer(dx)
                  .int64(rows)
                  .int64(n));
            } else {
              sim.launch("layer_norm" + end, rows, p -> p.pointer(px).pointer(pg).pointer(pb).pointer(y).pointer(mean)
                  .pointer(inv)
                  .int64(rows).int64(n).scalar(EPSILON));
              sim.launch("layer_norm_grad" + end, rows, p -> p.pointer(px).pointer(pdy).pointer(pg).pointer(mean).pointer(inv)
                  .pointer(dx).int64(rows).int64(n));
              close(what + " mean", type, e.mean, sim.download(type, mean, rows), ROUNDINGS, about(rows));
            }
            close(what, type, e.y, sim.download(type, y, rows * n), ROUNDINGS, about(rows * n));
            close(what + " inv_std", type, e.invStd, sim.download(type, inv, rows), ROUNDINGS, null);
            double[] scale = new double[rows * n];
            for (int i = 0; i < rows * n; i++) {
              scale[i] = 4 * e.invStd[i / n];
            }
            close(what + " dx", type, e.dx, sim.download(type, dx, rows * n), ROUNDINGS, scale);
            sums(sim, type, x, dy, rms ? null : e.mean, e.invStd, rows, n, 1);
          }
        }
      }
    }
  }

  /** The parameters' gradients of layer norm (statistics per row) and of batch norm (statistics per channel). */
  private static void sums(Sim sim, ElementType type, double[] x, double[] dy, double[] mean, double[] invStd, int outer,
      int channels,
      int inner) {
    boolean perRow = invStd.length == outer && inner == 1;
    double[] m = mean == null ? new double[invStd.length] : Sim.rounded(type, mean);
    double[] inv = Sim.rounded(type, invStd);
    double[] dgamma = new double[channels];
    double[] dbeta = new double[channels];
    double[] scale = new double[channels];
    for (int i = 0; i < x.length; i++) {
      int c = i / inner % channels;
      int statistic = perRow ? i / channels : c;
      double h = (x[i] - m[statistic]) * inv[statistic];
      dgamma[c] += dy[i] * h;
      dbeta[c] += dy[i];
      scale[c] += Math.abs(dy[i]) * (Math.abs(h) + 1);
    }
    ReducePlan plan = new ReducePlan().setChannels(outer, channels, inner);
    Layout kept = new Layout(3).begin().dimension(channels, inner, perRow ? 0 : 1, 1).end();
    Layout reduced = new Layout(2).begin().dimension(outer, (long) channels * inner, perRow ? 1 : 0).dimension(inner, 1, 0).end();
    long px = sim.upload(type, x);
    long pdy = sim.upload(type, dy);
    long pm = mean == null ? 0 : sim.upload(type, m);
    long pi = sim.upload(type, inv);
    long partials = sim.allocate(type, 2 * plan.partials());
    long dg = sim.allocate(type, channels);
    long db = sim.allocate(type, channels);
    sim.launch("norm_sums_" + type.suffix() + "_" + plan.path().suffix(), plan.tasks(), p -> p.pointer(px).pointer(pdy)
        .pointer(pm)
        .pointer(pi).pointer(partials).int64(plan.outputs()).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks())
        .layout(kept).layout(reduced));
    sim.launch("norm_sums_" + type.suffix() + "_final", channels, p -> p.pointer(partials).pointer(dg).pointer(db)
        .int64(plan.outputs()).int64(plan.chunks()));
    close("dgamma", type, dgamma, sim.download(type, dg, channels), ROUNDINGS, scale);
    close("dbeta", type, dbeta, sim.download(type, db, channels), ROUNDINGS, scale);
  }

  @ParameterizedTest
  @EnumSource(value = RowPath.class, names = {"WARP", "BLOCK"})
  void groupNormMatchesInBothOrders(RowPath path) {
    int[][] shapes = {{2, 3, 4, 35}, {1, 1, 1, 1}, {3, 2, 5, 1}};
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        for (int[] s : shapes) {
          for (boolean last : new boolean[] {false, true}) {
            int rows = s[0] * s[1];
            int n = s[2] * s[3];
            int all = rows * n;
            double[] x = Compare.normal(type, all, 1, 2);
            double[] dy = Compare.normal(type, all, 2, 1);
            double[] gamma = Compare.normal(type, s[1] * s[2], 3, 1);
            double[] beta = Compare.normal(type, s[1] * s[2], 4, 1);
            Reference e = new Reference(x, dy, gamma, beta, rows, n, groups(s[1], s[2], s[3], last), false);
            long px = sim.upload(type, x);
            long pdy = sim.upload(type, dy);
            long pg = sim.upload(type, gamma);
            long pb = sim.upload(type, beta);
            long y = sim.allocate(type, all);
            long mean = sim.allocate(type, rows);
            long inv = sim.allocate(type, rows);
            String end = "_" + type.suffix() + "_" + path.suffix();
            sim.launch("group_norm" + end, rows, p -> p.pointer(px).pointer(pg).pointer(pb).pointer(y).pointer(mean).pointer(inv)
                .scalar(EPSILON).groups(s[0], s[1], s[2], s[3], last));
            sim.launch("group_norm_grad" + end, rows, p -> p.pointer(px).pointer(pdy).pointer(pg).pointer(mean).pointer(inv)
                .pointer(pdy).groups(s[0], s[1], s[2], s[3], last));
            close("group_norm" + end, type, e.y, sim.download(type, y, all), ROUNDINGS, about(all));
            double[] scale = new double[all];
            Arrays.fill(scale, n == 1 ? 4 / Math.sqrt(EPSILON) : 8);
            close("group_norm_grad" + end, type, e.dx, sim.download(type, pdy, all), ROUNDINGS, scale);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void batchNormMatches(boolean channelsLast) {
    int[][] shapes = {{2, 1, 1}, {3, 5, 7}, {31, 33, 1}, {4, 3, 1023}, {2, 4, 64}};
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        for (int[] s : shapes) {
          int outer = channelsLast ? s[0] * s[2] : s[0];
          int inner = channelsLast ? 1 : s[2];
          batchNorm(sim, type, outer, s[1], inner);
        }
      }
    }
  }

  private static void batchNorm(Sim sim, ElementType type, int outer, int channels, int inner) {
    int all = outer * channels * inner;
    int n = outer * inner;
    double[] x = Compare.normal(type, all, 1, 2);
    double[] dy = Compare.normal(type, all, 2, 1);
    double[] gamma = Compare.normal(type, channels, 3, 1);
    double[] beta = Compare.normal(type, channels, 4, 1);
    double[] mean = new double[channels];
    double[] squares = new double[channels];
    double[] inv = new double[channels];
    double[] runningMean = Compare.normal(type, channels, 5, 1);
    double[] runningVariance = new double[channels];
    for (int i = 0; i < all; i++) {
      mean[i / inner % channels] += x[i] / n;
    }
    for (int i = 0; i < all; i++) {
      int c = i / inner % channels;
      squares[c] += (x[i] - mean[c]) * (x[i] - mean[c]);
    }
    double[] expectedMean = new double[channels];
    double[] expectedVariance = new double[channels];
    for (int c = 0; c < channels; c++) {
      inv[c] = 1 / Math.sqrt(squares[c] / n + EPSILON);
      runningVariance[c] = 1;
      expectedMean[c] = 0.75 * runningMean[c] + 0.25 * mean[c];
      expectedVariance[c] = 0.75 + 0.25 * squares[c] / (n - 1);
    }
    double[] y = new double[all];
    double[] dgamma = new double[channels];
    double[] dbeta = new double[channels];
    for (int i = 0; i < all; i++) {
      int c = i / inner % channels;
      double h = (x[i] - mean[c]) * inv[c];
      y[i] = gamma[c] * h + beta[c];
      dgamma[c] += dy[i] * h;
      dbeta[c] += dy[i];
    }
    double[] dx = new double[all];
    for (int i = 0; i < all; i++) {
      int c = i / inner % channels;
      dx[i] = gamma[c] * inv[c] * (dy[i] - dbeta[c] / n - (x[i] - mean[c]) * inv[c] * dgamma[c] / n);
    }
    String t = "_" + type.suffix();
    long px = sim.upload(type, x);
    long pg = sim.upload(type, gamma);
    long pb = sim.upload(type, beta);
    long pm = sim.allocate(type, channels);
    long pi = sim.allocate(type, channels);
    long prm = sim.upload(type, runningMean);
    long prv = sim.upload(type, runningVariance);
    ReducePlan plan = new ReducePlan().setChannels(outer, channels, inner);
    Layout kept = new Layout(2).begin().dimension(channels, inner, 1).end();
    Layout reduced = new Layout(1).begin().dimension(outer, (long) channels * inner).dimension(inner, 1).end();
    long states = sim.allocate(ElementType.BOOL, plan.partials() * Kernels.reduceStateBytes("variance", type));
    sim.launch("reduce_variance" + t + "_" + plan.path().suffix(), plan.tasks(), p -> p.pointer(px).pointer(0).pointer(states)
        .int64(plan.outputs()).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(0).layout(kept)
            .layout(reduced));
    sim.launch("batch_norm_finish" + t, channels, p -> p.pointer(states).pointer(pm).pointer(pi).pointer(prm).pointer(prv)
        .int64(channels).int64(n).int64(plan.chunks()).scalar(0.25).scalar(EPSILON));
    close("mean", type, mean, sim.download(type, pm, channels), ROUNDINGS, about(channels));
    close("inv_std", type, inv, sim.download(type, pi, channels), ROUNDINGS, null);
    close("running mean", type, expectedMean, sim.download(type, prm, channels), ROUNDINGS, about(channels));
    close("running variance", type, expectedVariance, sim.download(type, prv, channels), ROUNDINGS, about(channels));
    for (int off = 0; off < 2; off++) {
      long in = sim.upload(type, x, off);
      long out = sim.allocate(type, all, off);
      sim.launch("batch_norm_apply" + t, all, p -> p.pointer(in).pointer(pg).pointer(pb).pointer(pm).pointer(pi).pointer(out)
          .int64(all)
          .divisor(inner, all).divisor(channels, all));
      close("batch norm", type, y, sim.download(type, out, all), ROUNDINGS, about(all));
    }
    sums(sim, type, x, dy, mean, inv, outer, channels, inner);
    long pdy = sim.upload(type, dy);
    long pdg = sim.upload(type, dgamma);
    long pdb = sim.upload(type, dbeta);
    sim.launch("batch_norm_grad" + t, all, p -> p.pointer(px).pointer(pdy).pointer(pg).pointer(pm).pointer(pi).pointer(pdg)
        .pointer(pdb)
        .pointer(pdy).int64(all).divisor(inner, all).divisor(channels, all).int64(n));
    double[] scale = new double[all];
    for (int i = 0; i < all; i++) {
      scale[i] = 4 * inv[i / inner % channels];
    }
    close("batch norm dx", type, dx, sim.download(type, pdy, all), ROUNDINGS, scale);
    // Inference: no gamma, no beta, the running statistics.
    double[] rm = sim.download(type, prm, channels);
    double[] rv = sim.download(type, prv, channels);
    long out = sim.allocate(type, all);
    sim.launch("batch_norm_inference" + t, all, p -> p.pointer(px).pointer(0).pointer(0).pointer(prm).pointer(prv).pointer(out)
        .int64(all)
        .divisor(inner, all).divisor(channels, all).scalar(EPSILON));
    double[] inference = new double[all];
    for (int i = 0; i < all; i++) {
      int c = i / inner % channels;
      inference[i] = (x[i] - rm[c]) / Math.sqrt(rv[c] + EPSILON);
    }
    close("batch norm inference", type, inference, sim.download(type, out, all), ROUNDINGS, about(all));
  }

  @Test
  void biasAndActivationMatchForEveryActivation() {
    int[][] shapes = {{0, 3, 1}, {31, 33, 1}, {2, 3, 35}, {1, 1, 1}};
    List<String> functions = new ArrayList<>(UnaryFamily.ACTIVATIONS);
    functions.add("identity");
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        for (String f : functions) {
          for (int[] s : type == ElementType.FLOAT32 ? shapes : new int[][] {{3, 5, 2}}) {
            bias(sim, type, f, s[0], s[1], s[2]);
          }
          biasGrad(sim, type, f, 33, 34);
        }
      }
      biasGrad(sim, ElementType.FLOAT32, "relu", 1023, 31);
    }
  }

  private static void bias(Sim sim, ElementType type, String f, int outer, int channels, int inner) {
    int n = outer * channels * inner;
    double a = Sim.rounded(type, Functions.a(f))[0];
    double b = Sim.rounded(type, Functions.b(f))[0];
    double[] x = Compare.normal(type, n, 6, 1);
    double[] bias = Compare.normal(type, channels, 7, 1);
    double[] pre = new double[n];
    double[] y = new double[n];
    for (int i = 0; i < n; i++) {
      pre[i] = x[i] + bias[i / inner % channels];
    }
    pre = Sim.rounded(type, pre);
    for (int i = 0; i < n; i++) {
      y[i] = Functions.value(f, pre[i], a, b);
    }
    for (int off = 0; off < 2; off++) {
      long px = sim.upload(type, x, off);
      long pb = sim.upload(type, bias);
      long pPre = off == 0 ? sim.allocate(type, n) : 0;
      // In place.
      sim.launch("bias_" + f + "_" + type.suffix(), n, p -> p.pointer(px).pointer(pb).pointer(pPre).pointer(px).int64(n)
          .divisor(inner, n).divisor(channels, n).scalar(a).scalar(b));
      close("bias_" + f, type, y, sim.download(type, px, n), ROUNDINGS, about(n));
      if (off == 0) {
        close("pre", type, pre, sim.download(type, pPre, n), 0, null);
      }
    }
  }

  private static void biasGrad(Sim sim, ElementType type, String f, int rows, int columns) {
    int n = rows * columns;
    double a = Sim.rounded(type, Functions.a(f))[0];
    double b = Sim.rounded(type, Functions.b(f))[0];
    double[] saved = Compare.normal(type, n, 6, 1);
    double[] dy = Compare.normal(type, n, 7, 1);
    double[] dx = new double[n];
    double[] dbias = new double[columns];
    double[] scale = new double[columns];
    for (int i = 0; i < n; i++) {
      dx[i] = dy[i] * Functions.derivative(f, saved[i], a, b);
      dbias[i % columns] += dx[i];
      scale[i % columns] += Math.abs(dy[i]) * 4;
    }
    ReducePlan plan = new ReducePlan().setChannels(rows, columns, 1);
    long ps = f.equals("identity") ? 0 : sim.upload(type, saved);
    long pdy = sim.upload(type, dy);
    long pdx = f.equals("identity") ? 0 : sim.allocate(type, n);
    long partials = sim.allocate(type, plan.partials());
    long db = sim.allocate(type, columns);
    sim.launch("bias_grad_" + f + "_" + type.suffix(), plan.tasks(), p -> p.pointer(ps).pointer(pdy).pointer(pdx)
        .pointer(partials)
        .int64(rows).int64(columns).int64(plan.chunk()).int64(plan.chunks()).scalar(a).scalar(b));
    sim.launch("bias_grad_final_" + type.suffix(), columns, p -> p.pointer(partials).pointer(db).int64(columns)
        .int64(plan.chunks()));
    if (pdx != 0) {
      close("bias_grad_" + f, type, dx, sim.download(type, pdx, n), ROUNDINGS, about(n));
    }
    close("dbias " + f, type, dbias, sim.download(type, db, columns), ROUNDINGS, scale);
  }
}
