package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.athanor.backend.UnaryOp;
import jdk.incubator.vector.FloatVector;

/** The derivatives of the float32 functions, times the incoming gradient {@code d}. At kinks they are PyTorch's. */
final class FloatGrads {
  /** 1/√(2π) */
  private static final float DENSITY = 0.3989422804014327f;
  /** 2/√π */
  private static final float ERF_SLOPE = 1.1283791670955126f;

  private static final FloatVector FN_1 = Vec.of(-0.5f);
  private static final FloatVector FN_2 = Vec.of(ERF_SLOPE);
  private static final FloatVector FN_3 = Vec.of(6f);
  private static final FloatVector FN_4 = Vec.of(1.702f);
  private static final FloatVector HARD_SWISH_1 = Vec.of(3f);
  private static final FloatVector HARD_SWISH_2 = Vec.of(-3f);
  private static final FloatVector GELU_1 = Vec.of(DENSITY);

  private FloatGrads() {}

  /** A new loop for the derivative of {@code op}. */
  static RowKernel kernel(UnaryOp op) {
    return switch (op) {
      case GELU -> FloatOps.staged((x, p, q) -> FloatOps.normal(x), (x, s, d, p, q) -> gelu(x, s).mul(d));
      case MISH -> FloatOps.staged((x, p, q) -> FloatOps.tanhSoftplus(x), (x, s, d, p, q) -> mish(x, s).mul(d));
      default -> Specialize.loop(FloatGradLoop.class, grad(op), RowKernel.class);
    };
  }

  private static FloatLoops.Grad grad(UnaryOp op) {
    return switch (op) {
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          TANH, ERF, FLOOR, CEIL, ROUND, POW_SCALAR, CLAMP -> math(op);
      case SIGMOID, HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH,
          HARD_SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD ->
          activation(op);
      case IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(op + " has no derivative");
    };
  }

  private static FloatLoops.Grad math(UnaryOp op) {
    return switch (op) {
      case NEG -> (x, y, d, p, q) -> d.neg();
      case ABS -> (x, y, d, p, q) -> d.mul(FloatOps.signum(x));
      case SIGN, FLOOR, CEIL, ROUND -> (x, y, d, p, q) -> Vec.ZERO;
      case SQUARE -> (x, y, d, p, q) -> x.add(x).mul(d);
      case SQRT -> (x, y, d, p, q) -> d.div(y.add(y));
      case RSQRT -> (x, y, d, p, q) -> y.mul(y).mul(y).mul(FN_1).mul(d);
      case RECIPROCAL -> (x, y, d, p, q) -> y.mul(y).neg().mul(d);
      case EXP -> (x, y, d, p, q) -> y.mul(d);
      case EXPM1 -> (x, y, d, p, q) -> y.add(Vec.ONE).mul(d);
      case LOG -> (x, y, d, p, q) -> d.div(x);
      case LOG1P -> (x, y, d, p, q) -> d.div(x.add(Vec.ONE));
      case SIN -> (x, y, d, p, q) -> VTrig.cos(x).mul(d);
      case COS -> (x, y, d, p, q) -> VTrig.sin(x).neg().mul(d);
      case TAN -> (x, y, d, p, q) -> y.fma(y, Vec.ONE).mul(d);
      case ASIN -> (x, y, d, p, q) -> d.div(cathetus(x));
      case ACOS -> (x, y, d, p, q) -> d.neg().div(cathetus(x));
      case ATAN -> (x, y, d, p, q) -> d.div(x.fma(x, Vec.ONE));
      case SINH -> (x, y, d, p, q) -> VMath.cosh(x).mul(d);
      case COSH -> (x, y, d, p, q) -> VMath.sinh(x).mul(d);
      case TANH -> (x, y, d, p, q) -> y.neg().fma(y, Vec.ONE).mul(d);
      case ERF -> (x, y, d, p, q) -> VMath.exp(x.mul(x).neg()).mul(FN_2).mul(d);
      case POW_SCALAR -> (x, y, d, p, q) -> power(x, p).mul(d);
      case CLAMP -> (x, y, d, p, q) -> Vec.ZERO.blend(d, x.compare(GE, p).and(x.compare(LE, q)));
      default -> throw new IllegalArgumentException(op + " is not a mathematical function of float32");
    };
  }

