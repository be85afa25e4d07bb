package dev.athanor.tensor;

import dev.athanor.backend.BinaryOp;
import dev.athanor.ops.Elementwise;

/**
 * Arithmetic, comparison and logic of two operands, broadcast by NumPy's rule: shapes are aligned at the last axis, and sizes must be equal or 1.
 * Both operands have one type. A scalar operand takes the tensor's type; for integers it must be a whole number.
 */
public interface Arithmetic {
  private Tensor self() {
    return (Tensor) this;
  }

  /** this + b. */
  default Tensor add(Tensor b) {
    return Elementwise.binary(BinaryOp.ADD, self(), b);
  }

  /** this + b. */
  default Tensor add(double b) {
    return Elementwise.binary(BinaryOp.ADD, self(), b);
  }

  /** this − b. */
  default Tensor sub(Tensor b) {
    return Elementwise.binary(BinaryOp.SUB, self(), b);
  }

  /** this − b. */
  default Tensor sub(double b) {
    return Elementwise.binary(BinaryOp.SUB, self(), b);
  }

  /** a − this. */
  default Tensor rsub(double a) {
    return Elementwise.binary(BinaryOp.SUB, a, self());
  }

  /** this · b, element by element. */
  default Tensor mul(Tensor b) {
    return Elementwise.binary(BinaryOp.MUL, self(), b);
  }

  /** this · b. */
  default Tensor mul(double b) {
    return Elementwise.binary(BinaryOp.MUL, self(), b);
  }

  /** this / b; integers truncate toward zero, and a division of integers by 0 gives 0. */
  default Tensor div(Tensor b) {
    return Elementwise.binary(BinaryOp.DIV, self(), b);
  }

  /** this / b. */
  default Tensor div(double b) {
    return Elementwise.binary(BinaryOp.DIV, self(), b);
  }

  /** a / this. */
  default Tensor rdiv(double a) {
    return Elementwise.binary(BinaryOp.DIV, a, self());
  }

  /** this to the power b. */
  default Tensor pow(Tensor b) {
    return Elementwise.binary(BinaryOp.POW, self(), b);
  }

  /** this to the power b. */
  default Tensor pow(double b) {
    return Elementwise.pow(self(), b);
  }

  /** The smaller of the two; NaN if either is. Where both are equal the gradient goes half to each. */
  default Tensor minimum(Tensor b) {
    return Elementwise.binary(BinaryOp.MIN, self(), b);
  }

  /** The larger of the two; NaN if either is. Where both are equal the gradient goes half to each. */
  default Tensor maximum(Tensor b) {
    return Elementwise.binary(BinaryOp.MAX, self(), b);
  }

  /** this − b·⌊this/b⌋, which has the sign of b, as Python's {@code %}. */
  default Tensor remainder(Tensor b) {
    return Elementwise.binary(BinaryOp.REMAINDER, self(), b);
  }

  /** this − b·⌊this/b⌋. */
  default Tensor remainder(double b) {
    return Elementwise.binary(BinaryOp.REMAINDER, self(), b);
  }

  /** The angle of the point (x, this) in (−π, π]. */
  default Tensor atan2(Tensor x) {
    return Elementwise.binary(BinaryOp.ATAN2, self(), x);
  }

  /** Whether both are equal, as bool; false for NaN. */
  default Tensor eq(Tensor b) {
    return Elementwise.binary(BinaryOp.EQ, self(), b);
  }

  /** Whether equal to b, as bool. */
  default Tensor eq(double b) {
    return Elementwise.binary(BinaryOp.EQ, self(), b);
  }

  /** Whether the two differ, as bool; true for NaN. */
  default Tensor ne(Tensor b) {
    return Elementwise.binary(BinaryOp.NE, self(), b);
  }

  /** Whether different from b, as bool. */
  default Tensor ne(double b) {
    return Elementwise.binary(BinaryOp.NE, self(), b);
  }

  /** this &lt; b, as bool. */
  default Tensor lt(Tensor b) {
    return Elementwise.binary(BinaryOp.LT, self(), b);
  }

  /** this &lt; b, as bool. */
  default Tensor lt(double b) {
    return Elementwise.binary(BinaryOp.LT, self(), b);
  }

  /** this ≤ b, as bool. */
  default Tensor le(Tensor b) {
    return Elementwise.binary(BinaryOp.LE, self(), b);
  }

  /** this ≤ b, as bool. */
  default Tensor le(double b) {
    return Elementwise.binary(BinaryOp.LE, self(), b);
  }

  /** this &gt; b, as bool. */
  default Tensor gt(Tensor b) {
    return Elementwise.binary(BinaryOp.GT, self(), b);
  }

  /** this &gt; b, as bool. */
  default Tensor gt(double b) {
    return Elementwise.binary(BinaryOp.GT, self(), b);
  }

  /** this ≥ b, as bool. */
  default Tensor ge(Tensor b) {
    return Elementwise.binary(BinaryOp.GE, self(), b);
  }

  /** this ≥ b, as bool. */
  default Tensor ge(double b) {
    return Elementwise.binary(BinaryOp.GE, self(), b);
  }

  /** Both, of bools. */
  default Tensor and(Tensor b) {
    return Elementwise.binary(BinaryOp.AND, self(), b);
  }

  /** Either or both, of bools. */
  default Tensor or(Tensor b) {
    return Elementwise.binary(BinaryOp.OR, self(), b);
  }

  /** Exactly one, of bools. */
  default Tensor xor(Tensor b) {
    return Elementwise.binary(BinaryOp.XOR, self(), b);
  }

  /** For a bool tensor: {@code a} where true, {@code b} where false; all three broadcast. */
  default Tensor where(Tensor a, Tensor b) {
    return Elementwise.where(self(), a, b);
  }

  /** {@code value} where {@code mask} (bool, broadcast) is true, this tensor elsewhere. */
  default Tensor maskedFill(Tensor mask, double value) {
    return Elementwise.where(mask, device().constant(self().dtype(), value), self());
  }

  /** The device it lies on. */
  Device device();
}
