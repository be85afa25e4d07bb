package dev.athanor.nn;

/** Transposed convolution of {@code x[N, C, D, H, W]}, see {@link ConvTranspose}. */
public final class ConvTranspose3d extends ConvTranspose<ConvTranspose3d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public ConvTranspose3d(long in, long out, long... kernel) {
    super(3, in, out, kernel);
  }
}
