package dev.athanor.cpu.linalg;

import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;

/** The float32 matrix product in Java, for machines without the native library. */
final class JavaMatmul {
  /** Depth of the inner dimension taken at a time: a panel of b then stays in the first-level cache. */
  private static final int DEPTH = 256;

  private JavaMatmul() {}

  /** The floats that {@link Packing} writes for one matrix b. */
  static long packed(long n, long k) {
    return Tiles.ceil(n, FloatBlock.COLUMNS) * FloatBlock.COLUMNS * k;
  }

  /**
   * Copies b into panels of {@link FloatBlock#COLUMNS} columns, padded with zeros, so that a block reads it front to back.
   * Strides are in elements. Can be run again and again, by one thread at a time.
   */
  static final class Packing implements WorkPool.Task {
    private final long n;
    private final long k;
    private final long b;
    private final long b0;
    private final long b1;
    private final long group;
    private long to;

    Packing(long n, long k, long b, long b0, long b1) {
      this.n = n;
      this.k = k;
      this.b = b;
      this.b0 = b0;
      this.b1 = b1;
      this.group = Math.max(1, 16384 / (k * FloatBlock.COLUMNS));
    }

    /** Packs into scratch memory of the calling thread. */
    void run(WorkPool pool) {
      to = Scratch.take(Scratch.PANEL_B, 4 * JavaMatmul.packed(n, k));
      pool.parallelFor((int) Tiles.ceil(Tiles.ceil(n, FloatBlock.COLUMNS), group), this);
    }

    /** Where the panels of the latest {@link #run(WorkPool)} lie. */
    long packed() {
      return to;
    }

    @Override
    public void run(int chunk) {
      int width = FloatBlock.COLUMNS;
      long panels = Math.min(Tiles.ceil(n, width), (chunk + 1) * group);
      for (long panel = chunk * group; panel < panels; panel++) {
        int columns = (int) Math.min(width, n - panel * width);
        packPanel(columns, k, b + 4 * panel * width * b1, 4 * b0, 4 * b1, to + 4 * panel * width * k);
      }
    }
  }

  private static void packPanel(int columns, long k, long b, long row, long column, long to) {
    int width = FloatBlock.COLUMNS;
    if (columns < width) {
      Memory.zero(to, 4 * k * width);
    }
    if (column == 4) {
      for (long i = 0; i < k; i++) {
        Memory.copy(b + i * row, to + 4 * i * width, 4L * columns);
      }
      return;
    }
    long i = 0;
    if (row == 4 && columns == width) {
      for (; i <= k - 2; i += 2) {
        transposeTwo(b + 4 * i, column, to + 4 * i * width);
      }
    }
    for (; i < k; i++) {
      for (int j = 0; j < columns; j++) {
        Memory.putInt(to + 4 * (i * width + j), Memory.getInt(b + i * row + j * column));
      }
    }
  }

  /** Two rows of a panel from columns whose elements are neighbours: two elements move with each load and each store. */
  private static void transposeTwo(long b, long column, long to) {
    int width = FloatBlock.COLUMNS;
    long second = to + 4L * width;
    for (int j = 0; j < width; j += 2) {
      long x = Memory.getLong(b);
      long y = Memory.getLong(b + column);
      Memory.putLong(to + 4L * j, x & 0xFFFFFFFFL | y << 32);
      Memory.putLong(second + 4L * j, x >>> 32 | y & 0xFFFFFFFF00000000L);
      b += 2 * column;
    }
  }

  /**
   * One tile {@code c = alpha · a·b + beta · c}, in the calling thread. Strides are in elements; b is the first of its packed
   * panels that the tile needs.
   *
   * @param n columns of the tile; it begins at a panel
   */
  static void tile(long m, long n, long k, float alpha, long a, long a0, long a1, long b, float beta, long c, long c0, long c1) {
    int rows = FloatBlock.ROWS;
    int width = FloatBlock.COLUMNS;
    long block = Scratch.take(Scratch.TILE, 4L * rows * width);
    boolean plain = alpha == 1 && beta == 0 && c1 == 1;
    for (long j = 0; j < n; j += width) {
      int columns = (int) Math.min(width, n - j);
      long panel = b + 4 * j * k;
      for (long i = 0; i < m; i += rows) {
        int height = (int) Math.min(rows, m - i);
        boolean direct = plain && columns == width && height == rows;
        long out = direct ? c + 4 * (i * c0 + j) : block;
        long pitch = direct ? 4 * c0 : 4L * width;
        for (long depth = 0; depth < k; depth += DEPTH) {
          FloatBlock.multiply(a + 4 * (i * a0 + depth * a1), 4 * a0, 4 * a1, height, panel + 4 * depth * width, 4L * width,
              (int) Math.min(DEPTH, k - depth), out, pitch, depth > 0);
        }
        if (!direct) {
          merge(height, columns, block, alpha, beta, c + 4 * (i * c0 + j * c1), 4 * c0, 4 * c1);
        }
      }
    }
  }

  private static void merge(int height, int columns, long block, float alpha, float beta, long c, long row, long column) {
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < columns; j++) {
        float v = alpha * Memory.getFloat(block + 4L * (i * FloatBlock.COLUMNS + j));
        long at = c + i * row + j * column;
        Memory.putFloat(at, beta == 0 ? v : Math.fma(beta, Memory.getFloat(at), v));
      }
    }
  }
}
