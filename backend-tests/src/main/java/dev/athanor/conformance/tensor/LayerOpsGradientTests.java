package dev.athanor.conformance.tensor;

import dev.athanor.autograd.GradCheck;
import dev.athanor.backend.Window;
import dev.athanor.ops.Convolution;
import dev.athanor.ops.Dropout;
import dev.athanor.ops.Normalization;
import dev.athanor.ops.Padding;
import dev.athanor.ops.Pooling;
import dev.athanor.ops.Resampling;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** The gradients, first and second order, of what layers are made of beyond {@link LayerGradientTests}. */
final class LayerOpsGradientTests extends TensorFamily {
  LayerOpsGradientTests(Device device) {
    super(device);
  }

  private static void both(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    GradCheck.check(f, inputs);
    GradCheck.checkSecondOrder(f, inputs);
  }

  private void rule(String title, Function<List<Tensor>, Tensor> f, long[]... shapes) {
    test(title, () -> {
      Tensor[] inputs = new Tensor[shapes.length];
      for (int i = 0; i < shapes.length; i++) {
        inputs[i] = some(i + 1, shapes[i]);
      }
      both(f, inputs);
    });
  }

  @Override
  void define() {
    Window cube = new Window(dims(2, 1, 2), dims(1, 2, 1), dims(1, 0, 0), dims(0, 0, 1), dims(1, 1, 1), 1);
    rule("convolution, 3 axes", x -> Convolution.convolution(x.get(0), x.get(1), x.get(2), cube).square(), dims(1, 2, 2, 3, 2),
        dims(2, 2, 2, 1, 2), dims(2));
    Window half = new Window(dims(2, 2), dims(2, 1), dims(0, 0), dims(0, 0), dims(1, 1), 2);
    rule("transposed convolution, 2 groups", x -> Convolution.inputGrad(x.get(0), x.get(1), half, Shape.of(1, 4, 5, 3)).square(),
        dims(1, 2, 2, 2), dims(2, 2, 2, 2));
    rule("max pooling, 3 axes", x -> Pooling.max(x.get(0), cube).square(), dims(1, 2, 2, 3, 2));
    rule("average pooling, 3 axes", x -> Pooling.average(x.get(0), cube, false).square(), dims(1, 2, 2, 3, 2));
    for (boolean max : new boolean[] {true, false}) {
      rule("adaptive pooling, uneven, " + (max ? "max" : "average"), x -> Pooling.adaptive(x.get(0), max, 3, 2).square(),
          dims(1, 2, 5, 3));
      rule("adaptive pooling, even, " + (max ? "max" : "average"), x -> Pooling.adaptive(x.get(0), max, 2, 1).square(),
          dims(1, 1, 4, 3));
    }
    rule("nearest, twice and to 5", x -> Resampling.nearest(x.get(0), 4, 5).square(), dims(1, 2, 2, 3));
    rule("nearest, thrice and twice", x -> Resampling.nearest(x.get(0), 6, 4).square(), dims(1, 2, 2, 2));
    rule("nearest, both twice", x -> Resampling.nearest(x.get(0), 4, 6).square(), dims(1, 2, 2, 3));
    rule("linear, thrice and twice", x -> Resampling.linear(x.get(0), false, 6, 4).square(), dims(1, 1, 2, 2));
    for (boolean corners : new boolean[] {true, false}) {
      rule("linear, aligned corners " + corners, x -> Resampling.linear(x.get(0), corners, 4, 2).square(), dims(1, 2, 2, 3));
    }
    for (Padding.Mode mode : Padding.Mode.values()) {
      rule(mode + " padding", x -> Padding.pad(x.get(0), 1, 2, 1, mode, 0.5).square(), dims(2, 3));
    }
    rule("group normalisation", x -> Normalization.group(x.get(0), 2, x.get(1), x.get(2), 1e-3), dims(2, 4, 2), dims(4), dims(4));
    rule("group normalisation without parameters", x -> Normalization.group(x.get(0), 3, null, null, 1e-3), dims(1, 3, 2, 2));
    rule("root mean square normalisation", x -> Normalization.rootMeanSquare(x.get(0), x.get(1), 2, 1e-3), dims(2, 2, 3),
        dims(2, 3));
    test("dropout of channels, examples, and for SELU", () -> {
      Generator g = device.generator(5);
      Generator.State start = g.state();
      for (int kind = 0; kind < 3; kind++) {
        int which = kind;
        Function<List<Tensor>, Tensor> f = x -> {
          g.restore(start);
          Tensor in = x.get(0).square();
          return (which == 2 ? Dropout.alpha(in, 0.4, g) : Dropout.slices(in, which + 1, 0.4, g)).mul(x.get(0));
        };
        both(f, some(1, 3, 2, 2));
      }
      g.close();
    });
  }
}
