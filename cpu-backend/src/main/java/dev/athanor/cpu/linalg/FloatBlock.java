package dev.athanor.cpu.linalg;

import dev.athanor.cpu.mem.Memory;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of the float32 matrix product in Java: blocks of the result held in registers. Every element of the result
 * is one chain of fused multiply-adds along the inner dimension, so neither the block nor the vector width shows in the bits.
 *
 * <p>The loops are written out, with the JDK's methods alone: in methods this long the JIT inlines nothing else.
 */
final class FloatBlock {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512
      : FloatVector.SPECIES_PREFERRED;
  static final int W = SPECIES.length();
  /** Columns of a block. */
  static final int COLUMNS = 2 * W;
  /** Rows of a block: eight take 16 accumulators, more than a machine with 16 registers can hold. */
  static final int ROWS = W == 8 ? 4 : 8;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  /** The second vector of a row, in bytes. */
  private static final long NEXT = 4L * W;
  /** A row of zeros to start from. */
  private static final long ZEROS = zeros();

  private FloatBlock() {}

  private static long zeros() {
    long row = Memory.allocate(4L * COLUMNS);
    Memory.zero(row, 4L * COLUMNS);
    return row;
  }

  /**
   * {@code out[r, 0…COLUMNS) = Σ_k a[r, k]·b[k, 0…COLUMNS)}, plus what out holds if {@code resume}, for {@link #ROWS} rows.
   * Strides are in bytes; rows of a beyond {@code rows} repeat the last one.
   */
  static void multiply(long a, long aRow, long aNext, int rows, long b, long bNext, int depth, long out, long outRow,
      boolean resume) {
    long from = resume ? out : ZEROS;
    long fromRow = resume ? outRow : 0;
    if (ROWS == 4) {
      multiply4(a, aRow, aNext, rows - 1, b, bNext, depth, from, fromRow, out, outRow);
    } else {
      multiply8(a, aRow, aNext, rows - 1, b, bNext, depth, from, fromRow, out, outRow);
    }
  }

