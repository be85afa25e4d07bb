package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import java.util.function.LongBinaryOperator;

/** The loop of an integer function or relation of two operands; copied for each operation, see {@link Specialize}. */
final class LongBinaryLoop implements RowKernel {
  private static final LongLoops.BinaryOfType OP = Specialize.operation(MethodHandles.lookup(), LongLoops.BinaryOfType.class);
  private static final LongBinaryOperator FN = OP.fn();
  private static final int BYTES = OP.bytes();
  private static final int RESULT = OP.resultBytes();

  LongBinaryLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      long x = LongLoops.get(BYTES, a + (long) BYTES * i * sa);
      long y = LongLoops.get(BYTES, b + (long) BYTES * i * sb);
      LongLoops.put(RESULT, out + (long) RESULT * i, FN.applyAsLong(x, y));
    }
  }
}
