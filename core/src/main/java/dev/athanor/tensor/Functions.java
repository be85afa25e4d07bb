package dev.athanor.tensor;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.ops.Elementwise;
import dev.athanor.ops.Softmax;

/** Elementwise functions of one operand; formulas, parameters and derivatives at kinks stand at {@link UnaryOp}. NaN gives NaN. */
public interface Functions {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Any elementwise function with explicit parameters. */
  default Tensor apply(Unary fn) {
    return Elementwise.unary(fn, self());
  }

  /** −x. */
  default Tensor neg() {
    return Elementwise.unary(UnaryOp.NEG, self());
  }

  /** |x|. */
  default Tensor abs() {
    return Elementwise.unary(UnaryOp.ABS, self());
  }

  /** −1, 0 or 1. */
  default Tensor sign() {
    return Elementwise.unary(UnaryOp.SIGN, self());
  }

  /** x². */
  default Tensor square() {
    return Elementwise.unary(UnaryOp.SQUARE, self());
  }

  /** √x. */
  default Tensor sqrt() {
    return Elementwise.unary(UnaryOp.SQRT, self());
  }

  /** 1/√x. */
  default Tensor rsqrt() {
    return Elementwise.unary(UnaryOp.RSQRT, self());
  }

  /** 1/x. */
  default Tensor reciprocal() {
    return Elementwise.unary(UnaryOp.RECIPROCAL, self());
  }

  /** eˣ. */
  default Tensor exp() {
    return Elementwise.unary(UnaryOp.EXP, self());
  }

  /** eˣ − 1, accurate near 0. */
  default Tensor expm1() {
    return Elementwise.unary(UnaryOp.EXPM1, self());
  }

  /** ln x. */
  default Tensor log() {
    return Elementwise.unary(UnaryOp.LOG, self());
  }

  /** ln(1 + x), accurate near 0. */
  default Tensor log1p() {
    return Elementwise.unary(UnaryOp.LOG1P, self());
  }

  /** sin x. */
  default Tensor sin() {
    return Elementwise.unary(UnaryOp.SIN, self());
  }

  /** cos x. */
  default Tensor cos() {
    return Elementwise.unary(UnaryOp.COS, self());
  }

  /** tan x. */
  default Tensor tan() {
    return Elementwise.unary(UnaryOp.TAN, self());
  }

  /** arcsin x. */
  default Tensor asin() {
    return Elementwise.unary(UnaryOp.ASIN, self());
  }

  /** arccos x. */
  default Tensor acos() {
    return Elementwise.unary(UnaryOp.ACOS, self());
  }

  /** arctan x. */
  default Tensor atan() {
    return Elementwise.unary(UnaryOp.ATAN, self());
  }

  /** sinh x. */
  default Tensor sinh() {
    return Elementwise.unary(UnaryOp.SINH, self());
  }

  /** cosh x. */
  default Tensor cosh() {
    return Elementwise.unary(UnaryOp.COSH, self());
  }

  /** tanh x. */
  default Tensor tanh() {
    return Elementwise.unary(UnaryOp.TANH, self());
  }

  /** The error function. */
  default Tensor erf() {
    return Elementwise.unary(UnaryOp.ERF, self());
  }

  /** The largest integer ≤ x. */
  default Tensor floor() {
    return Elementwise.unary(UnaryOp.FLOOR, self());
  }

  /** The smallest integer ≥ x. */
  default Tensor ceil() {
    return Elementwise.unary(UnaryOp.CEIL, self());
  }

  /** The nearest integer, ties to even. */
  default Tensor round() {
    return Elementwise.unary(UnaryOp.ROUND, self());
  }

  /** 1/(1 + e⁻ˣ). */
  default Tensor sigmoid() {
    return Elementwise.unary(UnaryOp.SIGMOID, self());
  }

  /** max(0, x). */
  default Tensor relu() {
    return Elementwise.unary(UnaryOp.RELU, self());
  }

  /** x·Φ(x), exact. */
  default Tensor gelu() {
    return Elementwise.unary(UnaryOp.GELU, self());
  }

  /** ln(1 + eˣ). */
  default Tensor softplus() {
    return Elementwise.unary(UnaryOp.SOFTPLUS, self());
  }

  /** x·σ(x). */
  default Tensor silu() {
    return Elementwise.unary(UnaryOp.SWISH, self());
  }

  /** ln σ(x). */
  default Tensor logSigmoid() {
    return Elementwise.unary(UnaryOp.LOG_SIGMOID, self());
  }

  /** Whether x is NaN, as bool. */
  default Tensor isNan() {
    return Elementwise.unary(UnaryOp.IS_NAN, self());
  }

  /** Whether x is infinite, as bool. */
  default Tensor isInf() {
    return Elementwise.unary(UnaryOp.IS_INF, self());
  }

  /** Whether x is finite, as bool. */
  default Tensor isFinite() {
    return Elementwise.unary(UnaryOp.IS_FINITE, self());
  }

  /** Logical not, of bools. */
  default Tensor not() {
    return Elementwise.unary(UnaryOp.NOT, self());
  }

  /** min(max(x, low), high); NaN stays NaN. */
  default Tensor clamp(double low, double high) {
    return Elementwise.clamp(self(), low, high);
  }

  /** Softmax along an axis: e^(x − max) / Σ e^(x − max). */
  default Tensor softmax(int axis) {
    return Softmax.softmax(self(), axis, false);
  }

  /** The logarithm of {@link #softmax}, without its rounding. */
  default Tensor logSoftmax(int axis) {
    return Softmax.softmax(self(), axis, true);
  }
}
