package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;

/** The loop of a float64 function of one operand; copied for each operation, see {@link Specialize}. */
final class DoubleUnaryLoop implements RowKernel {
  private static final Scalars.Unary FN = Specialize.operation(MethodHandles.lookup(), Scalars.Unary.class);

  DoubleUnaryLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      double r = FN.apply(Memory.getDouble(a + 8L * i * sa), p, q);
      Memory.putDouble(out + 8L * i, r == r ? r : Double.NaN); // one NaN: which of two a processor keeps is chance
    }
  }
}
