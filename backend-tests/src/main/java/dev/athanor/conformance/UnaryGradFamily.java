package dev.athanor.conformance;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.UnaryOp.Saves;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** Derivatives of the elementwise functions, against differences of their values and at the kinks. */
final class UnaryGradFamily extends Family {
  UnaryGradFamily(TestDevice device) {
    super(device, "unaryGrad");
  }

  @Override
  void define() {
    for (UnaryOp op : UnaryOp.values()) {
      if (op.saves() == Saves.NEVER) {
        continue;
      }
      for (Unary fn : UnaryCases.variants(op)) {
        for (DType dtype : FLOATS) {
          for (Placement placement : Placement.INPUTS) {
            testShapes(fn + " " + dtype + " " + placement, SHAPES, (t, shape) -> slopes(t, fn, dtype, shape, placement, false));
          }
          testShapes(fn + " " + dtype + " in place of dy", SHAPES,
              (t, shape) -> slopes(t, fn, dtype, shape, Placement.GAPS, true));
        }
      }
    }
    for (DType dtype : FLOATS) {
      kink(Unary.of(UnaryOp.RELU), 0, 0, dtype);
      kink(Unary.of(UnaryOp.ABS), 0, 0, dtype);
      kink(Unary.of(UnaryOp.RELU6), 0, 0, dtype);
      kink(Unary.of(UnaryOp.RELU6), 6, 0, dtype);
      kink(Unary.of(UnaryOp.HARD_TANH), -1, 0, dtype);
      kink(Unary.of(UnaryOp.HARD_TANH), 1, 0, dtype);
      kink(Unary.of(UnaryOp.CLAMP, -1, 2), -1, 1, dtype);
      kink(Unary.of(UnaryOp.CLAMP, -1, 2), 2, 1, dtype);
      kink(Unary.of(UnaryOp.LEAKY_RELU, 0.25), 0, 0.25, dtype);
      kink(Unary.of(UnaryOp.SOFT_SHRINK), 0.5, 0, dtype);
      kink(Unary.of(UnaryOp.HARD_SHRINK), -0.5, 0, dtype);
      kink(Unary.of(UnaryOp.THRESHOLD, 0.25, 20), 0.25, 0, dtype);
      kink(Unary.of(UnaryOp.POW_SCALAR, 0), 0, 0, dtype);
      kink(Unary.of(UnaryOp.POW_SCALAR, 1), 0, 1, dtype);
      kink(Unary.of(UnaryOp.POW_SCALAR, 2), 0, 0, dtype);
      for (UnaryOp op : List.of(UnaryOp.SIGMOID, UnaryOp.TANH, UnaryOp.ERF, UnaryOp.ATAN, UnaryOp.SOFTSIGN)) {
        for (double far : new double[] {1e6, Double.POSITIVE_INFINITY}) {
          kink(Unary.of(op), far, 0, dtype);
          kink(Unary.of(op), -far, 0, dtype);
        }
      }
      for (UnaryOp op : List.of(UnaryOp.SOFTPLUS, UnaryOp.SWISH, UnaryOp.MISH, UnaryOp.GELU, UnaryOp.GELU_TANH,
          UnaryOp.GELU_SIGMOID, UnaryOp.HARD_SWISH)) {
        for (double far : new double[] {1e6, Double.POSITIVE_INFINITY}) {
          kink(Unary.of(op), far, 1, dtype);
          kink(Unary.of(op), -far, 0, dtype);
        }
      }
    }
  }

  private void slopes(Trial t, Unary fn, DType dtype, Shape shape, Placement placement, boolean inPlace) {
    Saves saves = fn.op().saves();
    double[] range = UnaryCases.smoothRange(fn.op());
    HostArray in = placement.adapt(HostArray.random(dtype, shape, 13 + shape.size(), range[0], range[1]));
    HostArray upstream = HostArray.random(dtype, shape, 17, -2, 2);
    HostArray result = HostArray.of(dtype, shape, i -> Formulas.unary(fn, in.get(i)));
    View x = saves == Saves.INPUT ? t.in(in, placement) : null;
    View y = saves == Saves.OUTPUT ? t.in(result, placement) : null;
    View dy = inPlace ? t.inOut(upstream, placement) : t.in(upstream, Placement.CONTIGUOUS);
    View dx = inPlace ? dy : t.out(dtype, shape, placement.forOutput());
    t.run(() -> device.backend().unaryGrad(fn, x, y, dy, dx));
    double u = dtype == DType.FLOAT32 ? Accuracy.unit(dtype) : 1e-10; // in float64 the difference is the coarser one
    t.expect(dx, i -> upstream.get(i) * Formulas.slope(fn, in.get(i)), i -> {
      double at = in.get(i);
      if (Formulas.piecewise(fn.op()) && Formulas.nearKink(fn, at)) {
        return Double.NaN;
      }
      double slope = Math.abs(Formulas.slope(fn, at));
      return Math.abs(upstream.get(i)) * 16 * u * (1 + slope) * (1 + Math.abs(at)) + 1e-10;
    });
  }

  /** The derivative at one point is this exactly, up to what underflows. */
  private void kink(Unary fn, double at, double slope, DType dtype) {
    test(fn + " " + dtype + " at " + at, t -> {
      HostArray values = HostArray.vector(dtype, at);
      View x = fn.op().saves() == Saves.INPUT ? t.in(values) : null;
      View y = fn.op().saves() == Saves.OUTPUT
          ? t.in(HostArray.vector(dtype, Formulas.unary(fn, values.get(0)))) : null;
      View dy = t.in(HostArray.vector(dtype, 3));
      View dx = t.out(dtype, values.shape());
      t.run(() -> device.backend().unaryGrad(fn, x, y, dy, dx))
          .expect(dx, i -> 3 * slope, i -> slope == 0 ? 1e-11 : 3 * slope * 8 * Accuracy.unit(dtype));
    });
  }
}
