package dev.athanor.cpu.linalg;

/**
 * How a product's result is cut into tiles, each computed by one thread with the whole inner dimension. The cut depends on
 * the sizes alone, so the bits of a result do not depend on the number of threads.
 *
 * @param rows the rows of a tile
 * @param columns the columns of a tile
 */
record Tiles(long rows, long columns) {
  /** Below this many multiplications a product is not cut: sharing costs more than it saves. */
  private static final double SMALL = 1 << 19;
  private static final int MOST = 64;

  /** The tiles of one product {@code [m, k]·[k, n]} out of {@code batch} of them. */
  static Tiles of(long batch, long m, long n, long k) {
    double work = (double) m * n * k;
    double wanted = Math.min(MOST, Math.max(Math.min(8, work / SMALL), work / (1 << 23))) / batch;
    long rows = m;
    long columns = n;
    long count = 1;
    while (count < wanted) {
      boolean byColumns = columns > 64 && (columns >= rows || rows <= 32);
      if (byColumns) {
        columns = (columns / 2 + 15) & -16L;
      } else if (rows > 32) {
        rows = (rows / 2 + 7) & -8L;
      } else {
        break;
      }
      count = ceil(m, rows) * ceil(n, columns);
    }
    return new Tiles(rows, columns);
  }

  static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }
}
