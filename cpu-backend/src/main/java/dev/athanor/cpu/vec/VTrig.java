package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Trigonometric functions and the error function of float32 vectors; see {@link VMath} for what the bounds mean. */
final class VTrig {
  private static final float TWO_OVER_PI = 0.63661977f;
  // pi/2 in three parts; n times the first two is exact for the n that occur.
  private static final float HALF_PI_1 = 1.5703125f;
  private static final float HALF_PI_2 = 4.837512969970703125e-4f;
  private static final float HALF_PI_3 = 7.549789948768648e-8f;
  private static final float ROUNDER = 12582912f;
  /** Beyond this the reduction loses bits, and lanes go through float64. */
  private static final float REDUCIBLE = 8000f;

  private static final FloatVector SIN_1 = Vec.of(REDUCIBLE);
  private static final FloatVector QUARTER_1 = Vec.of(TWO_OVER_PI);
  private static final FloatVector QUARTER_2 = Vec.of(ROUNDER);
  private static final FloatVector QUARTER_3 = Vec.of(-HALF_PI_1);
  private static final FloatVector QUARTER_4 = Vec.of(-HALF_PI_2);
  private static final FloatVector QUARTER_5 = Vec.of(-HALF_PI_3);
  private static final FloatVector QUARTER_6 = Vec.of(-1.9515295891e-4f);
  private static final FloatVector QUARTER_7 = Vec.of(8.3321608736e-3f);
  private static final FloatVector QUARTER_8 = Vec.of(-1.6666654611e-1f);
  private static final FloatVector QUARTER_9 = Vec.of(2.443315711809948e-5f);
  private static final FloatVector QUARTER_10 = Vec.of(-1.388731625493765e-3f);
  private static final FloatVector QUARTER_11 = Vec.of(4.166664568298827e-2f);
  private static final FloatVector QUARTER_12 = Vec.of(-0.5f);
  private static final FloatVector ATAN_1 = Vec.of(-0.0018271847f);
  private static final FloatVector ATAN_2 = Vec.of(0.011064315f);
  private static final FloatVector ATAN_3 = Vec.of(-0.031455466f);
  private static final FloatVector ATAN_4 = Vec.of(0.05823432f);
  private static final FloatVector ATAN_5 = Vec.of(-0.08419446f);
  private static final FloatVector ATAN_6 = Vec.of(0.10957572f);
  private static final FloatVector ATAN_7 = Vec.of(-0.14265245f);
  private static final FloatVector ATAN_8 = Vec.of(0.19998638f);
  private static final FloatVector ATAN_9 = Vec.of(-0.333333f);
  private static final FloatVector ATAN_10 = Vec.of(1.5707964f);
  private static final FloatVector ATAN_11 = Vec.of(4.371139e-8f);
  private static final FloatVector ACOS_1 = Vec.of(3.1415927f);
  private static final FloatVector ASIN_SMALL_1 = Vec.of(0.037565187f);
  private static final FloatVector ASIN_SMALL_2 = Vec.of(0.014402615f);
  private static final FloatVector ASIN_SMALL_3 = Vec.of(0.031817608f);
  private static final FloatVector ASIN_SMALL_4 = Vec.of(0.044515721f);
  private static final FloatVector ASIN_SMALL_5 = Vec.of(0.075005107f);
  private static final FloatVector ASIN_SMALL_6 = Vec.of(0.1666666f);
  private static final FloatVector ERF_1 = Vec.of(8.3972875e-5f);
  private static final FloatVector ERF_2 = Vec.of(-8.1496898e-4f);
  private static final FloatVector ERF_3 = Vec.of(0.0052017057f);
  private static final FloatVector ERF_4 = Vec.of(-0.026859699f);
  private static final FloatVector ERF_5 = Vec.of(0.11283702f);
  private static final FloatVector ERF_6 = Vec.of(-0.37612635f);
  private static final FloatVector ERF_7 = Vec.of(1.1283792f);
  private static final FloatVector ERF_8 = Vec.of(4f);
  private static final FloatVector ERF_9 = Vec.of(-2.0828618e-5f);
  private static final FloatVector ERF_10 = Vec.of(4.3139356e-4f);
  private static final FloatVector ERF_11 = Vec.of(-0.0041562547f);
  private static final FloatVector ERF_12 = Vec.of(0.025080616f);
  private static final FloatVector ERF_13 = Vec.of(-0.10822038f);
  private static final FloatVector ERF_14 = Vec.of(-0.63340086f);
  private static final FloatVector ERF_15 = Vec.of(-1.1294883f);
  private static final FloatVector ERF_16 = Vec.of(1.6920513e-4f);
  private static final FloatVector ERF_17 = Vec.of(0.92f);

  private VTrig() {}

  static FloatVector sin(FloatVector x) {
    FloatVector y = quarter(x, 0).blend(x, x.compare(EQ, Vec.ZERO)); // keeps -0
    VectorMask<Float> far = x.abs().compare(GT, SIN_1);
    return far.anyTrue() ? y.blend(VMath.lanes(x, StrictMath::sin), far) : y;
  }

  static FloatVector cos(FloatVector x) {
    FloatVector y = quarter(x, 1);
    VectorMask<Float> far = x.abs().compare(GT, SIN_1);
    return far.anyTrue() ? y.blend(VMath.lanes(x, StrictMath::cos), far) : y;
  }

