package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import dev.athanor.tensor.DType;

/** The loop of a conversion between two types; copied for each operation, see {@link Specialize}. */
final class CastLoop implements RowKernel {
  private static final Casts.Pair OP = Specialize.operation(MethodHandles.lookup(), Casts.Pair.class);
  private static final DType FROM = OP.from();
  private static final DType TO = OP.to();
  private static final int FROM_BYTES = FROM.bytes();
  private static final int TO_BYTES = TO.bytes();
  private static final boolean FROM_WHOLE = !FROM.isFloat() && FROM != DType.BFLOAT16 && FROM != DType.FLOAT16;

  CastLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    for (int i = 0; i < n; i++) {
      long from = a + (long) FROM_BYTES * i * sa;
      long to = out + (long) TO_BYTES * i;
      if (FROM_WHOLE) {
        Casts.putWhole(TO, to, LongLoops.get(FROM_BYTES, from));
      } else {
        Casts.putReal(TO, to, Casts.getReal(FROM, from));
      }
    }
  }
}
