package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;

/** The loop of an integer function of one operand; copied for each operation, see {@link Specialize}. */
final class LongUnaryLoop implements RowKernel {
  private static final LongLoops.UnaryOfType OP = Specialize.operation(MethodHandles.lookup(), LongLoops.UnaryOfType.class);
  private static final LongLoops.Unary FN = OP.fn();
  private static final int BYTES = OP.bytes();

  LongUnaryLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      long x = LongLoops.get(BYTES, a + (long) BYTES * i * sa);
      LongLoops.put(BYTES, out + (long) BYTES * i, FN.apply(x, p, q));
    }
  }
}
