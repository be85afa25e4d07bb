package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Scratch;

/**
 * A function in two steps, with a piece of the intermediate result in the first-level cache between them: {@code s = first(x)},
 * then {@code second(x, s, d)}. For functions whose formula is longer than the JIT is willing to inline into one loop.
 */
final class StagedLoop implements RowKernel {
  private static final int PIECE = 1024;

  private final RowKernel first;
  private final RowKernel second;

  /**
   * Combines two loops.
   *
   * @param first a function of one operand
   * @param second a loop of three operands, as derivatives have: x, the intermediate result, and the third operand (x again where
   *     there is none)
   */
  StagedLoop(RowKernel first, RowKernel second) {
    this.first = first;
    this.second = second;
  }

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    long scratch = Scratch.take(Scratch.STAGE, 8L * PIECE);
    if (sa == 0) { // one element: make it a row
      long row = scratch + 4L * PIECE;
      FillLoop.floats(Vec.of(dev.athanor.cpu.mem.Memory.getFloat(a)), row, Math.min(n, PIECE));
      a = row;
    }
    for (int i = 0; i < n; i += PIECE) {
      int count = Math.min(PIECE, n - i);
      long at = 4L * i;
      long x = sa == 0 ? a : a + at;
      first.run(x, 1, 0, 0, 0, 0, scratch, count, p, q);
      second.run(x, 1, scratch, 1, c == 0 ? x : c + at, 1, out + at, count, p, q);
    }
  }
}
