package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Dropout: which elements fall is defined to the bit. */
final class DropoutFamily extends FusedFamily {
  private static final long SEED = 1234567890123L;
  private static final long STREAM = 3;
  private static final long OFFSET = 77;
  private static final long DELTA = 1L << 32;

  DropoutFamily(TestDevice device) {
    super(device, "dropout");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      fused(dtype + " keeps the element whose number is p itself",
          (t, ops) -> dropout(t, ops, dtype, Shape.of(9), draw(3), Placement.CONTIGUOUS, false));
      for (double p : new double[] {0, 0.1, 0.5, 0.9, 1}) {
        for (Placement placement : Placement.INPUTS) {
          fused(dtype + " p=" + p + " " + placement, (t, ops) -> {
            for (Shape shape : SHAPES) {
              dropout(t, ops, dtype, shape, p, placement, false);
            }
          });
        }
        fused(dtype + " p=" + p + " in place", (t, ops) -> dropout(t, ops, dtype, Shape.of(33, 31), p, Placement.STEPPED, true));
      }
    }
  }

  private static void dropout(Trial t, FusedOps ops, DType dtype, Shape shape, double p, Placement placement, boolean inPlace) {
    long[] numbers = {SEED, STREAM, OFFSET};
    HostArray values = placement.adapt(HostArray.random(dtype, shape, 191, -3, 3));
    View state = t.in(HostArray.ofLongs(DType.INT64, Shape.of(3), i -> numbers[i]));
    View x = inPlace ? t.inOut(values, placement) : t.in(values, placement);
    View y = inPlace ? x : t.out(dtype, shape, placement.forOutput());
    t.run(() -> ops.dropout(x, state, DELTA, p, y));
    float scale = (float) (1 / (1 - p));
    t.expect(y, i -> {
      return draw(i) >= (float) p ? values.get(i) * scale : 0;
    });
  }

  /** The random number of element i. */
  private static float draw(int i) {
    return Float.intBitsToFloat((int) RandomFamily.element(RandomKind.UNIFORM, DType.FLOAT32, SEED, STREAM, OFFSET + DELTA, i));
  }
}
