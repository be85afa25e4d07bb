package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.View;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The largest element of each window, all windows of one line at a time, or of a whole plane. One element of the window after the
 * other is compared with the best so far.
 */
final class MaxPooling {
  private final Pooling.Grid grid;
  private final View x;
  private final View y;
  private final View indices;

  private MaxPooling(Pooling.Grid grid, View x, View y, View indices) {
    this.grid = grid;
    this.x = x;
    this.y = y;
    this.indices = indices;
  }

  static void run(WorkPool pool, View x, Pooling.Grid grid, View y, View indices) {
    Pooling.planes(pool, y, new MaxPooling(grid, x, y, indices)::plane);
  }

  /** All windows of one plane at a time where no window reaches into the padding, else a line at a time. */
  private void plane(long image, long channel) {
    Pooling.Grid g = grid;
    boolean inside = g.ph() == 0 && g.pw() == 0 && (g.oh() - 1) * g.sh() + (g.kh() - 1) * g.dh() < g.h()
        && (g.ow() - 1) * g.sw() + (g.kw() - 1) * g.dw() < g.w();
    int rows = inside ? Math.max(1, Math.min(g.oh(), 4096 / g.ow())) : 1;
    long pitch = 4L * g.ow() * rows + 63 & -64L;
    long best = Scratch.take(Scratch.ROWS, 3 * pitch);
    for (int i = 0; i < g.oh(); i += rows) {
      lines(image, channel, i, Math.min(rows, g.oh() - i), best, best + pitch, best + 2 * pitch);
    }
  }

  /** {@code rows} lines of windows; more than one only if all their elements are inside the image. */
  private void lines(long image, long channel, int i, int rows, long best, long where, long line) {
    Pooling.Grid g = grid;
    int n = g.ow();
    long px = Pooling.plane(x, image, channel);
    start(best, where, n * rows);
    for (int a = 0; a < g.kh(); a++) {
      int row = i * g.sh() - g.ph() + a * g.dh();
      if (row < 0 || row >= g.h()) {
        continue;
      }
      for (int b = 0; b < g.kw(); b++) {
        int shift = b * g.dw() - g.pw();
        int from = shift >= 0 ? 0 : (-shift + g.sw() - 1) / g.sw(); // the windows whose element is inside the image
        int to = g.w() <= shift ? 0 : Math.min(n, (g.w() - 1 - shift) / g.sw() + 1);
        if (from >= to) {
          continue;
        }
        long at = px + 4 * (row * x.stride(2) + (from * (long) g.sw() + shift) * x.stride(3));
        for (int r = 0; r < rows; r++) {
          collect(at + 4L * r * g.sh() * x.stride(2), 4 * g.sw() * x.stride(3), line + 4L * r * n, to - from);
        }
        compare(line, best + 4L * from, where + 4L * from, rows > 1 ? rows * n : to - from, a * g.kw() + b);
      }
    }
    for (int r = 0; r < rows; r++) {
      long out = Pooling.plane(y, image, channel) + 4 * (i + r) * y.stride(2);
      for (int j = 0; j < n; j++) {
        Memory.putInt(out + 4 * j * y.stride(3), Memory.getInt(best + 4L * (r * n + j)));
      }
      finish(where + 4L * r * n, Pooling.plane(indices, image, channel) + 4 * (i + r) * indices.stride(2),
          4 * indices.stride(3), n);
    }
  }

  private static void collect(long from, long step, long to, int n) {
    for (int j = 0; j < n; j++) {
      Memory.putInt(to + 4L * j, Memory.getInt(from + j * step));
    }
  }

  private static void start(long best, long where, int n) {
    FillLoop.floats(Vec.MINUS_INFINITY, best, n);
    FillLoop.floats(Vec.MINUS_ONE, where, n);
  }

  /** Positions are kept as floats, which have the vectors' shape; windows have far fewer than 2²⁴ elements. */
  private static void compare(long x, long best, long where, int n, int index) {
    FloatVector here = Vec.of(index);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector v = Vec.load(x + 4L * i, m);
      FloatVector b = Vec.load(best + 4L * i, m);
      FloatVector w = Vec.load(where + 4L * i, m);
      VectorMask<Float> wins = v.compare(GT, b).or(v.compare(NE, v).and(b.compare(EQ, b))).or(w.compare(LT, Vec.ZERO));
      Vec.store(b.blend(v, wins), best + 4L * i, m);
      Vec.store(w.blend(here, wins), where + 4L * i, m);
    }
  }

  /** Positions to integers; a window of padding alone gets 0. */
  private static void finish(long where, long indices, long step, int n) {
    if (step != 4) {
      for (int i = 0; i < n; i++) {
        Memory.putInt(indices + i * step, (int) Math.max(0, Memory.getFloat(where + 4L * i)));
      }
      return;
    }
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      var ints = Vec.load(where + 4L * i, m).max(Vec.ZERO).convert(VectorOperators.F2I, 0);
      Vec.store(((jdk.incubator.vector.IntVector) ints).viewAsFloatingLanes(), indices + 4L * i, m);
    }
  }
}
