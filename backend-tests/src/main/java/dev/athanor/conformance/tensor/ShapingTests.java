package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Layouts;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.util.List;

/** Views and changes of shape. */
final class ShapingTests extends TensorFamily {
  ShapingTests(Device device) {
    super(device);
  }

  /** Whether two tensors lie in the same memory. */
  private static boolean shares(Tensor a, Tensor b) {
    return a.view().buffer() == b.view().buffer();
  }

  @Override
  void define() {
    test("reshape of a row-major tensor is a view", () -> {
      Tensor x = count(2, 3, 4);
      Tensor y = x.reshape(4, -1);
      assertTrue(shares(x, y));
      expect(y, dims(4, 6), x.toDoubles());
      expect(x.reshape(Shape.of(24)), dims(24), x.toDoubles());
      expect(count(1).reshape(Shape.SCALAR), dims(), 0);
    });
    test("reshape merges and splits axes of a permuted tensor without a copy where strides allow", () -> {
      Tensor x = count(2, 3, 4).permute(1, 0, 2); // [3, 2, 4], strides 4, 12, 1
      Tensor split = x.reshape(3, 2, 2, 2);
      assertTrue(shares(x, split));
      expect(split, dims(3, 2, 2, 2), x.toDoubles());
      Tensor ones = x.reshape(1, 3, 1, 2, 4, 1);
      assertTrue(shares(x, ones));
      expect(ones, dims(1, 3, 1, 2, 4, 1), x.toDoubles());
      Tensor y = count(4, 6).slice(1, 0, 6, 2); // [4, 3], strides 6, 2: one run
      assertTrue(shares(y, y.reshape(12)));
      expect(y.reshape(2, 6), dims(2, 6), y.toDoubles());
    });
    test("reshape copies where strides cannot express it", () -> {
      Tensor x = count(2, 3).transpose();
      Tensor y = x.reshape(6);
      assertFalse(shares(x, y));
      expect(y, dims(6), 0, 3, 1, 4, 2, 5);
      expect(count(3, 4).slice(1, 0, 3).reshape(9), dims(9), 0, 1, 2, 4, 5, 6, 8, 9, 10);
    });
    test("reshape of no elements", () -> {
      Tensor x = count(4, 0, 3).permute(2, 1, 0).reshape(0, 5);
      assertEquals(Shape.of(0, 5), x.shape());
      assertEquals(Shape.of(0, 3), count(0).reshape(-1, 3).shape());
      assertEquals(Shape.of(7, 0), count(0, 3).slice(1, 0, 2).reshape(7, 0).shape());
    });
    test("permute, transpose, flatten", () -> {
      Tensor x = count(2, 3, 4);
      double[] expected = new double[24];
      for (int i = 0, at = 0; i < 4; i++) {
        for (int j = 0; j < 2; j++) {
          for (int k = 0; k < 3; k++) {
            expected[at++] = j * 12 + k * 4 + i;
          }
        }
      }
      Tensor y = x.permute(-1, 0, 1);
      assertTrue(shares(x, y));
      expect(y, dims(4, 2, 3), expected);
      expect(count(2, 3).transpose(), dims(3, 2), 0, 3, 1, 4, 2, 5);
      expect(x.transpose(0, -1).transpose(-1, 0), dims(2, 3, 4), x.toDoubles());
      expect(x.flatten(1, -1), dims(2, 12), x.toDoubles());
      expect(x.flatten(0, 1), dims(6, 4), x.toDoubles());
      expect(x.flatten(0, 2), dims(24), x.toDoubles());
      expect(count(1).reshape(Shape.SCALAR).flatten(0, 0), dims(1), 0);
    });
    test("expand", () -> {
      Tensor x = v(1, 2, 3);
      Tensor y = x.expand(2, 3);
      assertTrue(shares(x, y));
      expect(y, dims(2, 3), 1, 2, 3, 1, 2, 3);
      expect(x.unsqueeze(-1).expand(3, 2), dims(3, 2), 1, 1, 2, 2, 3, 3);
      expect(y.transpose().reshape(6), dims(6), 1, 1, 2, 2, 3, 3);
      assertEquals(Shape.of(0, 3), x.expand(0, 3).shape());
      assertSame(x, x.expand(3));
    });
    test("squeeze, unsqueeze", () -> {
      Tensor x = count(2, 1, 3);
      expect(x.squeeze(1), dims(2, 3), x.toDoubles());
      expect(x.squeeze(-2), dims(2, 3), x.toDoubles());
      expect(x.unsqueeze(0), dims(1, 2, 1, 3), x.toDoubles());
      expect(x.unsqueeze(-1), dims(2, 1, 3, 1), x.toDoubles());
      expect(x.unsqueeze(3), dims(2, 1, 3, 1), x.toDoubles());
      expect(x.permute(2, 1, 0).squeeze(1), dims(3, 2), 0, 3, 1, 4, 2, 5);
    });
    slices();
    test("select and flip", () -> {
      Tensor x = count(2, 3);
      expect(x.select(0, 1), dims(3), 3, 4, 5);
      expect(x.select(1, -1), dims(2), 2, 5);
      expect(x.flip(0), dims(2, 3), 3, 4, 5, 0, 1, 2);
      expect(x.flip(-1), dims(2, 3), 2, 1, 0, 5, 4, 3);
      expect(x.flip(), dims(2, 3), 5, 4, 3, 2, 1, 0);
      expect(count(0).flip(0), dims(0));
      expect(x.flip(1).flip(0).reshape(6), dims(6), 5, 4, 3, 2, 1, 0);
    });
    test("split and concat", () -> {
      Tensor x = count(2, 5);
      List<Tensor> parts = x.split(1, 2, 0, 3);
      expect(parts.get(0), dims(2, 2), 0, 1, 5, 6);
      expect(parts.get(1), dims(2, 0));
      expect(parts.get(2), dims(2, 3), 2, 3, 4, 7, 8, 9);
      expect(Shaping.concat(1, parts.toArray(Tensor[]::new)), dims(2, 5), x.toDoubles());
      expect(Shaping.concat(-2, x, x.slice(0, 1, 2)), dims(3, 5), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 6, 7, 8, 9);
      Tensor one = Shaping.concat(0, x);
      assertNotSame(x, one);
      assertFalse(shares(x, one));
    });
    test("stack", () -> {
      Tensor a = v(1, 2);
      Tensor b = v(3, 4);
      expect(Shaping.stack(0, a, b), dims(2, 2), 1, 2, 3, 4);
      expect(Shaping.stack(-1, a, b), dims(2, 2), 1, 3, 2, 4);
      expect(Shaping.stack(0, v(5).reshape(Shape.SCALAR), v(6).reshape(Shape.SCALAR)), dims(2), 5, 6);
    });
    test("pad", () -> {
      expect(count(2, 2).pad(1, 1, 2, 9), dims(2, 5), 9, 0, 1, 9, 9, 9, 2, 3, 9, 9);
      expect(count(2, 2).transpose().pad(0, 0, 1, -1), dims(3, 2), 0, 2, 1, 3, -1, -1);
      expect(count(0).pad(0, 2, 0, 7), dims(2), 7, 7);
      expectLongs(device.tensor(new int[] {1, 2}).pad(0, 1, 1, 5), dims(4), 5, 1, 2, 5);
    });
    test("tril and triu", () -> {
      Tensor x = count(3, 3);
      expect(x.tril(0), dims(3, 3), 0, 0, 0, 3, 4, 0, 6, 7, 8);
      expect(x.tril(-1), dims(3, 3), 0, 0, 0, 3, 0, 0, 6, 7, 0);
      expect(x.triu(1), dims(3, 3), 0, 1, 2, 0, 0, 5, 0, 0, 0);
      expect(count(2, 2, 3).triu(0), dims(2, 2, 3), 0, 1, 2, 0, 4, 5, 6, 7, 8, 0, 10, 11);
      expectLongs(device.tensor(new long[] {1, 2, 3, 4}, 2, 2).tril(0), dims(2, 2), 1, 0, 3, 4);
    });
    test("copy and contiguous", () -> {
      Tensor x = count(2, 3).transpose();
      Tensor y = x.contiguous();
      assertFalse(shares(x, y));
      assertTrue(y.view().isContiguous());
      expect(y, dims(3, 2), 0, 3, 1, 4, 2, 5);
      assertSame(y, y.contiguous());
      assertFalse(shares(y, y.copy()));
    });
    test("results keep the order of axes of their operands", () -> {
      Tensor x = dev.athanor.ops.Elementwise.channelsLast(count(2, 3, 4, 5));
      assertTrue(Layouts.isChannelsLast(x.view()));
      expect(x, dims(2, 3, 4, 5), count(2, 3, 4, 5).toDoubles());
      assertTrue(Layouts.isChannelsLast(x.neg().view()));
      assertTrue(Layouts.isChannelsLast(x.add(count(3, 1, 1)).view()));
      assertTrue(Layouts.isChannelsLast(count(3, 1, 1).add(x).view()));
      expect(x.neg().neg().sub(x), dims(2, 3, 4, 5), new double[120]);
      assertTrue(v(1, 2).unsqueeze(1).expand(2, 3).neg().view().isContiguous());
      assertTrue(count(1, 3).add(count(2, 1)).view().isContiguous());
    });
    test("a view sees changes of its base", () -> {
      Tensor x = count(2, 3);
      Tensor column = x.select(1, 1);
      x.fill(7);
      expect(column, dims(2), 7, 7);
      column.fill(0);
      expect(x, dims(2, 3), 7, 0, 7, 7, 0, 7);
      x.slice(0, 1, 2).assign(v(1, 2, 3));
      expect(x, dims(2, 3), 7, 0, 7, 1, 2, 3);
      x.transpose().addInPlace(v(10, 20));
      expect(x, dims(2, 3), 17, 10, 17, 21, 22, 23);
    });
    test("a change in place that reads its own memory under another layout", () -> {
      Tensor x = count(3);
      x.addInPlace(x);
      expect(x, dims(3), 0, 2, 4);
      x.assign(x.flip(0));
      expect(x, dims(3), 4, 2, 0);
      Tensor square = count(2, 2);
      square.addInPlace(square.transpose());
      expect(square, dims(2, 2), 0, 3, 3, 6);
      square.assign(square);
      square.mulInPlace(square.select(0, 1));
      expect(square, dims(2, 2), 0, 18, 9, 36);
    });
    test("a view outlives its closed base", () -> {
      Tensor x = count(4);
      Tensor y = x.slice(0, 1, 3);
      x.close();
      expect(y, dims(2), 1, 2);
    });
    test("conversions keep shape and layout", () -> {
      Tensor x = count(2, 3).transpose().cast(DType.INT32);
      expectLongs(x, dims(3, 2), 0, 3, 1, 4, 2, 5);
      assertSame(x, x.cast(DType.INT32));
    });
  }

