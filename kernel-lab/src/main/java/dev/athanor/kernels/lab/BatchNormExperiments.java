package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ReducePlan;
import java.util.ArrayList;
import java.util.List;

/** The family {@code batch_norm}, over {@code [outer, channels, inner]} in planes and channels-last. */
final class BatchNormExperiments {
  private static final double ROUNDINGS = NormExperiments.ROUNDINGS;
  private static final double EPSILON = NormExperiments.EPSILON;
  /** A sum of two powers of two, so that float32 holds it. */
  private static final double MOMENTUM = 0.25;

  private BatchNormExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("batch_norm")) {
      for (boolean planes : new boolean[] {true, false}) {
        all.add(new Experiment(kernel, planes ? "planes" : "channels-last", (b, size) -> {
          Data d = new Data(b, kernel, size, planes);
          String entry = kernel.entry();
          switch (entry.substring("batch_norm_".length(), entry.lastIndexOf('_'))) {
            case "finish" -> finish(b, kernel, d);
            case "apply" -> map(b, kernel, d, false);
            case "inference" -> map(b, kernel, d, true);
            case "grad" -> gradient(b, kernel, d);
            default -> throw new IllegalArgumentException("no experiment for " + entry);
          }
        }));
      }
    }
    return all;
  }

  /** Inputs, and the statistics of each channel in float64. */
  private static final class Data {
    final Cell cell;
    final ElementType type;
    final int outer;
    final int channels;
    final int inner;
    final int n;
    final double[] x;
    final double[] mean;
    /** The sums of squared deviations. */
    final double[] squares;
    final double[] variance;

    Data(Bench bench, Kernel kernel, int size, boolean planes) {
      cell = Cell.named(kernel.entry());
      type = cell == Cell.F32 ? ElementType.FLOAT32 : ElementType.FLOAT64;
      channels = size >= 2000 ? 40 : size > 40 ? 3 : 1;
      inner = planes && size > 150 ? 35 : 1;
      outer = size / (channels * inner);
      n = outer * channels * inner;
      x = Values.random(bench, type, n, 3);
      mean = new double[channels];
      squares = new double[channels];
      variance = new double[channels];
      for (int i = 0; i < n; i++) {
        mean[channel(i)] += x[i] / count();
      }
      for (int i = 0; i < n; i++) {
        squares[channel(i)] += Math.pow(x[i] - mean[channel(i)], 2);
      }
      for (int c = 0; c < channels; c++) {
        variance[c] = squares[c] / count();
      }
    }

    int channel(int i) {
      return i / inner % channels;
    }

    /** Elements of a channel. */
    int count() {
      return outer * inner;
    }

    double[] invStd() {
      double[] y = new double[channels];
      for (int c = 0; c < channels; c++) {
        y[c] = 1 / Math.sqrt(variance[c] + EPSILON);
      }
      return y;
    }
  }

  /** The statistics from the states that the first stage of a variance leaves, and the running estimates. */
  private static void finish(Bench bench, Kernel kernel, Data d) {
    ReducePlan plan = new ReducePlan().setChannels(d.outer, d.channels, d.inner);
    Layout kept = new Layout(2).begin().dimension(d.channels, d.inner, 1).end();
    Layout reduced = new Layout(1).begin().dimension(d.outer, (long) d.channels * d.inner).dimension(d.inner, 1).end();
    long stateBytes = plan.partials() * Kernels.reduceStateBytes("variance", d.type);
    long states = bench.workspace(stateBytes);
    Bench.Array in = bench.in(d.cell, d.x);
    Kernel first = Kernels.get("reduce_variance_" + d.type.suffix() + "_" + plan.path().suffix());
    bench.parameters(first).pointer(in.address()).pointer(0).pointer(states).int64(plan.outputs()).int64(plan.count())
        .int64(plan.chunk()).int64(plan.chunks()).int64(0).layout(kept).layout(reduced);
    bench.launch(first, plan.tasks());
    double[] runningMean = Values.random(bench, d.type, d.channels, 1);
    double[] runningVariance = Values.hold(d.type, bench.uniform(d.channels, 0.5, 2));
    Bench.Array means = bench.out(d.cell, d.channels);
    Bench.Array inverses = bench.out(d.cell, d.channels);
    Bench.Array movingMeans = bench.inOut(d.cell, runningMean);
    Bench.Array movingVariances = bench.inOut(d.cell, runningVariance);
    bench.parameters(kernel).pointer(states).pointer(means.address()).pointer(inverses.address())
        .pointer(movingMeans.address()).pointer(movingVariances.address()).int64(d.channels).int64(d.count())
        .int64(plan.chunks()).scalar(MOMENTUM).scalar(EPSILON);
    bench.launchNarrow(kernel, d.channels);
    bench.moves(stateBytes + 6L * d.channels * d.cell.bytes());
    double[] expectedMean = new double[d.channels];
    double[] expectedVariance = new double[d.channels];
    for (int c = 0; c < d.channels; c++) {
      expectedMean[c] = (1 - MOMENTUM) * runningMean[c] + MOMENTUM * d.mean[c];
      expectedVariance[c] = (1 - MOMENTUM) * runningVariance[c] + MOMENTUM * d.squares[c] / (d.count() - 1);
    }
    double[] inverse = d.invStd();
    double unit = ROUNDINGS * d.cell.unit();
    bench.expect(means, d.mean, c -> 3 * unit);
    bench.expect(inverses, inverse, c -> unit * inverse[c]);
    bench.expect(movingMeans, expectedMean, c -> 3 * unit);
    bench.expect(movingVariances, expectedVariance, c -> unit * expectedVariance[c]);
  }

  /** {@code y = gamma (x - mean) inv_std + beta}, or the same from a variance. */
  private static void map(Bench bench, Kernel kernel, Data d, boolean inference) {
    double[] gamma = Values.random(bench, d.type, d.channels, 2);
    double[] beta = Values.random(bench, d.type, d.channels, 2);
    double[] mean = Values.hold(d.type, d.mean);
    double[] spread = Values.hold(d.type, inference ? d.variance : d.invStd());
    double[] y = new double[d.n];
    double[] magnitude = new double[d.n];
    for (int i = 0; i < d.n; i++) {
      int c = d.channel(i);
      double inverse = inference ? 1 / Math.sqrt(spread[c] + EPSILON) : spread[c];
      y[i] = gamma[c] * (d.x[i] - mean[c]) * inverse + beta[c];
      magnitude[i] = Math.abs(gamma[c]) * (Math.abs(d.x[i]) + Math.abs(mean[c])) * inverse + Math.abs(beta[c]);
    }
    Bench.Array in = bench.in(d.cell, d.x);
    Bench.Array gammas = bench.in(d.cell, gamma);
    Bench.Array betas = bench.in(d.cell, beta);
    Bench.Array means = bench.in(d.cell, mean);
    Bench.Array spreads = bench.in(d.cell, spread);
    Bench.Array out = bench.out(d.cell, d.n);
    var block = bench.parameters(kernel).pointer(in.address()).pointer(gammas.address()).pointer(betas.address())
        .pointer(means.address()).pointer(spreads.address()).pointer(out.address()).int64(d.n)
        .divisor(d.inner, Math.max(1, d.n)).divisor(d.channels, Math.max(1, d.n));
    if (inference) {
      block.scalar(EPSILON);
    }
    bench.launch(kernel, d.n);
    bench.expect(out, y, i -> ROUNDINGS * d.cell.unit() * magnitude[i]);
  }

  /** {@code dx} from the sums dgamma and dbeta, which norm_sums gives. */
  private static void gradient(Bench bench, Kernel kernel, Data d) {
    double[] dy = Values.random(bench, d.type, d.n, 2);
    double[] gamma = Values.random(bench, d.type, d.channels, 2);
    double[] mean = Values.hold(d.type, d.mean);
    double[] inverse = Values.hold(d.type, d.invStd());
    double[] dgamma = new double[d.channels];
    double[] dbeta = new double[d.channels];
    for (int i = 0; i < d.n; i++) {
      int c = d.channel(i);
      dgamma[c] += dy[i] * (d.x[i] - mean[c]) * inverse[c];
      dbeta[c] += dy[i];
    }
    Values.hold(d.type, dgamma);
    Values.hold(d.type, dbeta);
    double[] dx = new double[d.n];
    double[] magnitude = new double[d.n];
    for (int i = 0; i < d.n; i++) {
      int c = d.channel(i);
      double h = (d.x[i] - mean[c]) * inverse[c];
      dx[i] = gamma[c] * inverse[c] * (dy[i] - dbeta[c] / d.count() - h * dgamma[c] / d.count());
      magnitude[i] = Math.abs(gamma[c]) * inverse[c]
          * (Math.abs(dy[i]) + (Math.abs(dbeta[c]) + (1 + Math.abs(h)) * Math.abs(dgamma[c])) / d.count());
    }
    Bench.Array in = bench.in(d.cell, d.x);
    Bench.Array incoming = bench.in(d.cell, dy);
    Bench.Array gammas = bench.in(d.cell, gamma);
    Bench.Array means = bench.in(d.cell, mean);
    Bench.Array inverses = bench.in(d.cell, inverse);
    Bench.Array gammaSums = bench.in(d.cell, dgamma);
    Bench.Array betaSums = bench.in(d.cell, dbeta);
    Bench.Array out = bench.out(d.cell, d.n);
    bench.parameters(kernel).pointer(in.address()).pointer(incoming.address()).pointer(gammas.address()).pointer(means.address())
        .pointer(inverses.address()).pointer(gammaSums.address()).pointer(betaSums.address()).pointer(out.address())
        .int64(d.n).divisor(d.inner, Math.max(1, d.n)).divisor(d.channels, Math.max(1, d.n)).int64(d.count());
    bench.launch(kernel, d.n);
    bench.expect(out, dx, i -> ROUNDINGS * d.cell.unit() * magnitude[i]);
  }
}
