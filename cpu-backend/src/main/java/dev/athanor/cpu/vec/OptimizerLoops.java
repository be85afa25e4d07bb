package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The updates of {@link dev.athanor.backend.OptimizerRule}s other than Adam's relatives, each one pass over {@code n} elements at
 * addresses. {@code l2} is weight decay that joins the gradient; {@code shrink} the factor of decoupled weight decay.
 */
final class OptimizerLoops {
  private static final FloatVector TINY = Vec.of(Float.MIN_NORMAL);

  private OptimizerLoops() {}

  static void sgd(long p, long g, int n, float rate, float l2) {
    FloatVector back = Vec.of(-rate);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      Vec.store(d.fma(back, w), p + at, m);
    }
  }

  static void momentum(long p, long g, long v, int n, float rate, float l2, float keep, float add, float look, boolean nesterov) {
    FloatVector back = Vec.of(-rate);
    FloatVector kept = Vec.of(keep);
    FloatVector added = Vec.of(add);
    FloatVector ahead = Vec.of(look);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      FloatVector s = flush(Vec.load(v + at, m).fma(kept, d.mul(added)));
      Vec.store(s, v + at, m);
      FloatVector move = nesterov ? s.fma(ahead, d) : s;
      Vec.store(move.fma(back, w), p + at, m);
    }
  }

  static void adaGrad(long p, long g, long sum, int n, float size, float epsilon, boolean inside, float l2) {
    FloatVector back = Vec.of(-size);
    FloatVector eps = Vec.of(epsilon);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      FloatVector s = d.fma(d, Vec.load(sum + at, m));
      Vec.store(s, sum + at, m);
      Vec.store(d.mul(back).div(root(s, eps, inside)).add(w), p + at, m);
    }
  }

  /** {@code mean} is 0 where not centred, {@code velocity} 0 without momentum. */
  static void rmsProp(long p, long g, long square, long velocity, long mean, int n, float rate, float alpha, float rest,
      float momentum, float epsilon, boolean inside, float l2) {
    FloatVector back = Vec.of(-rate);
    FloatVector keep = Vec.of(alpha);
    FloatVector add = Vec.of(rest);
    FloatVector eps = Vec.of(epsilon);
    FloatVector carry = Vec.of(momentum);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      FloatVector v = flush(Vec.load(square + at, m).fma(keep, d.mul(d).mul(add)));
      Vec.store(v, square + at, m);
      if (mean != 0) {
        FloatVector a = flush(Vec.load(mean + at, m).fma(keep, d.mul(add)));
        Vec.store(a, mean + at, m);
        v = v.sub(a.mul(a)).max(Vec.ZERO); // rounding can carry it below zero
      }
      FloatVector u = d.div(root(v, eps, inside));
      if (velocity != 0) {
        u = flush(Vec.load(velocity + at, m).fma(carry, u));
        Vec.store(u, velocity + at, m);
      }
      Vec.store(u.fma(back, w), p + at, m);
    }
  }

  static void adaDelta(long p, long g, long square, long moved, int n, float rate, float rho, float rest, float epsilon,
      boolean inside, float l2) {
    FloatVector back = Vec.of(-rate);
    FloatVector keep = Vec.of(rho);
    FloatVector add = Vec.of(rest);
    FloatVector eps = Vec.of(epsilon);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      FloatVector v = flush(Vec.load(square + at, m).fma(keep, d.mul(d).mul(add)));
      Vec.store(v, square + at, m);
      FloatVector a = Vec.load(moved + at, m);
      FloatVector u = root(a, eps, inside).div(root(v, eps, inside)).mul(d);
      Vec.store(flush(a.fma(keep, u.mul(u).mul(add))), moved + at, m);
      Vec.store(u.fma(back, w), p + at, m);
    }
  }

  static void adamax(long p, long g, long mean, long largest, int n, float size, float beta1, float rest1, float beta2,
      float epsilon, boolean inside, float l2) {
    FloatVector back = Vec.of(-size);
    FloatVector keep = Vec.of(beta1);
    FloatVector add = Vec.of(rest1);
    FloatVector fade = Vec.of(beta2);
    FloatVector within = Vec.of(inside ? epsilon : 0);
    FloatVector beside = Vec.of(inside ? 0 : epsilon);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m);
      FloatVector d = decayed(Vec.load(g + at, m), w, l2);
      FloatVector a = flush(Vec.load(mean + at, m).fma(keep, d.mul(add)));
      Vec.store(a, mean + at, m);
      FloatVector u = flush(Vec.load(largest + at, m).mul(fade).max(d.abs().add(within)));
      Vec.store(u, largest + at, m);
      Vec.store(a.mul(back).div(u.add(beside)).add(w), p + at, m);
    }
  }

  static void lion(long p, long g, long mean, int n, float rate, float beta1, float rest1, float beta2, float rest2,
      float shrink) {
    FloatVector back = Vec.of(-rate);
    FloatVector mixKeep = Vec.of(beta1);
    FloatVector mixAdd = Vec.of(rest1);
    FloatVector keep = Vec.of(beta2);
    FloatVector add = Vec.of(rest2);
    FloatVector less = Vec.of(shrink);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector w = Vec.load(p + at, m).mul(less);
      FloatVector d = Vec.load(g + at, m);
      FloatVector a = Vec.load(mean + at, m);
      FloatVector mixed = a.fma(mixKeep, d.mul(mixAdd));
      Vec.store(flush(a.fma(keep, d.mul(add))), mean + at, m);
      FloatVector sign = mixed.blend(Vec.ONE, mixed.compare(GT, Vec.ZERO)).blend(Vec.MINUS_ONE, mixed.compare(LT, Vec.ZERO));
      Vec.store(sign.fma(back, w), p + at, m); // the sign of 0 is 0, of NaN NaN
    }
  }

  private static FloatVector decayed(FloatVector gradient, FloatVector parameter, float l2) {
    return l2 == 0 ? gradient : parameter.fma(Vec.of(l2), gradient);
  }

  static FloatVector root(FloatVector v, FloatVector epsilon, boolean inside) {
    return inside ? v.add(epsilon).sqrt() : v.sqrt().add(epsilon);
  }

  /** Subnormal numbers become 0. */
  static FloatVector flush(FloatVector v) {
    return v.blend(Vec.ZERO, v.abs().compare(LT, TINY));
  }
}
