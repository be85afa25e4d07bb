package dev.athanor.ops;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Longer axes: constants, or the tensor's own elements, around it. */
public final class Padding {
  private Padding() {}

  /** What stands outside, for an axis {@code a b c d}. */
  public enum Mode {
    /** A constant: {@code 0 0 a b c d 0 0}. */
    CONSTANT,
    /** The elements mirrored at the edge, which is not repeated: {@code c b a b c d c b}. */
    REFLECT,
    /** The element at the edge: {@code a a a b c d d d}. */
    REPLICATE,
    /** The elements of the other end: {@code c d a b c d a b}. */
    CIRCULAR
  }

  /**
   * A copy with elements added around one axis.
   *
   * @param low how many before the first element
   * @param high how many after the last; for {@link Mode#REFLECT} both are less than the axis, for {@link Mode#CIRCULAR} not more
   * @param value for {@link Mode#CONSTANT}
   */
  public static Tensor pad(Tensor x, int axis, long low, long high, Mode mode, double value) {
    int at = Checks.axis("pad", axis, x.rank());
    Checks.require(low >= 0 && high >= 0, "pad", () -> "padding must not be negative: " + low + ", " + high);
    if (low == 0 && high == 0) {
      return x;
    }
    long n = x.dim(at);
    long most = switch (mode) {
      case CONSTANT -> Long.MAX_VALUE;
      case REFLECT -> n - 1;
      case REPLICATE -> n == 0 ? 0 : Long.MAX_VALUE;
      case CIRCULAR -> n;
    };
    Checks.require(Math.max(low, high) <= most, "pad", () -> mode.name().toLowerCase(java.util.Locale.ROOT) + " padding of " + low
        + " and " + high + " is more than axis " + axis + " of x " + x.shape() + " has to give");
    if (mode == Mode.CONSTANT) {
      return Joining.pad(x, at, low, high, value);
    }
    try (Scope temporaries = x.device().internalScope()) {
      List<Tensor> parts = new ArrayList<>();
      if (low > 0) {
        parts.add(switch (mode) {
          case CONSTANT -> throw new IllegalStateException();
          case REFLECT -> x.slice(at, 1, low + 1).flip(at);
          case REPLICATE -> repeat(x.slice(at, 0, 1), at, low);
          case CIRCULAR -> x.slice(at, n - low, n);
        });
      }
      parts.add(x);
      if (high > 0) {
        parts.add(switch (mode) {
          case CONSTANT -> throw new IllegalStateException();
          case REFLECT -> x.slice(at, n - 1 - high, n - 1).flip(at);
          case REPLICATE -> repeat(x.slice(at, n - 1, n), at, high);
          case CIRCULAR -> x.slice(at, 0, high);
        });
      }
      return temporaries.keep(Joining.concat(at, parts));
    }
  }

  private static Tensor repeat(Tensor edge, int axis, long times) {
    Shape shape = edge.shape().with(axis, times);
    return edge.expand(shape);
  }
}
