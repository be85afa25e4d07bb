package dev.athanor.nd4j;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import org.nd4j.linalg.api.ops.impl.transforms.any.Assign;
import org.nd4j.linalg.factory.Nd4j;

/** Conversions between types. */
final class Casts {
  private Casts() {}

  static void cast(View x, View out) {
    if (out.size() == 0) {
      return;
    }
    if (x.dtype() == out.dtype()) {
      Elementwise.copy(x, out);
    } else if (byNd4j(x.dtype(), out.dtype())) {
      try (var work = new Work()) {
        Nd4j.exec(new Assign(work.in(x), work.out(out)));
        work.done();
      }
    } else {
      plain(x, out);
    }
  }

  /**
   * ND4J converts as C++ does, to which numbers outside an integer type mean nothing; a Java cast saturates. NaN becomes 0 in its
   * float16 and bfloat16.
   */
  private static boolean byNd4j(DType from, DType to) {
    return to.isFloat() || to == DType.BOOL || from.isInteger() || from == DType.BOOL;
  }

  private static void plain(View x, View out) {
    Loops.forEach(out.shape(), at -> Nd4jBuffer.bits(out, at[1], out.dtype().bits(Nd4jBuffer.get(x, at[0]))), x, out);
  }
}