  /** sin(x + shift·π/2) within 2e−7 absolute and, away from multiples of π/2, 2 ulp. The polynomials are those of Cephes. */
  private static FloatVector quarter(FloatVector x, int shift) {
    FloatVector shifted = x.fma(QUARTER_1, QUARTER_2);
    FloatVector n = shifted.sub(QUARTER_2);
    FloatVector r = n.fma(QUARTER_3, x);
    r = n.fma(QUARTER_4, r);
    r = n.fma(QUARTER_5, r);
    IntVector q = shifted.viewAsIntegralLanes().add(shift); // the low bits of the rounder are zero
    FloatVector z = r.mul(r);
    FloatVector s = z.fma(QUARTER_6, QUARTER_7);
    s = s.fma(z, QUARTER_8);
    s = s.mul(z).fma(r, r);
    FloatVector c = z.fma(QUARTER_9, QUARTER_10);
    c = c.fma(z, QUARTER_11);
    c = c.mul(z).fma(z, z.fma(QUARTER_12, Vec.ONE));
    VectorMask<Float> odd = q.and(1).compare(EQ, 1).cast(Vec.F);
    FloatVector y = s.blend(c, odd);
    IntVector flip = q.and(2).lanewise(LSHL, 30);
    return y.viewAsIntegralLanes().lanewise(jdk.incubator.vector.VectorOperators.XOR, flip).viewAsFloatingLanes();
  }

  /** tan x; sine over cosine. */
  static FloatVector tan(FloatVector x) {
    FloatVector y = quarter(x, 0).div(quarter(x, 1)).blend(x, x.compare(EQ, Vec.ZERO));
    VectorMask<Float> far = x.abs().compare(GT, SIN_1);
    return far.anyTrue() ? y.blend(VMath.lanes(x, StrictMath::tan), far) : y;
  }

  /** arctan x within 3 ulp. */
  static FloatVector atan(FloatVector x) {
    FloatVector a = x.abs();
    VectorMask<Float> big = a.compare(GT, Vec.ONE);
    FloatVector t = a.blend(Vec.ONE.div(a), big);
    FloatVector z = t.mul(t);
    FloatVector p = z.fma(ATAN_1, ATAN_2);
    p = p.fma(z, ATAN_3);
    p = p.fma(z, ATAN_4);
    p = p.fma(z, ATAN_5);
    p = p.fma(z, ATAN_6);
    p = p.fma(z, ATAN_7);
    p = p.fma(z, ATAN_8);
    p = p.fma(z, ATAN_9);
    FloatVector y = p.mul(z).fma(t, t);
    // pi/2 - y in two parts
    FloatVector rest = ATAN_10.sub(y.add(ATAN_11));
    return VMath.sign(y.blend(rest, big), x);
  }

  /** arcsin x within 3 ulp; NaN outside [−1, 1]. */
  static FloatVector asin(FloatVector x) {
    FloatVector a = x.abs();
    VectorMask<Float> big = a.compare(GT, Vec.HALF);
    FloatVector half = Vec.HALF.sub(a.mul(Vec.HALF));
    FloatVector y = asinSmall(a.blend(half.sqrt(), big));
    y = y.blend(ATAN_10.sub(y.add(y)), big);
    return VMath.sign(y, x);
  }

  /** arccos x within 4 ulp; NaN outside [−1, 1]. */
  static FloatVector acos(FloatVector x) {
    FloatVector a = x.abs();
    VectorMask<Float> big = a.compare(GT, Vec.HALF);
    FloatVector half = Vec.HALF.sub(a.mul(Vec.HALF));
    FloatVector y = asinSmall(a.blend(half.sqrt(), big));
    VectorMask<Float> negative = x.compare(LT, Vec.ZERO);
    FloatVector twice = y.add(y);
    FloatVector near = twice.blend(ACOS_1.sub(twice), negative);
    FloatVector far = ATAN_10.sub(VMath.sign(y, x));
    return far.blend(near, big);
  }

  /** arcsin of t in [0, 0.5]. */
  private static FloatVector asinSmall(FloatVector t) {
    FloatVector z = t.mul(t);
    FloatVector p = z.fma(ASIN_SMALL_1, ASIN_SMALL_2);
    p = p.fma(z, ASIN_SMALL_3);
    p = p.fma(z, ASIN_SMALL_4);
    p = p.fma(z, ASIN_SMALL_5);
    p = p.fma(z, ASIN_SMALL_6);
    return p.mul(z).fma(t, t);
  }

  /** The error function within 3 ulp: a polynomial in x² near 0, else 1 − e^g with g fitted to ln erfc. */
  static FloatVector erf(FloatVector x) {
    // The part that calls another method comes first, see FloatUnaryLoop.
    FloatVector a = x.abs();
    FloatVector far = Vec.ONE.sub(VMath.exp(lnErfc(a.min(ERF_8))));
    FloatVector z = x.mul(x);
    FloatVector p = z.fma(ERF_1, ERF_2);
    p = p.fma(z, ERF_3);
    p = p.fma(z, ERF_4);
    p = p.fma(z, ERF_5);
    p = p.fma(z, ERF_6);
    p = p.fma(z, ERF_7);
    FloatVector y = p.mul(a).blend(far, a.compare(GT, ERF_17));
    IntVector s = x.viewAsIntegralLanes().and(0x80000000);
    return y.viewAsIntegralLanes().or(s).viewAsFloatingLanes();
  }

  /** ln(1 − erf(t)) for t in [0.9, 4]. */
  private static FloatVector lnErfc(FloatVector t) {
    FloatVector g = t.fma(ERF_9, ERF_10);
    g = g.fma(t, ERF_11);
    g = g.fma(t, ERF_12);
    g = g.fma(t, ERF_13);
    g = g.fma(t, ERF_14);
    g = g.fma(t, ERF_15);
    return g.fma(t, ERF_16);
  }
}
