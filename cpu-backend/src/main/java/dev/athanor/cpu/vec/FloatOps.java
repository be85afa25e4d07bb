package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.IS_FINITE;
import static jdk.incubator.vector.VectorOperators.IS_INFINITE;
import static jdk.incubator.vector.VectorOperators.IS_NAN;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.athanor.backend.UnaryOp;
import jdk.incubator.vector.FloatVector;

/**
 * The float32 functions of one operand; {@code p} and {@code q} are the parameters a and b of {@link dev.athanor.backend.Unary}.
 */
final class FloatOps {
  static final float SELU_ALPHA = 1.6732632423543772f;
  static final float SELU_SCALE = 1.0507009873554805f;
  /** √(2/π) */
  static final float GELU_C = 0.7978845608028654f;
  static final float SQRT_HALF = 0.7071067811865476f;
  private static final float INTEGERS = 0x1p23f; // from here on every float is an integer

  private static final FloatVector FN_1 = Vec.of(6f);
  private static final FloatVector FN_2 = Vec.of(SELU_SCALE);
  private static final FloatVector FN_3 = Vec.of(3f);
  private static final FloatVector FN_4 = Vec.of(1.702f);
  private static final FloatVector ROUND_1 = Vec.of(INTEGERS);
  private static final FloatVector TANH_SOFTPLUS_1 = Vec.of(30f);
  private static final FloatVector TANH_SOFTPLUS_2 = Vec.of(2f);
  private static final FloatVector NORMAL_1 = Vec.of(SQRT_HALF);
  private static final FloatVector CUBIC_1 = Vec.of(0.044715f);
  private static final FloatVector TANH_SHRINK_1 = Vec.of(0.3f);

  private FloatOps() {}

  /** A new loop for {@code op}, which must be a function of float32. */
  static RowKernel kernel(UnaryOp op) {
    return switch (op) {
      case IS_NAN -> test(x -> x.test(IS_NAN));
      case IS_INF -> test(x -> x.test(IS_INFINITE));
      case IS_FINITE -> test(x -> x.test(IS_FINITE));
      case NOT -> throw new IllegalArgumentException("NOT is a function of bool");
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          TANH, ERF, FLOOR, CEIL, ROUND, POW_SCALAR, CLAMP -> Specialize.loop(FloatUnaryLoop.class, math(op), RowKernel.class);
      case SOFTPLUS -> staged((x, p, q) -> VMath.exp(x.abs().neg()), (x, s, d, p, q) -> VMath.softplus(x, s));
      case LOG_SIGMOID -> staged((x, p, q) -> VMath.exp(x.abs().neg()), (x, s, d, p, q) -> VMath.logSigmoid(x, s));
      case GELU -> staged((x, p, q) -> normal(x), (x, s, d, p, q) -> weigh(x, s));
      case MISH -> staged((x, p, q) -> tanhSoftplus(x), (x, s, d, p, q) -> weigh(x, s));
      case SIGMOID, HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, SOFTSIGN, SWISH, HARD_SWISH, GELU_TANH,
          GELU_SIGMOID, STEP,
          HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD -> Specialize.loop(FloatUnaryLoop.class, activation(op),
              RowKernel.class);
    };
  }

  /** A function in two steps: s = first(x), then second(x, s). */
  static RowKernel staged(FloatLoops.Unary first, FloatLoops.Grad second) {
    return new StagedLoop(Specialize.loop(FloatUnaryLoop.class, first, RowKernel.class),
        Specialize.loop(FloatGradLoop.class, second, RowKernel.class));
  }

  private static RowKernel test(FloatLoops.Test fn) {
    return Specialize.loop(FloatTestLoop.class, fn, RowKernel.class);
  }

