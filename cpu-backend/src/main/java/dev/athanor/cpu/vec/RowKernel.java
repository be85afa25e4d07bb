package dev.athanor.cpu.vec;

/**
 * Applies one operation to {@code n} consecutive elements. Operands that an operation does not have are ignored. In place is
 * allowed: an operand's address may be {@code out}.
 */
@FunctionalInterface
public interface RowKernel {
  /**
   * Runs over one row.
   *
   * @param a the first operand
   * @param sa 1 if {@code a} is a row, 0 if it is one element for all
   * @param b the second operand
   * @param sb likewise
   * @param c the third operand
   * @param sc likewise
   * @param out the result, never the same element twice
   * @param n the number of elements
   * @param p the operation's first scalar parameter
   * @param q the second
   */
  void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q);
}
