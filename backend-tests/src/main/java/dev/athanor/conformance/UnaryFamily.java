package dev.athanor.conformance;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** Elementwise functions of one operand. */
final class UnaryFamily extends Family {
  UnaryFamily(TestDevice device) {
    super(device, "unary");
  }

  @Override
  void define() {
    for (UnaryOp op : UnaryOp.values()) {
      for (Unary fn : UnaryCases.variants(op)) {
        for (DType dtype : op.domain() == UnaryOp.Domain.BOOL ? List.of(DType.BOOL) : FLOATS) {
          for (Placement placement : Placement.INPUTS) {
            testShapes(fn + " " + dtype + " " + placement, SHAPES, (t, shape) -> random(t, fn, dtype, shape, placement, false));
          }
          if (op == UnaryOp.EXP || op == UnaryOp.TANH || op == UnaryOp.NEG || op == UnaryOp.IS_NAN) {
            for (Placement placement : Placement.INPUTS) {
              testShapes(fn + " " + dtype + " large " + placement, LARGE, (t, shape) -> random(t, fn, dtype, shape, placement,
                  false));
            }
          }
          if (!op.givesBool() || dtype == DType.BOOL) {
            for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.STEPPED)) {
              testShapes(fn + " " + dtype + " in place " + placement, SHAPES,
                  (t, shape) -> random(t, fn, dtype, shape, placement, true));
            }
          }
          if (dtype.isFloat()) {
            test(fn + " " + dtype + " special values", t -> special(t, fn, dtype));
          }
        }
        if (op.domain() == UnaryOp.Domain.NUMERIC) {
          for (DType dtype : List.of(DType.INT32, DType.INT64)) {
            for (Placement placement : Placement.INPUTS) {
              testShapes(fn + " " + dtype + " " + placement, SHAPES, (t, shape) -> random(t, fn, dtype, shape, placement, false));
            }
          }
        }
      }
    }
  }

  private void random(Trial t, Unary fn, DType dtype, Shape shape, Placement placement, boolean inPlace) {
    double[] range = UnaryCases.range(fn.op());
    HostArray values = placement.adapt(HostArray.random(dtype, shape, 11 + shape.size(), range[0], range[1]));
    View x = inPlace ? t.inOut(values, placement) : t.in(values, placement);
    View out = inPlace ? x : t.out(fn.op().givesBool() ? DType.BOOL : dtype, shape, placement.forOutput());
    t.run(() -> device.backend().unary(fn, x, out));
    check(t, fn, values, out);
  }

  private void special(Trial t, Unary fn, DType dtype) {
    HostArray values = HostArray.vector(dtype, UnaryCases.SPECIAL);
    View x = t.in(values);
    View out = t.out(fn.op().givesBool() ? DType.BOOL : dtype, values.shape());
    t.run(() -> device.backend().unary(fn, x, out));
    check(t, fn, values, out);
  }

  private static void check(Trial t, Unary fn, HostArray x, View out) {
    DType dtype = x.dtype();
    t.expect(out, i -> Formulas.unary(fn, x.get(i)), i -> UnaryCases.defined(fn, x.get(i))
        ? UnaryCases.bound(fn, dtype, x.get(i), Formulas.unary(fn, x.get(i))) : Double.NaN);
  }
}
