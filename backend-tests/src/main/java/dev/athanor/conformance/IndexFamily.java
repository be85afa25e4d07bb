package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** gather and scatterAdd. */
final class IndexFamily extends Family {
  /** The shape of the indexed operand, the axis, and the shape of the index. */
  private record Case(Shape x, int axis, Shape index) {}

  private static final List<Case> CASES = List.of(
      new Case(Shape.of(5), 0, Shape.of(33)), new Case(Shape.of(1), 0, Shape.of(31)), new Case(Shape.of(5), 0, Shape.of(0)),
      new Case(Shape.of(7, 31), 0, Shape.of(4, 31)), new Case(Shape.of(7, 31), 1, Shape.of(7, 1)),
      new Case(Shape.of(7, 33), 1, Shape.of(7, 1023)), new Case(Shape.of(7, 33), 0, Shape.of(9, 5)),
      new Case(Shape.of(3, 4, 5), 1, Shape.of(3, 6, 5)), new Case(Shape.of(3, 4, 5), 2, Shape.of(2, 3, 4)),
      new Case(Shape.of(3, 0, 2), 2, Shape.of(3, 0, 2)), new Case(Shape.of(2, 3, 2, 3), 3, Shape.of(2, 3, 2, 7)));

  IndexFamily(TestDevice device) {
    super(device, "index");
  }

  @Override
  void define() {
    for (DType indexType : List.of(DType.INT64, DType.INT32)) {
      for (Placement placement : Placement.OUTPUTS) {
        for (DType dtype : DType.values()) {
          test("gather " + dtype + " by " + indexType + " " + placement, t -> {
            for (Case c : CASES) {
              gather(t, c, dtype, indexType, placement);
            }
          });
        }
        for (DType dtype : NUMBERS) {
          test("scatterAdd " + dtype + " by " + indexType + " " + placement, t -> {
            for (Case c : CASES) {
              scatterAdd(t, c, dtype, indexType, placement);
            }
          });
        }
      }
      for (DType dtype : List.of(DType.FLOAT32, DType.INT64)) {
        test("gather " + dtype + " rows by " + indexType, t -> rows(t, dtype, indexType));
        test("scatterAdd " + dtype + " rows by " + indexType, t -> addRows(t, dtype, indexType));
      }
      for (long wrong : new long[] {-1, 5, indexType == DType.INT64 ? 1L << 32 : Integer.MIN_VALUE}) {
        test("gather refuses the " + indexType + " index " + wrong, t -> refuse(t, indexType, wrong, false));
        test("scatterAdd refuses the " + indexType + " index " + wrong, t -> refuse(t, indexType, wrong, true));
      }
    }
  }

  /** Element i of the indexed operand's counterpart: its row-major index with the axis replaced. */
  private static int target(int i, HostArray index, Shape indexed, int axis) {
    int at = 0;
    int step = 1;
    int rest = i;
    for (int k = indexed.rank() - 1; k >= 0; k--) {
      int own = (int) (rest % index.shape().dim(k));
      rest /= (int) index.shape().dim(k);
      at += step * (k == axis ? (int) index.whole(i) : own);
      step *= (int) indexed.dim(k);
    }
    return at;
  }

  private void gather(Trial t, Case c, DType dtype, DType indexType, Placement placement) {
    HostArray values = HostArray.random(dtype, c.x, 81, -100, 100);
    HostArray index = HostArray.random(indexType, c.index, 83, 0, c.x.dim(c.axis) - 1);
    View x = t.in(values, placement);
    View by = t.in(index, placement);
    View out = t.out(dtype, c.index, placement);
    t.run(() -> device.backend().gather(x, c.axis, by, out));
    t.expectBits(out, HostArray.ofBits(dtype, c.index, i -> values.bits()[target(i, index, c.x, c.axis)]));
  }

  private void scatterAdd(Trial t, Case c, DType dtype, DType indexType, Placement placement) {
    HostArray values = HostArray.random(dtype, c.index, 85, -100, 100);
    HostArray before = HostArray.random(dtype, c.x, 87, -100, 100);
    HostArray index = HostArray.random(indexType, c.index, 89, 0, c.x.dim(c.axis) - 1);
    View x = t.in(values, placement);
    View by = t.in(index, placement);
    View out = t.inOut(before, placement);
    t.run(() -> device.backend().scatterAdd(x, c.axis, by, out));
    checkSums(t, out, before, values, index, c.axis);
  }

  private static void checkSums(Trial t, View out, HostArray before, HostArray values, HostArray index, int axis) {
    double[] sum = before.doubles();
    double[] magnitude = new double[sum.length];
    int[] count = new int[sum.length];
    for (int i = 0; i < sum.length; i++) {
      magnitude[i] = Math.abs(sum[i]);
    }
    for (int i = 0; i < values.size(); i++) {
      int to = target(i, index, before.shape(), axis);
      sum[to] += values.get(i);
      magnitude[to] += Math.abs(values.get(i));
      count[to]++;
    }
    t.expect(out, i -> sum[i], i -> count[i] == 0 ? 0 : Accuracy.sum(out.dtype(), count[i], magnitude[i]));
  }

  private void rows(Trial t, DType dtype, DType indexType) {
    HostArray table = HostArray.random(dtype, Shape.of(10, 33), 91, -9, 9);
    HostArray index = HostArray.random(indexType, Shape.of(40), 93, 0, 9);
    Shape shape = Shape.of(40, 33);
    View x = t.in(table);
    View by = t.in(index).unsqueeze(1).expand(shape);
    View out = t.out(dtype, shape);
    t.run(() -> device.backend().gather(x, 0, by, out));
    t.expectBits(out, HostArray.ofBits(dtype, shape, i -> table.bits()[(int) index.whole(i / 33) * 33 + i % 33]));
  }

  private void addRows(Trial t, DType dtype, DType indexType) {
    HostArray before = HostArray.random(dtype, Shape.of(10, 33), 95, -9, 9);
    HostArray index = HostArray.random(indexType, Shape.of(40), 97, 0, 9);
    Shape shape = Shape.of(40, 33);
    HostArray values = HostArray.random(dtype, shape, 99, -9, 9);
    View x = t.in(values);
    View by = t.in(index).unsqueeze(1).expand(shape);
    View out = t.inOut(before, Placement.CONTIGUOUS);
    t.run(() -> device.backend().scatterAdd(x, 0, by, out));
    checkSums(t, out, before, values, HostArray.ofBits(indexType, shape, i -> index.bits()[i / 33]), 0);
  }

  private void refuse(Trial t, DType indexType, long wrong, boolean scatter) {
    View table = t.inOut(HostArray.random(DType.FLOAT32, Shape.of(5, 3), 101, -1, 1), Placement.CONTIGUOUS);
    View by = t.in(HostArray.ofLongs(indexType, Shape.of(4, 3), i -> i == 7 ? wrong : 2));
    View other = t.inOut(HostArray.random(DType.FLOAT32, Shape.of(4, 3), 103, -1, 1), Placement.CONTIGUOUS);
    try {
      if (scatter) {
        device.backend().scatterAdd(other, 0, by, table);
      } else {
        device.backend().gather(table, 0, by, other);
      }
      device.backend().synchronize();
    } catch (IndexOutOfBoundsException e) {
      if (e.getMessage() == null || !e.getMessage().contains(Long.toString(wrong))) {
        throw new AssertionError("the message should name the index " + wrong + ": " + e.getMessage(), e);
      }
      device.backend().synchronize(); // the device goes on: the error is reported once
      return;
    }
    throw new AssertionError("index " + wrong + " on an axis of 5: no IndexOutOfBoundsException");
  }
}
