package dev.athanor.reference;

import dev.athanor.backend.ReduceOp;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Reductions and the matrix product: sums in row-major order, kept in float64 (integers in 64 bits) and rounded once. */
final class ReferenceReduce {
  private ReferenceReduce() {}

  static void reduce(ReduceOp op, View x, View out) {
    // Each output element starts a walk over the reduced axes: where it starts, and the walk relative to it.
    View starts = x.with(out.shape(), x.strides(), x.offset());
    View walk = x.with(reducedAxes(x, out), x.strides(), 0);
    boolean real = x.dtype().isFloat();
    double count = walk.size();
    Positions.forEach(out.shape(), at -> {
      double[] sum = {start(op)};
      long[] whole = {op == ReduceOp.MAX ? Long.MIN_VALUE : op == ReduceOp.MIN ? Long.MAX_VALUE : (long) start(op)};
      Positions.forEach(walk.shape(), step -> {
        long position = at[0] + step[0];
        if (real) {
          sum[0] = add(op, sum[0], ReferenceBuffer.get(x, position));
        } else {
          whole[0] = add(op, whole[0], ReferenceBuffer.integer(x, position));
        }
      }, walk);
      if (real) {
        ReferenceBuffer.set(out, at[1], op == ReduceOp.MEAN ? sum[0] / count : sum[0]);
      } else {
        ReferenceBuffer.integer(out, at[1], whole[0]);
      }
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

  private static double start(ReduceOp op) {
    return switch (op) {
      case SUM, MEAN, ANY -> 0;
      case PROD, ALL -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  private static double add(ReduceOp op, double sum, double x) {
    return switch (op) {
      case SUM, MEAN -> sum + x;
      case PROD -> sum * x;
      case MAX -> Math.max(sum, x);
      case MIN -> Math.min(sum, x);
      case ANY, ALL -> throw new IllegalArgumentException(op + " needs bools");
    };
  }

  private static long add(ReduceOp op, long sum, long x) {
    return switch (op) {
      case SUM -> sum + x;
      case PROD -> sum * x;
      case MAX -> Math.max(sum, x);
      case MIN -> Math.min(sum, x);
      case ANY -> sum | x;
      case ALL -> sum & x;
      case MEAN -> throw new IllegalArgumentException(op + " needs floats");
    };
  }

  static void argReduce(boolean largest, View x, int axis, View out) {
    View starts = x.with(out.shape(), x.strides(), x.offset());
    Positions.forEach(out.shape(), at -> {
      long best = 0;
      for (long i = 1; i < x.dim(axis); i++) {
        if (beats(largest, x, at[0] + i * x.stride(axis), at[0] + best * x.stride(axis))) {
          best = i;
        }
      }
      ReferenceBuffer.integer(out, at[1], best);
    }, starts, out);
  }

  private static boolean beats(boolean largest, View x, long challenger, long holder) {
    if (x.dtype().isFloat()) {
      double c = ReferenceBuffer.get(x, challenger);
      double h = ReferenceBuffer.get(x, holder);
      return !Double.isNaN(h) && (Double.isNaN(c) || (largest ? c > h : c < h));
    }
    long c = ReferenceBuffer.integer(x, challenger);
    long h = ReferenceBuffer.integer(x, holder);
    return largest ? c > h : c < h;
  }

  static void gemm(double alpha, View a, View b, double beta, View c) {
    int rows = c.rank() - 2;
    int columns = c.rank() - 1;
    long inner = a.dim(columns);
    View rowStarts = a.slice(columns, 0, Math.min(inner, 1), 1); // where row m of a starts, seen from every c[m, n]
    View columnStarts = b.slice(rows, 0, Math.min(inner, 1), 1);
    if (inner == 0) { // nothing to start from: the product is 0
      rowStarts = c;
      columnStarts = c;
    }
    long stepA = a.stride(columns);
    long stepB = b.stride(rows);
    Positions.forEach(c.shape(), at -> {
      double sum = 0;
      for (long k = 0; k < inner; k++) {
        sum += ReferenceBuffer.get(a, at[0] + k * stepA) * ReferenceBuffer.get(b, at[1] + k * stepB);
      }
      double product = alpha * sum;
      ReferenceBuffer.set(c, at[2], beta == 0 ? product : product + beta * ReferenceBuffer.get(c, at[2]));
    }, rowStarts.expand(c.shape()), columnStarts.expand(c.shape()), c);
  }
}
