package dev.athanor.nn;

/** The mean of each window of {@code x[N, C, H, W]}. See {@link Pool}. */
public final class AvgPool2d extends Pool<AvgPool2d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public AvgPool2d(long... kernel) {
    super(2, false, kernel);
  }

  /** Whether padding counts as zeros (at first) or is left out of the mean. Returns this layer. */
  public AvgPool2d countPadding(boolean wanted) {
    return countsPadding(wanted);
  }
}