  private static FloatLoops.Unary math(UnaryOp op) {
    return switch (op) {
      case NEG -> (x, p, q) -> x.neg();
      case ABS -> (x, p, q) -> x.abs();
      case SIGN -> (x, p, q) -> signum(x);
      case SQUARE -> (x, p, q) -> x.mul(x);
      case SQRT -> (x, p, q) -> x.sqrt();
      case RSQRT -> (x, p, q) -> Vec.ONE.div(x.sqrt());
      case RECIPROCAL -> (x, p, q) -> Vec.ONE.div(x);
      case EXP -> (x, p, q) -> VMath.exp(x);
      case EXPM1 -> (x, p, q) -> VMath.expm1(x);
      case LOG -> (x, p, q) -> VMath.log(x);
      case LOG1P -> (x, p, q) -> VMath.log1p(x);
      case SIN -> (x, p, q) -> VTrig.sin(x);
      case COS -> (x, p, q) -> VTrig.cos(x);
      case TAN -> (x, p, q) -> VTrig.tan(x);
      case ASIN -> (x, p, q) -> VTrig.asin(x);
      case ACOS -> (x, p, q) -> VTrig.acos(x);
      case ATAN -> (x, p, q) -> VTrig.atan(x);
      case SINH -> (x, p, q) -> VMath.sinh(x);
      case COSH -> (x, p, q) -> VMath.cosh(x);
      case TANH -> (x, p, q) -> VMath.tanh(x);
      case ERF -> (x, p, q) -> VTrig.erf(x);
      case FLOOR -> (x, p, q) -> floor(x);
      case CEIL -> (x, p, q) -> floor(x.neg()).neg();
      case ROUND -> (x, p, q) -> round(x);
      case POW_SCALAR -> (x, p, q) -> pow(x, p);
      case CLAMP -> (x, p, q) -> x.max(p).min(q);
      default -> throw new IllegalArgumentException(op + " is not a mathematical function of float32");
    };
  }

  private static FloatLoops.Unary activation(UnaryOp op) {
    return switch (op) {
      case SIGMOID -> (x, p, q) -> VMath.sigmoid(x);
      case HARD_SIGMOID -> (x, p, q) -> x.fma(p, q).min(Vec.ONE).max(Vec.ZERO);
      case HARD_TANH -> (x, p, q) -> x.max(p).min(q);
      case RELU -> (x, p, q) -> x.max(Vec.ZERO);
      case RELU6 -> (x, p, q) -> x.max(Vec.ZERO).min(FN_1);
      case LEAKY_RELU -> (x, p, q) -> x.mul(p).blend(x, x.compare(GT, Vec.ZERO));
      case ELU -> (x, p, q) -> VMath.expm1(x).mul(p).blend(x, x.compare(GT, Vec.ZERO));
      case SELU -> (x, p, q) -> VMath.expm1(x).mul(SELU_ALPHA * SELU_SCALE).blend(x.mul(FN_2), x.compare(GT, Vec.ZERO));
      case CELU -> (x, p, q) -> VMath.expm1(x.div(p)).mul(p).blend(x, x.compare(GT, Vec.ZERO));
      case SOFTSIGN -> (x, p, q) -> softsign(x);
      case SWISH -> (x, p, q) -> weigh(x, VMath.sigmoid(x.mul(p)));
      case HARD_SWISH -> (x, p, q) -> weigh(x, x.add(FN_3).max(Vec.ZERO).min(FN_1).div(FN_1));
      case GELU_TANH -> (x, p, q) -> weigh(x, VMath.sigmoid(cubic(x)));
      case GELU_SIGMOID -> (x, p, q) -> weigh(x, VMath.sigmoid(x.mul(FN_4)));
      case STEP -> (x, p, q) -> Vec.ZERO.blend(Vec.ONE, x.compare(GE, p)).blend(x, x.test(IS_NAN));
      case HARD_SHRINK -> (x, p, q) -> x.blend(Vec.ZERO, x.abs().compare(LE, p));
      case SOFT_SHRINK -> (x, p, q) -> x.sub(VMath.sign(p, x)).blend(Vec.ZERO, x.abs().compare(LE, p));
      case TANH_SHRINK -> (x, p, q) -> tanhShrink(x);
      case THRESHOLD -> (x, p, q) -> x.blend(q, x.compare(LE, p));
      default -> throw new IllegalArgumentException(op + " is not an activation");
    };
  }

