package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.View;

/**
 * Copies that exchange the axis of neighbours: a transposed matrix, or channels that move behind the pixels. In squares of 32
 * × 32 elements, so that every cache line read or written is used up while it is near.
 */
final class Transpose {
  private static final int TILE = 32;

  private Transpose() {}

  /** Whether a copy between these loops (operands: output, input) is one, of elements of 4 bytes. */
  static boolean takes(Loops loops, int bytes) {
    int last = loops.rank - 1;
    return bytes == 4 && last >= 1 && loops.strides[0][last] == 1 && loops.strides[1][last - 1] == 1 && loops.strides[1][last] > 1
        && loops.dims[last] >= 4 && loops.dims[last - 1] >= 4;
  }

  /** Copies all elements. */
  static void copy(WorkPool pool, Loops loops, View x, View out, long n) {
    int last = loops.rank - 1;
    long rows = loops.dims[last - 1];
    long columns = loops.dims[last];
    long bands = (rows + TILE - 1) / TILE;
    long tasks = n / (rows * columns) * bands;
    long group = Math.max(1, Math.max(tasks / 256, 16384 / (columns * TILE)));
    long px = CpuBuffer.of(x);
    long po = CpuBuffer.of(out);
    pool.parallelFor(n < 32768 ? 1 : (int) ((tasks + group - 1) / group), chunk -> {
      long from = n < 32768 ? 0 : chunk * group;
      long to = n < 32768 ? tasks : Math.min(tasks, (chunk + 1) * group);
      long[] index = new long[loops.dims.length];
      for (long task = from; task < to; task++) {
        loops.locate(task / bands, last - 1, index);
        long row = task % bands * TILE;
        band(px + 4 * (loops.offset(1, last - 1, index) + row), 4 * loops.strides[1][last],
            po + 4 * (loops.offset(0, last - 1, index) + row * loops.strides[0][last - 1]), 4 * loops.strides[0][last - 1],
            (int) Math.min(TILE, rows - row), columns);
      }
    });
  }

  /** {@code out[i][j] = x[j][i]} for a few rows i; pitches in bytes. */
  private static void band(long x, long xPitch, long out, long outPitch, int rows, long columns) {
    for (long j = 0; j < columns; j += TILE) {
      square(x + j * xPitch, xPitch, out + 4 * j, outPitch, rows, (int) Math.min(TILE, columns - j));
    }
  }

  private static void square(long x, long xPitch, long out, long outPitch, int rows, int columns) {
    int i = 0;
    for (; i <= rows - 2; i += 2) {
      pair(x + 4L * i, xPitch, out + i * outPitch, outPitch, columns);
    }
    if (i < rows) {
      for (int j = 0; j < columns; j++) {
        Memory.putInt(out + i * outPitch + 4L * j, Memory.getInt(x + 4L * i + j * xPitch));
      }
    }
  }

  /** Two rows of the result: two elements move with each load and each store. */
  private static void pair(long x, long xPitch, long out, long outPitch, int columns) {
    int j = 0;
    for (; j <= columns - 2; j += 2) {
      long a = Memory.getLong(x);
      long b = Memory.getLong(x + xPitch);
      Memory.putLong(out + 4L * j, a & 0xFFFFFFFFL | b << 32);
      Memory.putLong(out + outPitch + 4L * j, a >>> 32 | b & 0xFFFFFFFF00000000L);
      x += 2 * xPitch;
    }
    if (j < columns) {
      long a = Memory.getLong(x);
      Memory.putInt(out + 4L * j, (int) a);
      Memory.putInt(out + outPitch + 4L * j, (int) (a >>> 32));
    }
  }
}
