package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.Arrays;
import java.util.List;

/** cumulativeSum and sort. */
final class OrderFamily extends FusedFamily {
  private static final List<Shape> SHAPES = List.of(Shape.of(0), Shape.of(1), Shape.of(31), Shape.of(33), Shape.of(1023),
      Shape.of(3, 0, 2), Shape.of(5, 7), Shape.of(2, 3, 4, 5), Shape.of(2, 300));

  OrderFamily(TestDevice device) {
    super(device, "order");
  }

  @Override
  void define() {
    for (DType dtype : NUMBERS) {
      for (boolean backwards : new boolean[] {false, true}) {
        for (Placement placement : Placement.INPUTS) {
          fused("cumulativeSum " + dtype + (backwards ? " reverse " : " ") + placement, (t, ops) -> {
            for (Shape shape : SHAPES) {
              for (int axis = 0; axis < shape.rank(); axis++) {
                cumulativeSum(t, ops, dtype, shape, axis, backwards, placement);
              }
            }
          });
          fused("sort " + dtype + (backwards ? " descending " : " ") + placement, (t, ops) -> {
            for (Shape shape : SHAPES) {
              for (int axis = 0; axis < shape.rank(); axis++) {
                HostArray few = HostArray.random(DType.INT32, shape, 241, -9, 9); // with equals among them
                sort(t, ops, placement.adapt(HostArray.of(dtype, shape, few::get)), axis, backwards, placement);
              }
            }
          });
        }
        if (dtype.isFloat()) {
          double[] odd = {1, Double.NaN, -0.0, 0, Double.NEGATIVE_INFINITY, 3, Double.NaN, Double.POSITIVE_INFINITY, 0, -0.0, -3};
          fused("sort " + dtype + (backwards ? " descending" : "") + " NaN, infinities and -0",
              (t, ops) -> sort(t, ops, HostArray.vector(dtype, odd), 0, backwards, Placement.CONTIGUOUS));
        }
      }
    }
    for (boolean descending : new boolean[] {false, true}) {
      fused("sort int64 beyond 2^53" + (descending ? " descending" : ""), (t, ops) -> extremes(t, ops, descending));
    }
  }

  private static void extremes(Trial t, FusedOps ops, boolean descending) {
    long[] large = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE, Long.MIN_VALUE + 1, 0, (1L << 53) + 1, 1L << 53};
    HostArray values = HostArray.ofLongs(DType.INT64, Shape.of(large.length), i -> large[i]);
    View x = t.in(values);
    View out = t.out(DType.INT64, values.shape());
    View indices = t.out(DType.INT64, values.shape());
    t.run(() -> ops.sort(x, 0, descending, out, indices));
    long[] sorted = large.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    t.expectBits(out, HostArray.ofLongs(DType.INT64, values.shape(), i -> sorted[descending ? n - 1 - i : i]));
  }

  private static int innerSize(Shape shape, int axis) {
    return (int) shape.range(axis + 1, shape.rank()).size();
  }

  private static void cumulativeSum(Trial t, FusedOps ops, DType dtype, Shape shape, int axis, boolean reverse,
      Placement placement) {
    HostArray values = placement.adapt(HostArray.random(dtype, shape, 243, -10, 10));
    int inner = innerSize(shape, axis);
    int length = (int) shape.dim(axis);
    double[] sum = new double[values.size()];
    double[] magnitude = new double[sum.length];
    for (int k = 0; k < sum.length; k++) {
      int i = reverse ? sum.length - 1 - k : k;
      int at = i / inner % length;
      boolean first = at == (reverse ? length - 1 : 0);
      int before = reverse ? i + inner : i - inner;
      sum[i] = values.get(i) + (first ? 0 : sum[before]);
      magnitude[i] = Math.abs(values.get(i)) + (first ? 0 : magnitude[before]);
    }
    View x = t.in(values, placement);
    View y = t.out(dtype, shape, placement.forOutput());
    t.run(() -> ops.cumulativeSum(x, axis, reverse, y));
    t.expect(y, i -> sum[i], i -> dtype.isFloat() ? Accuracy.sum(dtype, length, magnitude[i]) : 0);
  }

  private static void sort(Trial t, FusedOps ops, HostArray values, int axis, boolean descending, Placement placement) {
    Shape shape = values.shape();
    int inner = innerSize(shape, axis);
    int length = (int) shape.dim(axis);
    int[] from = new int[values.size()]; // for each result its position along the axis
    for (int i = 0; i < values.size(); i++) {
      if (i / inner % length == 0) {
        Integer[] lane = new Integer[length];
        Arrays.setAll(lane, k -> k);
        int start = i;
        Arrays.sort(lane, (p, q) -> {
          double a = values.get(start + p * inner);
          double b = values.get(start + q * inner);
          int order = Double.isNaN(a) ? Double.isNaN(b) ? 0 : 1 : Double.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0;
          return descending ? -order : order;
        });
        for (int k = 0; k < length; k++) {
          from[i + k * inner] = lane[k];
        }
      }
    }
    View x = t.in(values, placement);
    View out = t.out(values.dtype(), shape, placement.forOutput());
    View indices = t.out(DType.INT64, shape, placement.forOutput());
    t.run(() -> ops.sort(x, axis, descending, out, indices));
    t.expect(indices, i -> from[i]);
    t.expect(out, i -> values.get(i + (from[i] - i / inner % length) * inner));
  }
}
