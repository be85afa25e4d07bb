package dev.athanor.cpu.linalg;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of the float32 matrix product in Java: blocks of the result held in registers. Every element of the result is one
 * chain of fused multiply-adds along the inner dimension, so neither the block nor the vector width shows in the bits.
 */
final class FloatBlock {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512
      : FloatVector.SPECIES_PREFERRED;
  static final int W = SPECIES.length();
  /** Columns of a block. */
  static final int COLUMNS = 2 * W;
  /** Rows of a block: eight take 16 accumulators, more than a machine with 16 registers can hold. */
  static final int ROWS = W == 8 ? 4 : 8;

  private FloatBlock() {}

  private static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, Memory.ALL, address, Memory.ORDER);
  }

  private static void store(FloatVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, Memory.ORDER);
  }

  private static FloatVector element(long address) {
    return FloatVector.broadcast(SPECIES, Memory.getFloat(address));
  }

  /**
   * {@code out[r, 0…COLUMNS) = Σ_k a[r, k]·b[k, 0…COLUMNS)}, plus what out holds if {@code resume}, for {@link #ROWS} rows.
   * Strides are in bytes; rows beyond {@code rows} repeat the last one of a.
   */
  static void multiply(long a, long aRow, long aNext, int rows, long b, long bNext, long depth, long out, long outRow,
      boolean resume) {
    if (ROWS == 4) {
      multiply4(a, aRow, aNext, rows, b, bNext, depth, out, outRow, resume);
    } else {
      multiply8(a, aRow, aNext, rows, b, bNext, depth, out, outRow, resume);
    }
  }

  private static void multiply8(long a, long aRow, long aNext, int rows, long b, long bNext, long depth, long out, long outRow,
      boolean resume) {
    int last = rows - 1;
    long a1 = Math.min(1, last) * aRow;
    long a2 = Math.min(2, last) * aRow;
    long a3 = Math.min(3, last) * aRow;
    long a4 = Math.min(4, last) * aRow;
    long a5 = Math.min(5, last) * aRow;
    long a6 = Math.min(6, last) * aRow;
    long a7 = Math.min(7, last) * aRow;
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector p0 = resume ? load(out) : zero;
    FloatVector q0 = resume ? load(out + 4L * W) : zero;
    FloatVector p1 = resume ? load(out + 1 * outRow) : zero;
    FloatVector q1 = resume ? load(out + 1 * outRow + 4L * W) : zero;
    FloatVector p2 = resume ? load(out + 2 * outRow) : zero;
    FloatVector q2 = resume ? load(out + 2 * outRow + 4L * W) : zero;
    FloatVector p3 = resume ? load(out + 3 * outRow) : zero;
    FloatVector q3 = resume ? load(out + 3 * outRow + 4L * W) : zero;
    FloatVector p4 = resume ? load(out + 4 * outRow) : zero;
    FloatVector q4 = resume ? load(out + 4 * outRow + 4L * W) : zero;
    FloatVector p5 = resume ? load(out + 5 * outRow) : zero;
    FloatVector q5 = resume ? load(out + 5 * outRow + 4L * W) : zero;
    FloatVector p6 = resume ? load(out + 6 * outRow) : zero;
    FloatVector q6 = resume ? load(out + 6 * outRow + 4L * W) : zero;
    FloatVector p7 = resume ? load(out + 7 * outRow) : zero;
    FloatVector q7 = resume ? load(out + 7 * outRow + 4L * W) : zero;
    for (long k = 0; k < depth; k++) {
      FloatVector p = load(b);
      FloatVector q = load(b + 4L * W);
      FloatVector e0 = element(a);
      p0 = e0.fma(p, p0);
      q0 = e0.fma(q, q0);
      FloatVector e1 = element(a + a1);
      p1 = e1.fma(p, p1);
      q1 = e1.fma(q, q1);
      FloatVector e2 = element(a + a2);
      p2 = e2.fma(p, p2);
      q2 = e2.fma(q, q2);
      FloatVector e3 = element(a + a3);
      p3 = e3.fma(p, p3);
      q3 = e3.fma(q, q3);
      FloatVector e4 = element(a + a4);
      p4 = e4.fma(p, p4);
      q4 = e4.fma(q, q4);
      FloatVector e5 = element(a + a5);
      p5 = e5.fma(p, p5);
      q5 = e5.fma(q, q5);
      FloatVector e6 = element(a + a6);
      p6 = e6.fma(p, p6);
      q6 = e6.fma(q, q6);
      FloatVector e7 = element(a + a7);
      p7 = e7.fma(p, p7);
      q7 = e7.fma(q, q7);
      a += aNext;
      b += bNext;
    }
    store(p0, out);
    store(q0, out + 4L * W);
    store(p1, out + 1 * outRow);
    store(q1, out + 1 * outRow + 4L * W);
    store(p2, out + 2 * outRow);
    store(q2, out + 2 * outRow + 4L * W);
    store(p3, out + 3 * outRow);
    store(q3, out + 3 * outRow + 4L * W);
    store(p4, out + 4 * outRow);
    store(q4, out + 4 * outRow + 4L * W);
    store(p5, out + 5 * outRow);
    store(q5, out + 5 * outRow + 4L * W);
    store(p6, out + 6 * outRow);
    store(q6, out + 6 * outRow + 4L * W);
    store(p7, out + 7 * outRow);
    store(q7, out + 7 * outRow + 4L * W);
  }

  private static void multiply4(long a, long aRow, long aNext, int rows, long b, long bNext, long depth, long out, long outRow,
      boolean resume) {
    int last = rows - 1;
    long a1 = Math.min(1, last) * aRow;
    long a2 = Math.min(2, last) * aRow;
    long a3 = Math.min(3, last) * aRow;
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector p0 = resume ? load(out) : zero;
    FloatVector q0 = resume ? load(out + 4L * W) : zero;
    FloatVector p1 = resume ? load(out + 1 * outRow) : zero;
    FloatVector q1 = resume ? load(out + 1 * outRow + 4L * W) : zero;
    FloatVector p2 = resume ? load(out + 2 * outRow) : zero;
    FloatVector q2 = resume ? load(out + 2 * outRow + 4L * W) : zero;
    FloatVector p3 = resume ? load(out + 3 * outRow) : zero;
    FloatVector q3 = resume ? load(out + 3 * outRow + 4L * W) : zero;
    for (long k = 0; k < depth; k++) {
      FloatVector p = load(b);
      FloatVector q = load(b + 4L * W);
      FloatVector e0 = element(a);
      p0 = e0.fma(p, p0);
      q0 = e0.fma(q, q0);
      FloatVector e1 = element(a + a1);
      p1 = e1.fma(p, p1);
      q1 = e1.fma(q, q1);
      FloatVector e2 = element(a + a2);
      p2 = e2.fma(p, p2);
      q2 = e2.fma(q, q2);
      FloatVector e3 = element(a + a3);
      p3 = e3.fma(p, p3);
      q3 = e3.fma(q, q3);
      a += aNext;
      b += bNext;
    }
    store(p0, out);
    store(q0, out + 4L * W);
    store(p1, out + 1 * outRow);
    store(q1, out + 1 * outRow + 4L * W);
    store(p2, out + 2 * outRow);
    store(q2, out + 2 * outRow + 4L * W);
    store(p3, out + 3 * outRow);
    store(q3, out + 3 * outRow + 4L * W);
  }
}
