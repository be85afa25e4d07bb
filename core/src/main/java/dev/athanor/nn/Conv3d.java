package dev.athanor.nn;

/** Convolution of {@code x[N, C, D, H, W]}, see {@link Conv}. */
public final class Conv3d extends Conv<Conv3d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public Conv3d(long in, long out, long... kernel) {
    super(3, in, out, kernel);
  }
}
