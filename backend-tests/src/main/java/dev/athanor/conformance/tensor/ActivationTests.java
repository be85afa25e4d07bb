package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Autograd;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Activations;
import dev.athanor.nn.Glu;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Maxout;
import dev.athanor.nn.PRelu;
import dev.athanor.nn.RRelu;
import dev.athanor.nn.Swish;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Activation layers (each keeps a generator of its own, hence {@link #once}): values and gradients against PyTorch's from −1000
 * to 1000, numerical checks of those that are not one function of {@link UnaryOp} ({@link GradientTests} checks those), and what
 * they do at infinities and NaN.
 */
final class ActivationTests extends GoldenFamily {
  private final Map<String, Supplier<Layer>> more = new LinkedHashMap<>();

  ActivationTests(Device device) {
    super(device);
    more.put("pytorch-hard-sigmoid", () -> Activation.of(UnaryOp.HARD_SIGMOID));
    more.put("leaky-relu-0.2", () -> Activation.leakyRelu(0.2));
    more.put("prelu-channel", () -> PRelu.perChannel(3));
    more.put("prelu-unit", PRelu::perUnit);
    more.put("elu-0.7", () -> Activation.elu(0.7));
    more.put("celu-2", () -> new Activation(Unary.of(UnaryOp.CELU, 2)));
    more.put("swish-1.5", () -> Activation.swish(1.5));
    more.put("softmax", () -> Activation.softmax(1));
    more.put("softmax-0", () -> Activation.softmax(0));
    more.put("log-softmax", () -> Activation.logSoftmax(-1));
    more.put("softmin", () -> Activation.softmin(1));
    more.put("glu", () -> new Glu(Unary.of(UnaryOp.SIGMOID), 1));
    more.put("geglu", Glu::geglu);
    more.put("swiglu", Glu::swiglu);
    more.put("maxout", () -> new Maxout(2));
  }

  @Override
  void define() {
    for (Activations a : Activations.values()) {
      values(a.label(), a::create);
      once(a.label() + " at the infinities and NaN", () -> ends(a));
      composed(a);
    }
    more.forEach(this::values);
    gates();
    training();
    step();
    names();
    errors();
  }

  private Layer ready(Layer layer, DType dtype) {
    layer.initialize(device, dtype, 1);
    layer.training(false);
    return layer;
  }

  /** Output, input gradient and parameter gradients are PyTorch's. */
  private void values(String name, Supplier<Layer> maker) {
    for (DType dtype : TYPES) {
      once(name + " " + dtype + " as PyTorch", () -> {
        String prefix = "activation." + name + ".";
        try (Layer layer = ready(maker.get(), dtype)) {
          Tensor x = golden(dtype, prefix + "x").requiresGrad(true);
          layer.apply(x.detach()); // finds the sizes
          for (String p : golden.names(prefix + "parameter.")) {
            layer.parameters().get(p).detach().assign(golden(dtype, prefix + "parameter." + p));
          }
          assertEquals(golden.names(prefix + "parameter.").size(), layer.parameters().size(), "parameters");
          Tensor y = layer.apply(x);
          nearGolden(prefix + "y", y);
          y.mul(golden(dtype, prefix + "r")).sum().backward();
          nearGolden(prefix + "dx", x.grad());
          for (String p : golden.names(prefix + "parameter.")) {
            nearGolden(prefix + "grad." + p, layer.parameters().get(p).grad());
          }
        }
      });
    }
  }

  /** NaN passes; at ±∞ the value is that at ±10³⁰, or infinite where that is as large as its argument. */
  private void ends(Activations activation) {
    for (DType dtype : TYPES) {
      try (Layer layer = ready(activation.create(), dtype)) {
        double[] at = {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, -1e30, 1e30};
        double[] y = layer.apply(device.tensor(at).cast(dtype)).toDoubles();
        assertTrue(Double.isNaN(y[0]), () -> activation + " " + dtype + " of NaN is " + y[0]);
        for (int i = 1; i <= 2; i++) {
          double near = y[i + 2];
          double limit = Math.abs(near) > 1e20 ? Math.signum(near) * Double.POSITIVE_INFINITY : near;
          double found = y[i];
          assertEquals(limit, found, activation + " " + dtype + " of " + at[i]);
        }
      }
    }
  }

  /** Numerical checks of those made of several operations; the straight-through step's gradient is not its derivative. */
  private void composed(Activations activation) {
    if (activation == Activations.STEP || activation.create() instanceof Activation plain && !plain.isComposed()) {
      return;
    }
    once(activation.label() + ", first and second order", () -> {
      try (Layer layer = ready(activation.create(), DType.FLOAT64)) {
        both(in -> layer.apply(in.getFirst()), some(activation.ordinal(), 7));
      }
    });
  }

  private void gates() {
    once("prelu and learned swish in their parameters, first and second order", () -> {
      both(in -> in.get(0).gt(0).where(in.get(0), in.get(0).mul(in.get(1))), some(1, 4, 3), some(2, 3));
      both(in -> in.get(0).mul(in.get(0).mul(in.get(1)).sigmoid()), some(3, 6), some(4, 1));
    });
    for (Unary gate : new Unary[] {null, Unary.of(UnaryOp.SIGMOID), Unary.of(UnaryOp.GELU), Unary.of(UnaryOp.SWISH),
        Unary.of(UnaryOp.RELU)}) {
      once("gated by " + gate + ", first and second order", () -> both(in -> new Glu(gate, 0).initialize(device, 1)
          .apply(in.getFirst()), some(5, 4, 2)));
    }
    once("maxout, first and second order", () -> {
      both(in -> new Maxout(3).initialize(device, 1).apply(in.getFirst()).square(), some(6, 2, 6));
      both(in -> new Maxout(2, -1).initialize(device, 1).apply(in.getFirst()).square(), some(7, 2, 3, 4));
    });
    once("softmin, first and second order", () -> both(in -> Activation.softmin(1).initialize(device, 1).apply(in.getFirst()),
        some(8, 2, 3)));
    once("maxout is a convex function of any form: |x| of two pieces", () -> {
      Tensor x = v(-2, 0.5, 3);
      expect(new Maxout(2).initialize(device, 1).apply(dev.athanor.tensor.Shaping.stack(1, x, x.neg())), dims(3, 1), 2, 0.5, 3);
    });
  }

  private void training() {
    once("rrelu draws slopes within its bounds in training, one for each element", () -> {
      try (Layer layer = new RRelu(0.25, 0.5).initialize(device, DType.FLOAT64, 3)) {
        int n = 400;
        Tensor x = device.full(DType.FLOAT64, Shape.of(n), -1).requiresGrad(true);
        Tensor y = layer.apply(x);
        double[] slopes = y.neg().toDoubles();
        double mean = 0;
        for (double s : slopes) {
          assertTrue(s >= 0.25 && s < 0.5, () -> "a slope of " + s);
          mean += s / n;
        }
        // The mean of n numbers uniform in [¼, ½) has the standard deviation 0.25/√(12n): five of them.
        assertEquals(0.375, mean, 5 * 0.25 / Math.sqrt(12.0 * n));
        near(1e-15, Autograd.grad(y.sum(), x).getFirst(), dims(n), slopes);
        assertTrue(!java.util.Arrays.equals(slopes, layer.apply(x).neg().toDoubles()), "the next slopes are others");
        expect(layer.apply(v(0.5, 2)), dims(2), 0.5, 2);
        expect(layer.training(false) instanceof RRelu ? layer.apply(v(-2)) : null, dims(1), -0.75);
      }
    });
  }

  private void step() {
    once("step gives 1 from the threshold on, with gradient 0, or straight through within the width", () -> {
      Tensor x = v(-3, -0.5, 0, 0.25, 1, 1.5, 4).requiresGrad(true);
      Tensor r = v(1, 2, 3, 4, 5, 6, 7);
      Tensor plain = Activation.step(0.25).initialize(device, 1).apply(x);
      expect(plain, dims(7), 0, 0, 0, 1, 1, 1, 1);
      expect(Autograd.grad(plain.mul(r).sum(), x).getFirst(), dims(7), 0, 0, 0, 0, 0, 0, 0);
      Tensor through = Activation.straightThroughStep(0.25, 1).initialize(device, 1).apply(x);
      expect(through, dims(7), 0, 0, 0, 1, 1, 1, 1);
      expect(Autograd.grad(through.mul(r).sum(), x).getFirst(), dims(7), 0, 2, 3, 4, 5, 0, 0);
      Tensor all = Activation.straightThroughStep(0, Double.MAX_VALUE).initialize(device, 1).apply(x);
      expect(all, dims(7), 0, 0, 1, 1, 1, 1, 1);
      expect(Autograd.grad(all.mul(r).sum(), x).getFirst(), dims(7), 1, 2, 3, 4, 5, 6, 7);
    });
  }

  private void names() {
    test("every name finds its activation", () -> {
      for (String label : Activations.labels()) {
        assertEquals(label, Activations.of(label).label());
        assertTrue(golden.has("activation." + label + ".y"), () -> label + " has no values of an independent source");
      }
      fails(() -> Activations.of("rellu"), "'rellu'", "relu", "gelu-tanh");
    });
    test("layers show their parameters", () -> {
      assertEquals("elu(0.7, 0.0)", Activation.elu(0.7).toString());
      assertEquals("PRelu(channels=?)", PRelu.perChannel(0).toString());
      assertEquals("Maxout(3, axis=-1)", new Maxout(3, -1).toString());
      assertEquals("Glu(gelu)", Glu.geglu().toString());
      assertEquals("Swish(2.0)", new Swish(2).toString());
    });
  }

  private void errors() {
    once("activation errors name the layer and the rule", () -> {
      fails(() -> apply(new Maxout(4), count(2, 6)), "Maxout:", "axis 1", "[2, 6]", "4 pieces");
      fails(() -> new Maxout(0), "Maxout:", "positive");
      fails(() -> apply(new Glu(), count(2, 5)), "Glu:", "[2, 5]", "even");
      fails(() -> apply(PRelu.perChannel(3), count(2, 5)), "PRelu:", "[N, 3, …]", "[2, 5]");
      fails(() -> apply(PRelu.perUnit(4), count(2, 5)), "PRelu:", "[N, 4]", "[2, 5]");
      fails(() -> apply(PRelu.perChannel(0), v(1, 2)), "PRelu:", "channels", "[2]");
      fails(() -> new RRelu(0.5, 0.25), "RRelu:", "0.5", "0.25");
      fails(() -> Activation.straightThroughStep(0, 0), "step:", "above 0");
    });
  }

  private void apply(Layer layer, Tensor x) {
    try (Layer ready = layer.initialize(device, DType.FLOAT64, 1)) {
      ready.apply(x);
    }
  }
}
