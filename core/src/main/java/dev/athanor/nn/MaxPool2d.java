package dev.athanor.nn;

/** The largest element of each window of {@code x[N, C, H, W]}; padding never wins, NaN does. See {@link Pool}. */
public final class MaxPool2d extends Pool<MaxPool2d> {
  /** Windows side by side; one size for all spatial axes, or one for each. */
  public MaxPool2d(long... kernel) {
    super(2, true, kernel);
  }
}
