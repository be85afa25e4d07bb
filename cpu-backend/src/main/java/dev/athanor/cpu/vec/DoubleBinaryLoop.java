package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import java.util.function.DoubleBinaryOperator;

/** The loop of a float64 function of two operands; copied for each operation, see {@link Specialize}. */
final class DoubleBinaryLoop implements RowKernel {
  private static final DoubleBinaryOperator FN = Specialize.operation(MethodHandles.lookup(), DoubleBinaryOperator.class);

  DoubleBinaryLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      double x = Memory.getDouble(a + 8L * i * sa);
      double r = FN.applyAsDouble(x, Memory.getDouble(b + 8L * i * sb));
      Memory.putDouble(out + 8L * i, r == r ? r : Double.NaN); // one NaN: which of two a processor keeps is chance
    }
  }
}
