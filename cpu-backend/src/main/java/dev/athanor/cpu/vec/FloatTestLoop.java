package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;

/** The loop of a property of float32 elements, which gives bytes 0 and 1; copied for each property, see {@link Specialize}. */
final class FloatTestLoop implements RowKernel {
  private static final FloatLoops.Test FN = Specialize.operation(MethodHandles.lookup(), FloatLoops.Test.class);

  FloatTestLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    int i = 0;
    if (sa != 0) {
      for (; i <= n - Vec.W; i += Vec.W) {
        Vec.storeMask(FN.apply(Vec.load(a + 4L * i)), out + i, Vec.W);
      }
    }
    for (; i < n; i += Vec.W) {
      var x = sa == 0 ? Vec.of(Memory.getFloat(a)) : Vec.load(a + 4L * i, Vec.tail(n - i));
      Vec.storeMask(FN.apply(x), out + i, n - i);
    }
  }
}