  private static void multiply8(long a, long aRow, long aNext, int last, long b, long bNext, int depth, long from, long fromRow,
      long out, long outRow) {
    long a1 = Math.min(1, last) * aRow;
    long a2 = Math.min(2, last) * aRow;
    long a3 = Math.min(3, last) * aRow;
    long a4 = Math.min(4, last) * aRow;
    long a5 = Math.min(5, last) * aRow;
    long a6 = Math.min(6, last) * aRow;
    long a7 = Math.min(7, last) * aRow;
    FloatVector p0 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from, Memory.ORDER);
    FloatVector q0 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + NEXT, Memory.ORDER);
    FloatVector p1 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 1 * fromRow, Memory.ORDER);
    FloatVector q1 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 1 * fromRow + NEXT, Memory.ORDER);
    FloatVector p2 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 2 * fromRow, Memory.ORDER);
    FloatVector q2 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 2 * fromRow + NEXT, Memory.ORDER);
    FloatVector p3 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 3 * fromRow, Memory.ORDER);
    FloatVector q3 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 3 * fromRow + NEXT, Memory.ORDER);
    FloatVector p4 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 4 * fromRow, Memory.ORDER);
    FloatVector q4 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 4 * fromRow + NEXT, Memory.ORDER);
    FloatVector p5 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 5 * fromRow, Memory.ORDER);
    FloatVector q5 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 5 * fromRow + NEXT, Memory.ORDER);
    FloatVector p6 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 6 * fromRow, Memory.ORDER);
    FloatVector q6 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 6 * fromRow + NEXT, Memory.ORDER);
    FloatVector p7 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 7 * fromRow, Memory.ORDER);
    FloatVector q7 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 7 * fromRow + NEXT, Memory.ORDER);
    for (int k = 0; k < depth; k++) {
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, b, Memory.ORDER);
      FloatVector q = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, b + NEXT, Memory.ORDER);
      FloatVector e0 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a));
      p0 = e0.fma(p, p0);
      q0 = e0.fma(q, q0);
      FloatVector e1 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a1));
      p1 = e1.fma(p, p1);
      q1 = e1.fma(q, q1);
      FloatVector e2 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a2));
      p2 = e2.fma(p, p2);
      q2 = e2.fma(q, q2);
      FloatVector e3 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a3));
      p3 = e3.fma(p, p3);
      q3 = e3.fma(q, q3);
      FloatVector e4 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a4));
      p4 = e4.fma(p, p4);
      q4 = e4.fma(q, q4);
      FloatVector e5 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a5));
      p5 = e5.fma(p, p5);
      q5 = e5.fma(q, q5);
      FloatVector e6 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a6));
      p6 = e6.fma(p, p6);
      q6 = e6.fma(q, q6);
      FloatVector e7 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a7));
      p7 = e7.fma(p, p7);
      q7 = e7.fma(q, q7);
      a += aNext;
      b += bNext;
    }
    p0.intoMemorySegment(Memory.ALL, out, Memory.ORDER);
    q0.intoMemorySegment(Memory.ALL, out + NEXT, Memory.ORDER);
    p1.intoMemorySegment(Memory.ALL, out + 1 * outRow, Memory.ORDER);
    q1.intoMemorySegment(Memory.ALL, out + 1 * outRow + NEXT, Memory.ORDER);
    p2.intoMemorySegment(Memory.ALL, out + 2 * outRow, Memory.ORDER);
    q2.intoMemorySegment(Memory.ALL, out + 2 * outRow + NEXT, Memory.ORDER);
    p3.intoMemorySegment(Memory.ALL, out + 3 * outRow, Memory.ORDER);
    q3.intoMemorySegment(Memory.ALL, out + 3 * outRow + NEXT, Memory.ORDER);
    p4.intoMemorySegment(Memory.ALL, out + 4 * outRow, Memory.ORDER);
    q4.intoMemorySegment(Memory.ALL, out + 4 * outRow + NEXT, Memory.ORDER);
    p5.intoMemorySegment(Memory.ALL, out + 5 * outRow, Memory.ORDER);
    q5.intoMemorySegment(Memory.ALL, out + 5 * outRow + NEXT, Memory.ORDER);
    p6.intoMemorySegment(Memory.ALL, out + 6 * outRow, Memory.ORDER);
    q6.intoMemorySegment(Memory.ALL, out + 6 * outRow + NEXT, Memory.ORDER);
    p7.intoMemorySegment(Memory.ALL, out + 7 * outRow, Memory.ORDER);
    q7.intoMemorySegment(Memory.ALL, out + 7 * outRow + NEXT, Memory.ORDER);
  }

  private static void multiply4(long a, long aRow, long aNext, int last, long b, long bNext, int depth, long from, long fromRow,
      long out, long outRow) {
    long a1 = Math.min(1, last) * aRow;
    long a2 = Math.min(2, last) * aRow;
    long a3 = Math.min(3, last) * aRow;
    FloatVector p0 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from, Memory.ORDER);
    FloatVector q0 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + NEXT, Memory.ORDER);
    FloatVector p1 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 1 * fromRow, Memory.ORDER);
    FloatVector q1 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 1 * fromRow + NEXT, Memory.ORDER);
    FloatVector p2 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 2 * fromRow, Memory.ORDER);
    FloatVector q2 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 2 * fromRow + NEXT, Memory.ORDER);
    FloatVector p3 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 3 * fromRow, Memory.ORDER);
    FloatVector q3 = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, from + 3 * fromRow + NEXT, Memory.ORDER);
    for (int k = 0; k < depth; k++) {
      FloatVector p = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, b, Memory.ORDER);
      FloatVector q = FloatVector.fromMemorySegment(SPECIES, Memory.ALL, b + NEXT, Memory.ORDER);
      FloatVector e0 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a));
      p0 = e0.fma(p, p0);
      q0 = e0.fma(q, q0);
      FloatVector e1 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a1));
      p1 = e1.fma(p, p1);
      q1 = e1.fma(q, q1);
      FloatVector e2 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a2));
      p2 = e2.fma(p, p2);
      q2 = e2.fma(q, q2);
      FloatVector e3 = FloatVector.broadcast(SPECIES, Memory.ALL.get(FLOAT, a + a3));
      p3 = e3.fma(p, p3);
      q3 = e3.fma(q, q3);
      a += aNext;
      b += bNext;
    }
    p0.intoMemorySegment(Memory.ALL, out, Memory.ORDER);
    q0.intoMemorySegment(Memory.ALL, out + NEXT, Memory.ORDER);
    p1.intoMemorySegment(Memory.ALL, out + 1 * outRow, Memory.ORDER);
    q1.intoMemorySegment(Memory.ALL, out + 1 * outRow + NEXT, Memory.ORDER);
    p2.intoMemorySegment(Memory.ALL, out + 2 * outRow, Memory.ORDER);
    q2.intoMemorySegment(Memory.ALL, out + 2 * outRow + NEXT, Memory.ORDER);
    p3.intoMemorySegment(Memory.ALL, out + 3 * outRow, Memory.ORDER);
    q3.intoMemorySegment(Memory.ALL, out + 3 * outRow + NEXT, Memory.ORDER);
  }
}
