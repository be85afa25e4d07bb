package dev.athanor.nn;

/** The largest element of each window of {@code x[N, C, L]}; padding never wins, NaN does. See {@link Pool}. */
public final class MaxPool1d extends Pool<MaxPool1d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public MaxPool1d(long... kernel) {
    super(1, true, kernel);
  }
}
