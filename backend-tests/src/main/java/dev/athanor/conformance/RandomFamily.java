package dev.athanor.conformance;

import dev.athanor.backend.Philox;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** Random fills: the bits that {@link Philox} defines. */
final class RandomFamily extends Family {
  private static final List<Shape> FILLED = List.of(Shape.SCALAR, Shape.of(0), Shape.of(1), Shape.of(2), Shape.of(3),
      Shape.of(31), Shape.of(33), Shape.of(1023), Shape.of(5, 7), Shape.of(10_007));

  RandomFamily(TestDevice device) {
    super(device, "random");
  }

  @Override
  void define() {
    for (RandomKind kind : RandomKind.values()) {
      for (DType dtype : kind == RandomKind.BITS ? List.of(DType.INT32) : FLOATS) {
        for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.OFFSET)) {
          testShapes(kind + " " + dtype + " " + placement, FILLED,
              (t, shape) -> fill(t, kind, dtype, shape, placement, 42, 7, 1000, 5));
        }
        test(kind + " " + dtype + " extreme states", t -> {
          Shape shape = Shape.of(33);
          fill(t, kind, dtype, shape, Placement.CONTIGUOUS, -1, Long.MIN_VALUE, 0xFFFFFFFEL, 0); // the block number carries
          fill(t, kind, dtype, shape, Placement.CONTIGUOUS, 0, 0, 0, 0);
          fill(t, kind, dtype, shape, Placement.CONTIGUOUS, 1L << 40, -1, Long.MAX_VALUE, 3);
          fill(t, kind, dtype, shape, Placement.CONTIGUOUS, 9, 9, 0, 1L << 33);
        });
      }
    }
  }

  private void fill(Trial t, RandomKind kind, DType dtype, Shape shape, Placement placement, long seed, long stream, long offset,
      long delta) {
    long[] numbers = {seed, stream, offset};
    View state = t.in(HostArray.ofLongs(DType.INT64, Shape.of(3), i -> numbers[i]));
    View out = t.out(dtype, shape, placement);
    t.run(() -> device.backend().random(kind, state, delta, out));
    t.expectBits(out, HostArray.ofBits(dtype, shape, i -> element(kind, dtype, seed, stream, offset + delta, i)));
  }

  /** The bits of element i of a fill that starts at the given block. */
  static long element(RandomKind kind, DType dtype, long seed, long stream, long block, int i) {
    int[] w = new int[4];
    if (dtype.bytes() == 8) {
      Philox.block(seed, stream, block + i / 2, w);
      boolean odd = i % 2 == 1;
      double value = kind == RandomKind.NORMAL ? Philox.normal(w[0], w[1], w[2], w[3], odd)
          : odd ? Philox.uniform(w[2], w[3]) : Philox.uniform(w[0], w[1]);
      return Double.doubleToRawLongBits(value);
    }
    Philox.block(seed, stream, block + i / 4, w);
    int j = i % 4;
    return switch (kind) {
      case BITS -> w[j] & 0xFFFFFFFFL;
      case UNIFORM -> Float.floatToRawIntBits(Philox.uniform(w[j])) & 0xFFFFFFFFL;
      case NORMAL -> Float.floatToRawIntBits(Philox.normal(w[j / 2 * 2], w[j / 2 * 2 + 1], j % 2 == 1)) & 0xFFFFFFFFL;
    };
  }
}
