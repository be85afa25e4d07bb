package dev.athanor.nn;

/** The mean of each window of {@code x[N, C, L]}. See {@link Pool}. */
public final class AvgPool1d extends Pool<AvgPool1d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public AvgPool1d(long... kernel) {
    super(1, false, kernel);
  }

  /** Whether padding counts as zeros (at first) or is left out of the mean. Returns this layer. */
  public AvgPool1d countPadding(boolean wanted) {
    return countsPadding(wanted);
  }
}
