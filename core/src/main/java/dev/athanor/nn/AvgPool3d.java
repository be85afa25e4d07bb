package dev.athanor.nn;

/** The mean of each window of {@code x[N, C, D, H, W]}. See {@link Pool}. */
public final class AvgPool3d extends Pool<AvgPool3d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public AvgPool3d(long... kernel) {
    super(3, false, kernel);
  }

  /** Whether padding counts as zeros (at first) or is left out of the mean. Returns this layer. */
  public AvgPool3d countPadding(boolean wanted) {
    return countsPadding(wanted);
  }
}
