package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Indexing.Sorted;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Reductions, matrix products, indexing, order and scans as users call them. */
final class ReductionTests extends TensorFamily {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  ReductionTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    reductions();
    statistics();
    products();
    indexing();
    order();
  }

  private void reductions() {
    test("sum, mean, prod, max, min over any axes", () -> {
      Tensor x = t(dims(2, 3), 1, 2, 3, 4, 5, 9);
      expect(x.sum(), dims(), 24);
      expect(x.sum(0), dims(3), 5, 7, 12);
      expect(x.sum(-1), dims(2), 6, 18);
      expect(x.sum(0, 1), dims(), 24);
      expect(x.sum(true, 1), dims(2, 1), 6, 18);
      expect(x.sum(true), dims(1, 1), 24);
      expect(x.mean(), dims(), 4);
      expect(x.mean(true, 0), dims(1, 3), 2.5, 3.5, 6);
      expect(x.prod(1), dims(2), 6, 180);
      expect(x.max(), dims(), 9);
      expect(x.max(false, 0), dims(3), 4, 5, 9);
      expect(x.min(1), dims(2), 1, 4);
      expect(x.min(true, -2), dims(1, 3), 1, 2, 3);
      expect(x.transpose().sum(0), dims(2), 6, 18);
      Tensor cube = count(2, 3, 4);
      expect(cube.permute(2, 0, 1).sum(0, 2), dims(2), 66, 210);
      expect(cube.slice(2, 3, Long.MIN_VALUE, -2).max(0, 2), dims(3), 15, 19, 23);
      expect(v(2).reshape(Shape.SCALAR).prod(), dims(), 2);
      expect(v(3).expand(2, 2).sum(), dims(), 12);
    });
    test("over nothing", () -> {
      Tensor x = count(0, 3);
      expect(x.sum(0), dims(3), 0, 0, 0);
      expect(x.prod(0), dims(3), 1, 1, 1);
      expect(x.mean(0), dims(3), NAN, NAN, NAN);
      expect(x.sum(1), dims(0));
      expect(x.max(1), dims(0));
    });
    test("NaN and infinity", () -> {
      Tensor x = t(dims(3, 2), 1, NAN, INF, 2, INF, -INF);
      expect(x.max(1), dims(3), NAN, INF, INF);
      expect(x.min(1), dims(3), NAN, 2, -INF);
      expect(x.sum(1), dims(3), NAN, INF, NAN);
    });
    test("integers and bools", () -> {
      Tensor x = device.tensor(new int[] {1, 2, 3, -4}, 2, 2);
      assertEquals(DType.INT32, x.sum().dtype());
      expectLongs(x.sum(0), dims(2), 4, -2);
      expectLongs(x.max(1), dims(2), 2, 3);
      expectLongs(x.prod(), dims(), -24);
      Tensor b = device.tensor(new boolean[] {true, false, true, true}, 2, 2);
      expectBooleans(b.all(1), false, true);
      expectBooleans(b.any(), true);
      expectBooleans(b.all(), false);
      expectBooleans(b.not().any(1), true, false);
    });
    test("argMax and argMin", () -> {
      Tensor x = t(dims(2, 4), 1, 7, 7, 0, NAN, 9, -3, -3);
      expectLongs(x.argMax(1), dims(2), 1, 0);
      expectLongs(x.argMin(-1), dims(2), 3, 0);
      expectLongs(x.argMax(0, true), dims(1, 4), 1, 1, 0, 0);
      expectLongs(x.slice(1, 1, 4).argMin(1, true), dims(2, 1), 2, 1);
      expectLongs(x.transpose().argMax(0), dims(2), 1, 0);
      expectLongs(device.tensor(new int[] {3, 9, 9}).argMax(0), dims(), 1);
      expectLongs(count(0, 2).argMax(1), dims(0));
    });
  }

  private void statistics() {
    test("variance, std, logSumExp, norm", () -> {
      Tensor x = t(dims(2, 4), 1, 2, 3, 6, 10, 10, 10, 10);
      near(1e-15, x.variance(0, false, 1), dims(2), 3.5, 0);
      near(1e-15, x.variance(1, true, 1), dims(2, 1), 14 / 3.0, 0);
      near(1e-15, x.std(0, false, 1), dims(2), Math.sqrt(3.5), 0);
      expect(v(1e9, 1e9 + 1, 1e9 + 2).variance(1, false), dims(), 1);
      expect(v(5).variance(1, false), dims(), NAN);
      near(1e-15, t(dims(2, 2), 0, 0, 1000, 1000).logSumExp(false, 1), dims(2), Math.log(2), 1000 + Math.log(2));
      expect(t(dims(3, 2), -INF, -INF, INF, 1, NAN, 1).logSumExp(true, 1), dims(3, 1), -INF, INF, NAN);
      Tensor y = t(dims(2, 2), 3, -4, 0, 0);
      expect(y.norm(), dims(), 5);
      expect(y.norm(2, false, 1), dims(2), 5, 0);
      expect(y.norm(1, true, 1), dims(2, 1), 7, 0);
      expect(y.norm(INF, false, 0), dims(2), 3, 4);
      near(1e-15, y.norm(3, false, 1), dims(2), Math.cbrt(91), 0);
    });
  }

  private void products() {
    test("matmul", () -> {
      Tensor a = t(dims(2, 3), 1, 2, 3, 4, 5, 6);
      Tensor b = t(dims(3, 2), 1, 0, 0, 1, 2, 2);
      expect(a.matmul(b), dims(2, 2), 7, 8, 16, 17);
      expect(b.transpose().matmul(a.transpose()), dims(2, 2), 7, 16, 8, 17);
      expect(v(1, 2, 3).matmul(v(1, 1, 1)), dims(), 6);
      expect(a.matmul(v(1, 0, 1)), dims(2), 4, 10);
      expect(v(1, 1).matmul(a), dims(3), 5, 7, 9);
      expect(count(2, 1, 2).matmul(t(dims(2, 2), 1, 2, 3, 4)), dims(2, 1, 2), 3, 4, 11, 16);
      expect(count(2, 1, 1, 2).matmul(count(3, 2, 1)), dims(2, 3, 1, 1), 1, 3, 5, 3, 13, 23);
      expect(v(1, 1).matmul(count(2, 2, 2)), dims(2, 2), 2, 4, 10, 12);
      expect(count(2, 0).matmul(count(0, 3)), dims(2, 3), 0, 0, 0, 0, 0, 0);
      expect(count(0, 2).matmul(count(2, 3)), dims(0, 3));
      expectLongs(device.tensor(new long[] {1L << 50, 1}).matmul(device.tensor(new long[] {3, 1})), dims(), (3L << 50) + 1);
      expect(a.slice(1, 2, Long.MIN_VALUE, -2).matmul(b.slice(0, 0, 3, 2)), dims(2, 2), 5, 2, 14, 8);
      assertEquals(DType.FLOAT32, device.ones(2, 2).matmul(device.ones(2, 2)).dtype());
    });
    test("linear", () -> {
      Tensor w = t(dims(2, 3), 1, 0, 0, 0, 1, 1);
      expect(dev.athanor.ops.Linalg.linear(t(dims(1, 3), 1, 2, 3), w, v(10, 20), null), dims(1, 2), 11, 25);
      expect(dev.athanor.ops.Linalg.linear(v(1, 2, -5), w, null, dev.athanor.backend.Unary.of(dev.athanor.backend.UnaryOp.RELU)),
          dims(2), 1, 0);
      expect(dev.athanor.ops.Linalg.linear(count(2, 2, 3), w, null, null), dims(2, 2, 2), 0, 3, 3, 9, 6, 15, 9, 21);
    });
  }

  private void indexing() {
    test("gather, take, scatterAdd, oneHot", () -> {
      Tensor x = count(2, 3);
      Tensor index = device.tensor(new long[] {2, 0, 1, 1}, 2, 2);
      expect(x.gather(1, index), dims(2, 2), 2, 0, 4, 4);
      expect(x.gather(0, device.tensor(new int[] {1, 0, 1}, 1, 3)), dims(1, 3), 3, 1, 5);
      expect(x.transpose().gather(0, device.tensor(new int[] {2, 0}, 1, 2)), dims(1, 2), 2, 3);
      expect(x.take(1, device.tensor(new int[] {2, 2, 0, 1}, 2, 2)), dims(2, 2, 2), 2, 2, 0, 1, 5, 5, 3, 4);
      expect(x.take(0, device.tensor(new long[] {1}).reshape(Shape.SCALAR)), dims(3), 3, 4, 5);
      expect(x.take(0, device.tensor(new long[0])), dims(0, 3));
      expectBooleans(device.tensor(new boolean[] {true, false}).take(0, device.tensor(new int[] {1, 0, 0})), false, true, true);
      expect(x.scatterAdd(1, device.tensor(new int[] {0, 0, 2, 1}, 2, 2), t(dims(2, 2), 10, 20, 30, 40)), dims(2, 3), 30, 1, 2, 3,
          44,
          35);
      expect(x, dims(2, 3), 0, 1, 2, 3, 4, 5);
      expectLongs(device.zeros(DType.INT64, Shape.of(3)).scatterAdd(0, device.tensor(new int[] {1, 1}),
          device.tensor(new long[] {5, 6})),
          dims(3), 0, 11, 0);
      expect(device.tensor(new int[] {1, 0}).oneHot(3), dims(2, 3), 0, 1, 0, 1, 0, 0);
      expect(device.tensor(new long[] {2, 0}, 1, 2).oneHot(3), dims(1, 2, 3), 0, 0, 1, 1, 0, 0);
    });
  }

  private void order() {
    test("sort, topK, cumSum", () -> {
      Tensor x = t(dims(2, 4), 3, 1, 2, 1, NAN, -1, INF, 0);
      Sorted up = x.sort(1, false);
      expect(up.values(), dims(2, 4), 1, 1, 2, 3, -1, 0, INF, NAN);
      expectLongs(up.indices(), dims(2, 4), 1, 3, 2, 0, 1, 3, 2, 0);
      Sorted down = x.sort(-1, true);
      expect(down.values(), dims(2, 4), 3, 2, 1, 1, NAN, INF, 0, -1);
      expectLongs(down.indices(), dims(2, 4), 0, 2, 1, 3, 0, 2, 3, 1);
      Sorted columns = count(3, 2).sort(0, true);
      expect(columns.values(), dims(3, 2), 4, 5, 2, 3, 0, 1);
      Sorted top = x.slice(0, 0, 1).topK(3, 1);
      expect(top.values(), dims(1, 3), 3, 2, 1);
      expectLongs(top.indices(), dims(1, 3), 0, 2, 1);
      expectLongs(device.tensor(new int[] {5, -2, 5}).sort(0, false).values(), dims(3), -2, 5, 5);
      expect(count(2, 3).cumSum(0), dims(2, 3), 0, 1, 2, 3, 5, 7);
      expect(count(2, 3).transpose().cumSum(0), dims(3, 2), 0, 3, 1, 7, 3, 12);
      expectLongs(device.tensor(new long[] {1, 2, 3}).cumSum(-1), dims(3), 1, 3, 6);
      expect(count(0, 2).cumSum(0), dims(0, 2));
    });
  }
}
