package dev.athanor.backend;

/** Elementwise functions of two operands of one type. */
public enum BinaryOp {
  /** a + b. */ ADD(Result.SAME),
  /** a − b. */ SUB(Result.SAME),
  /** a · b. */ MUL(Result.SAME),
  /** a / b; integers truncate toward zero, and a / 0 is 0 for them. */ DIV(Result.SAME),
  /** aᵇ; for integers by repeated multiplication, 0 for a negative exponent unless a is ±1. */ POW(Result.SAME),
  /** The smaller; NaN if either is. */ MIN(Result.SAME),
  /** The larger; NaN if either is. */ MAX(Result.SAME),
  /** a − b·⌊a/b⌋: the sign of b, as Python's {@code %}; 0 for integers where b is 0. */ REMAINDER(Result.SAME),
  /** The angle of the point (b, a); float only. */ ATAN2(Result.SAME),
  /** Both; bool only. */ AND(Result.BOOL),
  /** Either or both; bool only. */ OR(Result.BOOL),
  /** Exactly one; bool only. */ XOR(Result.BOOL),
  /** a = b; false for NaN. */ EQ(Result.BOOL),
  /** a ≠ b; true for NaN. */ NE(Result.BOOL),
  /** a < b. */ LT(Result.BOOL),
  /** a ≤ b. */ LE(Result.BOOL),
  /** a > b. */ GT(Result.BOOL),
  /** a ≥ b. */ GE(Result.BOOL);

  private enum Result { SAME, BOOL }

  private final Result result;

  BinaryOp(Result result) {
    this.result = result;
  }

  /** Whether the result is bool. */
  public boolean givesBool() {
    return result == Result.BOOL;
  }

  /** Whether the operands must be bool. */
  public boolean isLogical() {
    return this == AND || this == OR || this == XOR;
  }
}
