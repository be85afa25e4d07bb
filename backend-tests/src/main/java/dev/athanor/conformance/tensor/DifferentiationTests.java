package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.GradCheck;
import dev.athanor.autograd.Numerical;
import dev.athanor.autograd.Tape;
import dev.athanor.autograd.TangentRule;
import dev.athanor.ops.Convolution;
import dev.athanor.ops.Normalization;
import dev.athanor.ops.Softmax;
import dev.athanor.symbolic.Expr;
import dev.athanor.symbolic.Symbolic;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Numerical, forward, reverse and symbolic differentiation, and what is composed of them. */
final class DifferentiationTests extends TensorFamily {
  DifferentiationTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    theFourWays();
    nested();
    matrices();
    networks();
    dynamicGraphs();
    constants();
    theCheck();
    differences();
  }

  private Tensor scalar(double v) {
    return device.scalar(DType.FLOAT64, v);
  }

  /** ln x + x²y − sin xy, for tensors of any device. */
  private static Tensor lectures(Tensor x, Tensor y) {
    return x.log().add(x.square().mul(y)).sub(x.mul(y).sin());
  }

  // ---- one pass, and the same by other ways

  private void theFourWays() {
    // A. Baydin et al., Automatic Differentiation in Machine Learning: a Survey (2018), tables 2 and 3.
    test("the survey's example: f = ln a + ab − sin b at (2, 5)", () -> {
      Function<List<Tensor>, Tensor> f = in -> in.get(0).log().add(in.get(0).mul(in.get(1))).sub(in.get(1).sin());
      List<Tensor> at = List.of(scalar(2), scalar(5));
      Autograd.Dual first = Autograd.jvp(f, at, List.of(scalar(1), scalar(0)));
      assertEquals(11.652, first.value().item(), 5e-4);
      assertEquals(5.5, first.tangent().item(), 1e-12);
      assertEquals(1.716, Autograd.jvp(f, at, List.of(scalar(0), scalar(1))).tangent().item(), 5e-4);
      List<Tensor> reverse = Autograd.vjp(f, at, null);
      assertEquals(5.5, reverse.get(0).item(), 1e-12);
      assertEquals(1.716, reverse.get(1).item(), 5e-4);
    });
    test("the lectures' function, numerical, forward, reverse and symbolic", () -> {
      double a = 1.3;
      double b = 0.7;
      double expected = 1 / a + 2 * a * b - b * Math.cos(a * b);
      assertEquals(expected, Numerical.CENTRAL.gradient(x -> lectures(x, scalar(b)), scalar(a)).item(), 1e-9);
      assertEquals(expected, Autograd.jvp(x -> lectures(x, scalar(b)), scalar(a), scalar(1)).tangent().item(), 1e-12);
      assertEquals(expected, Autograd.vjp(x -> lectures(x, scalar(b)), scalar(a), scalar(1)).item(), 1e-12);
      try (var s = new Symbolic()) {
        Tensor x = s.symbol("x");
        Expr d = s.derivative(lectures(x, s.symbol("y")), x);
        assertEquals("1/x + 2xy − y·cos xy", d.toText());
        assertEquals(expected, d.evaluate(Map.of("x", a, "y", b)), 1e-12);
      }
    });
    test("a layer's formulas have the device's values and gradients", () -> {
      Tensor w = some(1, 2, 3);
      Tensor x = some(2, 3);
      Tensor leaf = w.copy().requiresGrad(true);
      double loss = layer(leaf, x).item();
      double[] gradient = Autograd.grad(layer(leaf, x), leaf).getFirst().toDoubles();
      try (var s = new Symbolic()) {
        Tensor sw = s.symbols("w", 2, 3);
        Tensor sx = s.symbols("x", 3);
        Map<String, Double> values = new HashMap<>();
        put(values, s.formulas(sw), w);
        put(values, s.formulas(sx), x);
        Tensor y = layer(sw, sx);
        assertEquals(loss, s.formula(y).evaluate(values), 1e-12);
        assertEquals(loss, s.formula(y).simplify().evaluate(values), 1e-12);
        List<Expr> g = s.gradient(y, sw);
        for (int i = 0; i < gradient.length; i++) {
          assertEquals(gradient[i], g.get(i).evaluate(values), 1e-12, g.get(i).toText());
        }
      }
    });
  }

  private static Tensor layer(Tensor w, Tensor x) {
    Tensor y = w.matmul(x).tanh().softmax(0);
    return y.mul(y.sigmoid()).sum().add(w.relu().square().sum());
  }

  private static void put(Map<String, Double> values, List<Expr> symbols, Tensor numbers) {
    double[] v = numbers.toDoubles();
    for (int i = 0; i < v.length; i++) {
      values.put(((Expr.Variable) symbols.get(i)).name(), v[i]);
    }
  }

  // ---- passes within passes

  /** x³·sin x, and its first three derivatives. */
  private static Tensor wave(Tensor x) {
    return x.pow(3).mul(x.sin());
  }

  private Tensor derivative(UnaryOperator<Tensor> f, Tensor x) {
    return Autograd.jvp(f, x, x.device().ones(x.dtype(), x.shape())).tangent();
  }

  private static Tensor back(UnaryOperator<Tensor> f, Tensor x) {
    x.requiresGrad(true);
    return Autograd.grad(List.of(f.apply(x)), List.of(x), null, true, true).getFirst();
  }

  private void nested() {
    double a = 0.8;
    double second = 6 * a * Math.sin(a) + 6 * a * a * Math.cos(a) - a * a * a * Math.sin(a);
    double third = (6 - 9 * a * a) * Math.sin(a) + (18 * a - a * a * a) * Math.cos(a);
    test("forward over forward over forward", () -> {
      assertEquals(second, derivative(x -> derivative(DifferentiationTests::wave, x), scalar(a)).item(), 1e-11);
      assertEquals(third, derivative(x -> derivative(y -> derivative(DifferentiationTests::wave, y), x), scalar(a)).item(),
          1e-11);
    });
    test("forward over reverse, with and without recording the way back", () -> {
      assertEquals(second, derivative(x -> back(DifferentiationTests::wave, x), scalar(a)).item(), 1e-11);
      assertEquals(second, derivative(x -> {
        x.requiresGrad(true);
        return Autograd.grad(wave(x), x).getFirst();
      }, scalar(a)).item(), 1e-11);
      assertEquals(third, derivative(z -> derivative(x -> back(DifferentiationTests::wave, x), z), scalar(a)).item(), 1e-11);
    });
    test("reverse over forward", () -> {
      Tensor x = scalar(a).requiresGrad(true);
      Tensor tangent = derivative(DifferentiationTests::wave, x);
      Tensor g = Autograd.grad(List.of(tangent), List.of(x), null, true, true).getFirst();
      assertEquals(second, g.item(), 1e-11);
      assertEquals(third, Autograd.grad(g, x).getFirst().item(), 1e-11);
    });
    test("reverse over forward with derived tangents", () -> {
      Tensor x = v(0.8, 1.2).requiresGrad(true);
      Tensor tangent = Autograd.jvp(t -> t.prod(), x, v(1, 0)).tangent(); // ∂(x₀x₁)/∂x₀ = x₁
      near(1e-14, Autograd.grad(tangent, x).getFirst(), dims(2), 0, 1);
    });
    // J. Siskind and B. Pearlmutter, Perturbation Confusion and Referential Transparency (2005): the answer is 1, not 2.
    test("passes do not mistake each other's tangents", () -> assertEquals(1,
        derivative(x -> x.mul(derivative(y -> x.add(y), scalar(1))), scalar(1)).item()));
    test("the tangent of what a function was closed over", () -> {
      Tensor w = scalar(3).requiresGrad(true);
      Tensor tangent = Autograd.jvp(x -> w.square().mul(x), scalar(2), scalar(5)).tangent(); // w²·5
      assertEquals(45, tangent.item());
      assertEquals(30, Autograd.grad(tangent, w).getFirst().item());
    });
  }

  // ---- Jacobians, Hessians

  private void matrices() {
    UnaryOperator<Tensor> polar = p -> Shaping.stack(0, p.select(0, 0).mul(p.select(0, 1).cos()), p.select(0, 0).mul(p.select(0,
        1).sin()));
    for (Autograd.Mode mode : Autograd.Mode.values()) {
      test("the Jacobian of polar coordinates, " + mode, () -> {
        double r = 2;
        double t = 0.3;
        near(1e-14, Autograd.jacobian(polar, v(r, t), mode), dims(2, 2), Math.cos(t), -r * Math.sin(t), Math.sin(t),
            r * Math.cos(t));
      });
      test("the Jacobian has the axes of result and input, " + mode, () -> {
        Tensor x = some(3, 2, 3);
        Tensor w = some(4, 3, 4);
        Tensor j = Autograd.jacobian(t -> t.matmul(w), x, mode);
        assertEquals(dev.athanor.tensor.Shape.of(2, 4, 2, 3), j.shape());
        near(1e-12, j.sub(Numerical.RICHARDSON.jacobian(t -> t.matmul(w), x)).abs().max(), dims(), 0);
        assertEquals(dev.athanor.tensor.Shape.of(2), Autograd.jacobian(Tensor::sum, v(1, 2), mode).shape());
        expect(Autograd.jacobian(t -> v(1, 2), v(1, 2, 3), mode), dims(2, 3), new double[6]);
      });
    }
    test("the mode that is cheaper gives the same", () -> expect(Autograd.jacobian(x -> x.square(), v(1, 2)), dims(2, 2), 2, 0, 0,
        4));
    // H. Rosenbrock's function 100(y − x²)² + (1 − x)²: the Hessian is [1200x² − 400y + 2, −400x; −400x, 200].
    UnaryOperator<Tensor> rosenbrock = p -> p.select(0, 1).sub(p.select(0, 0).square()).square().mul(100)
        .add(p.select(0, 0).rsub(1).square());
    test("the Hessian of Rosenbrock's function", () -> {
      near(1e-12, Autograd.hessian(rosenbrock, v(-1.2, 1)), dims(2, 2), 1330, 480, 480, 200);
      near(1e-12, Autograd.hvp(rosenbrock, v(-1.2, 1), v(1, -2)), dims(2), 1330 - 960, 480 - 400);
      expect(Autograd.hessian(Tensor::sum, v(1, 2)), dims(2, 2), 0, 0, 0, 0);
      expect(Autograd.hvp(x -> scalar(3), v(1, 2), v(1, 1)), dims(2), 0, 0);
    });
    test("a Hessian-vector product within a forward pass: third derivatives", () -> {
      Tensor t = Autograd.jvp(x -> Autograd.hvp(y -> y.pow(4).sum(), x, v(1, 1)), v(2, 3), v(1, 0)).tangent();
      near(1e-12, t, dims(2), 48, 0); // 24x
    });
    test("the gradient penalty of a linear function", () -> {
      // f = ⟨w, x⟩: the gradient is w for every example, the penalty (‖w‖ − 1)², its derivative 2(‖w‖ − 1)·w/‖w‖.
      Tensor w = v(3, 4).requiresGrad(true);
      Tensor x = some(1, 5, 2);
      Tensor penalty = Autograd.gradientPenalty(t -> t.matmul(w), x, 1);
      assertEquals(16, penalty.item(), 1e-12);
      near(1e-12, Autograd.grad(penalty, w).getFirst(), dims(2), 8 * 0.6, 8 * 0.8);
      assertNull(w.grad());
    });
    test("the gradient penalty of a network, against differences", () -> {
      Tensor x = some(2, 3, 2);
      GradCheck.check(in -> Autograd.gradientPenalty(t -> t.matmul(in.get(0)).tanh().matmul(in.get(1)), x, 1), some(3, 2, 3),
          some(4, 3, 1));
    });
    test("what does not fit is refused", () -> {
      fails(() -> Autograd.jvp(Tensor::sin, v(1, 2), v(1)), "jvp", "direction 0");
      fails(() -> Autograd.jvp(Tensor::neg, device.tensor(new int[] {1}), device.tensor(new int[] {1})), "jvp", "input 0");
      fails(() -> Autograd.hvp(Tensor::sin, v(1, 2), v(1, 2)), "hvp", "single element");
      fails(() -> Autograd.gradientPenalty(t -> t.sum(), v(1, 2), 1), "gradientPenalty", "2");
      fails(() -> Numerical.CENTRAL.gradient(Tensor::sum, v(1).cast(DType.FLOAT32)), "float64");
      fails(() -> Autograd.jvp(x -> Autograd.grad(x.square().sum(), x).getFirst(), v(1), v(1)), "requiresGrad(true)");
    });
  }

  // ---- networks

  /** Convolution, normalisation, a hidden layer and cross-entropy, as a function of its weights. */
  private Tensor network(Tensor x, Tensor labels, Tensor kernel, Tensor w) {
    var window = new dev.athanor.backend.Window(dims(2), dims(1), dims(0), dims(1), dims(1), 1);
    Tensor h = Convolution.convolution(x, kernel, null, window);
    h = Normalization.batch(h, null, null, null, null, 0.1, 1e-3).tanh().flatten(1, 2);
    h = Normalization.layer(h, null, null, 1, 1e-3).gelu();
    return Softmax.crossEntropy(dev.athanor.ops.Linalg.linear(h, w, null, dev.athanor.backend.Unary.of(
        dev.athanor.backend.UnaryOp.SIGMOID)), labels).mean();
  }

  private void networks() {
    test("a network: forward against reverse, forward over reverse against reverse over reverse", () -> {
      Tensor x = some(1, 3, 1, 4);
      Tensor labels = device.tensor(new long[] {0, 1, 1});
      List<Tensor> at = List.of(some(2, 2, 1, 2), some(3, 2, 8));
      List<Tensor> v = List.of(some(4, 2, 1, 2), some(5, 2, 8));
      Function<List<Tensor>, Tensor> f = in -> network(x, labels, in.get(0), in.get(1));
      List<Tensor> g = Autograd.vjp(f, at, null);
      double expected = g.get(0).mul(v.get(0)).sum().add(g.get(1).mul(v.get(1)).sum()).item();
      assertEquals(expected, Autograd.jvp(f, at, v).tangent().item(), 1e-11);
      UnaryOperator<Tensor> ofKernel = k -> network(x, labels, k, at.get(1));
      Tensor leaf = at.get(0).copy().requiresGrad(true);
      Tensor first = Autograd.grad(List.of(ofKernel.apply(leaf)), List.of(leaf), null, true, true).getFirst();
      double[] reverse = Autograd.grad(first.mul(v.get(0)).sum(), leaf).getFirst().toDoubles();
      near(1e-10, Autograd.hvp(ofKernel, at.get(0), v.get(0)), dims(2, 1, 2), reverse);
    });
    test("in float32 too", () -> {
      Tensor x = device.tensor(new float[] {0.5f, -1, 2});
      Autograd.Dual d = Autograd.jvp(t -> t.softmax(0).mul(t).sum(), x, device.ones(3));
      assertEquals(DType.FLOAT32, d.tangent().dtype());
      assertEquals(1, d.tangent().item(), 1e-6); // softmax does not see a shift, so only the factor t moves: Σ softmax = 1
    });
  }

  // ---- plain Java control flow

  /** Newton's iteration for √a: as many steps as it takes. */
  private static Tensor newton(Tensor a) {
    Tensor y = a.mul(0.5).add(0.5);
    while (Math.abs(y.item() * y.item() - a.item()) > 1e-13) {
      y = y.add(a.div(y)).mul(0.5);
    }
    return y;
  }

  /** Doubles or cubes what comes, by its size, and stops when it is large. */
  private static Tensor branching(Tensor x) {
    Tensor y = x;
    for (int i = 0; i < 20; i++) {
      double size = y.norm().item();
      if (size > 50) {
        return y.sum();
      }
      y = size > 3 ? y.mul(2) : y.pow(3).add(y).add(x);
    }
    return y.prod();
  }

  private void dynamicGraphs() {
    test("a loop that runs until it is done", () -> {
      for (double a : new double[] {0.3, 2, 90}) {
        double expected = 1 / (2 * Math.sqrt(a));
        assertEquals(expected, Autograd.jvp(DifferentiationTests::newton, scalar(a), scalar(1)).tangent().item(), 1e-12);
        assertEquals(expected, Autograd.vjp(DifferentiationTests::newton, scalar(a), scalar(1)).item(), 1e-12);
      }
    });
    test("branches that depend on values", () -> {
      for (Tensor x : List.of(v(0.2, -0.5), v(1.4, 0.3), v(7, -9))) {
        double[] numeric = Numerical.CENTRAL.gradient(DifferentiationTests::branching, x).toDoubles();
        near(1e-8, Autograd.vjp(DifferentiationTests::branching, x, scalar(1)), dims(2), numeric);
        near(1e-8, Autograd.jacobian(DifferentiationTests::branching, x, Autograd.Mode.FORWARD), dims(2), numeric);
      }
    });
  }

  // ---- what is constant

  private void constants() {
    test("noGrad and detach make constants of both kinds", () -> {
      UnaryOperator<Tensor> f = x -> {
        Tensor c;
        try (var _ = Tape.noGrad()) {
          c = x.square();
        }
        return x.mul(c).add(x.detach());
      };
      assertEquals(9, Autograd.jvp(f, scalar(3), scalar(1)).tangent().item());
      assertEquals(9, Autograd.vjp(f, scalar(3), scalar(1)).item());
    });
    test("results carry no history unless something outside wants it", () -> {
      Autograd.Dual d = Autograd.jvp(Tensor::sin, v(1), v(1));
      assertFalse(d.value().requiresGrad() || d.tangent().requiresGrad());
      try (var _ = Tape.noGrad()) {
        Autograd.Dual quiet = Autograd.jvp(Tensor::sin, v(1).requiresGrad(true), v(1));
        assertEquals(Math.cos(1), quiet.tangent().item(), 1e-12);
        assertFalse(quiet.tangent().requiresGrad());
      }
      assertTrue(Autograd.jvp(Tensor::sin, v(1).requiresGrad(true), v(1)).tangent().requiresGrad());
    });
    test("a change in place of a value with a tangent is refused", () -> fails(() -> Autograd.jvp(x -> {
      Tensor y = x.square();
      return y.addInPlace(v(1));
    }, v(1), v(1)), "in place"));
  }

  // ---- the check itself

  private void theCheck() {
    test("GradCheck finds a wrong tangent rule", () -> {
      Function<List<Tensor>, Tensor> wrong = in -> {
        Tensor x = in.get(0);
        Tensor y;
        try (var _ = Tape.noGrad()) {
          y = x.mul(3);
        }
        return Tape.wants(x) ? Tape.record("triple", y, (dy, g) -> g.give(0, dy.mul(3)), TangentRule.linear(t -> t.mul(2)), x)
            : y;
      };
      AthanorException e = assertThrows(AthanorException.class, () -> GradCheck.check(wrong, v(2, 3)));
      assertTrue(e.getMessage().contains("forward"), e.getMessage());
      assertFalse(e.getMessage().contains("input 0"), e.getMessage());
    });
    test("a tangent derived from a rule that is wrong is found too", () -> {
      Function<List<Tensor>, Tensor> wrong = in -> {
        Tensor x = in.get(0);
        Tensor y;
        try (var _ = Tape.noGrad()) {
          y = x.mul(3);
        }
        return Tape.wants(x) ? Tape.record("triple", y, (dy, g) -> g.give(0, dy.mul(g.differentiable() ? 2 : 3)), x) : y;
      };
      AthanorException e = assertThrows(AthanorException.class, () -> GradCheck.check(wrong, v(2, 3)));
      assertTrue(e.getMessage().contains("first, forward"), e.getMessage());
    });
  }

  // ---- differences

  private void differences() {
    test("differences converge at their order", () -> {
      // Halving h divides the error by 2, by 4, and by 64.
      for (Numerical n : Numerical.values()) {
        double h = 0.5;
        double coarse = n.derivative(Math::exp, 1, h) - Math.E;
        double fine = n.derivative(Math::exp, 1, h / 2) - Math.E;
        double order = switch (n) {
          case FORWARD -> 2;
          case CENTRAL -> 4;
          case RICHARDSON -> 64;
        };
        assertEquals(order, coarse / fine, 0.1 * order, n.toString());
      }
      assertEquals(Math.E, Numerical.FORWARD.derivative(Math::exp, 1), 1e-7);
      assertEquals(Math.E, Numerical.CENTRAL.derivative(Math::exp, 1), 1e-9);
      assertEquals(Math.E, Numerical.RICHARDSON.derivative(Math::exp, 1), 1e-12);
    });
    test("differences of tensor functions", () -> {
      Tensor x = some(7, 2, 2);
      double[] exact = Autograd.jacobian(t -> t.matmul(t), x).toDoubles();
      for (Numerical n : Numerical.values()) {
        near(n == Numerical.FORWARD ? 1e-6 : 1e-9, n.jacobian(t -> t.matmul(t), x), dims(2, 2, 2, 2), exact);
      }
      expect(Numerical.CENTRAL.jacobian(t -> t.sum(), device.zeros(DType.FLOAT64, dev.athanor.tensor.Shape.of(0))), dims(0));
    });
  }
}
