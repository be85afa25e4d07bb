package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The loop of a float32 function of one operand; copied for each function, see {@link Specialize}. */
final class FloatUnaryLoop implements RowKernel {
  private static final FloatLoops.Unary FN = Specialize.operation(MethodHandles.lookup(), FloatLoops.Unary.class);

  FloatUnaryLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    // Three methods, since each has its own budget of inlining. Beyond it only the JDK's vector methods are inlined, not ours,
    // hence no Vec.store in the loop.
    if (sa == 0) {
      element(Memory.getFloat(a), out, n, (float) p, (float) q);
      return;
    }
    int done = n & -Vec.W;
    rows(a, out, done, (float) p, (float) q);
    if (done < n) {
      rest(a + 4L * done, out + 4L * done, n - done, (float) p, (float) q);
    }
  }

  private static void rows(long a, long out, int n, float p, float q) {
    FloatVector vp = Vec.of(p);
    FloatVector vq = Vec.of(q);
    for (int i = 0; i < n; i += Vec.W) {
      FN.apply(Vec.load(a + 4L * i), vp, vq).intoMemorySegment(Memory.ALL, out + 4L * i, Memory.ORDER);
    }
  }

  private static void rest(long a, long out, int n, float p, float q) {
    VectorMask<Float> m = Vec.tail(n);
    Vec.store(FN.apply(Vec.load(a, m), Vec.of(p), Vec.of(q)), out, m);
  }

  private static void element(float x, long out, int n, float p, float q) {
    FillLoop.floats(FN.apply(Vec.of(x), Vec.of(p), Vec.of(q)), out, n);
  }
}
