package dev.athanor.kernels.lab;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ReducePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The family {@code bias}: a bias fused with an activation, against the reference backend's activation. */
final class BiasExperiments {
  private static final double ROUNDINGS = ElementwiseExperiments.ROUNDINGS;

  private BiasExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("bias")) {
      String entry = kernel.entry();
      ElementType type = Values.type(entry.substring(entry.lastIndexOf('_') + 1));
      String stem = entry.substring(0, entry.lastIndexOf('_'));
      if (stem.equals("bias_grad_final")) {
        all.add(new Experiment(kernel, "", (b, n) -> gradient(b, kernel, null, type, n)));
      } else if (stem.startsWith("bias_grad_")) {
        Unary fn = function(type, stem.substring("bias_grad_".length()));
        all.add(new Experiment(kernel, "", (b, n) -> gradient(b, kernel, fn, type, n)));
      } else {
        Unary fn = function(type, stem.substring("bias_".length()));
        all.add(new Experiment(kernel, "channels-last", (b, n) -> forward(b, kernel, fn, type, n, 1, false)));
        all.add(new Experiment(kernel, "planes", (b, n) -> forward(b, kernel, fn, type, n, 7, true)));
      }
    }
    return all;
  }

  /** Null for the identity. */
  private static Unary function(ElementType type, String name) {
    return name.equals("identity") ? null : ElementwiseExperiments.function(type, name);
  }

  /** {@code x[outer, channels, inner]}, with or without the sum kept. */
  private static void forward(Bench bench, Kernel kernel, Unary fn, ElementType type, int size, int positions, boolean keep) {
    int inner = size > 40 ? positions : 1;
    int channels = size > 40 ? 5 : 1;
    int n = size / (channels * inner) * channels * inner;
    Cell cell = Cell.of(type);
    double[] x = Values.random(bench, type, n, 3);
    double[] bias = Values.random(bench, type, channels, 1);
    double[] sum = new double[n];
    Arrays.setAll(sum, i -> x[i] + bias[i / inner % channels]);
    Values.hold(type, sum);
    double[] y = fn == null ? sum : Reference.unary(fn, type, sum);
    Bench.Array in = bench.in(cell, x);
    Bench.Array biases = bench.in(cell, bias);
    Bench.Array pre = keep ? bench.out(cell, n) : null;
    Bench.Array out = bench.out(cell, n);
    bench.parameters(kernel).pointer(in.address()).pointer(biases.address()).pointer(keep ? pre.address() : 0)
        .pointer(out.address()).int64(n).divisor(inner, Math.max(1, n)).divisor(channels, Math.max(1, n))
        .scalar(fn == null ? 0 : fn.a()).scalar(fn == null ? 0 : fn.b());
    bench.launch(kernel, n);
    if (keep) {
      bench.expect(pre, sum, i -> 0);
    }
    bench.expect(out, y, i -> ROUNDINGS * cell.unit() * (Math.abs(y[i]) + Math.abs(sum[i])));
  }

  /** The gradient over {@code [rows, columns]} and the merging of its partial sums; the kernel is one of the two. */
  private static void gradient(Bench bench, Kernel kernel, Unary fn, ElementType type, int size) {
    int columns = size > 2000 ? 40 : size > 40 ? 3 : 1;
    int rows = size / columns;
    int n = rows * columns;
    boolean last = kernel.entry().startsWith("bias_grad_final");
    Cell cell = Cell.of(type);
    double[] dy = Values.random(bench, type, n, 2);
    double[] dx = dy;
    Bench.Array saved = null;
    if (fn != null) {
      double[] x = Values.random(bench, type, n, 3);
      double[] y = Values.hold(type, Reference.unary(fn, type, x));
      dx = Reference.unaryGrad(fn, x, y, dy);
      saved = bench.in(cell, fn.op().saves() == UnaryOp.Saves.OUTPUT ? y : x);
    }
    Bench.Array gradient = bench.in(cell, dy);
    Bench.Array result = fn == null ? null : bench.out(cell, n);
    ReducePlan plan = new ReducePlan().setChannels(rows, columns, 1);
    long stateBytes = plan.partials() * cell.bytes();
    long states = bench.workspace(stateBytes);
    Bench.Array sums = bench.out(cell, columns);
    Kernel first = last ? Kernels.get("bias_grad_identity_" + type.suffix()) : kernel;
    bench.parameters(first).pointer(fn == null ? 0 : saved.address()).pointer(gradient.address())
        .pointer(fn == null ? 0 : result.address()).pointer(states).int64(rows).int64(columns).int64(plan.chunk())
        .int64(plan.chunks()).scalar(fn == null ? 0 : fn.a()).scalar(fn == null ? 0 : fn.b());
    bench.launchNarrow(first, plan.tasks());
    Kernel second = Kernels.get("bias_grad_final_" + type.suffix());
    bench.parameters(second).pointer(states).pointer(sums.address()).int64(columns).int64(plan.chunks());
    bench.launchNarrow(second, columns);
    bench.moves(last ? stateBytes + (long) columns * cell.bytes() : (fn == null ? 1L : 3L) * n * cell.bytes() + stateBytes);
    double[] expected = new double[columns];
    double[] magnitude = new double[columns];
    for (int i = 0; i < n; i++) {
      expected[i % columns] += dx[i];
      magnitude[i % columns] += Math.abs(dx[i]) + Math.abs(dy[i]);
    }
    if (fn != null) {
      double[] each = dx;
      bench.expect(result, each, i -> ROUNDINGS * cell.unit() * (Math.abs(each[i]) + Math.abs(dy[i])));
    }
    bench.expect(sums, expected, c -> ROUNDINGS * cell.unit() * magnitude[c]);
  }
}
