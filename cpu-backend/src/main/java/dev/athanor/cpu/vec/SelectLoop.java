package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.VectorMask;

/**
 * The loop that picks the second or third operand by the first, a bool; by element size; copied for each operation, see {@link
 * Specialize}.
 */
final class SelectLoop implements RowKernel {
  private static final int BYTES = Specialize.operation(MethodHandles.lookup(), Integer.class);

  SelectLoop() {}

  @Override
  public void run(long a, int sa, long b, int sb, long c, int sc, long out, int n, double p, double q) {
    int i = 0;
    if (BYTES == 4 && sa == 1 && sb == 1 && sc == 1) {
      for (; i <= n - Vec.W; i += Vec.W) {
        VectorMask<Float> m = Vec.loadMask(a + i);
        Vec.store(Vec.load(c + 4L * i).blend(Vec.load(b + 4L * i), m), out + 4L * i);
      }
    }
    for (; i < n; i++) {
      long from = Memory.getByte(a + (long) i * sa) != 0 ? b + (long) BYTES * i * sb : c + (long) BYTES * i * sc;
      LongLoops.put(BYTES, out + (long) BYTES * i, LongLoops.get(BYTES, from));
    }
  }
}
