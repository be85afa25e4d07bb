package dev.athanor.cpu.linalg;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Adds a bias to the rows of a part of a matrix, and applies ReLU if wanted. */
final class Bias {
  private Bias() {}

  /** {@code bias} is the address of {@code columns} elements, or 0; {@code pitch} the rows' distance in bytes. */
  static void add(long address, long rows, long columns, long pitch, long bias, boolean relu) {
    for (long i = 0; i < rows; i++) {
      row(address + i * pitch, (int) columns, bias, relu);
    }
  }

  private static void row(long at, int n, long bias, boolean relu) {
    var species = FloatBlock.SPECIES;
    for (int i = 0; i < n; i += FloatBlock.W) {
      VectorMask<Float> m = species.indexInRange(i, n);
      FloatVector v = FloatVector.fromMemorySegment(species, Memory.ALL, at + 4L * i, Memory.ORDER, m);
      if (bias != 0) {
        v = v.add(FloatVector.fromMemorySegment(species, Memory.ALL, bias + 4L * i, Memory.ORDER, m));
      }
      if (relu) {
        v = v.max(0f);
      }
      v.intoMemorySegment(Memory.ALL, at + 4L * i, Memory.ORDER, m);
    }
  }
}
