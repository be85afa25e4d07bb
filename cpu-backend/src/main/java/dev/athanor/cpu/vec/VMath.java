package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Exponential functions and logarithms of float32 vectors, lane by lane, from IEEE operations and fused multiply-add alone:
 * the same bits on every machine and in every lane. The error bounds are in units in the last place of the correctly rounded
 * result, measured over all exponents. The polynomials are weighted least-squares fits of this project unless said otherwise.
 */
final class VMath {
  private static final float LOG2E = 1.44269504f;
  // ln 2 in two parts: n * LN2_HIGH is exact for |n| < 2^9.
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float ROUNDER = 12582912f; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  private static final int ROUNDER_BITS = 0x4B400000;

  private static final FloatVector EXP_1 = Vec.of(LOG2E);
  private static final FloatVector EXP_2 = Vec.of(ROUNDER);
  private static final FloatVector EXP_3 = Vec.of(-LN2_HIGH);
  private static final FloatVector EXP_4 = Vec.of(-LN2_LOW);
  private static final FloatVector EXP_5 = Vec.of(0.0013951717f);
  private static final FloatVector EXP_6 = Vec.of(0.0083695985f);
  private static final FloatVector EXP_7 = Vec.of(0.041666187f);
  private static final FloatVector EXP_8 = Vec.of(0.16666512f);
  private static final FloatVector EXP_9 = Vec.of(88.8f);
  private static final FloatVector EXP_10 = Vec.of(-104f);
  private static final FloatVector EXPM1_1 = Vec.of(1.9915032e-4f);
  private static final FloatVector EXPM1_2 = Vec.of(0.001394206f);
  private static final FloatVector EXPM1_3 = Vec.of(0.0083332714f);
  private static final FloatVector EXPM1_4 = Vec.of(0.04166634f);
  private static final FloatVector EXPM1_5 = Vec.of(0.16666667f);
  private static final FloatVector EXPM1_6 = Vec.of(-20f);
  private static final FloatVector EXPM1_7 = Vec.of(1e-8f);
  private static final FloatVector LOG_1 = Vec.of(Float.MIN_NORMAL);
  private static final FloatVector LOG_2 = Vec.of(0x1p23f);
  private static final FloatVector LOG_3 = Vec.of(23f);
  private static final FloatVector LOG_4 = Vec.of(7.0376836292e-2f);
  private static final FloatVector LOG_5 = Vec.of(-1.1514610310e-1f);
  private static final FloatVector LOG_6 = Vec.of(1.1676998740e-1f);
  private static final FloatVector LOG_7 = Vec.of(-1.2420140846e-1f);
  private static final FloatVector LOG_8 = Vec.of(1.4249322787e-1f);
  private static final FloatVector LOG_9 = Vec.of(-1.6668057665e-1f);
  private static final FloatVector LOG_10 = Vec.of(2.0000714765e-1f);
  private static final FloatVector LOG_11 = Vec.of(-2.4999993993e-1f);
  private static final FloatVector LOG_12 = Vec.of(3.3333331174e-1f);
  private static final FloatVector LOG_13 = Vec.of(LN2_LOW);
  private static final FloatVector LOG_14 = Vec.of(-0.5f);
  private static final FloatVector LOG_15 = Vec.of(LN2_HIGH);
  private static final FloatVector TANH_1 = Vec.of(2f);
  private static final FloatVector TANH_2 = Vec.of(10f);
  private static final FloatVector SINH_1 = Vec.of(20f);

  private VMath() {}

  /** p · 2ⁿ for n in [−252, 254], also where the result is subnormal or overflows. */
  private static FloatVector scale(FloatVector p, IntVector n) {
    IntVector half = n.lanewise(ASHR, 1);
    return p.mul(power(half)).mul(power(n.sub(half)));
  }

  /** 2ⁿ for n in [−126, 127]. */
  private static FloatVector power(IntVector n) {
    return n.add(127).lanewise(LSHL, 23).viewAsFloatingLanes();
  }