  private static FloatLoops.Grad activation(UnaryOp op) {
    return switch (op) {
      case SIGMOID -> (x, y, d, p, q) -> Vec.ONE.sub(y).mul(y).mul(d);
      case HARD_SIGMOID -> (x, y, d, p, q) -> hardSigmoid(x.fma(p, q), p.mul(d));
      case HARD_TANH -> (x, y, d, p, q) -> Vec.ZERO.blend(d, x.compare(GT, p).and(x.compare(LT, q)));
      case RELU -> (x, y, d, p, q) -> d.blend(Vec.ZERO, y.compare(LE, Vec.ZERO));
      case RELU6 -> (x, y, d, p, q) -> Vec.ZERO.blend(d, y.compare(GT, Vec.ZERO).and(y.compare(LT, FN_3)));
      case LEAKY_RELU -> (x, y, d, p, q) -> d.mul(p).blend(d, x.compare(GT, Vec.ZERO));
      case ELU -> (x, y, d, p, q) -> VMath.exp(x).mul(p).mul(d).blend(d, x.compare(GT, Vec.ZERO));
      case SELU -> (x, y, d, p, q) -> VMath.exp(x).mul(FloatOps.SELU_ALPHA).blend(Vec.ONE, x.compare(GT, Vec.ZERO))
          .mul(FloatOps.SELU_SCALE).mul(d);
      case CELU -> (x, y, d, p, q) -> VMath.exp(x.div(p)).mul(d).blend(d, x.compare(GT, Vec.ZERO));
      case SOFTPLUS -> (x, y, d, p, q) -> VMath.sigmoid(x).mul(d);
      case LOG_SIGMOID -> (x, y, d, p, q) -> VMath.sigmoid(x.neg()).mul(d);
      case SOFTSIGN -> (x, y, d, p, q) -> softsign(x.abs().add(Vec.ONE), d);
      case SWISH -> (x, y, d, p, q) -> swish(x, p).mul(d);
      case HARD_SWISH -> (x, y, d, p, q) -> hardSwish(x).mul(d);
      case GELU_TANH -> (x, y, d, p, q) -> geluTanh(x).mul(d);
      case GELU_SIGMOID -> (x, y, d, p, q) -> swish(x, FN_4).mul(d);
      case STEP -> (x, y, d, p, q) -> Vec.ZERO;
      case HARD_SHRINK, SOFT_SHRINK -> (x, y, d, p, q) -> d.blend(Vec.ZERO, x.abs().compare(LE, p));
      case TANH_SHRINK -> (x, y, d, p, q) -> tanhSquared(VMath.tanh(x)).mul(d);
      case THRESHOLD -> (x, y, d, p, q) -> d.blend(Vec.ZERO, x.compare(LE, p));
      default -> throw new IllegalArgumentException(op + " is not an activation");
    };
  }

  /** √(1 − x²), without cancellation near ±1. */
  private static FloatVector cathetus(FloatVector x) {
    return Vec.ONE.sub(x).mul(x.add(Vec.ONE)).sqrt();
  }

  private static FloatVector power(FloatVector x, FloatVector p) {
    float e = p.lane(0);
    if (e == 0f) {
      return Vec.ZERO;
    }
    return FloatOps.pow(x, p.sub(Vec.ONE)).mul(p);
  }

  private static FloatVector hardSigmoid(FloatVector line, FloatVector d) {
    return Vec.ZERO.blend(d, line.compare(GT, Vec.ZERO).and(line.compare(LT, Vec.ONE)));
  }

  private static FloatVector softsign(FloatVector u, FloatVector d) {
    return d.div(u.mul(u));
  }

  private static FloatVector tanhSquared(FloatVector t) {
    return t.mul(t);
  }

  /** σ(px) + x·p·σ(px)(1 − σ(px)). */
  private static FloatVector swish(FloatVector x, FloatVector p) {
    FloatVector s = VMath.sigmoid(x.mul(p));
    FloatVector slope = Vec.ONE.sub(s).mul(s);
    FloatVector tail = x.mul(p).mul(slope);
    return s.add(tail.blend(Vec.ZERO, slope.compare(EQ, Vec.ZERO))); // x may be infinite there
  }

  private static FloatVector hardSwish(FloatVector x) {
    FloatVector g = x.mul(1f / 3).add(Vec.HALF);
    return g.blend(Vec.ONE, x.compare(GE, HARD_SWISH_1)).blend(Vec.ZERO, x.compare(LE, HARD_SWISH_2));
  }

  /** t + x·σ(x)(1 − t²) with t = tanh(ln(1 + eˣ)). */
  private static FloatVector mish(FloatVector x, FloatVector t) {
    FloatVector s = VMath.sigmoid(x).mul(t.neg().fma(t, Vec.ONE));
    FloatVector tail = x.mul(s);
    return t.add(tail.blend(Vec.ZERO, s.compare(EQ, Vec.ZERO)));
  }

  /** Φ + x·φ(x), with Φ = Φ(x). */
  private static FloatVector gelu(FloatVector x, FloatVector normal) {
    FloatVector density = VMath.exp(x.mul(x).mul(FN_1)).mul(GELU_1);
    FloatVector tail = x.mul(density);
    return normal.add(tail.blend(Vec.ZERO, density.compare(EQ, Vec.ZERO)));
  }

  /** s + x·s(1 − s)·u′ with s = σ(u), u = 2√(2/π)(x + 0.044715x³). */
  private static FloatVector geluTanh(FloatVector x) {
    FloatVector s = VMath.sigmoid(FloatOps.cubic(x));
    FloatVector slope = x.mul(x).fma(Vec.of(3 * 0.044715f), Vec.ONE).mul(2 * FloatOps.GELU_C);
    FloatVector fall = Vec.ONE.sub(s).mul(s);
    FloatVector tail = x.mul(fall).mul(slope);
    return s.add(tail.blend(Vec.ZERO, fall.compare(EQ, Vec.ZERO)));
  }
}
