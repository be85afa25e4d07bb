package dev.athanor.cpu.vec;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** The loops of one float32 reduction; copied for each, see {@link Specialize}. */
final class FoldLoop implements Fold {
  /** How a fold goes on. */
  @FunctionalInterface
  interface Step {
    FloatVector apply(FloatVector sum, FloatVector x, FloatVector y, FloatVector p);
  }

  /** A fold: its step, how two partial results merge, the neutral element, and whether it reads a second operand. */
  record Of(Step step, FloatLoops.Binary merge, float neutral, boolean pair) {}

  private static final Of OP = Specialize.operation(MethodHandles.lookup(), Of.class);
  private static final Step STEP = OP.step();
  private static final FloatLoops.Binary MERGE = OP.merge();
  private static final float NEUTRAL = OP.neutral();
  private static final boolean PAIR = OP.pair();
  private static final int LANES = 32;
  private static final VectorShuffle<Float> BY_8 = half(8);
  private static final VectorShuffle<Float> BY_4 = half(4);
  private static final VectorShuffle<Float> BY_2 = half(2);
  private static final VectorShuffle<Float> BY_1 = half(1);

  FoldLoop() {}

  private static VectorShuffle<Float> half(int by) {
    return VectorShuffle.fromOp(Vec.F, i -> (i + by) % Vec.W);
  }

  private static FloatVector step(FloatVector sum, long x, long y, FloatVector p) {
    return STEP.apply(sum, Vec.load(x), PAIR ? Vec.load(y) : sum, p);
  }

  /** As step, for the lanes below {@code n}. */
  private static FloatVector step(FloatVector sum, long x, long y, FloatVector p, int n) {
    if (n <= 0) {
      return sum;
    }
    VectorMask<Float> m = Vec.tail(n);
    return sum.blend(STEP.apply(sum, Vec.load(x, m), PAIR ? Vec.load(y, m) : sum, p), m);
  }

  @Override
  public float row(long x, long y, int n, float parameter) {
    FloatVector p = Vec.of(parameter);
    return switch (Vec.W) {
      case 16 -> row16(x, y, n, p);
      case 8 -> row8(x, y, n, p);
      default -> row4(x, y, n, p);
    };
  }

  private static float row16(long x, long y, int n, FloatVector p) {
    FloatVector a = Vec.of(NEUTRAL);
    FloatVector b = a;
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long at = 4L * i;
      a = step(a, x + at, y + at, p);
      b = step(b, x + at + 64, y + at + 64, p);
    }
    if (i < n) {
      long at = 4L * i;
      a = step(a, x + at, y + at, p, n - i);
      b = step(b, x + at + 64, y + at + 64, p, n - i - 16);
    }
    return lanes(MERGE.apply(a, b));
  }

  private static float row8(long x, long y, int n, FloatVector p) {
    FloatVector a = Vec.of(NEUTRAL);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      long at = 4L * i;
      a = step(a, x + at, y + at, p);
      b = step(b, x + at + 32, y + at + 32, p);
      c = step(c, x + at + 64, y + at + 64, p);
      d = step(d, x + at + 96, y + at + 96, p);
    }
    if (i < n) {
      long at = 4L * i;
      a = step(a, x + at, y + at, p, n - i);
      b = step(b, x + at + 32, y + at + 32, p, n - i - 8);
      c = step(c, x + at + 64, y + at + 64, p, n - i - 16);
      d = step(d, x + at + 96, y + at + 96, p, n - i - 24);
    }
    return lanes(MERGE.apply(MERGE.apply(a, c), MERGE.apply(b, d)));
  }

  private static float row4(long x, long y, int n, FloatVector p) {
    // Eight vectors of four lanes: two passes over pairs of halves keep the registers of narrow machines.
    FloatVector even = half4(x, y, n, p, 0);
    FloatVector odd = half4(x, y, n, p, 4);
    return lanes(MERGE.apply(even, odd));
  }

  /** Lanes {@code from … from + 3} of every 8, merged as 32 lanes merge down to 8. */
  private static FloatVector half4(long x, long y, int n, FloatVector p, int from) {
    FloatVector a = Vec.of(NEUTRAL);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = from; i < n; i += LANES) {
      long at = 4L * i;
      if (n - i >= 28) {
        a = step(a, x + at, y + at, p);
        b = step(b, x + at + 32, y + at + 32, p);
        c = step(c, x + at + 64, y + at + 64, p);
        d = step(d, x + at + 96, y + at + 96, p);
      } else {
        a = step(a, x + at, y + at, p, Math.min(4, n - i));
        b = step(b, x + at + 32, y + at + 32, p, Math.min(4, n - i - 8));
        c = step(c, x + at + 64, y + at + 64, p, Math.min(4, n - i - 16));
        d = step(d, x + at + 96, y + at + 96, p, Math.min(4, n - i - 24));
      }
    }
    return MERGE.apply(MERGE.apply(a, c), MERGE.apply(b, d));
  }

  /** Merges the lanes of one vector in halves. */
  private static float lanes(FloatVector v) {
    if (Vec.W == 16) {
      v = MERGE.apply(v, v.rearrange(BY_8));
    }
    if (Vec.W >= 8) {
      v = MERGE.apply(v, v.rearrange(BY_4));
    }
    v = MERGE.apply(v, v.rearrange(BY_2));
    v = MERGE.apply(v, v.rearrange(BY_1));
    return v.lane(0);
  }

  @Override
  public void columns(long x, long pitch, long y, long yPitch, long lines, int n, long p, long out, boolean resume) {
    int i = 0;
    for (; i <= n - 4 * Vec.W; i += 4 * Vec.W) {
      strip(x + 4L * i, pitch, y + 4L * i, yPitch, lines, p == 0 ? 0 : p + 4L * i, out + 4L * i, resume);
    }
    for (; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      long at = 4L * i;
      FloatVector vp = p == 0 ? Vec.of(0f) : Vec.load(p + at, m);
      FloatVector sum = resume ? Vec.load(out + at, m) : Vec.of(NEUTRAL);
      for (long line = 0; line < lines; line++) {
        FloatVector vx = Vec.load(x + at + line * pitch, m);
        sum = STEP.apply(sum, vx, PAIR ? Vec.load(y + at + line * yPitch, m) : sum, vp);
      }
      Vec.store(sum, out + at, m);
    }
  }

  private static void strip(long x, long pitch, long y, long yPitch, long lines, long p, long out, boolean resume) {
    long w = 4L * Vec.W;
    FloatVector zero = Vec.of(0f);
    FloatVector p0 = p == 0 ? zero : Vec.load(p);
    FloatVector p1 = p == 0 ? zero : Vec.load(p + w);
    FloatVector p2 = p == 0 ? zero : Vec.load(p + 2 * w);
    FloatVector p3 = p == 0 ? zero : Vec.load(p + 3 * w);
    FloatVector start = Vec.of(NEUTRAL);
    FloatVector a = resume ? Vec.load(out) : start;
    FloatVector b = resume ? Vec.load(out + w) : start;
    FloatVector c = resume ? Vec.load(out + 2 * w) : start;
    FloatVector d = resume ? Vec.load(out + 3 * w) : start;
    for (long line = 0; line < lines; line++) {
      a = step(a, x, y, p0);
      b = step(b, x + w, y + w, p1);
      c = step(c, x + 2 * w, y + 2 * w, p2);
      d = step(d, x + 3 * w, y + 3 * w, p3);
      x += pitch;
      y += yPitch;
    }
    Vec.store(a, out);
    Vec.store(b, out + w);
    Vec.store(c, out + 2 * w);
    Vec.store(d, out + 3 * w);
  }
}
