package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.List;

/** Optimizer steps, the global norm and clipping. */
final class OptimizerFamily extends FusedFamily {
  private static final List<Shape> PARAMETERS = List.of(Shape.of(1), Shape.of(31), Shape.of(0), Shape.of(33, 31), Shape.SCALAR,
      Shape.of(4, 3, 3, 3));
  private static final double RATE = 0.05;

  OptimizerFamily(TestDevice device) {
    super(device, "optimizer");
  }

  @Override
  void define() {
    List<OptimizerRule> rules = new ArrayList<>();
    for (double momentum : new double[] {0, 0.9}) {
      for (double decay : new double[] {0, 0.01}) {
        rules.add(new OptimizerRule.Sgd(momentum, 0, false, decay));
        rules.add(new OptimizerRule.Sgd(momentum, 0, momentum > 0, decay));
      }
    }
    rules.add(new OptimizerRule.Sgd(0.8, 0.3, false, 0.1));
    for (boolean decoupled : new boolean[] {false, true}) {
      for (boolean amsgrad : new boolean[] {false, true}) {
        for (boolean inside : new boolean[] {false, true}) {
          rules.add(new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, decoupled, amsgrad, inside));
          rules.add(new OptimizerRule.Adam(0.8, 0.95, 1e-3, 0.1, decoupled, amsgrad, inside));
        }
      }
    }
    for (DType dtype : FLOATS) {
      for (OptimizerRule rule : rules) {
        fused(dtype + " " + rule, (t, ops) -> steps(t, ops, dtype, rule));
      }
      fused(dtype + " no parameters", (t, ops) -> {
        View hyper = t.in(HostArray.vector(DType.FLOAT64, RATE, 1));
        t.run(() -> ops.optimizerStep(new OptimizerStep(rules.get(0), hyper, List.of(), List.of(), List.of())));
      });
      fused("globalNorm " + dtype, (t, ops) -> norm(t, ops, dtype, PARAMETERS, 1));
      fused("globalNorm " + dtype + " of nothing", (t, ops) -> norm(t, ops, dtype, List.of(), 1));
      fused("globalNorm " + dtype + " of 100003", (t, ops) -> norm(t, ops, dtype, List.of(Shape.of(100_003)), 1));
      for (double limit : new double[] {0.5, 1e6}) {
        fused("clipToNorm " + dtype + " " + limit, (t, ops) -> clip(t, ops, dtype, limit, 3));
      }
      fused("clipToNorm " + dtype + " NaN norm makes NaN gradients", (t, ops) -> clip(t, ops, dtype, 1, Double.NaN));
    }
  }

  /** Three steps, each expected from the state the device had before it. */
  private static void steps(Trial t, FusedOps ops, DType dtype, OptimizerRule rule) {
    List<View> parameters = new ArrayList<>();
    List<View> gradients = new ArrayList<>();
    List<List<View>> states = new ArrayList<>();
    for (Shape shape : PARAMETERS) {
      parameters.add(t.inOut(HostArray.random(dtype, shape, 251, -1, 1), Placement.OFFSET));
      gradients.add(t.in(HostArray.random(dtype, shape, 253, -1, 1)));
      List<View> slots = new ArrayList<>();
      for (int k = 0; k < rule.stateSlots(); k++) {
        slots.add(t.inOut(HostArray.of(dtype, shape, i -> 0), Placement.CONTIGUOUS));
      }
      states.add(slots);
    }
    for (int step = 1; step <= 3; step++) {
      View hyper = t.in(HostArray.vector(DType.FLOAT64, RATE / step, step));
      List<double[]> theta = parameters.stream().map(v -> t.read(v).doubles()).toList();
      List<List<double[]>> before = states.stream().map(l -> l.stream().map(v -> t.read(v).doubles()).toList()).toList();
      t.run(() -> ops.optimizerStep(new OptimizerStep(rule, hyper, parameters, gradients, states)));
      for (int p = 0; p < parameters.size(); p++) {
        double[] g = t.read(gradients.get(p)).doubles();
        double[] x = theta.get(p);
        List<double[]> s = before.get(p);
        for (int i = 0; i < g.length; i++) {
          update(rule, RATE / step, step, g[i], i, x, s);
        }
        double u = Accuracy.unit(dtype);
        // A step is at most a few learning rates long here; the rest of the error is relative to the parameter.
        t.expect(parameters.get(p), i -> x[i], i -> 64 * u * (Math.abs(x[i]) + 4 * RATE));
        for (int k = 0; k < s.size(); k++) {
          double[] slot = s.get(k);
          t.expect(states.get(p).get(k), i -> slot[i], i -> 16 * u * (Math.abs(slot[i]) + Math.abs(g[i]) + 0.2));
        }
      }
    }
  }

  /** One element's update by the formulas at {@link OptimizerRule}. */
  private static void update(OptimizerRule rule, double rate, int step, double gradient, int i, double[] x, List<double[]> s) {
    switch (rule) {
      case OptimizerRule.Sgd r -> {
        double g = gradient + r.weightDecay() * x[i];
        double move = g;
        if (r.momentum() != 0) {
          double[] v = s.get(0);
          v[i] = step == 1 ? g : r.momentum() * v[i] + (1 - r.dampening()) * g;
          move = r.nesterov() ? g + r.momentum() * v[i] : v[i];
        }
        x[i] -= rate * move;
      }
      case OptimizerRule.Adam r -> {
        double g = gradient;
        if (r.decoupled()) {
          x[i] *= 1 - rate * r.weightDecay();
        } else {
          g += r.weightDecay() * x[i];
        }
        double[] m = s.get(0);
        double[] v = s.get(1);
        m[i] = r.beta1() * m[i] + (1 - r.beta1()) * g;
        v[i] = r.beta2() * v[i] + (1 - r.beta2()) * g * g;
        double square = v[i];
        if (r.amsgrad()) {
          s.get(2)[i] = Math.max(s.get(2)[i], v[i]);
          square = s.get(2)[i];
        }
        double corrected = square / (1 - Math.pow(r.beta2(), step));
        double divisor = r.epsilonInside() ? Math.sqrt(corrected + r.epsilon()) : Math.sqrt(corrected) + r.epsilon();
        x[i] -= rate * m[i] / (1 - Math.pow(r.beta1(), step)) / divisor;
      }
    }
  }

  private static void norm(Trial t, FusedOps ops, DType dtype, List<Shape> shapes, double size) {
    List<View> gradients = new ArrayList<>();
    double sum = 0;
    long n = 0;
    for (Shape shape : shapes) {
      HostArray g = HostArray.random(dtype, shape, 257 + n, -size, size);
      gradients.add(t.in(g, Placement.OFFSET));
      for (int i = 0; i < g.size(); i++) {
        sum += g.get(i) * g.get(i);
      }
      n += g.size();
    }
    View out = t.out(dtype, Shape.SCALAR);
    t.run(() -> ops.globalNorm(gradients, out));
    double norm = Math.sqrt(sum);
    long terms = n;
    t.expect(out, i -> norm, i -> Accuracy.sum(dtype, terms + 4, norm));
  }

  private static void clip(Trial t, FusedOps ops, DType dtype, double limit, double norm) {
    List<View> gradients = new ArrayList<>();
    List<HostArray> before = new ArrayList<>();
    for (Shape shape : PARAMETERS) {
      HostArray g = HostArray.random(dtype, shape, 261, -1, 1);
      before.add(g);
      gradients.add(t.inOut(g, Placement.OFFSET));
    }
    View scalar = t.in(HostArray.scalar(dtype, norm));
    t.run(() -> ops.clipToNorm(gradients, scalar, limit));
    double scale = Math.min(1, limit / (norm + 1e-6));
    for (int p = 0; p < gradients.size(); p++) {
      HostArray g = before.get(p);
      t.expect(gradients.get(p), i -> g.get(i) * scale, i -> scale == 1 ? 0 : 4 * Accuracy.ulps(dtype, 1, g.get(i) * scale));
    }
  }
}
