package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Float32 row loops that softmax and the normalisations are made of. The last elements are masked. */
final class RowOps {
  private RowOps() {}

  /** y = e^(x − p). */
  static void expOfDifference(long x, long y, int n, float p) {
    FloatVector shift = Vec.of(p);
    int done = n & -Vec.W;
    for (int i = 0; i < done; i += Vec.W) {
      VMath.exp(Vec.load(x + 4L * i).sub(shift)).intoMemorySegment(Memory.ALL, y + 4L * i, Memory.ORDER);
    }
    if (done < n) {
      VectorMask<Float> m = Vec.tail(n - done);
      Vec.store(VMath.exp(Vec.load(x + 4L * done, m).sub(shift)), y + 4L * done, m);
    }
  }

  /** y = x / p. */
  static void divide(long x, long y, int n, float p) {
    FloatVector by = Vec.of(p);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.load(x + 4L * i).div(by).intoMemorySegment(Memory.ALL, y + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(x + 4L * i, m).div(by), y + 4L * i, m);
    }
  }

  /** y = (x − p) − q. */
  static void subtract(long x, long y, int n, float p, float q) {
    FloatVector first = Vec.of(p);
    FloatVector second = Vec.of(q);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.load(x + 4L * i).sub(first).sub(second).intoMemorySegment(Memory.ALL, y + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(x + 4L * i, m).sub(first).sub(second), y + 4L * i, m);
    }
  }

  /** dx = y·(dy − p). */
  static void softmaxGrad(long y, long dy, long dx, int n, float p) {
    FloatVector mean = Vec.of(p);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.load(dy + 4L * i).sub(mean).mul(Vec.load(y + 4L * i)).intoMemorySegment(Memory.ALL, dx + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(dy + 4L * i, m).sub(mean).mul(Vec.load(y + 4L * i, m)), dx + 4L * i, m);
    }
  }

  /** dx = dy − e^y·p. */
  static void logSoftmaxGrad(long y, long dy, long dx, int n, float p) {
    FloatVector sum = Vec.of(-p);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      VMath.exp(Vec.load(y + 4L * i)).fma(sum, Vec.load(dy + 4L * i)).intoMemorySegment(Memory.ALL, dx + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(VMath.exp(Vec.load(y + 4L * i, m)).fma(sum, Vec.load(dy + 4L * i, m)), dx + 4L * i, m);
    }
  }

  /** y = (x − mean)·scale·gamma + beta; gamma and beta are rows or 0. */
  static void normalise(long x, long y, int n, float mean, float scale, long gamma, long beta) {
    FloatVector centre = Vec.of(mean);
    FloatVector factor = Vec.of(scale);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      FloatVector v = Vec.load(x + 4L * i).sub(centre).mul(factor);
      if (gamma != 0) {
        v = v.mul(Vec.load(gamma + 4L * i));
      }
      if (beta != 0) {
        v = v.add(Vec.load(beta + 4L * i));
      }
      v.intoMemorySegment(Memory.ALL, y + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector v = Vec.load(x + 4L * i, m).sub(centre).mul(factor);
      if (gamma != 0) {
        v = v.mul(Vec.load(gamma + 4L * i, m));
      }
      if (beta != 0) {
        v = v.add(Vec.load(beta + 4L * i, m));
      }
      Vec.store(v, y + 4L * i, m);
    }
  }

  /** y = (x − mean)·scale + shift. */
  static void affine(long x, long y, int n, float mean, float scale, float shift) {
    FloatVector centre = Vec.of(mean);
    FloatVector factor = Vec.of(scale);
    FloatVector end = Vec.of(shift);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.load(x + 4L * i).sub(centre).fma(factor, end).intoMemorySegment(Memory.ALL, y + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(x + 4L * i, m).sub(centre).fma(factor, end), y + 4L * i, m);
    }
  }

  /** dx = dy·a + (x − mean)·b + c. */
  static void affineGrad(long x, long dy, long dx, int n, float mean, float a, float b, float c) {
    FloatVector centre = Vec.of(mean);
    FloatVector va = Vec.of(a);
    FloatVector vb = Vec.of(b);
    FloatVector vc = Vec.of(c);
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      FloatVector v = Vec.load(x + 4L * i).sub(centre).fma(vb, vc);
      Vec.load(dy + 4L * i).fma(va, v).intoMemorySegment(Memory.ALL, dx + 4L * i, Memory.ORDER);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector v = Vec.load(x + 4L * i, m).sub(centre).fma(vb, vc);
      Vec.store(Vec.load(dy + 4L * i, m).fma(va, v), dx + 4L * i, m);
    }
  }
}
