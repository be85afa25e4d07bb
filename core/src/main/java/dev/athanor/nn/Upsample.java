package dev.athanor.nn;

import dev.athanor.ops.Resampling;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/** Makes {@code x[N, C, spatial…]} larger (or smaller), by a factor or to a size. */
public final class Upsample extends Layer {
  private enum Mode { NEAREST, LINEAR, CORNERS }

  private final Mode mode;
  private final double[] factors;
  private final long[] sizes;

  private Upsample(Mode mode, double[] factors, long[] sizes) {
    this.mode = mode;
    this.factors = factors;
    this.sizes = sizes;
    Checks.require(factors == null || factors.length > 0 && Arrays.stream(factors).allMatch(f -> f > 0 && f < 1e6), "Upsample",
        () -> "factors must be positive, not " + Arrays.toString(factors));
    Checks.require(sizes == null || sizes.length > 0 && Arrays.stream(sizes).allMatch(s -> s > 0), "Upsample",
        () -> "sizes must be positive, not " + Arrays.toString(sizes));
  }

  /** The nearest element, see {@link Resampling#nearest}; one factor for all spatial axes, or one for each. */
  public static Upsample nearest(double... factors) {
    return new Upsample(Mode.NEAREST, factors.clone(), null);
  }

  /** Linear between neighbours (bilinear for images), see {@link Resampling#linear}; one factor for all axes, or one for each. */
  public static Upsample linear(double... factors) {
    return new Upsample(Mode.LINEAR, factors.clone(), null);
  }

  /** To these sizes, one for each spatial axis, instead of by factors. Returns a new layer. */
  public Upsample to(long... outputSizes) {
    return new Upsample(mode, null, outputSizes.clone());
  }

  /** For linear: the corners' elements keep their places. Returns a new layer. */
  public Upsample alignCorners() {
    Checks.require(mode != Mode.NEAREST, "Upsample", "corners are aligned by linear interpolation, not by the nearest element");
    return new Upsample(Mode.CORNERS, factors, sizes);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.require(x.rank() >= 3, "Upsample", () -> "the input must be [N, C, spatial…], not " + x.shape());
    long[] to = sizes == null ? scaled(x.shape()) : sizes;
    return mode == Mode.NEAREST ? Resampling.nearest(x, to) : Resampling.linear(x, mode == Mode.CORNERS, to);
  }

  private long[] scaled(Shape x) {
    int rank = x.rank() - 2;
    Checks.require(factors.length == 1 || factors.length == rank, "Upsample", () -> "x " + x + " has " + rank
        + " spatial axes, there are " + factors.length + " factors");
    long[] to = new long[rank];
    Arrays.setAll(to, i -> (long) Math.floor(x.dim(i + 2) * factors[factors.length == 1 ? 0 : i]));
    return to;
  }

  @Override
  public String toString() {
    String kind = "Upsample." + (mode == Mode.NEAREST ? "nearest" : "linear");
    String by = sizes == null ? "(" + Arrays.toString(factors).replaceAll("[\\[\\]]", "") + ")"
        : "(1).to(" + Arrays.toString(sizes).replaceAll("[\\[\\]]", "") + ")";
    return kind + by + (mode == Mode.CORNERS ? ".alignCorners()" : "");
  }
}
