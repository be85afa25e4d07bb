package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/**
 * Softmax and its relatives over float32 rows that lie in memory one after the other; a row stays in the cache between its
 * passes.
 */
public final class Softmax {
  private Softmax() {}

  /** Whether the operands are contiguous float32 and the axis is the last one. */
  public static boolean takes(int axis, View... operands) {
    for (View v : operands) {
      if (v != null && (v.dtype() != DType.FLOAT32 || !v.isContiguous() || v.rank() != axis + 1 || v.size() == 0
          || v.dim(axis) > 1 << 28)) {
        return false;
      }
    }
    return true;
  }

  private interface Row {
    void run(long offset, long index);
  }

  private static void rows(WorkPool pool, View x, int axis, Row row) {
    long n = x.dim(axis);
    long count = x.size() / n;
    long group = Math.max(1, Math.max(count / 64, 4096 / n));
    if (x.size() < 16384) {
      group = count;
    }
    long size = group;
    pool.parallelFor((int) ((count + size - 1) / size), chunk -> {
      for (long i = chunk * size; i < Math.min(count, (chunk + 1) * size); i++) {
        row.run(4 * i * n, i);
      }
    });
  }

  /** See {@link dev.athanor.backend.FusedOps#softmax}. */
  public static void forward(WorkPool pool, View x, int axis, boolean log, View y) {
    long px = CpuBuffer.of(x);
    long py = CpuBuffer.of(y);
    int n = (int) x.dim(axis);
    rows(pool, x, axis, (at, i) -> {
      float largest = Folds.MAX.row(px + at, 0, n, 0);
      if (log) {
        float sum = Folds.EXP_SUM.row(px + at, 0, n, largest);
        RowOps.subtract(px + at, py + at, n, largest, (float) StrictMath.log(sum));
      } else {
        RowOps.expOfDifference(px + at, py + at, n, largest);
        RowOps.divide(py + at, py + at, n, Folds.SUM.row(py + at, 0, n, 0));
      }
    });
  }

  /** See {@link dev.athanor.backend.FusedOps#softmaxGrad}. */
  public static void grad(WorkPool pool, View y, View dy, int axis, boolean log, View dx) {
    long py = CpuBuffer.of(y);
    long pd = CpuBuffer.of(dy);
    long px = CpuBuffer.of(dx);
    int n = (int) y.dim(axis);
    rows(pool, y, axis, (at, i) -> {
      if (log) {
        RowOps.logSoftmaxGrad(py + at, pd + at, px + at, n, Folds.SUM.row(pd + at, 0, n, 0));
      } else {
        RowOps.softmaxGrad(py + at, pd + at, px + at, n, Folds.DOT.row(py + at, pd + at, n, 0));
      }
    });
  }

  /** See {@link dev.athanor.backend.FusedOps#crossEntropy}. */
  public static void crossEntropy(WorkPool pool, View x, View target, View loss, View grad) {
    long px = CpuBuffer.of(x);
    long pt = CpuBuffer.of(target);
    long pl = CpuBuffer.of(loss);
    long pg = grad == null ? 0 : CpuBuffer.of(grad);
    int n = (int) x.dim(1);
    boolean wide = target.dtype() == DType.INT64;
    long targetStep = target.stride(0) * target.dtype().bytes();
    long lossStep = 4 * loss.stride(0);
    rows(pool, x, 1, (at, i) -> {
      long wanted = wide ? Memory.getLong(pt + i * targetStep) : Memory.getInt(pt + i * targetStep);
      if (wanted < 0 || wanted >= n) {
        throw new IndexOutOfBoundsException("crossEntropy: target[" + i + "] is " + wanted + ", outside [0, " + n + ")");
      }
      float picked = Memory.getFloat(px + at + 4 * wanted);
      float largest = Folds.MAX.row(px + at, 0, n, 0);
      float sum;
      if (pg == 0) {
        sum = Folds.EXP_SUM.row(px + at, 0, n, largest);
      } else {
        RowOps.expOfDifference(px + at, pg + at, n, largest);
        sum = Folds.SUM.row(pg + at, 0, n, 0);
        RowOps.divide(pg + at, pg + at, n, sum);
        long own = pg + at + 4 * wanted;
        Memory.putFloat(own, Memory.getFloat(own) - 1);
      }
      Memory.putFloat(pl + i * lossStep, (float) (StrictMath.log(sum) - ((double) picked - largest)));
    });
  }
}
