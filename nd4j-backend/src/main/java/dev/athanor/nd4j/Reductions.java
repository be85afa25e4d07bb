package dev.athanor.nd4j;

import dev.athanor.backend.ReduceOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.bool.All;
import org.nd4j.linalg.api.ops.impl.reduce.bool.Any;
import org.nd4j.linalg.api.ops.impl.reduce.floating.Mean;
import org.nd4j.linalg.api.ops.impl.reduce.same.Max;
import org.nd4j.linalg.api.ops.impl.reduce.same.Min;
import org.nd4j.linalg.api.ops.impl.reduce.same.Prod;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.factory.Nd4j;

/** Sums and their like over axes. */
final class Reductions {
  private Reductions() {}

  static void reduce(ReduceOp op, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    int[] axes = IntStream.range(0, x.rank()).filter(i -> out.dim(i) == 1 && x.dim(i) != 1).toArray();
    if (axes.length == 0) {
      Elementwise.copy(x, out);
    } else if (x.size() == 0 || !byNd4j(op, x.dtype())) {
      plain(op, x, out);
    } else {
      try (var work = new Work()) {
        Nd4j.exec(of(op, work.in(x), work.out(out), axes));
        work.done();
      }
    }
  }

  /** ND4J's largest and smallest pass over NaN. */
  private static boolean byNd4j(ReduceOp op, DType dtype) {
    return op != ReduceOp.MAX && op != ReduceOp.MIN || !dtype.isFloat();
  }

  private static org.nd4j.linalg.api.ops.ReduceOp of(ReduceOp op, INDArray x, INDArray z, int[] axes) {
    return switch (op) {
      case SUM -> new Sum(x, z, true, axes);
      case MEAN -> new Mean(x, z, true, axes);
      case PROD -> new Prod(x, z, true, axes);
      case MAX -> new Max(x, z, true, axes);
      case MIN -> new Min(x, z, true, axes);
      case ANY -> new Any(x, z, true, axes);
      case ALL -> new All(x, z, true, axes);
    };
  }

  /** The largest or smallest float, and anything over nothing. */
  private static void plain(ReduceOp op, View x, View out) {
    View starts = x.with(out.shape(), x.strides(), x.offset());
    View walk = x.with(reducedAxes(x, out), x.strides(), 0);
    boolean smallest = op == ReduceOp.MIN;
    double start = start(op);
    double[] best = new double[1];
    Loops.forEach(out.shape(), at -> {
      best[0] = start;
      Loops.forEach(walk.shape(), step -> {
        double v = Nd4jBuffer.get(x, at[0] + step[0]);
        best[0] = smallest ? Math.min(best[0], v) : Math.max(best[0], v);
      }, walk);
      Nd4jBuffer.set(out, at[1], best[0]);
    }, starts, out);
  }

  private static Shape reducedAxes(View x, View out) {
    long[] dims = x.shape().dims();
    for (int i = 0; i < dims.length; i++) {
      if (out.dim(i) != 1) {
        dims[i] = 1;
      }
    }
    return Shape.of(dims);
  }

  /** The result over nothing. */
  private static double start(ReduceOp op) {
    return switch (op) {
      case SUM, ANY -> 0;
      case MEAN -> Double.NaN;
      case PROD, ALL -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  /** By a plain loop: ND4J passes over NaN, and with several threads need not find the first of equals. */
  static void argReduce(boolean largest, View x, int axis, View out) {
    View starts = x.with(out.shape(), x.strides(), x.offset());
    Loops.forEach(out.shape(), at -> {
      long best = 0;
      for (long i = 1; i < x.dim(axis); i++) {
        if (beats(largest, x, at[0] + i * x.stride(axis), at[0] + best * x.stride(axis))) {
          best = i;
        }
      }
      Nd4jBuffer.bits(out, at[1], best);
    }, starts, out);
  }

  private static boolean beats(boolean largest, View x, long challenger, long holder) {
    if (x.dtype().isFloat()) {
      double c = Nd4jBuffer.get(x, challenger);
      double h = Nd4jBuffer.get(x, holder);
      return !Double.isNaN(h) && (Double.isNaN(c) || (largest ? c > h : c < h));
    }
    long c = Nd4jBuffer.integer(x, challenger);
    long h = Nd4jBuffer.integer(x, holder);
    return largest ? c > h : c < h;
  }
}
