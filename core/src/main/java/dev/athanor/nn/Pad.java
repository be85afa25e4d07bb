package dev.athanor.nn;

import dev.athanor.ops.Padding;
import dev.athanor.ops.Padding.Mode;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * Elements around the spatial axes of {@code x[N, C, spatial…]}, see {@link Mode}. The amounts are one for every side of every
 * axis, or two for each spatial axis: before its first and after its last element, the outermost axis first.
 */
public final class Pad extends Layer {
  private final Mode mode;
  private final double value;
  private final long[] amounts;

  private Pad(Mode mode, double value, long[] amounts) {
    Checks.require(amounts.length == 1 || amounts.length > 0 && amounts.length % 2 == 0, "Pad",
        "give one amount for all sides, or two for each spatial axis, not " + amounts.length);
    Checks.require(Arrays.stream(amounts).allMatch(a -> a >= 0), "Pad",
        "amounts must not be negative: " + Arrays.toString(amounts));
    this.mode = mode;
    this.value = value;
    this.amounts = amounts.clone();
  }

  /** Zeros. */
  public static Pad zero(long... amounts) {
    return new Pad(Mode.CONSTANT, 0, amounts);
  }

  /** A constant. */
  public static Pad constant(double value, long... amounts) {
    return new Pad(Mode.CONSTANT, value, amounts);
  }

  /** Mirrored at the edge. */
  public static Pad reflect(long... amounts) {
    return new Pad(Mode.REFLECT, 0, amounts);
  }

  /** The edge repeated. */
  public static Pad replicate(long... amounts) {
    return new Pad(Mode.REPLICATE, 0, amounts);
  }

  /** From the other end. */
  public static Pad circular(long... amounts) {
    return new Pad(Mode.CIRCULAR, 0, amounts);
  }

  @Override
  protected Tensor forward(Tensor x) {
    int rank = x.rank() - 2;
    Checks.require(rank >= 1 && (amounts.length == 1 || amounts.length == 2 * rank), "Pad", () -> "x " + x.shape() + " has "
        + Math.max(0, rank) + " spatial axes, there are " + amounts.length + " amounts");
    Tensor y = x;
    for (int i = 0; i < rank; i++) {
      boolean one = amounts.length == 1;
      y = Padding.pad(y, i + 2, amounts[one ? 0 : 2 * i], amounts[one ? 0 : 2 * i + 1], mode, value);
    }
    return y;
  }

  @Override
  public String toString() {
    String list = Arrays.toString(amounts).replaceAll("[\\[\\]]", "");
    boolean zero = mode == Mode.CONSTANT && Double.doubleToRawLongBits(value) == 0;
    return "Pad." + (zero ? "zero(" : mode.name().toLowerCase(java.util.Locale.ROOT) + "(")
        + (mode == Mode.CONSTANT && !zero ? value + ", " : "") + list + ")";
  }
}
