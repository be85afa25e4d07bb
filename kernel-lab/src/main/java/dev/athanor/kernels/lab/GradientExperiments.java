package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/** The family {@code gradients}: norms, clipping, unscaling, finite checks. */
final class GradientExperiments {
  private static final boolean[] NO_STATES = new boolean[3];

  private GradientExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String type : List.of("f32", "f64")) {
      add(all, "gradients_squares_" + type, "norm", GradientExperiments::norm);
      add(all, "gradients_scale_" + type, "", GradientExperiments::scale);
      add(all, "gradients_clip_" + type, "", (b, k, n) -> clip(b, k, n, 3));
      add(all, "gradients_clip_" + type, "small", (b, k, n) -> clip(b, k, n, 0.5));
      add(all, "gradients_unscale_" + type, "finite", (b, k, n) -> unscale(b, k, n, false));
      add(all, "gradients_unscale_" + type, "overflow", (b, k, n) -> unscale(b, k, n, true));
      add(all, "gradients_finite_" + type, "finite", (b, k, n) -> finite(b, k, n, false));
      add(all, "gradients_finite_" + type, "overflow", (b, k, n) -> finite(b, k, n, true));
      add(all, "gradients_clamp_" + type, "", GradientExperiments::clamp);
    }
    add(all, "gradients_norm", "", GradientExperiments::secondStage);
    add(all, "gradients_loss_scale", "", (b, k, n) -> lossScale(b, k));
    return all;
  }

  private interface Body {
    void run(Bench bench, Kernel kernel, int n);
  }

  private static void add(List<Experiment> all, String entry, String variant, Body body) {
    Kernel kernel = Kernels.get(entry);
    all.add(new Experiment(kernel, variant, (bench, n) -> body.run(bench, kernel, n)));
  }

  /** Both stages: a norm, and the factor that brings it to 1. */
  private static void norm(Bench bench, Kernel kernel, int n) {
    Tensors t = Tensors.create(bench, Cell.named(kernel.entry()), n, NO_STATES);
    bench.alsoMoves(-2L * n * Cell.named(kernel.entry()).bytes()); // parameters are not touched
    Bench.Array partials = bench.out(Cell.F64, (int) t.chunks());
    t.begin(bench, kernel).pointer(partials.address());
    bench.launchNarrow(kernel, t.chunks());
    Kernel second = Kernels.get("gradients_norm");
    Bench.Array out = bench.out(Cell.F64, 2);
    Bench.Array found = bench.inOut(Cell.I32, new long[1]);
    bench.parameters(second).pointer(partials.address()).int64(t.chunks()).float64(1).pointer(out.address())
        .pointer(found.address());
    bench.launch(second, 1);
    double sum = 0;
    for (double[] gradient : t.gradients()) {
      for (double g : gradient) {
        sum += g * g;
      }
    }
    double norm = Math.sqrt(sum);
    // Positive terms: the relative error of either order is at most n units; trees do far better.
    double bound = Math.max(n, 8) * 2 * Cell.F64.unit();
    double[] expected = {norm, Math.min(1, 1 / (norm + 1e-6))};
    bench.expect(out, expected, i -> bound * expected[i]);
    bench.expect(found, new long[1]);
  }

  private static void secondStage(Bench bench, Kernel kernel, int n) {
    double[] x = bench.uniform(n, 0, 1);
    double sum = 0;
    for (double v : x) {
      sum += v;
    }
    secondStage(bench, kernel, x, Math.sqrt(sum));
    if (n > 0) {
      x[n / 2] = Double.NaN;
      secondStage(bench, kernel, x, Double.NaN);
      x[n / 2] = Double.POSITIVE_INFINITY;
      secondStage(bench, kernel, x, Double.POSITIVE_INFINITY);
    }
  }

  private static void secondStage(Bench bench, Kernel kernel, double[] x, double norm) {
    Bench.Array partials = bench.in(Cell.F64, x);
    Bench.Array out = bench.out(Cell.F64, 2);
    Bench.Array found = bench.inOut(Cell.I32, new long[1]);
    bench.parameters(kernel).pointer(partials.address()).int64(x.length).float64(2).pointer(out.address())
        .pointer(found.address());
    bench.launch(kernel, 1);
    double[] expected = {norm, Math.min(1, 2 / (norm + 1e-6))};
    bench.expect(out, expected, i -> Math.max(x.length, 8) * 2 * Cell.F64.unit() * expected[i]);
    bench.expect(found, new long[] {Double.isFinite(norm) ? 0 : 1});
  }

  private static void scale(Bench bench, Kernel kernel, int n) {
    Cell cell = Cell.named(kernel.entry());
    Tensors t = Tensors.create(bench, cell, n, NO_STATES);
    double factor = cell.round(0.37);
    Bench.Array f = bench.in(Cell.F64, new double[] {factor});
    t.begin(bench, kernel).pointer(f.address());
    bench.launch(kernel, t.chunks());
    for (int k = 0; k < t.gradients().length; k++) {
      bench.expectUlps(t.gradientArrays()[k], times(t.gradients()[k], factor), 0.5);
    }
  }

  /** Clips to 1 what is said to have this norm. */
  private static void clip(Bench bench, Kernel kernel, int n, double norm) {
    Cell cell = Cell.named(kernel.entry());
    Tensors t = Tensors.create(bench, cell, n, NO_STATES);
    Bench.Array normArray = bench.in(cell, new double[] {norm});
    t.begin(bench, kernel).pointer(normArray.address()).float64(1);
    bench.launchNarrow(kernel, t.chunks());
    double factor = Math.min(1, 1 / (norm + 1e-6));
    for (int k = 0; k < t.gradients().length; k++) {
      bench.expectUlps(t.gradientArrays()[k], times(t.gradients()[k], factor), 1); // the factor and the product are rounded
    }
  }

  private static void unscale(Bench bench, Kernel kernel, int n, boolean overflow) {
    Tensors t = create(bench, kernel, n, overflow);
    Bench.Array scale = bench.in(Cell.F64, new double[] {1024});
    Bench.Array found = bench.inOut(Cell.I32, new long[1]);
    t.begin(bench, kernel).pointer(scale.address()).pointer(found.address());
    bench.launchNarrow(kernel, t.chunks());
    for (int k = 0; k < t.gradients().length; k++) {
      bench.expectBits(t.gradientArrays()[k], times(t.gradients()[k], 0x1p-10));
    }
    bench.expect(found, new long[] {overflow && n > 0 ? 1 : 0});
  }

  private static void finite(Bench bench, Kernel kernel, int n, boolean overflow) {
    Tensors t = create(bench, kernel, n, overflow);
    Bench.Array found = bench.inOut(Cell.I32, new long[1]);
    t.begin(bench, kernel).pointer(found.address());
    bench.launch(kernel, t.chunks());
    bench.expect(found, new long[] {overflow && n > 0 ? 1 : 0});
  }

  /** Tensors whose last gradient of the first tensor is infinite, if asked for. */
  private static Tensors create(Bench bench, Kernel kernel, int n, boolean overflow) {
    Cell cell = Cell.named(kernel.entry());
    Tensors t = Tensors.create(bench, cell, n, NO_STATES);
    if (overflow && n > 0) {
      double[] g = t.gradients()[0];
      g[g.length - 1] = n % 2 == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
      bench.rewrite(t.gradientArrays()[0], g);
    }
    return t;
  }

  private static void clamp(Bench bench, Kernel kernel, int n) {
    Tensors t = create(bench, kernel, n, true); // a NaN stays one
    t.begin(bench, kernel).scalar(0.75);
    bench.launch(kernel, t.chunks());
    for (int k = 0; k < t.gradients().length; k++) {
      double[] expected = t.gradients()[k].clone();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = Math.max(-0.75, Math.min(0.75, expected[i]));
      }
      bench.expectBits(t.gradientArrays()[k], expected);
    }
  }

  private static void lossScale(Bench bench, Kernel kernel) {
    // {scale, good steps, found} before and after, growing every third good step.
    double[][] cases = {{1024, 0, 0, 1024, 1}, {1024, 1, 0, 1024, 2}, {1024, 2, 0, 2048, 0}, {1024, 2, 1, 512, 0}};
    for (double[] c : cases) {
      Bench.Array scale = bench.inOut(Cell.F64, new double[] {c[0], c[1]});
      Bench.Array found = bench.inOut(Cell.I32, new long[] {(long) c[2]});
      bench.parameters(kernel).pointer(scale.address()).pointer(found.address()).float64(2).float64(0.5).int32(3);
      bench.launch(kernel, 1);
      bench.expectBits(scale, new double[] {c[3], c[4]});
      bench.expect(found, new long[1]);
    }
  }

  private static double[] times(double[] x, double factor) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * factor;
    }
    return y;
  }
}
