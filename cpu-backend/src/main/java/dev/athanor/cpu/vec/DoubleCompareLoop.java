package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;

/** The loop of a float64 relation; copied for each operation, see {@link Specialize}. */
final class DoubleCompareLoop implements RowKernel {
  private static final DoubleLoops.Relation FN = Specialize.operation(MethodHandles.lookup(), DoubleLoops.Relation.class);

  DoubleCompareLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    boolean pair = b != 0;
    for (int i = 0; i < n; i++) {
      double y = pair ? Memory.getDouble(b + 8L * i * sb) : 0;
      Memory.putByte(out + i, FN.test(Memory.getDouble(a + 8L * i * sa), y) ? (byte) 1 : 0);
    }
  }
}
