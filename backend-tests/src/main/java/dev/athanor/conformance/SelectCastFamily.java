package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** select and cast. */
final class SelectCastFamily extends Family {
  private static final double[] EXTREMES = {0, -0.0, 0.5, -0.5, 1.5, 2.5, 2.9, -2.9, 127.5, 2147483647.0, 2147483648.0,
      -2147483648.0, -2147483904.0, 9.3e18, -9.3e18, 1e30, -1e30, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
  private static final long[] WHOLES = {0, 1, -1, 255, 16777217, 33554435, Integer.MAX_VALUE, Integer.MIN_VALUE,
      9007199254740993L, 0x7FFFFFBFFFFFFFFFL, Long.MAX_VALUE, Long.MIN_VALUE};

  SelectCastFamily(TestDevice device) {
    super(device, "select and cast");
  }

  @Override
  void define() {
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64, DType.BOOL)) {
      for (Placement placement : Placement.INPUTS) {
        testShapes("select " + dtype + " " + placement, SHAPES, (t, shape) -> select(t, dtype, shape, placement, false));
      }
      testShapes("select " + dtype + " in place", SHAPES, (t, shape) -> select(t, dtype, shape, Placement.STEPPED, true));
    }
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        for (Placement placement : Placement.INPUTS) {
          testShapes("cast " + from + " to " + to + " " + placement, SHAPES, (t, shape) -> {
            HostArray grid = HostArray.random(DType.INT32, shape, 31, -60, 60);
            HostArray values = placement.adapt(HostArray.of(from, shape, i -> grid.get(i) * 0.25)); // exact in every type
            View x = t.in(values, placement);
            View out = t.out(to, shape, placement.forOutput());
            t.run(() -> device.backend().cast(x, out)).expect(out, i -> to.value(to.bits(values.get(i))));
          });
        }
      }
    }
    for (DType to : DType.values()) {
      for (DType from : FLOATS) {
        test("cast " + from + " to " + to + " extremes", t -> {
          HostArray values = HostArray.vector(from, EXTREMES);
          View x = t.in(values);
          View out = t.out(to, values.shape());
          t.run(() -> device.backend().cast(x, out)).expect(out, i -> to.value(to.bits(values.get(i))));
        });
      }
      for (DType from : List.of(DType.INT32, DType.INT64)) {
        test("cast " + from + " to " + to + " extremes", t -> extremes(t, from, to));
      }
    }
    test("cast float32 to bfloat16 rounds ties to even", t -> halves(t, DType.BFLOAT16));
    test("cast float32 to float16 rounds ties to even", t -> halves(t, DType.FLOAT16));
  }

  private void select(Trial t, DType dtype, Shape shape, Placement placement, boolean inPlace) {
    HostArray condition = placement.adapt(HostArray.random(DType.BOOL, shape, 41, 0, 1));
    HostArray p = HostArray.random(dtype, shape, 43, -9, 9);
    HostArray q = placement.adapt(HostArray.random(dtype, shape, 47, -9, 9));
    View c = t.in(condition, placement);
    View a = t.in(p);
    View b = inPlace ? t.inOut(q, placement) : t.in(q, placement);
    View out = inPlace ? b : t.out(dtype, shape, placement.forOutput());
    t.run(() -> device.backend().select(c, a, b, out));
    t.expectBits(out, HostArray.ofBits(dtype, shape, i -> condition.bits()[i] != 0 ? p.bits()[i] : q.bits()[i]));
  }

  /** Integers too large for a float's digits round to nearest; narrower integers keep the low bits, as a Java cast. */
  private void extremes(Trial t, DType from, DType to) {
    HostArray values = HostArray.ofLongs(from, Shape.of(WHOLES.length), i -> WHOLES[i]);
    View x = t.in(values);
    View out = t.out(to, values.shape());
    t.run(() -> device.backend().cast(x, out));
    switch (to) {
      case FLOAT32, BFLOAT16, FLOAT16 -> t.expect(out, i -> (float) values.whole(i),
          i -> to == DType.FLOAT32 ? 0 : Math.abs((double) values.whole(i)) * 2 * Accuracy.unit(to)); // may round twice
      case FLOAT64 -> t.expect(out, i -> (double) values.whole(i));
      case INT32 -> t.expect(out, i -> (int) values.whole(i));
      case INT64 -> t.expectBits(out, HostArray.ofLongs(to, values.shape(), values::whole));
      case BOOL -> t.expect(out, i -> values.whole(i) != 0 ? 1 : 0);
    }
  }

  private void halves(Trial t, DType half) {
    double step = half == DType.BFLOAT16 ? 0x1p-7 : 0x1p-10; // between neighbours just above 1
    double[] values = {1 + step / 2, 1 + 3 * step / 2, 1 + 0.51 * step, 1 + 0.49 * step, -1 - step / 2, 65504, 1e-7, 6e-8, 1e38};
    double[] expected = {1, 1 + 2 * step, 1 + step, 1, -1, half.value(half.bits(65504.0)), half.value(half.bits(1e-7)),
        half.value(half.bits(6e-8)), half == DType.BFLOAT16 ? half.value(half.bits(1e38)) : Double.POSITIVE_INFINITY};
    View x = t.in(HostArray.vector(DType.FLOAT32, values));
    View out = t.out(half, x.shape());
    t.run(() -> device.backend().cast(x, out)).expect(out, i -> expected[i]);
  }
}
