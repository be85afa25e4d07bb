package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Layer normalisation of contiguous float32 rows. */
public final class LayerNorm {
  /** Rows whose share of the parameters' gradients is summed in float32 before the shares are added in float64. */
  private static final int BLOCK = 64;

  private LayerNorm() {}

  /** Whether all operands (null is allowed) are contiguous float32. */
  public static boolean takes(View... operands) {
    for (View v : operands) {
      if (v != null && (v.dtype() != DType.FLOAT32 || !v.isContiguous() || v.size() == 0 || v.size() > 1L << 40)) {
        return false;
      }
    }
    return operands[0].dim(1) <= 4096 * 16;
  }

  private static long group(long rows, long n) {
    return rows * n < 16384 ? rows : Math.max(1, Math.max(rows / 64, 4096 / n));
  }

  /** The sum of a row: pieces in float32, added in float64. */
  private static double sum(Fold fold, long x, long y, int n, float p) {
    double total = 0;
    for (int i = 0; i < n; i += 4096) {
      total += fold.row(x + 4L * i, y + 4L * i, Math.min(4096, n - i), p);
    }
    return total;
  }

  /** See {@link dev.athanor.backend.FusedOps#layerNorm}. */
  public static void forward(WorkPool pool, View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    long rows = x.dim(0);
    int n = (int) x.dim(1);
    long px = CpuBuffer.of(x);
    long py = CpuBuffer.of(y);
    long pg = gamma == null ? 0 : CpuBuffer.of(gamma);
    long pb = beta == null ? 0 : CpuBuffer.of(beta);
    long pm = CpuBuffer.of(mean);
    long ps = CpuBuffer.of(invStd);
    long size = group(rows, n);
    pool.parallelFor((int) ((rows + size - 1) / size), chunk -> {
      for (long i = chunk * size; i < Math.min(rows, (chunk + 1) * size); i++) {
        long row = px + 4 * i * n;
        float centre = (float) (sum(Folds.SUM, row, row, n, 0) / n);
        double variance = sum(Folds.SPREAD, row, row, n, centre) / n;
        float scale = (float) (1 / Math.sqrt(variance + epsilon));
        Memory.putFloat(pm + 4 * i, centre);
        Memory.putFloat(ps + 4 * i, scale);
        RowOps.normalise(row, py + 4 * i * n, n, centre, scale, pg, pb);
      }
    });
  }

  /** See {@link dev.athanor.backend.FusedOps#layerNormGrad}. */
  public static void grad(WorkPool pool, View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    long rows = x.dim(0);
    int n = (int) x.dim(1);
    long px = CpuBuffer.of(x);
    long pd = CpuBuffer.of(dy);
    long pg = gamma == null ? 0 : CpuBuffer.of(gamma);
    long pm = CpuBuffer.of(mean);
    long ps = CpuBuffer.of(invStd);
    long to = dx == null ? 0 : CpuBuffer.of(dx);
    long blocks = (rows + BLOCK - 1) / BLOCK;
    boolean sums = dgamma != null || dbeta != null;
    long parts = sums ? Scratch.take(Scratch.ROWS, 8 * blocks * n) : 0;
    long size = rows * n < 16384 ? blocks : 1;
    pool.parallelFor((int) ((blocks + size - 1) / size), chunk -> {
      for (long block = chunk * size; block < Math.min(blocks, (chunk + 1) * size); block++) {
        long partGamma = parts + 8 * block * n;
        long partBeta = partGamma + 4L * n;
        if (sums) {
          Memory.zero(partGamma, 8L * n);
        }
        for (long i = block * BLOCK; i < Math.min(rows, (block + 1) * BLOCK); i++) {
          float centre = Memory.getFloat(pm + 4 * i);
          float scale = Memory.getFloat(ps + 4 * i);
          long at = 4 * i * n;
          if (sums) {
            accumulate(px + at, pd + at, n, centre, scale, partGamma, partBeta);
          }
          if (to != 0) {
            inputGrad(px + at, pd + at, pg, n, centre, scale, to + at);
          }
        }
      }
    });
    if (sums) {
      gather(parts, blocks, n, dgamma == null ? 0 : CpuBuffer.of(dgamma), dbeta == null ? 0 : CpuBuffer.of(dbeta));
    }
  }

  private static void gather(long parts, long blocks, int n, long dgamma, long dbeta) {
    for (int j = 0; j < n; j++) {
      double g = 0;
      double b = 0;
      for (long block = 0; block < blocks; block++) {
        long at = parts + 8 * block * n + 4L * j;
        g += Memory.getFloat(at);
        b += Memory.getFloat(at + 4L * n);
      }
      if (dgamma != 0) {
        Memory.putFloat(dgamma + 4L * j, (float) g);
      }
      if (dbeta != 0) {
        Memory.putFloat(dbeta + 4L * j, (float) b);
      }
    }
  }

  private static void accumulate(long x, long dy, int n, float mean, float scale, long dgamma, long dbeta) {
    FloatVector centre = Vec.of(mean);
    FloatVector factor = Vec.of(scale);
    for (int i = 0; i < n; i += Vec.W) {
      long at = 4L * i;
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector d = Vec.load(dy + at, m);
      FloatVector hat = Vec.load(x + at, m).sub(centre).mul(factor);
      Vec.store(d.fma(hat, Vec.load(dgamma + at, m)), dgamma + at, m);
      Vec.store(d.add(Vec.load(dbeta + at, m)), dbeta + at, m);
    }
  }

  private static void inputGrad(long x, long dy, long gamma, int n, float mean, float scale, long dx) {
    long g = dy;
    if (gamma != 0) {
      g = Scratch.take(Scratch.OPERANDS, 4L * n);
      multiply(dy, gamma, g, n);
    }
    double meanG = sum(Folds.SUM, g, g, n, 0) / n;
    double meanGx = sum(Folds.CENTRED_DOT, x, g, n, mean) * scale / n;
    RowOps.affineGrad(x, g, dx, n, mean, scale, (float) (-meanGx * scale * scale), (float) (-meanG * scale));
  }

  private static void multiply(long a, long b, long out, int n) {
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(a + 4L * i, m).mul(Vec.load(b + 4L * i, m)), out + 4L * i, m);
    }
  }
}
