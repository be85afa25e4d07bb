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

  private static List<OptimizerRule> rules() {
    List<OptimizerRule> rules = new ArrayList<>();
    for (double momentum : new double[] {0, 0.9}) {
      for (double decay : new double[] {0, 0.01}) {
        rules.add(new OptimizerRule.Sgd(momentum, 0, false, decay));
        rules.add(new OptimizerRule.Sgd(momentum, 0, momentum > 0, decay));
      }
    }
    rules.add(new OptimizerRule.Sgd(0.8, 0.3, false, 0.1));
    for (boolean inside : new boolean[] {false, true}) {
      rules.add(new OptimizerRule.AdaGrad(inside ? 0.1 : 0, 1e-3, inside, inside ? 0 : 0.1));
      rules.add(new OptimizerRule.AdaDelta(0.9, 1e-3, inside, inside ? 0 : 0.1));
      rules.add(new OptimizerRule.Adamax(0.9, 0.99, 1e-3, inside, inside ? 0 : 0.1));
      rules.add(new OptimizerRule.Lamb(0.9, 0.99, 1e-3, inside, inside ? 0 : 0.1));
      for (boolean momentum : new boolean[] {false, true}) {
        for (boolean centered : new boolean[] {false, true}) {
          rules.add(new OptimizerRule.RmsProp(0.9, momentum ? 0.8 : 0, centered, 1e-3, inside, centered ? 0 : 0.1));
        }
      }
      for (boolean decoupled : new boolean[] {false, true}) {
        for (boolean amsgrad : new boolean[] {false, true}) {
          rules.add(new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, decoupled, amsgrad, inside));
          rules.add(new OptimizerRule.Adam(0.8, 0.95, 1e-3, 0.1, decoupled, amsgrad, inside));
        }
        rules.add(new OptimizerRule.NAdam(0.9, 0.99, 1e-3, 0.004, 0.1, decoupled, inside));
        rules.add(new OptimizerRule.RAdam(0.9, 0.99, 1e-3, 0.1, decoupled, inside));
      }
    }
    rules.addAll(List.of(new OptimizerRule.Lion(), new OptimizerRule.Lion(0.8, 0.95, 0.1)));
    rules.addAll(List.of(new OptimizerRule.Muon(), new OptimizerRule.Muon(0.9, false, 3, 0.1)));
    return rules;
  }

  @Override
  void define() {
    List<OptimizerRule> rules = rules();
    for (DType dtype : FLOATS) {
      for (OptimizerRule rule : rules) {
        fused(dtype + " " + rule, (t, ops) -> steps(t, ops, dtype, rule));
      }
      fused(dtype + " no parameters", (t, ops) -> {
        View hyper = t.in(HostArray.vector(DType.FLOAT64, RATE, 1, 1));
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

  /** Three steps, each expected from the state the device had before it. The last is late enough for RAdam to be adaptive. */
  private static void steps(Trial t, FusedOps ops, DType dtype, OptimizerRule rule) {
    List<View> parameters = new ArrayList<>();
    List<View> gradients = new ArrayList<>();
    List<List<View>> states = new ArrayList<>();
    for (Shape shape : PARAMETERS) {
      if (rule.matricesOnly() && shape.rank() < 2) {
        continue;
      }
      parameters.add(t.inOut(HostArray.random(dtype, shape, 251, -1, 1), Placement.OFFSET));
      gradients.add(t.in(HostArray.random(dtype, shape, 253, -1, 1)));
      List<View> slots = new ArrayList<>();
      for (int k = 0; k < rule.stateSlots(); k++) {
        slots.add(t.inOut(HostArray.of(dtype, shape, i -> 0), Placement.CONTIGUOUS));
      }
      states.add(slots);
    }
    for (int step : new int[] {1, 2, 40}) {
      var place = new OptimizerFormulas.Place(RATE / step, step, Math.pow(0.45, step));
      View hyper = t.in(HostArray.vector(DType.FLOAT64, place.rate(), step, place.product()));
      List<double[]> theta = parameters.stream().map(v -> t.read(v).doubles()).toList();
      List<List<double[]>> before = states.stream().map(l -> l.stream().map(v -> t.read(v).doubles()).toList()).toList();
      t.run(() -> ops.optimizerStep(new OptimizerStep(rule, hyper, parameters, gradients, states)));
      for (int p = 0; p < parameters.size(); p++) {
        double[] g = t.read(gradients.get(p)).doubles();
        double[] x = theta.get(p);
        List<double[]> s = before.get(p);
        OptimizerFormulas.step(rule, place, parameters.get(p).rank() == 0 ? 1 : (int) parameters.get(p).dim(0), x, g, s);
        double u = Accuracy.unit(dtype);
        // A step is at most a few learning rates long here; the rest of the error is relative to the parameter. Each round of
        // Muon makes what is small, errors too, 3.4445 times larger. Where decay all but cancels a gradient, its rounding is
        // divided by epsilon, 1e-3 here.
        double moves = rule instanceof OptimizerRule.Muon m ? 4 * Math.pow(3.4445, m.iterations()) : rule.weightDecay() > 0
            && rule.decay() == OptimizerRule.Decay.COUPLED && !(rule instanceof OptimizerRule.Sgd) ? 4 + 2e3 / 64 : 4;
        t.expect(parameters.get(p), i -> x[i], i -> 64 * u * (Math.abs(x[i]) + moves * RATE));
        for (int k = 0; k < s.size(); k++) {
          double[] slot = s.get(k);
          double divided = rule instanceof OptimizerRule.RmsProp && k == 1 ? moves : 0; // holds updates, not gradients
          t.expect(states.get(p).get(k), i -> slot[i], i -> 16 * u * (Math.abs(slot[i]) + Math.abs(g[i]) + 0.2 + divided));
        }
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
