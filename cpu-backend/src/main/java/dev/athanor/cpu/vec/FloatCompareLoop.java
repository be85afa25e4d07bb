package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The loop of a float32 relation of two operands, which gives bytes 0 and 1; copied for each function, see {@link Specialize}.
 */
final class FloatCompareLoop implements RowKernel {
  private static final FloatLoops.Compare FN = Specialize.operation(MethodHandles.lookup(), FloatLoops.Compare.class);

  FloatCompareLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    if (sa != 0 && sb != 0) {
      rows(a, b, out, n);
    } else if (sa != 0) {
      rowAndElement(a, Vec.of(Memory.getFloat(b)), out, n);
    } else {
      elementAndRow(Vec.of(Memory.getFloat(a)), b, sb, out, n);
    }
  }

  private static void rows(long a, long b, long out, int n) {
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.storeMask(FN.apply(Vec.load(a + 4L * i), Vec.load(b + 4L * i)), out + i, Vec.W);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.storeMask(FN.apply(Vec.load(a + 4L * i, m), Vec.load(b + 4L * i, m)), out + i, n - i);
    }
  }

  private static void rowAndElement(long a, FloatVector b, long out, int n) {
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.storeMask(FN.apply(Vec.load(a + 4L * i), b), out + i, Vec.W);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.storeMask(FN.apply(Vec.load(a + 4L * i, m), b), out + i, n - i);
    }
  }

  private static void elementAndRow(FloatVector a, long b, int sb, long out, int n) {
    if (sb == 0) {
      FloatVector element = Vec.of(Memory.getFloat(b));
      for (int i = 0; i < n; i += Vec.W) {
        VectorMask<Float> m = Vec.tail(n - i);
        Vec.storeMask(FN.apply(a, element), out + i, n - i);
      }
      return;
    }
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.storeMask(FN.apply(a, Vec.load(b + 4L * i)), out + i, Vec.W);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.storeMask(FN.apply(a, Vec.load(b + 4L * i, m)), out + i, n - i);
    }
  }
}