  /** eˣ within 1 ulp. */
  static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.fma(EXP_1, EXP_2);
    FloatVector n = shifted.sub(EXP_2);
    FloatVector r = n.fma(EXP_3, x);
    r = n.fma(EXP_4, r);
    FloatVector q = r.fma(EXP_5, EXP_6);
    q = q.fma(r, EXP_7);
    q = q.fma(r, EXP_8);
    q = q.fma(r, Vec.HALF);
    FloatVector p = q.fma(r.mul(r), r).add(Vec.ONE);
    FloatVector y = scale(p, shifted.viewAsIntegralLanes().sub(ROUNDER_BITS));
    y = y.blend(Vec.INFINITY, x.compare(GT, EXP_9));
    return y.blend(Vec.ZERO, x.compare(LT, EXP_10));
  }

  /** eˣ − 1 within 2 ulp. */
  static FloatVector expm1(FloatVector x) {
    FloatVector shifted = x.fma(EXP_1, EXP_2);
    FloatVector n = shifted.sub(EXP_2);
    FloatVector r = n.fma(EXP_3, x);
    r = n.fma(EXP_4, r);
    FloatVector q = r.fma(EXPM1_1, EXPM1_2);
    q = q.fma(r, EXPM1_3);
    q = q.fma(r, EXPM1_4);
    q = q.fma(r, EXPM1_5);
    q = q.fma(r, Vec.HALF);
    FloatVector p = q.fma(r.mul(r), r);
    // Half of 2^n, since 2^128 is not a float but e^88.5 is.
    FloatVector s = power(shifted.viewAsIntegralLanes().sub(ROUNDER_BITS + 1));
    FloatVector y = s.fma(p, s.sub(Vec.HALF));
    y = y.add(y);
    y = y.blend(Vec.INFINITY, x.compare(GT, EXP_9));
    y = y.blend(Vec.MINUS_ONE, x.compare(LT, EXPM1_6));
    return y.blend(x, x.abs().compare(LT, EXPM1_7)); // keeps -0 and subnormals
  }

  /** ln x within 1 ulp; −∞ at 0, NaN below. The polynomial is that of the Cephes library (S. Moshier). */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> small = x.compare(LT, LOG_1);
    FloatVector scaled = x.blend(x.mul(LOG_2), small);
    IntVector bits = scaled.viewAsIntegralLanes();
    IntVector e = bits.sub(0x3F3504F3).lanewise(ASHR, 23);
    FloatVector f = bits.sub(e.lanewise(LSHL, 23)).viewAsFloatingLanes().sub(Vec.ONE);
    FloatVector n = (FloatVector) e.convert(VectorOperators.I2F, 0);
    FloatVector y = logOf(f, n.blend(n.sub(LOG_3), small));
    y = y.blend(x, x.compare(EQ, Vec.INFINITY));
    y = y.blend(Vec.MINUS_INFINITY, x.compare(EQ, Vec.ZERO));
    y = y.blend(Vec.NAN, x.compare(LT, Vec.ZERO));
    return y.blend(x, x.compare(VectorOperators.NE, x));
  }

  /** ln((1 + f)·2ⁿ). A method of its own: the JIT inlines no method of more than 325 bytes. */
  private static FloatVector logOf(FloatVector f, FloatVector n) {
    FloatVector z = f.mul(f);
    FloatVector p = f.fma(LOG_4, LOG_5);
    p = p.fma(f, LOG_6);
    p = p.fma(f, LOG_7);
    p = p.fma(f, LOG_8);
    p = p.fma(f, LOG_9);
    p = p.fma(f, LOG_10);
    p = p.fma(f, LOG_11);
    p = p.fma(f, LOG_12);
    FloatVector y = p.mul(f).mul(z);
    y = n.fma(LOG_13, y);
    y = z.fma(LOG_14, y);
    return n.fma(LOG_15, f.add(y));
  }

  /** ln(1 + x) within 2 ulp. */
  static FloatVector log1p(FloatVector x) {
    FloatVector u = x.add(Vec.ONE);
    FloatVector lost = x.sub(u.sub(Vec.ONE)); // what rounding 1 + x dropped
    FloatVector y = log(u).add(lost.div(u));
    y = y.blend(x, x.compare(EQ, Vec.INFINITY));
    y = y.blend(Vec.MINUS_INFINITY, x.compare(EQ, Vec.MINUS_ONE));
    return y.blend(x, x.abs().compare(LT, EXPM1_7));
  }

  /** tanh x within 3 ulp. */
  static FloatVector tanh(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector t = expm1(a.add(a));
    FloatVector y = t.div(t.add(TANH_1));
    y = y.blend(Vec.ONE, a.compare(GT, TANH_2));
    return sign(y, x);
  }

  /** 1/(1 + e⁻ˣ) within 3 ulp, without overflow on either side. */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector e = exp(x.abs().neg());
    FloatVector top = Vec.ONE.blend(e, x.compare(LT, Vec.ZERO));
    return top.div(e.add(Vec.ONE));
  }

  /** ln(1 + eˣ) within 3 ulp, from e = e^−|x|. */
  static FloatVector softplus(FloatVector x, FloatVector e) {
    FloatVector y = x.max(Vec.ZERO).add(log1p(e));
    return y.blend(x, x.compare(VectorOperators.NE, x)); // of two NaNs, this one
  }

  /** ln(1/(1 + e⁻ˣ)) within 3 ulp, from e = e^−|x|. */
  static FloatVector logSigmoid(FloatVector x, FloatVector e) {
    FloatVector y = x.min(Vec.ZERO).sub(log1p(e));
    return y.blend(x, x.compare(VectorOperators.NE, x));
  }

  /** sinh x within 4 ulp. */
  static FloatVector sinh(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector t = expm1(a);
    FloatVector y = t.add(t.div(t.add(Vec.ONE))).mul(Vec.HALF);
    FloatVector half = exp(a.mul(Vec.HALF)); // where e^x overflows and sinh does not
    y = y.blend(half.mul(Vec.HALF).mul(half), a.compare(GT, SINH_1));
    return sign(y, x);
  }

  /** cosh x within 4 ulp. */
  static FloatVector cosh(FloatVector x) {
    FloatVector half = exp(x.abs().mul(Vec.HALF));
    FloatVector e = half.mul(half);
    FloatVector y = e.add(Vec.ONE.div(e)).mul(Vec.HALF);
    return y.blend(half.mul(Vec.HALF).mul(half), x.abs().compare(GT, SINH_1));
  }

  /** The magnitude of {@code y} with the sign of {@code x}. */
  static FloatVector sign(FloatVector y, FloatVector x) {
    IntVector s = x.viewAsIntegralLanes().and(0x80000000);
    return y.viewAsIntegralLanes().and(0x7FFFFFFF).or(s).viewAsFloatingLanes();
  }

  /** A function without a vector form: each lane in float64, rounded once. */
  static FloatVector lanes(FloatVector x, DoubleUnaryOperator fn) {
    float[] v = x.toArray();
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) fn.applyAsDouble(v[i]);
    }
    return FloatVector.fromArray(Vec.F, v, 0);
  }
}
