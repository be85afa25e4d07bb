package dev.athanor.nn;

/** Transposed convolution of {@code x[N, C, H, W]}, see {@link ConvTranspose}. */
public final class ConvTranspose2d extends ConvTranspose<ConvTranspose2d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public ConvTranspose2d(long in, long out, long... kernel) {
    super(2, in, out, kernel);
  }
}
