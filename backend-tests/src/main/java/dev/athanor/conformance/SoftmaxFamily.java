package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** softmax, its gradient, and cross-entropy from logits. */
final class SoftmaxFamily extends FusedFamily {
  private static final List<Shape> SHAPES = List.of(Shape.of(0), Shape.of(1), Shape.of(1023), Shape.of(3, 0), Shape.of(0, 3),
      Shape.of(31, 33), Shape.of(5, 1), Shape.of(3, 4, 5), Shape.of(2, 1023, 2));
  private static final int[][] CLASSES = {{0, 3}, {1, 1}, {1, 2}, {31, 10}, {33, 31}, {2, 1023}, {128, 10}};

  SoftmaxFamily(TestDevice device) {
    super(device, "softmax");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      for (boolean log : new boolean[] {false, true}) {
        String name = (log ? "log " : "") + dtype;
        for (Placement placement : Placement.INPUTS) {
          fused(name + " " + placement, (t, ops) -> {
            for (Shape shape : SHAPES) {
              for (int axis = 0; axis < shape.rank(); axis++) {
                softmax(t, ops, placement.adapt(HostArray.random(dtype, shape, 121, -5, 5)), axis, log, placement, false);
              }
            }
          });
          fused("gradient " + name + " " + placement, (t, ops) -> {
            for (Shape shape : SHAPES) {
              for (int axis = 0; axis < shape.rank(); axis++) {
                gradient(t, ops, dtype, shape, axis, log, placement, false);
              }
            }
          });
        }
        fused("gradient " + name + " in place of dy",
            (t, ops) -> gradient(t, ops, dtype, Shape.of(7, 33), 1, log, Placement.GAPS, true));
        fused(name + " in place", (t, ops) -> softmax(t, ops, HostArray.random(dtype, Shape.of(7, 33), 123, -5, 5), 1, log,
            Placement.GAPS, true));
        fused(name + " large logits",
            (t, ops) -> softmax(t, ops, HostArray.random(dtype, Shape.of(7, 33), 125, -2000, 2000), 1, log, Placement.CONTIGUOUS,
            false));
        fused(name + " masked logits", (t, ops) -> softmax(t, ops, HostArray.of(dtype, Shape.of(4, 9),
            i -> i % 4 == 1 ? Double.NEGATIVE_INFINITY : i * 0.1), 1, log, Placement.CONTIGUOUS, false));
        fused(name + " NaN stays in its row", (t, ops) -> nan(t, ops, dtype, log));
      }
      for (DType indexType : List.of(DType.INT64, DType.INT32)) {
        for (Placement placement : Placement.OUTPUTS) {
          fused("crossEntropy " + dtype + " " + indexType + " " + placement, (t, ops) -> {
            for (int[] s : CLASSES) {
              HostArray logits = HostArray.random(dtype, Shape.of(s[0], s[1]), 127, -5, 5);
              crossEntropy(t, ops, logits, indexType, placement, true);
              crossEntropy(t, ops, logits, indexType, placement, false);
            }
          });
        }
        fused("crossEntropy " + dtype + " " + indexType + " large logits", (t, ops) -> crossEntropy(t, ops,
            HostArray.random(dtype, Shape.of(9, 33), 129, -1e4, 1e4), indexType, Placement.CONTIGUOUS, true));
        for (long wrong : new long[] {-1, 4}) {
          fused("crossEntropy " + dtype + " refuses the " + indexType + " target " + wrong,
              (t, ops) -> refuse(t, ops, dtype, indexType, wrong));
        }
      }
    }
  }

  /** For each element: the sum of its lane, where the lane runs along the axis. */
  private static double[] laneSums(HostArray x, int axis, java.util.function.IntToDoubleFunction term) {
    double[] sums = new double[x.size()];
    Shape lanes = x.shape().with(axis, 1);
    double[] perLane = new double[(int) lanes.size()];
    for (int i = 0; i < sums.length; i++) {
      perLane[ReduceFamily.project(i, x.shape(), lanes)] += term.applyAsDouble(i);
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] = perLane[ReduceFamily.project(i, x.shape(), lanes)];
    }
    return sums;
  }

  private static double[] laneMaxima(HostArray x, int axis) {
    double[] maxima = new double[x.size()];
    Shape lanes = x.shape().with(axis, 1);
    double[] perLane = new double[(int) lanes.size()];
    java.util.Arrays.fill(perLane, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < maxima.length; i++) {
      int lane = ReduceFamily.project(i, x.shape(), lanes);
      perLane[lane] = Math.max(perLane[lane], x.get(i));
    }
    for (int i = 0; i < maxima.length; i++) {
      maxima[i] = perLane[ReduceFamily.project(i, x.shape(), lanes)];
    }
    return maxima;
  }

  private static void softmax(Trial t, FusedOps ops, HostArray values, int axis, boolean log, Placement placement,
      boolean inPlace) {
    DType dtype = values.dtype();
    double[] maxima = laneMaxima(values, axis);
    double[] sums = laneSums(values, axis, i -> Math.exp(values.get(i) - maxima[i]));
    View x = inPlace ? t.inOut(values, placement) : t.in(values, placement);
    View y = inPlace ? x : t.out(dtype, values.shape(), placement.forOutput());
    t.run(() -> ops.softmax(x, axis, log, y));
    double u = Accuracy.unit(dtype);
    long n = values.shape().dim(axis);
    // The rounding of x - max is an error in the exponent; the exponential, the sum and the quotient add theirs.
    t.expect(y, i -> log ? values.get(i) - maxima[i] - Math.log(sums[i]) : Math.exp(values.get(i) - maxima[i]) / sums[i], i -> {
      double shift = Math.min(Math.abs(values.get(i)) + Math.abs(maxima[i]), 1e5);
      double relative = u * (2 * shift + n + 24);
      return log ? relative + 4 * u * Math.log(sums[i])
          : relative * Math.exp(values.get(i) - maxima[i]) / sums[i] + Accuracy.tiny(dtype);
    });
  }

  private static void gradient(Trial t, FusedOps ops, DType dtype, Shape shape, int axis, boolean log, Placement placement,
      boolean inPlace) {
    HostArray logits = HostArray.random(dtype, shape, 131, -4, 4);
    double[] sums = laneSums(logits, axis, i -> Math.exp(logits.get(i)));
    HostArray result = placement.adapt(HostArray.of(dtype, shape,
        i -> log ? logits.get(i) - Math.log(sums[i]) : Math.exp(logits.get(i)) / sums[i]));
    HostArray upstream = placement.adapt(HostArray.random(dtype, shape, 133, -2, 2));
    double[] total = laneSums(result, axis, i -> (log ? 1 : result.get(i)) * upstream.get(i));
    double[] magnitude = laneSums(result, axis, i -> Math.abs((log ? 1 : result.get(i)) * upstream.get(i)));
    View y = t.in(result, placement);
    View dy = inPlace ? t.inOut(upstream, placement) : t.in(upstream, placement);
    View dx = inPlace ? dy : t.out(dtype, shape, placement.forOutput());
    t.run(() -> ops.softmaxGrad(y, dy, axis, log, dx));
    double u = Accuracy.unit(dtype) * (shape.dim(axis) + 16);
    t.expect(dx, i -> log ? upstream.get(i) - Math.exp(result.get(i)) * total[i] : result.get(i) * (upstream.get(i) - total[i]),
        i -> log ? u * (Math.abs(upstream.get(i)) + Math.exp(result.get(i)) * magnitude[i]) + Accuracy.tiny(dtype)
            : u * result.get(i) * (Math.abs(upstream.get(i)) + magnitude[i]) + Accuracy.tiny(dtype));
  }

  private static void nan(Trial t, FusedOps ops, DType dtype, boolean log) {
    HostArray values = HostArray.of(dtype, Shape.of(3, 4), i -> i == 5 ? Double.NaN : 1);
    View x = t.in(values);
    View y = t.out(dtype, values.shape());
    t.run(() -> ops.softmax(x, 1, log, y)).expect(y, i -> i / 4 == 1 ? Double.NaN : log ? -Math.log(4) : 0.25,
        i -> 16 * Accuracy.unit(dtype));
  }

  private static void crossEntropy(Trial t, FusedOps ops, HostArray logits, DType indexType, Placement placement,
      boolean withGradient) {
    DType dtype = logits.dtype();
    int n = (int) logits.shape().dim(0);
    int classes = (int) logits.shape().dim(1);
    HostArray targets = HostArray.random(indexType, Shape.of(n), 137, 0, classes - 1);
    double[] maxima = laneMaxima(logits, 1);
    double[] sums = laneSums(logits, 1, i -> Math.exp(logits.get(i) - maxima[i]));
    View x = t.in(logits, placement);
    View target = t.in(targets, placement);
    View loss = t.out(dtype, Shape.of(n), placement);
    View grad = withGradient ? t.out(dtype, logits.shape(), placement) : null;
    t.run(() -> ops.crossEntropy(x, target, loss, grad));
    double u = Accuracy.unit(dtype) * (classes + 24);
    t.expect(loss, i -> {
      int row = i * classes;
      return Math.log(sums[row]) + maxima[row] - logits.get(row + (int) targets.whole(i));
    }, i -> u * (1 + 2 * Math.abs(maxima[i * classes]) + 2 * Math.abs(logits.get(i * classes + (int) targets.whole(i)))));
    if (withGradient) {
      t.expect(grad, i -> Math.exp(logits.get(i) - maxima[i]) / sums[i] - (targets.whole(i / classes) == i % classes ? 1 : 0),
          i -> u * (1 + Math.abs(logits.get(i) - maxima[i])) * Math.exp(logits.get(i) - maxima[i]) / sums[i]
              + (targets.whole(i / classes) == i % classes ? 2 * u : 0) + Accuracy.tiny(dtype));
    }
  }

  private void refuse(Trial t, FusedOps ops, DType dtype, DType indexType, long wrong) {
    View x = t.in(HostArray.random(dtype, Shape.of(3, 4), 139, -1, 1));
    View target = t.in(HostArray.ofLongs(indexType, Shape.of(3), i -> i == 1 ? wrong : 2));
    View loss = t.out(dtype, Shape.of(3));
    View grad = t.out(dtype, Shape.of(3, 4));
    try {
      ops.crossEntropy(x, target, loss, grad);
      device.backend().synchronize();
    } catch (IndexOutOfBoundsException e) {
      int leaked = device.reclaim();
      if (leaked != 0) {
        throw new AssertionError(leaked + " temporaries were not returned when the target was refused", e);
      }
      return;
    }
    throw new AssertionError("target " + wrong + " of 4 classes: no IndexOutOfBoundsException");
  }
}
