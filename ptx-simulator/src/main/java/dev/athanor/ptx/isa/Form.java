package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;

/**
 * What an operation does to its operands, by the width of its registers. The frequent operations are loops over all 32 lanes,
 * which the JIT compiler unrolls; the rare ones are defined for one lane, as functions of bits.
 */
sealed interface Form {
  /** How the operation is counted. */
  OpClass counted();

  /** A loop over the lanes: {@code d = f(a, b, c)}, all of up to 32 bits. Unused operands are any register. */
  interface Loop32 {
    void run(int[] d, int[] a, int[] b, int[] c);
  }

  /** A loop over the lanes, all operands of 64 bits. */
  interface Loop64 {
    void run(long[] d, long[] a, long[] b, long[] c);
  }

  /** A loop over the lanes from 32-bit factors to a 64-bit result, with a 64-bit addend. */
  interface LoopWiden {
    void run(long[] d, int[] a, int[] b, long[] c);
  }

  /** A loop over the lanes from 64 to 32 bits. */
  interface LoopNarrow {
    void run(int[] d, long[] a);
  }

  /** A loop over the lanes: 64-bit value, 32-bit shift. */
  interface LoopShift {
    void run(long[] d, long[] a, int[] b);
  }

  /** One lane: operands and result as bits, 32-bit registers zero-extended. */
  interface Lane {
    long run(long a, long b, long c);
  }

  /** A test of all lanes of 32-bit registers; the result has a bit per lane. */
  interface Test32 {
    int run(int[] a, int[] b);
  }

  /** A test of all lanes of 64-bit registers. */
  interface Test64 {
    int run(long[] a, long[] b);
  }

  /** All operands of up to 32 bits. */
  record All32(OpClass counted, int arity, Loop32 loop) implements Form {}

  /** All operands of 64 bits. */
  record All64(OpClass counted, int arity, Loop64 loop) implements Form {}

  /** 64 bits from 32 (and a 64-bit addend as the third). */
  record Widen(OpClass counted, int arity, LoopWiden loop) implements Form {}

  /** 32 bits from 64. */
  record Narrow(OpClass counted, LoopNarrow loop) implements Form {}

  /** A 64-bit value with a 32-bit shift. */
  record Shift(OpClass counted, LoopShift loop) implements Form {}

  /** An integer division or remainder of 32 or 16 bits: the bits of the second operand in the mask must not all be zero. */
  record Divide32(int mask, Loop32 loop) implements Form {
    @Override
    public OpClass counted() {
      return OpClass.INTEGER;
    }
  }

  /** An integer division or remainder of 64 bits. */
  record Divide64(Loop64 loop) implements Form {
    @Override
    public OpClass counted() {
      return OpClass.INTEGER;
    }
  }

  /** Lane by lane; {@code widths} are the bytes (4 or 8) of the result and of each operand. */
  record ByLane(OpClass counted, int[] widths, Lane lane) implements Form {
    int arity() {
      return widths.length - 1;
    }
  }
}
