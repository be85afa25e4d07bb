package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What recording and backward passes promise, apart from the single rules. */
final class AutogradTests extends TensorFamily {
  AutogradTests(Device device) {
    super(device);
  }

  private Tensor leaf(double... values) {
    return v(values).requiresGrad(true);
  }

  @Override
  void define() {
    leaves();
    accumulation();
    wantedGradients();
    sharing();
    inPlace();
    releasing();
    createGraph();
    modes();
  }

  private void leaves() {
    once("only leaves collect, and only float ones", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = x.mul(3);
      assertTrue(x.requiresGrad() && y.requiresGrad());
      assertFalse(v(1).add(v(2)).requiresGrad());
      y.sum().backward();
      expect(x.grad(), dims(2), 3, 3);
      assertNull(y.grad());
      fails(() -> device.tensor(new int[] {1}).requiresGrad(true), "requiresGrad", "float32 or float64", "int32[1]");
      fails(() -> y.requiresGrad(true), "requiresGrad", "mul", "detach()");
      fails(() -> y.requiresGrad(false), "requiresGrad", "detach()");
      assertSame(x, x.requiresGrad(true));
      expect(x.grad(), dims(2), 3, 3);
    });
    once("requiresGrad(false) stops recording", () -> {
      Tensor x = leaf(1);
      x.requiresGrad(false);
      assertFalse(x.mul(2).requiresGrad());
      assertNull(x.grad());
    });
    once("a leaf that is the output itself", () -> {
      Tensor x = leaf(5);
      x.backward();
      expect(x.grad(), dims(1), 1);
      x.backward();
      expect(x.grad(), dims(1), 2);
    });
    once("a leaf among other inputs and a leaf not reached", () -> {
      Tensor x = leaf(1);
      Tensor z = leaf(1);
      x.mul(2).backward();
      assertNull(z.grad());
    });
    once("zeroGrad drops the gradient", () -> {
      Tensor x = leaf(1);
      x.mul(2).backward();
      Tensor g = x.grad();
      x.zeroGrad();
      assertNull(x.grad());
      assertTrue(g.isClosed());
    });
  }

  private void accumulation() {
    once("gradients add up over uses and over passes", () -> {
      Tensor x = leaf(1, 2, 3);
      x.mul(x).add(x).sum().backward();
      expect(x.grad(), dims(3), 3, 5, 7);
      x.mul(10).sum().backward();
      expect(x.grad(), dims(3), 13, 15, 17);
      x.expand(4, 3).sum().backward();
      expect(x.grad(), dims(3), 17, 19, 21);
    });
    once("matrix products add into gradients that are there already", () -> {
      Tensor w = t(dims(2, 2), 1, 2, 3, 4).requiresGrad(true);
      Tensor x = t(dims(1, 2), 1, 10);
      Tensor y = x.matmul(w).add(x.mul(2).matmul(w));
      y.sum().backward();
      expect(w.grad(), dims(2, 2), 3, 3, 30, 30);
      x.matmul(w).sum().backward();
      expect(w.grad(), dims(2, 2), 4, 4, 40, 40);
      dev.athanor.ops.Linalg.linear(x, w, null, null).sum().backward();
      expect(w.grad(), dims(2, 2), 5, 14, 41, 50);
    });
    once("one backward call for several outputs", () -> {
      Tensor x = leaf(2);
      Tensor shared = x.square();
      Autograd.backward(List.of(shared.mul(3), shared.add(x)), null, false, false);
      expect(x.grad(), dims(1), 17);
      x.zeroGrad();
      Tensor y = x.expand(2).mul(v(1, 2));
      Autograd.backward(List.of(y), List.of(v(10, 100)), false, false);
      expect(x.grad(), dims(1), 210);
    });
    once("the same output twice", () -> {
      Tensor x = leaf(2);
      Tensor y = x.square();
      Autograd.backward(List.of(y, y), null, false, false);
      expect(x.grad(), dims(1), 8);
    });
    once("a long chain does not overflow the stack", () -> {
      Tensor x = leaf(1);
      Tensor y = x;
      for (int i = 0; i < 20_000; i++) {
        y = y.add(1);
      }
      y.backward();
      expect(x.grad(), dims(1), 1);
    });
    once("a wide fan adds up", () -> {
      Tensor x = leaf(1);
      Tensor sum = v(0);
      for (int i = 0; i < 100; i++) {
        sum = sum.add(x.mul(i));
      }
      sum.backward();
      expect(x.grad(), dims(1), 4950);
    });
    once("float32 gradients are float32", () -> {
      Tensor x = device.tensor(new float[] {1, 2}).requiresGrad(true);
      x.square().sum().backward();
      assertEquals(DType.FLOAT32, x.grad().dtype());
    });
  }

  private void wantedGradients() {
    test("grad() leaves the leaves alone", () -> {
      Tensor x = leaf(3);
      Tensor y = x.square();
      Tensor z = y.mul(2);
      List<Tensor> g = Autograd.grad(z, x, y);
      expect(g.get(0), dims(1), 12);
      expect(g.get(1), dims(1), 2);
      assertNull(x.grad());
    });
    test("grad() of something an output does not depend on is zero", () -> {
      Tensor x = leaf(3);
      Tensor other = leaf(1, 2);
      expect(Autograd.grad(x.square(), other).getFirst(), dims(2), 0, 0);
      Tensor later = x.mul(5);
      expect(Autograd.grad(x.square(), later).getFirst(), dims(1), 0);
    });
    test("grad() of one input twice", () -> {
      Tensor x = leaf(3);
      List<Tensor> g = Autograd.grad(x.square(), x, x);
      expect(g.get(0), dims(1), 6);
      expect(g.get(1), dims(1), 6);
      assertNotSame(g.get(0), g.get(1));
    });
    test("what is wrong is said", () -> {
      Tensor x = leaf(1, 2);
      fails(() -> x.mul(2).backward(), "backward", "2 elements", "reduce it");
      fails(() -> v(1).backward(), "backward", "requires gradients");
      fails(() -> Autograd.backward(List.of(), null, false, false), "no outputs");
      fails(() -> Autograd.backward(List.of(x.mul(2)), List.of(v(1)), false, false), "gradient 0", "[2]", "[1]");
      fails(() -> Autograd.backward(List.of(x.mul(2)), List.of(v(1, 1).cast(DType.FLOAT32)), false, false), "gradient 0",
          "float64");
      fails(() -> Autograd.backward(List.of(x.mul(2)), List.of(), false, false), "one gradient per output",
          "1 outputs, 0 gradients");
      fails(() -> Autograd.grad(x.sum(), v(1)), "grad", "requiresGrad(true)");
    });
  }

  private void sharing() {
    once("leaves that get the same gradient do not share it", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = leaf(3, 4);
      Tensor z = leaf(5, 6);
      x.add(y).add(z).sum().backward();
      for (Tensor t : List.of(x, y, z)) {
        t.grad().mulInPlace(v(10));
      }
      for (Tensor t : List.of(x, y, z)) {
        expect(t.grad(), dims(2), 10, 10);
        assertTrue(t.grad().view().isContiguous());
      }
    });
    once("nor with createGraph", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = leaf(3, 4);
      Autograd.backward(List.of(x.add(y).sum()), null, true, true);
      try (var _ = Tape.noGrad()) {
        x.grad().mulInPlace(v(10));
      }
      expect(y.grad(), dims(2), 1, 1);
    });
    once("nor with the gradient that was passed in", () -> {
      Tensor x = leaf(1, 2);
      Tensor seed = v(7, 8);
      Autograd.backward(List.of(x.reshape(2)), List.of(seed), true, false);
      x.grad().fill(0);
      expect(seed, dims(2), 7, 8);
      Tensor y = x.reshape(1, 2);
      Tensor g = Autograd.grad(List.of(y), List.of(x), List.of(seed.reshape(1, 2)), false, false).getFirst();
      g.fill(0);
      expect(seed, dims(2), 7, 8);
    });
    test("results of grad() do not share memory", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = leaf(3, 4);
      Tensor sum = x.add(y);
      for (boolean create : new boolean[] {false, true}) {
        List<Tensor> g = Autograd.grad(List.of(sum.sum()), List.of(x, y, sum, x), null, true, create);
        for (Tensor t : g) {
          assertTrue(t.view().isContiguous());
          try (var _ = Tape.noGrad()) {
            t.addInPlace(v(1));
          }
        }
        for (Tensor t : g) {
          expect(t, dims(2), 2, 2);
        }
      }
    });
    once("a second pass does not change what was read from the first by a copy", () -> {
      Tensor x = leaf(1);
      x.mul(2).backward();
      Tensor seen = x.grad().add(0);
      Tensor view = x.grad().detach();
      x.mul(3).backward();
      expect(x.grad(), dims(1), 5);
      expect(seen, dims(1), 2);
      expect(view, dims(1), 2);
    });
    once("accumulating into a gradient that a graph needs does not change the graph", () -> {
      Tensor x = leaf(2);
      Tensor w = leaf(1);
      x.mul(3).backward();
      Tensor y = w.mul(x.grad());
      x.mul(4).backward();
      expect(x.grad(), dims(1), 7);
      y.backward();
      expect(w.grad(), dims(1), 3);
    });
  }

  private void inPlace() {
    once("a value needed by backward and overwritten is an error that names both operations", () -> {
      Tensor x = leaf(1, 2);
      Tensor factor = v(3, 4);
      Tensor y = x.mul(factor).sum();
      factor.addInPlace(v(1));
      fails(y::backward, "mul", "addInPlace", "overwritten", "copy()");
      Tensor y2 = x.exp();
      try (var _ = Tape.noGrad()) {
        y2.fill(0);
      }
      fails(() -> y2.sum().backward(), "exp", "fill", "overwritten");
    });
    once("also through a view, a detached alias, or the base of a view", () -> {
      Tensor x = leaf(1, 2);
      Tensor base = t(dims(2, 2), 1, 2, 3, 4);
      Tensor y = x.mul(base.select(0, 1)).sum();
      base.fill(9);
      fails(y::backward, "mul", "fill");
      Tensor factor = v(5, 6);
      Tensor z = x.mul(factor).sum();
      factor.detach().slice(0, 0, 1).mulInPlace(v(2));
      fails(z::backward, "mul", "mulInPlace");
      Tensor square = x.square().sum();
      x.detach().assign(v(0, 0));
      fails(square::backward, "square", "assign");
    });
    once("changes of what backward does not need are allowed", () -> {
      Tensor x = leaf(1, 2);
      Tensor term = v(3, 4);
      Tensor y = x.add(term).sum();
      term.fill(0);
      y.backward();
      expect(x.grad(), dims(2), 1, 1);
      Tensor c = v(2, 2);
      Tensor w = x.mul(c);
      Tensor sum = w.sum(); // needs neither w nor x
      try (var _ = Tape.noGrad()) {
        x.fill(7);
      }
      x.zeroGrad();
      sum.backward();
      expect(x.grad(), dims(2), 2, 2);
    });
    once("leaves and recorded results cannot be changed while recording", () -> {
      Tensor x = leaf(1, 2);
      fails(() -> x.fill(0), "fill", "leaf", "noGrad");
      fails(() -> x.mul(2).addInPlace(v(1)), "addInPlace", "recorded", "detach()");
      fails(() -> v(1, 2).addInPlace(x), "addInPlace", "no gradient would flow", "detach()");
      fails(() -> v(1, 2).assign(x.mul(2)), "assign", "no gradient would flow");
      try (var _ = Tape.noGrad()) {
        x.addInPlace(v(1));
        v(1, 2).assign(x);
      }
      expect(x, dims(2), 2, 3);
      fails(() -> v(1).expand(2).fill(0), "fill", "expanded");
    });
    once("a gradient collected in place counts as a change", () -> {
      Tensor x = leaf(2);
      Tensor w = leaf(1);
      x.mul(3).backward();
      Tensor y = w.mul(x.grad().detach()); // the alias keeps the first gradient as it is
      x.mul(4).backward();
      y.backward();
      expect(w.grad(), dims(1), 3);
    });
  }

  private void releasing() {
    once("backward twice is an error with a remedy", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = x.square().sum();
      y.backward();
      fails(y::backward, "already used", "retainGraph");
      expect(x.grad(), dims(2), 2, 4);
    });
    once("retainGraph allows it", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = x.square().sum();
      Autograd.backward(List.of(y), null, true, false);
      Autograd.backward(List.of(y), null, true, false);
      y.backward();
      expect(x.grad(), dims(2), 6, 12);
      fails(y::backward, "already used");
    });
    once("a part of the graph that was used before", () -> {
      Tensor x = leaf(1, 2);
      Tensor shared = x.square();
      shared.sum().backward();
      fails(() -> shared.mul(2).sum().backward(), "square", "already used");
    });
    once("a failed pass leaves the leaves' gradients closed or whole, and later ones work", () -> {
      Tensor x = leaf(1, 2);
      Tensor factor = v(3, 4);
      Tensor bad = x.mul(factor);
      Tensor good = x.mul(2);
      Tensor both = bad.add(good).sum();
      factor.fill(0);
      fails(both::backward, "overwritten");
      x.zeroGrad();
      x.mul(5).sum().backward();
      expect(x.grad(), dims(2), 5, 5);
    });
    test("an error in a rule leaves nothing behind", () -> {
      Tensor x = leaf(1, 2);
      Tensor y;
      try (var _ = Tape.noGrad()) {
        y = x.mul(1);
      }
      Tensor broken = Tape.record("broken", y, (dy, g) -> {
        dy.mul(2).add(3);
        throw new IllegalArgumentException("planted");
      }, x);
      Tensor sum = broken.mul(2).add(x.square()).sum();
      assertThrows(IllegalArgumentException.class, () -> Autograd.grad(sum, x, broken));
      expect(Autograd.grad(x.square().sum(), x).getFirst(), dims(2), 2, 4);
    });
    once("a rule that gives a gradient of a wrong shape is found", () -> {
      Tensor x = leaf(1, 2);
      Tensor y = x.detach().mul(1);
      Tensor broken = Tape.record("broken", y, (dy, g) -> g.give(0, dy.sum()), x);
      IllegalStateException e = assertThrows(IllegalStateException.class, () -> broken.sum().backward());
      assertTrue(e.getMessage().contains("broken") && e.getMessage().contains("[2]"), e.getMessage());
    });
    once("after the scope of the forward pass closed", () -> {
      Tensor x = leaf(1, 2);
      Tensor y;
      try (Scope inner = device.scope()) {
        y = x.square().sum();
      }
      fails(y::backward, "sum", "before the scope of the forward pass closes");
      Tensor kept;
      try (Scope inner = device.scope()) {
        kept = inner.keep(x.square().sum());
      }
      kept.backward();
      expect(x.grad(), dims(2), 2, 4);
      try (Scope inner = device.scope()) {
        kept = inner.keep(x.square().sum()).detach();
        fails(kept::backward, "requires gradients");
      }
    });
  }

  private void createGraph() {
    test("derivatives of any order", () -> {
      Tensor x = leaf(2);
      Tensor y = x.pow(5);
      double[] expected = {80, 160, 240, 240, 120};
      for (double d : expected) {
        y = Autograd.grad(List.of(y), List.of(x), null, false, true).getFirst();
        near(1e-12, y, dims(1), d);
      }
    });
    once("backward with createGraph collects gradients that can be differentiated", () -> {
      Tensor x = leaf(3);
      Autograd.backward(List.of(x.pow(3)), null, false, true);
      expect(x.grad(), dims(1), 27);
      expect(Autograd.grad(x.grad(), x).getFirst(), dims(1), 18);
      x.zeroGrad();
    });
    test("a gradient penalty", () -> {
      Tensor w = leaf(0.5, -1);
      Tensor x = leaf(2, 3);
      Tensor out = w.mul(x).sum().tanh();
      Tensor gx = Autograd.grad(List.of(out), List.of(x), null, true, true).getFirst();
      Tensor penalty = gx.square().sum();
      // d/dw of |w|²·(1 − tanh²(w·x))²
      double s = 0.5 * 2 - 3;
      double u = 1 - Math.tanh(s) * Math.tanh(s);
      double n = 0.25 + 1;
      double slope = 2 * n * u * (-2 * Math.tanh(s) * u);
      near(1e-12, Autograd.grad(penalty, w).getFirst(), dims(2), 2 * 0.5 * u * u + slope * 2, 2 * -1 * u * u + slope * 3);
    });
    test("the results of grad() without createGraph are constants", () -> {
      Tensor x = leaf(3);
      assertFalse(Autograd.grad(x.pow(3), x).getFirst().requiresGrad());
    });
  }

  private void modes() {
    test("detach and noGrad stop gradients", () -> {
      Tensor x = leaf(2);
      Tensor d = x.detach();
      assertFalse(d.requiresGrad());
      assertSame(x.view().buffer(), d.view().buffer());
      expect(Autograd.grad(x.mul(x.detach()), x).getFirst(), dims(1), 2);
      try (var _ = Tape.noGrad()) {
        assertFalse(Tape.isRecording());
        assertFalse(x.mul(2).requiresGrad());
        try (var _ = Tape.withGrad()) {
          assertTrue(x.mul(2).requiresGrad());
        }
        assertFalse(x.mul(2).requiresGrad());
      }
      assertTrue(Tape.isRecording());
    });
    test("grad() works under noGrad, and recording is per thread", () -> {
      Tensor x = leaf(2);
      Tensor y = x.square();
      var other = new ArrayList<Boolean>();
      try (var _ = Tape.noGrad()) {
        expect(Autograd.grad(y, x).getFirst(), dims(1), 4);
        Thread t = new Thread(() -> other.add(Tape.isRecording()));
        t.start();
        t.join();
      }
      assertEquals(List.of(true), other);
    });
  }
}
