package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The update of Adam and its relatives, see {@link dev.athanor.backend.OptimizerRule}:
 * θ ← shrink·θ − (size·m + look·g)/root(unbias·v).
 *
 * @param size lr/(1 − β₁ᵗ) for Adam, the factor of the first moment for all
 * @param look the factor of the gradient itself (NAdam), or 0
 * @param unbias 1/(1 − β₂ᵗ)
 * @param l2 weight decay added to the gradient, or 0
 * @param shrink factor of decoupled weight decay, or 1
 * @param inside whether epsilon stands under the root
 * @param plain whether the divisor is 1 (the first steps of RAdam)
 */
record AdamLoop(float beta1, float rest1, float beta2, float rest2, float size, float look, float unbias, float epsilon, float l2,
    float shrink, boolean inside, boolean plain) {

  /** Updates {@code n} elements; {@code largest} is 0 without AMSGrad. */
  void run(long p, long g, long mean, long square, long largest, int n) {
    int done = n & -Vec.W;
    rows(p, g, mean, square, largest, done);
    if (done < n) {
      long at = 4L * done;
      rest(p + at, g + at, mean + at, square + at, largest == 0 ? 0 : largest + at, n - done);
    }
  }

  private void rows(long p, long g, long mean, long square, long largest, int n) {
    FloatVector b1 = Vec.of(beta1);
    FloatVector r1 = Vec.of(rest1);
    FloatVector b2 = Vec.of(beta2);
    FloatVector r2 = Vec.of(rest2);
    FloatVector step = Vec.of(-size);
    FloatVector ahead = Vec.of(-look);
    FloatVector grow = Vec.of(unbias);
    FloatVector eps = Vec.of(epsilon);
    FloatVector decay = Vec.of(l2);
    FloatVector keep = Vec.of(shrink);
    boolean withL2 = l2 != 0;
    boolean withShrink = shrink != 1;
    for (int i = 0; i < n; i += Vec.W) {
      long at = 4L * i;
      FloatVector w = Vec.load(p + at);
      FloatVector d = Vec.load(g + at);
      if (withL2) {
        d = w.fma(decay, d);
      }
      if (withShrink) {
        w = w.mul(keep);
      }
      FloatVector m = OptimizerLoops.flush(Vec.load(mean + at).fma(b1, d.mul(r1)));
      FloatVector v = OptimizerLoops.flush(Vec.load(square + at).fma(b2, d.mul(d).mul(r2)));
      m.intoMemorySegment(Memory.ALL, mean + at, Memory.ORDER);
      v.intoMemorySegment(Memory.ALL, square + at, Memory.ORDER);
      if (largest != 0) {
        v = v.max(Vec.load(largest + at));
        v.intoMemorySegment(Memory.ALL, largest + at, Memory.ORDER);
      }
      FloatVector move = m.mul(step);
      if (look != 0) {
        move = d.fma(ahead, move);
      }
      if (!plain) {
        move = move.div(OptimizerLoops.root(v.mul(grow), eps, inside));
      }
      move.add(w).intoMemorySegment(Memory.ALL, p + at, Memory.ORDER);
    }
  }

  /** The last elements, fewer than a vector. */
  private void rest(long p, long g, long mean, long square, long largest, int n) {
    VectorMask<Float> t = Vec.tail(n);
    FloatVector w = Vec.load(p, t);
    FloatVector d = Vec.load(g, t);
    if (l2 != 0) {
      d = w.fma(Vec.of(l2), d);
    }
    if (shrink != 1) {
      w = w.mul(Vec.of(shrink));
    }
    FloatVector m = OptimizerLoops.flush(Vec.load(mean, t).fma(Vec.of(beta1), d.mul(Vec.of(rest1))));
    FloatVector v = OptimizerLoops.flush(Vec.load(square, t).fma(Vec.of(beta2), d.mul(d).mul(Vec.of(rest2))));
    Vec.store(m, mean, t);
    Vec.store(v, square, t);
    if (largest != 0) {
      v = v.max(Vec.load(largest, t));
      Vec.store(v, largest, t);
    }
    FloatVector move = m.mul(Vec.of(-size));
    if (look != 0) {
      move = d.fma(Vec.of(-look), move);
    }
    if (!plain) {
      move = move.div(OptimizerLoops.root(v.mul(Vec.of(unbias)), Vec.of(epsilon), inside));
    }
    Vec.store(move.add(w), p, t);
  }
}
