package dev.athanor.conformance;

import dev.athanor.backend.Backend;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Several configurations of one backend give the same bits, for example with 1, 2 and 5 threads. Sizes are large enough that the
 * work is split. Extend it and open the configurations:
 * {@snippet :
 * class ThreadsTest extends SameBitsConformance {
 *   @Override
 *   protected List<Backend> open() {
 *     return List.of(new MyBackend(1), new MyBackend(2), new MyBackend(5));
 *   }
 * }
 * }
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class SameBitsConformance {
  private static final Window WINDOW = new Window(new long[] {3, 3}, new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1},
      new long[] {1, 1}, 1);
  private static final Window POOL = new Window(new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {0, 0},
      new long[] {1, 1}, 1);

  private final List<TestDevice> devices = new ArrayList<>();
  private final List<DynamicNode> tests = new ArrayList<>();

  /** For subclasses. */
  protected SameBitsConformance() {}

  /** Opens the configurations to compare; called once, and closed after the last test. */
  protected abstract List<Backend> open();

  @BeforeAll
  void openDevices() {
    open().forEach(backend -> devices.add(new TestDevice(backend)));
  }

  @AfterAll
  void closeDevices() {
    devices.forEach(TestDevice::close);
  }

  /** Runs something on one configuration and names the views that hold the result. */
  private interface Job {
    View[] run(Trial t, Backend backend, FusedOps ops);
  }

  private void job(String title, Job job) {
    tests.add(DynamicTest.dynamicTest("same bits: " + title, () -> {
      List<HostArray> expected = null;
      for (TestDevice device : devices) {
        List<HostArray> results = new ArrayList<>();
        try (Trial t = new Trial(device, title)) {
          for (View view : job.run(t, device.backend(), device.fused())) {
            results.add(t.read(view));
          }
        }
        if (expected == null) {
          expected = results;
        }
        for (int k = 0; k < results.size(); k++) {
          int differs = Arrays.mismatch(expected.get(k).bits(), results.get(k).bits());
          if (differs >= 0) {
            throw new AssertionError(title + ": element " + differs + " of result " + k + " is " + results.get(k).get(differs)
                + " on "
                + device.backend().description() + ", but " + expected.get(k).get(differs) + " on "
                + devices.get(0).backend().description());
          }
        }
      }
    }));
  }

  private static HostArray random(DType dtype, int seed, long... dims) {
    return HostArray.random(dtype, Shape.of(dims), seed, -1, 1);
  }

  @TestFactory
  Stream<DynamicNode> sameBits() {
    for (DType dtype : Family.FLOATS) {
      primitives(dtype);
      fused(dtype);
      windows(dtype);
    }
    return tests.stream();
  }

  private void primitives(DType dtype) {
    job("EXP and its gradient " + dtype, (t, b, ops) -> {
      View x = t.in(random(dtype, 1, 100_003));
      View y = t.out(dtype, x.shape());
      View dx = t.out(dtype, x.shape());
      b.unary(Unary.of(UnaryOp.EXP), x, y);
      b.unaryGrad(Unary.of(UnaryOp.EXP), null, y, x, dx);
      return new View[] {y, dx};
    });
    for (ReduceOp op : List.of(ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.PROD)) {
      for (Shape out : List.of(Shape.of(1, 1), Shape.of(517, 1), Shape.of(1, 523))) {
        for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.PERMUTED)) {
          job(op + " " + dtype + " to " + out + " " + placement, (t, b, ops) -> {
            View x = t.in(HostArray.random(dtype, Shape.of(517, 523), 2, 0.9, 1.1), placement);
            View y = t.out(dtype, out);
            b.reduce(op, x, y);
            return new View[] {y};
          });
        }
      }
    }
    for (long[] s : new long[][] {{301, 257, 129}, {5, 7, 30_000}, {3, 2049, 65}, {1025, 4, 33}, {1, 1000, 1000}, {64, 64, 64}}) {
      job("gemm " + dtype + " " + Arrays.toString(s), (t, b, ops) -> {
        View x = t.in(random(dtype, 3, s[0], s[2]));
        View w = t.in(random(dtype, 4, s[1], s[2]));
        View plain = t.out(dtype, Shape.of(s[0], s[1]));
        View added = t.inOut(random(dtype, 5, s[0], s[1]), Placement.CONTIGUOUS);
        View linear = t.out(dtype, Shape.of(s[0], s[1]));
        b.gemm(1, x, w.swap(0, 1), 0, plain);
        b.gemm(0.5, x, w.swap(0, 1), 1, added);
        ops.linear(x, w, t.in(random(dtype, 6, s[1])), Unary.of(UnaryOp.GELU), linear);
        return new View[] {plain, added, linear};
      });
    }
    job("gemm " + dtype + " batch", (t, b, ops) -> {
      View y = t.out(dtype, Shape.of(13, 37, 41));
      b.gemm(1, t.in(random(dtype, 7, 13, 37, 65)), t.in(random(dtype, 8, 13, 65, 41)), 0, y);
      return new View[] {y};
    });
    job("gather and scatterAdd " + dtype, (t, b, ops) -> {
      Shape rows = Shape.of(3001, 65);
      View index = t.in(HostArray.random(DType.INT64, Shape.of(3001), 9, 0, 49)).unsqueeze(1).expand(rows);
      View table = t.inOut(random(dtype, 10, 50, 65), Placement.CONTIGUOUS);
      View out = t.out(dtype, rows);
      b.gather(table, 0, index, out);
      b.scatterAdd(out, 0, index, table);
      return new View[] {out, table};
    });
    for (RandomKind kind : List.of(RandomKind.UNIFORM, RandomKind.NORMAL)) {
      job(kind + " " + dtype, (t, b, ops) -> {
        View out = t.out(dtype, Shape.of(100_003));
        b.random(kind, state(t), 5, out);
        return new View[] {out};
      });
    }
  }

  private static View state(Trial t) {
    return t.in(HostArray.ofLongs(DType.INT64, Shape.of(3), i -> 42 + i));
  }

  private void fused(DType dtype) {
    for (Shape shape : List.of(Shape.of(517, 523), Shape.of(100_003, 2), Shape.of(2, 100_003))) {
      job("softmax, cross-entropy and layerNorm " + dtype + " " + shape, (t, b, ops) -> {
        long rows = shape.dim(0);
        View x = t.in(HostArray.random(dtype, shape, 11, -3, 3));
        View dy = t.in(random(dtype, 12, shape.dims()));
        View factors = t.in(random(dtype, 13, shape.dim(1)));
        View[] r = new View[13];
        for (int k = 0; k < 7; k++) {
          r[k] = t.out(dtype, shape);
        }
        for (int k = 7; k < 11; k++) {
          r[k] = t.out(dtype, Shape.of(k < 10 ? rows : shape.dim(1)));
        }
        r[11] = t.out(dtype, Shape.of(shape.dim(1)));
        r[12] = t.out(dtype, shape);
        ops.softmax(x, 1, false, r[0]);
        ops.softmaxGrad(r[0], dy, 1, false, r[1]);
        ops.softmax(x, 0, true, r[2]);
        ops.softmaxGrad(r[2], dy, 0, true, r[3]);
        ops.crossEntropy(x, t.in(HostArray.random(DType.INT64, Shape.of(rows), 14, 0, shape.dim(1) - 1)), r[7], r[4]);
        ops.layerNorm(x, factors, factors, 1e-5, r[8], r[9], r[5]);
        ops.layerNormGrad(x, factors, r[8], r[9], dy, r[6], r[10], r[11]);
        ops.dropout(x, state(t), 3, 0.3, r[12]);
        return r;
      });
    }
    for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST)) {
      for (Shape shape : List.of(Shape.of(64, 17, 9, 11), Shape.of(2049, 33), Shape.of(3, 2, 300, 70))) {
        job("batchNorm " + dtype + " " + shape + " " + placement, (t, b, ops) -> {
          Shape channels = Shape.of(shape.dim(1));
          View x = t.in(random(dtype, 15, shape.dims()), placement);
          View dy = t.in(random(dtype, 16, shape.dims()), placement);
          View factors = t.in(random(dtype, 17, shape.dim(1)));
          View y = t.out(dtype, shape, placement);
          View dx = t.out(dtype, shape, placement);
          View[] c = new View[6];
          for (int k = 0; k < 6; k++) {
            c[k] = t.inOut(HostArray.of(dtype, channels, i -> 1), Placement.CONTIGUOUS);
          }
          ops.batchNorm(x, factors, factors, c[0], c[1], 0.1, 1e-5, c[2], c[3], y);
          ops.batchNormGrad(x, factors, c[2], c[3], dy, dx, c[4], c[5]);
          return new View[] {y, dx, c[0], c[1], c[2], c[3], c[4], c[5]};
        });
      }
    }
    job("cumulativeSum and sort " + dtype, (t, b, ops) -> {
      View x = t.in(random(dtype, 18, 7, 10_007));
      View sum = t.out(dtype, x.shape());
      View sorted = t.out(dtype, x.shape());
      View order = t.out(DType.INT64, x.shape());
      ops.cumulativeSum(x, 1, false, sum);
      ops.sort(x, 1, false, sorted, order);
      return new View[] {sum, sorted, order};
    });
    for (OptimizerRule rule : List.of(new OptimizerRule.Sgd(0.9, 0, true, 0.01),
        new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.01, true, false, false))) {
      job("globalNorm, clipToNorm and " + rule + " " + dtype, (t, b, ops) -> {
        List<View> parameters = List.of(t.inOut(random(dtype, 19, 300, 401), Placement.CONTIGUOUS),
            t.inOut(random(dtype, 20, 33), Placement.CONTIGUOUS));
        List<View> gradients = List.of(t.inOut(random(dtype, 21, 300, 401), Placement.CONTIGUOUS),
            t.inOut(random(dtype, 22, 33), Placement.CONTIGUOUS));
        List<List<View>> states = new ArrayList<>();
        for (View p : parameters) {
          List<View> slots = new ArrayList<>();
          for (int k = 0; k < rule.stateSlots(); k++) {
            slots.add(t.inOut(HostArray.of(dtype, p.shape(), i -> 0), Placement.CONTIGUOUS));
          }
          states.add(slots);
        }
        View norm = t.out(dtype, Shape.SCALAR);
        ops.globalNorm(gradients, norm);
        ops.clipToNorm(gradients, norm, 1);
        ops.optimizerStep(new OptimizerStep(rule, t.in(HostArray.vector(DType.FLOAT64, 0.01, 1)), parameters, gradients, states));
        return new View[] {norm, parameters.get(0), parameters.get(1), states.get(0).get(0), states.get(1).get(0)};
      });
    }
  }

  private void windows(DType dtype) {
    for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST)) {
      for (long[] s : new long[][] {{8, 16, 28, 28, 32}, {64, 1, 9, 9, 6}, {1, 32, 33, 31, 8}}) {
        job("convolution " + dtype + " " + Arrays.toString(s) + " " + placement, (t, b, ops) -> {
          Shape in = Shape.of(s[0], s[1], s[2], s[3]);
          Shape out = Shape.of(s[0], s[4], s[2], s[3]);
          View x = t.in(random(dtype, 23, in.dims()), placement);
          View w = t.in(random(dtype, 24, s[4], s[1], 3, 3));
          View y = t.out(dtype, out, placement);
          View dx = t.out(dtype, in, placement);
          View dw = t.inOut(random(dtype, 25, s[4], s[1], 3, 3), Placement.CONTIGUOUS);
          ops.convolution(x, w, t.in(random(dtype, 26, s[4])), WINDOW, y);
          ops.convolutionInputGrad(y, w, WINDOW, dx);
          ops.convolutionWeightGrad(x, y, WINDOW, 1, dw);
          return new View[] {y, dx, dw};
        });
      }
      job("pooling " + dtype + " " + placement, (t, b, ops) -> {
        Shape in = Shape.of(8, 17, 28, 27);
        Shape out = Shape.of(8, 17, POOL.outputSize(0, 28), POOL.outputSize(1, 27));
        View x = t.in(random(dtype, 27, in.dims()), placement);
        View y = t.out(dtype, out, placement);
        View index = t.out(DType.INT32, out, placement);
        View dx = t.out(dtype, in, placement);
        View mean = t.out(dtype, out, placement);
        View meanDx = t.out(dtype, in, placement);
        ops.maxPool(x, POOL, y, index);
        ops.maxPoolGrad(y, index, POOL, dx);
        ops.avgPool(x, POOL, false, mean);
        ops.avgPoolGrad(mean, POOL, false, meanDx);
        return new View[] {y, index, dx, mean, meanDx};
      });
    }
  }
}
