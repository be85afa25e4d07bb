package dev.athanor.cpu.vec;

/**
 * A reduction of float32 rows and columns with an order of additions that is the same on every machine: a row is dealt round
 * to 32 lanes, lane by lane in order, and the lanes are merged in halves; a column is taken from top to bottom.
 */
interface Fold {
  /**
   * Reduces one row.
   *
   * @param x the row
   * @param y a second row for folds of two operands, else ignored
   * @param n its length, possibly 0
   * @param p a parameter of the fold
   */
  float row(long x, long y, int n, float p);

  /**
   * Reduces each of {@code n} neighbouring columns into {@code out}; with {@code resume}, out's contents come first.
   *
   * @param pitch bytes from one line to the next, for x
   * @param yPitch likewise for y
   * @param p the address of a parameter for each column, or 0 where the fold has none
   */
  void columns(long x, long pitch, long y, long yPitch, long lines, int n, long p, long out, boolean resume);
}
