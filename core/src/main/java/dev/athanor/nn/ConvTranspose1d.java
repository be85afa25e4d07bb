package dev.athanor.nn;

/** Transposed convolution of {@code x[N, C, L]}, see {@link ConvTranspose}. */
public final class ConvTranspose1d extends ConvTranspose<ConvTranspose1d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public ConvTranspose1d(long in, long out, long... kernel) {
    super(1, in, out, kernel);
  }
}
