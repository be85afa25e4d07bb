package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.Arrays;
import java.util.List;

/** linear: product, bias and activation. */
final class LinearFamily extends FusedFamily {
  private static final int[][] SIZES = {{0, 5, 3}, {1, 1, 1}, {3, 0, 2}, {31, 33, 7}, {2, 1023, 5}, {33, 31, 1}, {64, 48, 96}};

  LinearFamily(TestDevice device) {
    super(device, "linear");
  }

  @Override
  void define() {
    List<Unary> activations = Arrays.asList(null, Unary.of(UnaryOp.RELU), Unary.of(UnaryOp.TANH), Unary.of(UnaryOp.SIGMOID),
        Unary.of(UnaryOp.GELU), Unary.of(UnaryOp.LEAKY_RELU, 0.2));
    for (DType dtype : FLOATS) {
      for (int[] s : SIZES) {
        for (Unary activation : activations) {
          for (boolean bias : new boolean[] {true, false}) {
            fused(dtype + " " + Arrays.toString(s) + (bias ? " bias " : " ") + (activation == null ? "" : activation.op()),
                (t, ops) -> linear(t, ops, dtype, s, bias, activation, Placement.CONTIGUOUS, Placement.CONTIGUOUS));
          }
        }
      }
      for (Placement x : Placement.INPUTS) {
        for (Placement w : List.of(Placement.CONTIGUOUS, Placement.PERMUTED, Placement.STEPPED)) {
          fused(dtype + " x " + x + " w " + w + " RELU", (t, ops) -> linear(t, ops, dtype, new int[] {9, 17, 11}, true,
              Unary.of(UnaryOp.RELU), x, w));
        }
      }
    }
  }

  private void linear(Trial t, FusedOps ops, DType dtype, int[] size, boolean withBias, Unary activation, Placement px,
      Placement pw) {
    int n = size[0];
    int in = size[1];
    int out = size[2];
    HostArray xs = px.adapt(HostArray.random(dtype, Shape.of(n, in), 111, -1, 1));
    HostArray ws = pw.adapt(HostArray.random(dtype, Shape.of(out, in), 113, -1, 1));
    HostArray bs = HostArray.random(dtype, Shape.of(out), 117, -1, 1);
    double[] sum = new double[n * out];
    double[] magnitude = new double[n * out];
    for (int i = 0; i < sum.length; i++) {
      int o = i % out;
      sum[i] = withBias ? bs.get(o) : 0;
      magnitude[i] = Math.abs(sum[i]);
      for (int k = 0; k < in; k++) {
        double term = xs.get(i / out * in + k) * ws.get(o * in + k);
        sum[i] += term;
        magnitude[i] += Math.abs(term);
      }
    }
    View x = t.in(xs, px);
    View w = t.in(ws, pw);
    View b = withBias ? t.in(bs, Placement.OFFSET) : null;
    View y = t.out(dtype, Shape.of(n, out), px.forOutput());
    t.run(() -> ops.linear(x, w, b, activation, y));
    t.expect(y, i -> activation == null ? sum[i] : Formulas.unary(activation, sum[i]), i -> {
      double bound = Accuracy.products(dtype, device.backend().matmulPrecision(), in + 1, magnitude[i]);
      // No slope of these activations exceeds 1.13 (GELU's largest).
      return activation == null ? bound
          : 1.13 * bound + UnaryCases.bound(activation, dtype, sum[i], Formulas.unary(activation, sum[i]));
    });
  }
}
