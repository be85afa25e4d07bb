package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The loop of a float32 derivative: operands x, y and dy are rows; copied for each function, see {@link Specialize}. */
final class FloatGradLoop implements RowKernel {
  private static final FloatLoops.Grad FN = Specialize.operation(MethodHandles.lookup(), FloatLoops.Grad.class);

  FloatGradLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    int done = n & -Vec.W;
    rows(a, b, c, out, done, (float) p, (float) q);
    if (done < n) {
      long at = 4L * done;
      rest(a + at, b + at, c + at, out + at, n - done, (float) p, (float) q);
    }
  }

  private static void rows(long a, long b, long c, long out, int n, float p, float q) {
    FloatVector vp = Vec.of(p);
    FloatVector vq = Vec.of(q);
    for (int i = 0; i < n; i += Vec.W) {
      long at = 4L * i;
      FN.apply(Vec.load(a + at), Vec.load(b + at), Vec.load(c + at), vp, vq).intoMemorySegment(Memory.ALL, out + at,
          Memory.ORDER);
    }
  }

  private static void rest(long a, long b, long c, long out, int n, float p, float q) {
    VectorMask<Float> m = Vec.tail(n);
    Vec.store(FN.apply(Vec.load(a, m), Vec.load(b, m), Vec.load(c, m), Vec.of(p), Vec.of(q)), out, m);
  }
}
