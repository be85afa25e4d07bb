package dev.athanor.conformance.tensor;

import dev.athanor.autograd.GradCheck;
import dev.athanor.backend.Window;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.loss.Reduction;
import dev.athanor.ops.Convolution;
import dev.athanor.ops.Dropout;
import dev.athanor.ops.Elementwise;
import dev.athanor.ops.Normalization;
import dev.athanor.ops.Pooling;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** The gradients of convolution, pooling, normalisation, dropout and the losses, first and second order. */
final class LayerGradientTests extends TensorFamily {
  LayerGradientTests(Device device) {
    super(device);
  }

  private static void both(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    GradCheck.check(f, inputs);
    GradCheck.checkSecondOrder(f, inputs);
  }

  private static Window window(long[] kernel, long[] stride, long[] low, long[] high, long[] dilation, int groups) {
    return new Window(kernel, stride, low, high, dilation, groups);
  }

  @Override
  void define() {
    convolution("1 axis, stride 2, uneven padding", window(dims(3), dims(2), dims(1), dims(2), dims(1), 1), dims(2, 2, 6), dims(3,
        2, 3));
    convolution("2 axes, padding", window(dims(2, 3), dims(1, 2), dims(1, 1), dims(0, 1), dims(1, 1), 1), dims(1, 2, 3, 4),
        dims(2, 2, 2, 3));
    convolution("dilation", window(dims(2, 2), dims(1, 1), dims(0, 1), dims(0, 1), dims(2, 1), 1), dims(1, 1, 4, 3), dims(2, 1, 2,
        2));
    convolution("groups", window(dims(2), dims(1), dims(1), dims(0), dims(1), 2), dims(2, 4, 3), dims(4, 2, 2));
    convolution("depthwise", window(dims(2), dims(1), dims(0), dims(0), dims(1), 3), dims(1, 3, 4), dims(3, 1, 2));
    convolution("1×1", window(dims(1, 1), dims(1, 1), dims(0, 0), dims(0, 0), dims(1, 1), 1), dims(2, 3, 2, 2), dims(2, 3, 1, 1));
    test("convolution, channels-last", () -> {
      Window w = window(dims(2, 2), dims(1, 1), dims(1, 0), dims(0, 1), dims(1, 1), 1);
      both(x -> Convolution.convolution(Elementwise.channelsLast(x.get(0)), x.get(1), x.get(2), w).square(), some(1, 1, 2, 3, 3),
          some(2, 2, 2, 2, 2), some(3, 2));
    });
    pooling();
    normalization();
    test("dropout", () -> {
      Generator g = device.generator(3);
      Generator.State start = g.state();
      both(x -> {
        g.restore(start);
        return Dropout.dropout(x.get(0).square(), 0.4, g).mul(x.get(0));
      }, some(1, 5, 3));
      both(x -> Dropout.dropout(x.get(0), 0, g).square(), some(2, 3));
      g.close();
    });
    losses();
  }

  private void convolution(String title, Window window, long[] x, long[] w) {
    test("convolution, " + title, () -> {
      both(in -> Convolution.convolution(in.get(0), in.get(1), in.get(2), window), some(1, x), some(2, w), some(3, w[0]));
      both(in -> Convolution.convolution(in.get(0), in.get(1), null, window).square().sum(), some(4, x), some(5, w));
    });
  }

  private void pooling() {
    Window plain = window(dims(2, 2), dims(2, 2), dims(0, 0), dims(0, 0), dims(1, 1), 1);
    Window padded = window(dims(3, 2), dims(2, 1), dims(1, 0), dims(1, 1), dims(1, 1), 1);
    Window dilated = window(dims(2), dims(1), dims(1), dims(1), dims(2), 1);
    test("max pooling", () -> {
      both(x -> Pooling.max(x.get(0), plain).square(), some(1, 1, 2, 4, 4));
      both(x -> Pooling.max(x.get(0), padded).square(), some(2, 2, 1, 5, 3));
      both(x -> Pooling.max(x.get(0), dilated).square(), some(3, 1, 2, 5));
      both(x -> Pooling.max(Elementwise.channelsLast(x.get(0)), padded).square(), some(4, 1, 2, 4, 3));
    });
    for (boolean count : new boolean[] {false, true}) {
      test("average pooling, " + (count ? "" : "not ") + "counting padding", () -> {
        both(x -> Pooling.average(x.get(0), plain, count).square(), some(1, 1, 2, 4, 4));
        both(x -> Pooling.average(x.get(0), padded, count).square(), some(2, 2, 1, 5, 3));
        both(x -> Pooling.average(Elementwise.channelsLast(x.get(0)), padded, count).square(), some(4, 1, 2, 4, 3));
      });
    }
  }

  private void normalization() {
    for (long[] shape : new long[][] {{5, 2}, {2, 2, 3}, {2, 3, 2, 2}}) {
      test("batch normalisation of " + java.util.Arrays.toString(shape), () -> {
        long c = shape[1];
        both(x -> Normalization.batch(x.get(0), x.get(1), x.get(2), null, null, 0.1, 1e-3), some(1, shape), some(2, c), some(3,
            c));
        both(x -> Normalization.batch(x.get(0), null, null, null, null, 0.1, 1e-3), some(4, shape));
      });
      test("batch normalisation by given statistics of " + java.util.Arrays.toString(shape), () -> {
        long c = shape[1];
        both(x -> Normalization.batchInference(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4).abs(), 1e-3), some(1, shape),
            some(2, c),
            some(3, c), some(4, c), some(5, c));
      });
    }
    test("batch normalisation, channels-last", () -> both(
        x -> Normalization.batch(Elementwise.channelsLast(x.get(0)), x.get(1), x.get(2), null, null, 0.1, 1e-3), some(1, 2, 2, 3,
            2),
        some(2, 2), some(3, 2)));
    test("layer normalisation", () -> {
      both(x -> Normalization.layer(x.get(0), x.get(1), x.get(2), 1, 1e-3), some(1, 3, 4), some(2, 4), some(3, 4));
      both(x -> Normalization.layer(x.get(0), x.get(1), x.get(2), 2, 1e-3), some(1, 2, 2, 3), some(2, 2, 3), some(3, 2, 3));
      both(x -> Normalization.layer(x.get(0).transpose(), null, null, 1, 1e-3), some(4, 4, 2));
    });
  }

  private void losses() {
    for (Reduction reduction : Reduction.values()) {
      test("losses, " + reduction, () -> {
        both(x -> new MeanSquaredError(reduction).of(x.get(0), x.get(1)), some(1, 3, 2), some(2, 3, 2));
        both(x -> new BinaryCrossEntropy(reduction).of(x.get(0), x.get(1).abs()), some(3, 4), some(4, 4));
        Tensor labels = device.tensor(new long[] {1, 0, 2});
        both(x -> new CrossEntropy(reduction).of(x.get(0), labels), some(5, 3, 3));
      });
    }
  }
}
