package dev.athanor.nn;

/** Convolution of {@code x[N, C, H, W]}, see {@link Conv}. */
public final class Conv2d extends Conv<Conv2d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public Conv2d(long in, long out, long... kernel) {
    super(2, in, out, kernel);
  }
}
