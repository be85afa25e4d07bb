package dev.athanor.nn;

/** Convolution of {@code x[N, C, L]}, see {@link Conv}. */
public final class Conv1d extends Conv<Conv1d> {
  /**
   * From {@code in} to {@code out} channels.
   *
   * @param in input channels; 0 leaves them to the first batch
   * @param kernel one size for all spatial axes, or one for each
   */
  public Conv1d(long in, long out, long... kernel) {
    super(1, in, out, kernel);
  }
}
