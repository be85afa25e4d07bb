package dev.athanor.cpu.vec;

import jdk.incubator.vector.FloatVector;

/** Writes one vector over a row. */
final class FillLoop {
  private FillLoop() {}

  /** Every lane of {@code v} must hold the same value. */
  static void floats(FloatVector v, long out, int n) {
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.store(v, out + 4L * i);
    }
    if (i < n) {
      Vec.store(v, out + 4L * i, Vec.tail(n - i));
    }
  }
}