  /** x·g, where g ≥ 0 may have reached 0: then 0 also for x = −∞. Of two NaNs it is x, whichever the processor would pick. */
  private static FloatVector weigh(FloatVector x, FloatVector g) {
    return x.mul(g).blend(Vec.ZERO, g.compare(EQ, Vec.ZERO)).blend(x, x.compare(NE, x));
  }

  /** x/(1 + |x|), and ±1 at the infinities. */
  private static FloatVector softsign(FloatVector x) {
    FloatVector u = x.abs().add(Vec.ONE);
    return x.div(u).blend(signum(x), u.test(IS_INFINITE));
  }

  /** −1, 0 or 1; NaN stays. */
  static FloatVector signum(FloatVector x) {
    return x.blend(Vec.ONE, x.compare(GT, Vec.ZERO)).blend(Vec.MINUS_ONE, x.compare(LT, Vec.ZERO));
  }

  /** To the nearest integer, ties to even. */
  static FloatVector round(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector r = VMath.sign(a.add(ROUND_1).sub(ROUND_1), x);
    return x.blend(r, a.compare(LT, ROUND_1)); // larger ones are integers, NaN stays
  }

  static FloatVector floor(FloatVector x) {
    FloatVector r = round(x);
    return r.blend(r.sub(Vec.ONE), r.compare(GT, x)).blend(x, x.compare(EQ, Vec.ZERO));
  }

  /** xᵖ for one exponent: the usual ones by multiplication and roots, others through float64. */
  static FloatVector pow(FloatVector x, FloatVector p) {
    float e = p.lane(0);
    if (e == 2f) {
      return x.mul(x);
    } else if (e == 3f) {
      return x.mul(x).mul(x);
    } else if (e == 1f) {
      return x;
    } else if (e == 0.5f) {
      return x.abs().sqrt().blend(x.sqrt(), x.compare(GT, Vec.MINUS_INFINITY)).abs();
    } else if (e == -1f) {
      return Vec.ONE.div(x);
    } else if (e == -2f) {
      return Vec.ONE.div(x.mul(x));
    }
    return VMath.lanes(x, v -> StrictMath.pow(v, e));
  }

  /** tanh(ln(1 + eˣ)) without overflow. */
  static FloatVector tanhSoftplus(FloatVector x) {
    FloatVector e = VMath.exp(x.min(TANH_SOFTPLUS_1));
    FloatVector n = e.mul(e.add(TANH_SOFTPLUS_2));
    return n.div(n.add(TANH_SOFTPLUS_2));
  }

  /** The normal distribution function. */
  static FloatVector normal(FloatVector x) {
    return VTrig.erf(x.mul(NORMAL_1)).add(Vec.ONE).mul(Vec.HALF);
  }

  /** 2√(2/π)(x + 0.044715x³): ½(1 + tanh(u)) = σ(2u). */
  static FloatVector cubic(FloatVector x) {
    return x.mul(x).fma(CUBIC_1, Vec.ONE).mul(x).mul(2 * GELU_C);
  }

  /** x − tanh x; near 0 by its series, where the difference cancels. */
  private static FloatVector tanhShrink(FloatVector x) {
    FloatVector z = x.mul(x);
    FloatVector s = z.fma(Vec.of(62f / 2835), Vec.of(-17f / 315));
    s = s.fma(z, Vec.of(2f / 15));
    s = s.fma(z, Vec.of(-1f / 3));
    FloatVector near = s.mul(z).mul(x).neg();
    return x.sub(VMath.tanh(x)).blend(near, x.abs().compare(LT, TANH_SHRINK_1));
  }
}
