package dev.athanor.nn;

/** The largest element of each window of {@code x[N, C, D, H, W]}; padding never wins, NaN does. See {@link Pool}. */
public final class MaxPool3d extends Pool<MaxPool3d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public MaxPool3d(long... kernel) {
    super(3, true, kernel);
  }
}
