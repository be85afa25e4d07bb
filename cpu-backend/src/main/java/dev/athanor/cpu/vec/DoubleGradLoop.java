package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;

/** The loop of a float64 derivative; copied for each operation, see {@link Specialize}. */
final class DoubleGradLoop implements RowKernel {
  private static final Scalars.Grad FN = Specialize.operation(MethodHandles.lookup(), Scalars.Grad.class);

  DoubleGradLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      double x = Memory.getDouble(a + 8L * i * sa);
      double y = Memory.getDouble(b + 8L * i * sb);
      double r = FN.apply(x, y, Memory.getDouble(c + 8L * i * sc), p, q);
      Memory.putDouble(out + 8L * i, r == r ? r : Double.NaN); // one NaN: which of two a processor keeps is chance
    }
  }
}
