package dev.athanor.conformance;

import dev.athanor.backend.ReduceOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.List;

/** reduce and argReduce. */
final class ReduceFamily extends Family {
  private static final List<Shape> REDUCED = List.of(Shape.SCALAR, Shape.of(0), Shape.of(1), Shape.of(31), Shape.of(33),
      Shape.of(1023), Shape.of(3, 0, 2), Shape.of(5, 7), Shape.of(33, 31), Shape.of(2, 1023), Shape.of(1023, 2),
      Shape.of(2, 3, 4, 5), Shape.of(2, 1, 2, 3, 1, 2, 2, 2));

  ReduceFamily(TestDevice device) {
    super(device, "reduce");
  }

  @Override
  void define() {
    for (ReduceOp op : ReduceOp.values()) {
      for (DType dtype : types(op)) {
        for (Placement placement : Placement.INPUTS) {
          testShapes(op + " " + dtype + " " + placement, REDUCED, (t, shape) -> {
            for (int mask : masks(shape.rank())) {
              reduce(t, op, dtype, shape, mask, placement);
            }
          });
        }
      }
    }
    for (DType dtype : List.of(DType.FLOAT32, DType.INT64)) {
      for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.PERMUTED, Placement.STEPPED)) {
        testShapes("SUM " + dtype + " large " + placement, LARGE, (t, shape) -> {
          for (int mask : masks(shape.rank())) {
            reduce(t, ReduceOp.SUM, dtype, shape, mask, placement);
          }
        });
      }
    }
    for (DType dtype : FLOATS) {
      test("SUM " + dtype + " of 100003 elements", t -> reduce(t, ReduceOp.SUM, dtype, Shape.of(100_003), 1,
          Placement.CONTIGUOUS));
      test("SUM " + dtype + " of 7 x 30011 elements", t -> reduce(t, ReduceOp.SUM, dtype, Shape.of(7, 30_011), 1,
          Placement.CONTIGUOUS));
      for (ReduceOp op : List.of(ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.PROD, ReduceOp.MAX, ReduceOp.MIN)) {
        test(op + " " + dtype + " NaN, infinities and -0", t -> special(t, op, dtype));
      }
    }
    for (DType dtype : NUMBERS) {
      for (Placement placement : Placement.INPUTS) {
        for (boolean largest : new boolean[] {true, false}) {
          testShapes("arg " + (largest ? "MAX " : "MIN ") + dtype + " " + placement, REDUCED, (t, shape) -> {
            for (int axis = 0; axis < shape.rank(); axis++) {
              if (shape.dim(axis) > 0) {
                argReduce(t, largest, dtype, shape, axis, placement);
              }
            }
          });
        }
      }
    }
  }

  private static List<DType> types(ReduceOp op) {
    return switch (op) {
      case SUM, PROD, MAX, MIN -> NUMBERS;
      case MEAN -> FLOATS;
      case ANY, ALL -> List.of(DType.BOOL);
    };
  }

  /** All sets of axes for few axes, some for many. */
  private static List<Integer> masks(int rank) {
    if (rank > 4) {
      return List.of(0b00000001, 0b10000000, 0b10100101, 0b11111111);
    }
    List<Integer> masks = new ArrayList<>();
    for (int mask = 0; mask < 1 << rank; mask++) {
      masks.add(mask);
    }
    return masks;
  }

  private static Shape reduced(Shape shape, int mask) {
    Shape out = shape;
    for (int axis = 0; axis < shape.rank(); axis++) {
      out = (mask >> axis & 1) != 0 ? out.with(axis, 1) : out;
    }
    return out;
  }

  /** The row-major index in {@code to} of element {@code i} of {@code from}, where axes of size 1 swallow theirs. */
  static int project(int i, Shape from, Shape to) {
    int index = 0;
    int step = 1;
    int rest = i;
    for (int axis = from.rank() - 1; axis >= 0; axis--) {
      int size = (int) from.dim(axis);
      int kept = (int) to.dim(axis);
      index += kept == 1 ? 0 : rest % size * step;
      rest /= size;
      step *= kept;
    }
    return index;
  }

  private void reduce(Trial t, ReduceOp op, DType dtype, Shape shape, int mask, Placement placement) {
    Shape outShape = reduced(shape, mask);
    if ((op == ReduceOp.MAX || op == ReduceOp.MIN) && shape.size() == 0 && outShape.size() > 0) {
      return; // core does not ask for the largest of nothing
    }
    double low = op == ReduceOp.PROD && dtype.isFloat() ? 0.9 : -50;
    double high = op == ReduceOp.PROD && dtype.isFloat() ? 1.12 : 50;
    HostArray values = placement.adapt(HostArray.random(dtype, shape, 51 + mask, low, high));
    check(t, op, values, outShape, placement);
  }

  private void special(Trial t, ReduceOp op, DType dtype) {
    double nan = Double.NaN;
    double inf = Double.POSITIVE_INFINITY;
    double[][] rows = {{1, nan, 3}, {nan, nan, nan}, {inf, 1, 2}, {-inf, 1, 2}, {inf, -inf, 0}, {-0.0, -0.0, -0.0},
        {inf, nan, -inf}, {-inf, -inf, -inf}};
    HostArray values = HostArray.of(dtype, Shape.of(rows.length, 3), i -> rows[i / 3][i % 3]);
    check(t, op, values, Shape.of(rows.length, 1), Placement.CONTIGUOUS);
  }

  private void check(Trial t, ReduceOp op, HostArray values, Shape outShape, Placement placement) {
    DType dtype = values.dtype();
    int n = (int) outShape.size();
    double[] sum = new double[n];
    double[] magnitude = new double[n];
    long[] whole = new long[n];
    int[] count = new int[n];
    for (int i = 0; i < values.size(); i++) {
      int o = project(i, values.shape(), outShape);
      boolean first = count[o]++ == 0;
      double x = values.get(i);
      long w = values.whole(i);
      magnitude[o] += Math.abs(x);
      sum[o] = switch (op) {
        case SUM, MEAN -> sum[o] + x;
        case PROD -> first ? x : sum[o] * x;
        case MAX -> first || Double.isNaN(x) || x > sum[o] ? Double.isNaN(sum[o]) ? sum[o] : x : sum[o];
        case MIN -> first || Double.isNaN(x) || x < sum[o] ? Double.isNaN(sum[o]) ? sum[o] : x : sum[o];
        case ANY, ALL -> 0;
      };
      whole[o] = switch (op) {
        case SUM -> whole[o] + w;
        case PROD -> first ? w : whole[o] * w;
        case MAX -> first || w > whole[o] ? w : whole[o];
        case MIN -> first || w < whole[o] ? w : whole[o];
        case ANY -> first ? w : whole[o] | w;
        case ALL -> first ? w : whole[o] & w;
        case MEAN -> 0;
      };
    }
    for (int o = 0; o < n; o++) {
      if (count[o] == 0) {
        sum[o] = op == ReduceOp.PROD ? 1 : 0;
        whole[o] = op == ReduceOp.PROD || op == ReduceOp.ALL ? 1 : 0;
      }
    }
    View x = t.in(values, placement);
    View out = t.out(dtype, outShape, placement.forOutput());
    t.run(() -> device.backend().reduce(op, x, out));
    if (!dtype.isFloat()) {
      t.expectBits(out, HostArray.ofBits(dtype, outShape, i -> dtype.bits(whole[i])));
      return;
    }
    t.expect(out, i -> op == ReduceOp.MEAN ? sum[i] / count[i] : sum[i], i -> switch (op) {
      case SUM -> Accuracy.sum(dtype, count[i], magnitude[i]);
      case MEAN -> Accuracy.sum(dtype, count[i], magnitude[i]) / Math.max(1, count[i]) + Accuracy.ulps(dtype, 1,
          sum[i] / count[i]);
      case PROD -> Accuracy.sum(dtype, count[i], Math.abs(sum[i]));
      case MAX, MIN, ANY, ALL -> 0;
    });
  }

  private void argReduce(Trial t, boolean largest, DType dtype, Shape shape, int axis, Placement placement) {
    HostArray random = HostArray.random(DType.INT32, shape, 57, -4, 4); // few values: many ties
    HostArray values = placement.adapt(HostArray.of(dtype, shape,
        i -> dtype.isFloat() && random.get(i) == 4 && i % 3 == 0 ? Double.NaN : random.get(i)));
    Shape outShape = shape.with(axis, 1);
    int[] best = new int[(int) outShape.size()];
    double[] held = new double[best.length];
    int inner = 1;
    for (int k = axis + 1; k < shape.rank(); k++) {
      inner *= (int) shape.dim(k);
    }
    for (int i = 0; i < values.size(); i++) {
      int at = (int) (i / inner % shape.dim(axis));
      int o = project(i, shape, outShape);
      double x = values.get(i);
      boolean beats = !Double.isNaN(held[o]) && (Double.isNaN(x) || (largest ? x > held[o] : x < held[o]));
      if (at == 0 || beats) {
        best[o] = at;
        held[o] = x;
      }
    }
    View x = t.in(values, placement);
    View out = t.out(DType.INT64, outShape, placement.forOutput());
    t.run(() -> device.backend().argReduce(largest, x, axis, out)).expect(out, i -> best[i]);
  }
}
