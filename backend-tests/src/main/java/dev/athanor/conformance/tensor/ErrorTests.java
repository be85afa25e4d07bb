package dev.athanor.conformance.tensor;

import dev.athanor.AthanorException;
import static org.junit.jupiter.api.Assertions.assertThrows;
import dev.athanor.backend.Window;
import dev.athanor.ops.Convolution;
import dev.athanor.ops.Elementwise;
import dev.athanor.ops.Linalg;
import dev.athanor.ops.Softmax;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.function.Executable;

/** Every error of use names the operation, the operands and the rule. */
final class ErrorTests extends TensorFamily {
  ErrorTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    test("shapes that do not broadcast", () -> {
      fails(() -> count(2, 3).add(count(2)), "add:", "a float64[2, 3]", "b float64[2]", "equal or 1");
      fails(() -> count(2, 3).maximum(count(3, 3)), "max:", "[3, 3]");
      fails(() -> v(1, 2).gt(v(1, 2, 3)), "gt:", "[3]");
      fails(() -> bools(2).where(v(1, 2, 3), v(1)), "where:", "[2]", "[3]");
      fails(() -> v(1, 2).addInPlace(v(1, 2, 3)), "addInPlace:", "float64[3]", "float64[2]");
      fails(() -> v(1, 2).assign(count(2, 2)), "assign:", "float64[2, 2]");
      fails(() -> count(2, 3).expand(2, 4), "expand:", "[2, 3]", "[2, 4]");
      fails(() -> count(2, 3).expand(3), "expand:", "[3]");
    });
    test("types", () -> {
      Tensor i = device.tensor(new int[] {1});
      fails(() -> v(1).add(i), "add:", "float64[1]", "int32[1]", "cast");
      fails(() -> bools(1).add(bools(1)), "add:", "needs numbers", "bool[1]", "cast");
      fails(() -> v(1).and(v(1)), "and:", "bool");
      fails(() -> i.atan2(i), "atan2:", "float32 or float64");
      fails(() -> i.exp(), "exp:", "int32[1]", "cast");
      fails(() -> v(1).not(), "not:", "bool", "float64");
      fails(() -> bools(1).neg(), "neg:", "numbers");
      fails(() -> i.mean(), "mean:", "int32");
      fails(() -> v(1).any(), "any:", "bool");
      fails(() -> bools(1).sum(), "sum:", "numbers");
      fails(() -> i.add(0.5), "add:", "0.5", "whole number", "int32[1]", "cast");
      fails(() -> i.mul(3e9), "mul:", "3.0E9", "in range", "int32[1]");
      fails(() -> i.variance(0, false), "variance:", "int32");
      fails(() -> i.logSumExp(false), "logSumExp:", "int32");
      fails(() -> i.norm(), "norm:", "int32");
      fails(() -> i.softmax(0), "softmax:", "int32");
      fails(() -> v(1).where(v(1), v(1)), "where:", "condition", "bool", "float64");
      fails(() -> bools(1).argMax(0), "argMax:", "bool");
      fails(() -> bools(1).sort(0, false), "sort:", "bool");
      fails(() -> v(1).cast(DType.BFLOAT16).add(v(1).cast(DType.BFLOAT16)), "add:", "bfloat16");
      fails(() -> v(1).toFloats(), "toFloats:", "float32", "float64");
      fails(() -> v(1).toInts(), "toInts:", "int32");
      fails(() -> v(1).toLongs(), "toLongs:", "float64");
      fails(() -> v(1).toBooleans(), "toBooleans:", "bool");
      fails(() -> v(1).itemLong(), "itemLong:", "float64");
    });
    test("axes", () -> {
      Tensor x = count(2, 3);
      fails(() -> x.sum(2), "sum:", "axis 2", "rank 2", "-2 to 1");
      fails(() -> x.sum(0, -2), "sum:", "-2", "twice");
      fails(() -> v(1).sum().max(0), "max:", "scalar");
      fails(() -> x.argMin(-3), "argMin:", "axis -3");
      fails(() -> x.squeeze(0), "squeeze:", "axis 0", "size 2");
      fails(() -> x.unsqueeze(3), "unsqueeze:", "axis 3");
      fails(() -> x.permute(0), "permute:", "2 axes");
      fails(() -> x.permute(0, 0), "permute:", "twice");
      fails(() -> x.transpose(0, 5), "transpose:", "axis 5");
      fails(() -> v(1).transpose(), "transpose:", "rank 1");
      fails(() -> x.flatten(1, 0), "flatten:", "after");
      fails(() -> x.softmax(2), "softmax:", "axis 2");
      fails(() -> x.cumSum(4), "cumSum:", "axis 4");
      fails(() -> x.flip(1, 1), "flip:", "twice");
      fails(() -> x.dim(2), "dim:", "axis 2");
    });
    test("sizes", () -> {
      Tensor x = count(2, 3);
      fails(() -> x.reshape(4, 2), "reshape:", "[2, 3] has 6", "[4, 2] has 8");
      fails(() -> x.reshape(-1, 4), "reshape:", "-1", "6 elements");
      fails(() -> x.reshape(-1, -1), "reshape:", "only one");
      fails(() -> count(0, 2).reshape(-1, 0), "reshape:", "inferred");
      fails(() -> Shape.of(2, -1), "negative", "[2, -1]");
      fails(() -> Shape.of(1, 1, 1, 1, 1, 1, 1, 1, 1), "8 axes");
      fails(() -> Shape.of(1L << 40, 1L << 40), "too many");
      fails(() -> x.item(), "item:", "one element", "[2, 3]");
      fails(() -> x.select(0, 2), "select:", "index 2", "size 2");
      fails(() -> x.slice(0, 0, 1, 0), "slice:", "step");
      fails(() -> x.split(1, 1, 1), "split:", "[1, 1]", "[2, 3]");
      fails(() -> x.pad(0, -1, 0, 0), "pad:", "negative");
      fails(() -> v(1).tril(0), "tril:", "two axes");
      fails(() -> Shaping.concat(0), "concat:", "no tensors");
      fails(() -> Shaping.concat(0, x, count(2, 2)), "concat:", "part 1", "[2, 2]");
      fails(() -> Shaping.concat(0, x, v(1)), "concat:", "[1]");
      fails(() -> Shaping.stack(0, v(1), v(1, 2)), "stack:", "[1]", "[2]");
      fails(() -> count(0).max(), "max:", "nothing", "[0]");
      fails(() -> count(2, 0).min(1), "min:", "nothing");
      fails(() -> count(0, 2).argMax(0), "argMax:", "empty");
      fails(() -> count(0).logSumExp(false), "logSumExp:", "empty");
      fails(() -> v(1).variance(-1, false), "variance:", "correction");
      fails(() -> v(1).norm(0.5, false), "norm:", "at least 1");
      fails(() -> v(1).clamp(2, 1), "clamp:", "2.0", "1.0");
      fails(() -> Elementwise.channelsLast(v(1)), "channelsLast:", "[1]");
    });
    test("matrix products", () -> {
      fails(() -> count(32, 784).matmul(count(512, 10)), "matmul: inner dimensions differ: a[32, 784] · b[512, 10] (784 ≠ 512)");
      fails(() -> v(1, 2).matmul(count(3, 2)), "matmul:", "a[2] · b[3, 2]", "2 ≠ 3");
      fails(() -> count(2, 3).matmul(v(1, 2)), "a[2, 3] · b[2]", "3 ≠ 2");
      fails(() -> count(2, 2, 3).matmul(count(3, 3, 1)), "matmul:", "batch");
      fails(() -> v(1).sum().matmul(v(1)), "matmul:", "scalar");
      fails(() -> v(1).matmul(v(1).cast(DType.FLOAT32)), "matmul:", "types differ");
      fails(() -> bools(1).matmul(bools(1)), "matmul:", "numbers");
      fails(() -> Linalg.linear(count(2, 3), count(4, 2), null, null), "linear:", "[2, 3]", "2 features", "[4, 2]");
      fails(() -> Linalg.linear(count(2, 3), count(4, 3), v(1), null), "linear:", "bias", "[4]", "[1]");
      fails(() -> Linalg.linear(count(2, 3), v(1), null, null), "linear:", "2 axes");
      Window w = new Window(dims(2), dims(1), dims(0), dims(0), dims(1), 1);
      fails(() -> Convolution.convolution(count(1, 2, 3), count(1, 3, 2), null, w), "convolution:", "2 channels", "takes 3");
      fails(() -> Convolution.convolution(count(1, 2, 1), count(1, 2, 2), null, w), "convolution:", "larger", "[1, 2, 1]");
    });
    test("indices", () -> {
      Tensor x = count(2, 3);
      fails(() -> x.gather(1, v(1, 2)), "gather:", "int32 or int64", "float64");
      fails(() -> x.gather(1, longs(1, 2)), "gather:", "as many axes", "[2]");
      fails(() -> x.gather(1, device.zeros(DType.INT64, Shape.of(3, 1))), "gather:", "longer", "axis 0");
      failsByTheEnd(() -> x.gather(1, longs(3).reshape(1, 1)), "gather along axis 1: index 3 is outside", "gather:", "outside axis 1",
          "[2, 3]");
      failsByTheEnd(() -> x.take(0, longs(-1)), "gather along axis 0: index -1 is outside", "gather:", "outside axis 0");
      failsByTheEnd(() -> x.scatterAdd(1, longs(5).reshape(1, 1), v(1).reshape(1, 1)), "scatterAdd along axis 1: index 5 is outside",
          "scatterAdd:", "outside axis 1");
      fails(() -> x.scatterAdd(1, longs(1).reshape(1, 1), v(1)), "scatterAdd:", "source", "[1, 1]", "[1]");
      failsByTheEnd(() -> longs(3).oneHot(3), "index 3 is outside an axis of size 3", "oneHot:", "3 classes");
      fails(() -> longs(3).oneHot(0), "oneHot:", "positive");
      fails(() -> v(1).oneHot(2), "oneHot:", "int32 or int64");
      fails(() -> x.topK(4, 1), "topK:", "k = 4", "[2, 3]");
      failsByTheEnd(() -> Softmax.crossEntropy(x, longs(0, 3)), "crossEntropy", "crossEntropy:", "3 classes", "0 to 2");
      fails(() -> Softmax.crossEntropy(x, longs(0)), "crossEntropy:", "target", "[2]", "[1]");
      fails(() -> Softmax.crossEntropy(x, v(0, 1)), "crossEntropy:", "int32 or int64");
      fails(() -> Softmax.crossEntropy(v(1), longs(0)), "crossEntropy:", "2 axes");
    });
    test("creation", () -> {
      fails(() -> device.tensor(new float[] {1, 2, 3}, 2, 2), "tensor:", "[2, 2]", "4 elements", "3");
      fails(() -> device.tensor(MemorySegment.ofArray(new byte[7]), DType.FLOAT32, Shape.of(2)), "tensor:", "8 bytes", "7");
      fails(() -> device.arange(DType.INT32, 0, 5, 0.5), "arange:", "whole numbers", "int32");
      fails(() -> device.arange(DType.FLOAT32, 0, 5, 0), "arange:", "step");
      fails(() -> device.arange(DType.FLOAT32, 0, Double.NaN, 1), "arange:", "finite");
      fails(() -> device.arange(DType.FLOAT32, 0, 1e18, 1), "arange:", "at most");
      fails(() -> device.arange(DType.BOOL, 3), "arange:", "bool");
      fails(() -> device.linspace(DType.INT32, 0, 1, 2), "linspace:", "int32");
      fails(() -> device.linspace(DType.FLOAT32, 0, 1, -2), "linspace:", "-2");
    });
    plain("generators", () -> {
      try (var g = device.generator(1)) {
        fails(() -> g.uniform(DType.INT32, Shape.of(2)), "uniform:", "int32");
        fails(() -> g.uniform(DType.FLOAT32, Shape.of(2), 1, 1), "uniform:", "below");
        fails(() -> g.bernoulli(Shape.of(2), 1.5), "bernoulli:", "[0, 1]", "1.5");
        fails(() -> g.permutation(-1), "permutation:", "-1");
      }
    });
  }

  private Tensor bools(int n) {
    return device.tensor(new boolean[n]);
  }

  private Tensor longs(long... values) {
    return device.tensor(values);
  }

  /**
   * What only the elements show: a device that computes beside the host says it where the host waits for it.
   *
   * @param late what such a device says
   * @param parts what one says that throws at once
   */
  private void failsByTheEnd(Executable call, String late, String... parts) {
    boolean[] returned = new boolean[1];
    AthanorException e = assertThrows(AthanorException.class, () -> {
      call.execute();
      returned[0] = true;
      device.synchronize();
    });
    fails(() -> {
      throw e;
    }, returned[0] ? new String[] {late} : parts);
  }
}
