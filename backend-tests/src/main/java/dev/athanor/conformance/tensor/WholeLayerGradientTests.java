package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.GradCheck;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Bilinear;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Embedding;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.InstanceNorm;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Parallel;
import dev.athanor.nn.Residual;
import dev.athanor.nn.SeparableConv2d;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Layers made of several operations, as wholes: first and second order in their inputs by {@link GradCheck}, and the first in
 * every parameter against central differences in float64.
 */
final class WholeLayerGradientTests extends TensorFamily {
  private static final double STEP = 0x1p-17;

  WholeLayerGradientTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    once("bilinear, in both inputs and its parameters", () -> {
      try (Bilinear layer = new Bilinear(2, 3, 2)) {
        layer.initialize(device, DType.FLOAT64, 1);
        Tensor a = some(1, 2, 2);
        Tensor b = some(2, 2, 3);
        GradCheck.check(x -> layer.apply(x.get(0), x.get(1)).square(), a, b);
        GradCheck.checkSecondOrder(x -> layer.apply(x.get(0), x.get(1)).square(), a, b);
        parameters(layer, () -> layer.apply(a, b));
      }
    });
    once("embedding, repeated and padded rows, in its table", () -> {
      try (Layer layer = new Embedding(4, 2).paddingIndex(1)) {
        layer.initialize(device, DType.FLOAT64, 1);
        Tensor rows = device.tensor(new long[] {3, 0, 3, 2});
        parameters(layer, () -> layer.apply(rows));
        // The padding's row is used but not learned: its gradient is zero although the output depends on it.
        Tensor y = layer.apply(device.tensor(new long[] {1, 2})).add(1).square().sum();
        List<Tensor> table = List.copyOf(layer.parameters().values());
        double[] gradient = Autograd.grad(y, table.getFirst()).getFirst().toDoubles();
        assertEquals(0, gradient[2]);
        assertEquals(0, gradient[3]);
      }
    });
    whole("global mean", GlobalPool.average(), 1, 2, 2, 3);
    whole("global maximum", GlobalPool.max(), 2, 2, 3);
    whole("branches joined", Parallel.concat(1, new Linear(3, 2), Activation.tanh(), new Linear(3, 1)), 2, 3);
    whole("branches added", Parallel.sum(new Linear(2, 2), Activation.sigmoid()), 2, 2);
    whole("residual", new Residual(new Sequential(new Linear(2, 3), Activation.tanh(), new Linear(3, 2)), new Linear(2, 2)),
        2, 2);
    whole("depthwise-separable convolution", new SeparableConv2d(2, 2, 2), 1, 2, 2, 3);
    whole("instance normalisation after a convolution", new Sequential(new Conv2d(1, 2, 1), new InstanceNorm(2)), 1, 1, 2, 3);
  }

  private void whole(String title, Layer layer, long... shape) {
    once(title + ", in its input and parameters", () -> {
      try (layer) {
        layer.initialize(device, DType.FLOAT64, 1);
        Tensor x = some(title.hashCode(), shape);
        GradCheck.check(in -> layer.apply(in.getFirst()).square(), x);
        GradCheck.checkSecondOrder(in -> layer.apply(in.getFirst()).square(), x);
        if (!layer.parameters().isEmpty()) {
          parameters(layer, () -> layer.apply(x));
        }
      }
    });
  }

  /** The gradient of Σ y² in every element of every parameter; the error of the difference is about h²·y‴ and ε·Σy²/h. */
  private void parameters(Layer layer, Supplier<Tensor> output) {
    output.get(); // finds the sizes
    for (Map.Entry<String, Tensor> entry : layer.parameters().entrySet()) {
      Tensor p = entry.getValue();
      double[] rules = Autograd.grad(output.get().square().sum(), p).getFirst().toDoubles();
      double[] start = p.detach().toDoubles();
      for (int i = 0; i < start.length; i++) {
        double slope = (at(p, start, i, STEP, output) - at(p, start, i, -STEP, output)) / (2 * STEP);
        assertEquals(slope, rules[i], 1e-8 * Math.max(1, Math.abs(slope)), entry.getKey() + ", element " + i);
      }
      p.detach().assign(device.tensor(start).reshape(p.shape()));
    }
  }

  private double at(Tensor p, double[] start, int element, double step, Supplier<Tensor> output) {
    double[] moved = start.clone();
    moved[element] += step;
    p.detach().assign(device.tensor(moved).reshape(p.shape()));
    return output.get().detach().square().sum().toDoubles()[0];
  }
}
