package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.util.List;

/** The norm of all gradients together, and scaling by it. */
public final class Norms {
  private static final int PIECE = 4096;

  private Norms() {}

  /** Whether all are contiguous float32. */
  public static boolean takes(List<View> views) {
    for (View v : views) {
      if (v.dtype() != DType.FLOAT32 || !v.isContiguous()) {
        return false;
      }
    }
    return true;
  }

  /** See {@link dev.athanor.backend.FusedOps#globalNorm}. Pieces are summed in float32, and added in float64, in order. */
  public static void global(WorkPool pool, List<View> gradients, View out) {
    double total = 0;
    for (View g : gradients) {
      long n = g.size();
      long at = CpuBuffer.of(g);
      int pieces = (int) ((n + PIECE - 1) / PIECE);
      long parts = Scratch.take(Scratch.ROWS, 4L * pieces);
      int group = n < 32768 ? pieces : 4;
      pool.parallelFor(group == 0 ? 0 : (pieces + group - 1) / group, chunk -> {
        for (int i = chunk * group; i < Math.min(pieces, (chunk + 1) * group); i++) {
          long from = (long) i * PIECE;
          Memory.putFloat(parts + 4L * i, Folds.SQUARES.row(at + 4 * from, 0, (int) Math.min(PIECE, n - from), 0));
        }
      });
      for (int i = 0; i < pieces; i++) {
        total += Memory.getFloat(parts + 4L * i);
      }
    }
    Memory.putFloat(CpuBuffer.of(out), (float) Math.sqrt(total));
  }

  /** See {@link dev.athanor.backend.FusedOps#clipToNorm}. */
  public static void clip(WorkPool pool, List<View> gradients, View norm, double maxNorm) {
    float n = Memory.getFloat(CpuBuffer.of(norm));
    float factor = (float) Math.min(1, maxNorm / (n + 1e-6));
    if (factor == 1) {
      return;
    }
    for (View g : gradients) {
      Elementwise.scale(pool, g, factor);
    }
  }
}