  /** Every combination of bounds and steps against Python's rule, written out. */
  private void slices() {
    test("slice as Python's", () -> {
      for (int n : new int[] {0, 1, 5}) {
        Tensor x = count(n);
        for (int start = -7; start <= 7; start++) {
          for (int stop = -7; stop <= 7; stop++) {
            for (int step : new int[] {1, 2, 3, 9, -1, -2, -9}) {
              expect(x.slice(0, start, stop, step), dims(python(n, start, stop, step).length), python(n, start, stop, step));
            }
          }
        }
      }
      expect(count(5).slice(0, Long.MAX_VALUE, Long.MIN_VALUE, -2), dims(3), 4, 2, 0);
      expect(count(5).slice(0, Long.MIN_VALUE, Long.MAX_VALUE), dims(5), 0, 1, 2, 3, 4);
    });
    test("slices of slices", () -> {
      Tensor x = count(4, 6).slice(1, 4, 0, -2).slice(0, 1, 4, 2); // rows 1, 3; columns 4, 2
      expect(x, dims(2, 2), 10, 8, 22, 20);
      expect(x.transpose().slice(0, -1, Long.MIN_VALUE, -1), dims(2, 2), 8, 20, 10, 22);
    });
  }

  private static double[] python(int n, int start, int stop, int step) {
    int first = start < 0 ? start + n : start;
    int end = stop < 0 ? stop + n : stop;
    first = step > 0 ? Math.min(Math.max(first, 0), n) : Math.min(Math.max(first, -1), n - 1);
    end = step > 0 ? Math.min(Math.max(end, 0), n) : Math.min(Math.max(end, -1), n - 1);
    var out = new java.util.ArrayList<Double>();
    for (int i = first; step > 0 ? i < end : i > end; i += step) {
      out.add((double) i);
    }
    return out.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
