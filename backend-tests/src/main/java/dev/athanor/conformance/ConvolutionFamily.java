package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.conformance.WindowCases.Case;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** convolution and its two gradients. */
final class ConvolutionFamily extends FusedFamily {
  private static final List<Placement> PLACEMENTS = List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST, Placement.STEPPED,
      Placement.NEGATIVE, Placement.PERMUTED);

  ConvolutionFamily(TestDevice device) {
    super(device, "convolution");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      for (Case c : WindowCases.CONVOLUTIONS) {
        for (Placement placement : PLACEMENTS) {
          String how = dtype + " " + c + " " + placement;
          fused("forward " + how, (t, ops) -> forward(t, ops, c, dtype, placement, placement, false));
          fused("input gradient " + how, (t, ops) -> inputGrad(t, ops, c, dtype, placement));
          fused("weight gradient " + how, (t, ops) -> weightGrad(t, ops, c, dtype, placement, 0));
        }
        String how = dtype + " " + c;
        fused("forward with bias " + how, (t, ops) -> forward(t, ops, c, dtype, Placement.CONTIGUOUS, Placement.CHANNELS_LAST,
            true));
        for (Unary activation : List.of(Unary.of(UnaryOp.RELU), Unary.of(UnaryOp.TANH))) {
          fused("forward with bias and " + activation.op() + " " + how,
              (t, ops) -> activated(t, ops, c, dtype, activation, Placement.CHANNELS_LAST, true));
        }
        fused("forward with RELU " + how,
            (t, ops) -> activated(t, ops, c, dtype, Unary.of(UnaryOp.RELU), Placement.CONTIGUOUS, false));
        fused("weight gradient added " + how, (t, ops) -> weightGrad(t, ops, c, dtype, Placement.CONTIGUOUS, 1));
      }
    }
    // Large enough that the composed form goes through the samples in blocks.
    fused("forward float32 " + WindowCases.LARGE, (t, ops) -> forward(t, ops, WindowCases.LARGE, DType.FLOAT32,
        Placement.CONTIGUOUS, Placement.CONTIGUOUS, false));
    fused("input gradient float32 " + WindowCases.LARGE,
        (t, ops) -> inputGrad(t, ops, WindowCases.LARGE, DType.FLOAT32, Placement.CONTIGUOUS));
    for (double beta : new double[] {0, 1}) {
      fused("weight gradient float32 beta " + beta + " " + WindowCases.LARGE,
          (t, ops) -> weightGrad(t, ops, WindowCases.LARGE, DType.FLOAT32, Placement.CONTIGUOUS, beta));
      for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST)) {
        fused("weight gradient float32 beta " + beta + " " + placement + " " + WindowCases.DEEP,
            (t, ops) -> weightGrad(t, ops, WindowCases.DEEP, DType.FLOAT32, placement, beta));
      }
    }
  }

  /** Meets of a whole convolution: row-major indices into x, w and y. */
  private interface Meeting {
    void at(int x, int w, int y);
  }

  private static void forEach(Case c, Meeting meeting) {
    int groups = c.window().groups();
    int n = (int) c.x().dim(0);
    int channels = (int) c.x().dim(1);
    int perGroup = channels / groups;
    int outPerGroup = c.outputs() / groups;
    int areaIn = WindowCases.area(c.x());
    int areaOut = WindowCases.area(c.result(c.outputs()));
    int taps = (int) c.window().kernelSize();
    WindowCases.forEach(c, (output, tap, input) -> {
      for (int s = 0; s < n; s++) {
        for (int o = 0; o < c.outputs(); o++) {
          for (int k = 0; k < perGroup; k++) {
            int channel = o / outPerGroup * perGroup + k;
            meeting.at((s * channels + channel) * areaIn + input, (o * perGroup + k) * taps + tap,
                (s * c.outputs() + o) * areaOut + output);
          }
        }
      }
    });
  }

  /** Sums with their magnitudes and lengths, for the bound. */
  private static final class Sums {
    final double[] sum;
    final double[] magnitude;
    final int[] count;

    Sums(Shape shape) {
      sum = new double[(int) shape.size()];
      magnitude = new double[sum.length];
      count = new int[sum.length];
    }

    void add(int i, double term) {
      sum[i] += term;
      magnitude[i] += Math.abs(term);
      count[i]++;
    }

    /** Checks an activation of the sums. No slope of those used here exceeds 1. */
    void check(Trial t, View out, MatmulPrecision precision, Unary activation) {
      t.expect(out, i -> Formulas.unary(activation, sum[i]),
          i -> Accuracy.products(out.dtype(), precision, count[i], magnitude[i])
              + UnaryCases.bound(activation, out.dtype(), sum[i], Formulas.unary(activation, sum[i])));
    }

    void check(Trial t, View out, MatmulPrecision precision) {
      t.expect(out, i -> sum[i], i -> Accuracy.products(out.dtype(), precision, count[i], magnitude[i]));
    }
  }

  private void forward(Trial t, FusedOps ops, Case c, DType dtype, Placement px, Placement py, boolean withBias) {
    Forward f = new Forward(t, c, dtype, px, py, withBias);
    t.run(() -> ops.convolution(f.x, f.w, f.bias, c.window(), f.y));
    f.sums.check(t, f.y, device.backend().matmulPrecision());
  }

  private void activated(Trial t, FusedOps ops, Case c, DType dtype, Unary activation, Placement py, boolean withBias) {
    Forward f = new Forward(t, c, dtype, Placement.CONTIGUOUS, py, withBias);
    t.run(() -> ops.convolution(f.x, f.w, f.bias, c.window(), activation, f.y));
    f.sums.check(t, f.y, device.backend().matmulPrecision(), activation);
  }

  /** Operands of a convolution and what it comes to. */
  private static final class Forward {
    final View x;
    final View w;
    final View bias;
    final View y;
    final Sums sums;

    Forward(Trial t, Case c, DType dtype, Placement px, Placement py, boolean withBias) {
      HostArray xs = HostArray.random(dtype, c.x(), 201, -1, 1);
      HostArray ws = HostArray.random(dtype, c.weights(), 203, -1, 1);
      HostArray bs = HostArray.random(dtype, Shape.of(c.outputs()), 207, -1, 1);
      Shape shape = c.result(c.outputs());
      sums = new Sums(shape);
      int area = WindowCases.area(shape);
      if (withBias) {
        for (int i = 0; i < sums.sum.length; i++) {
          sums.add(i, bs.get(i / area % c.outputs()));
        }
      }
      forEach(c, (from, by, to) -> sums.add(to, xs.get(from) * ws.get(by)));
      x = t.in(xs, px);
      w = t.in(ws, px);
      bias = withBias ? t.in(bs, Placement.OFFSET) : null;
      y = t.out(dtype, shape, py);
    }
  }

  private void inputGrad(Trial t, FusedOps ops, Case c, DType dtype, Placement placement) {
    Shape shape = c.result(c.outputs());
    HostArray ys = HostArray.random(dtype, shape, 211, -1, 1);
    HostArray ws = HostArray.random(dtype, c.weights(), 213, -1, 1);
    Sums sums = new Sums(c.x());
    forEach(c, (x, w, y) -> sums.add(x, ys.get(y) * ws.get(w)));
    View dy = t.in(ys, placement);
    View w = t.in(ws, placement);
    View dx = t.out(dtype, c.x(), placement);
    t.run(() -> ops.convolutionInputGrad(dy, w, c.window(), dx));
    sums.check(t, dx, device.backend().matmulPrecision());
  }

  private void weightGrad(Trial t, FusedOps ops, Case c, DType dtype, Placement placement, double beta) {
    HostArray xs = HostArray.random(dtype, c.x(), 217, -1, 1);
    HostArray ys = HostArray.random(dtype, c.result(c.outputs()), 219, -1, 1);
    HostArray before = HostArray.random(dtype, c.weights(), 223, -1, 1);
    Sums sums = new Sums(c.weights());
    if (beta != 0) {
      for (int i = 0; i < before.size(); i++) {
        sums.add(i, before.get(i));
      }
    }
    forEach(c, (x, w, y) -> sums.add(w, xs.get(x) * ys.get(y)));
    View x = t.in(xs, placement);
    View dy = t.in(ys, placement);
    View dw = beta == 0 ? t.out(dtype, c.weights(), placement) : t.inOut(before, placement);
    t.run(() -> ops.convolutionWeightGrad(x, dy, c.window(), beta, dw));
    sums.check(t, dw, device.backend().matmulPrecision());
  }
}
