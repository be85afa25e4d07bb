package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the outputs of a resampling lie in its input, along one axis: output o reads position
 * {@code max(0, o * scale + bias) / divisor}, an exact fraction. Two of them, height then width, travel as the structure
 * {@code Grid2}.
 *
 * @param scale the numerator's step per output
 * @param bias the numerator at output 0
 * @param divisor the denominator, positive
 */
public record SamplingGrid(int scale, int bias, int divisor) {
  /** Bytes of the structure {@code Grid2} in a parameter block. */
  public static final int BYTES = 24;

  /** The element at floor(o * in / out). */
  public static SamplingGrid nearest(int in, int out) {
    check(in, out);
    return new SamplingGrid(in, 0, out);
  }

  /** Pixels as areas: position (o + 1/2) in / out - 1/2. */
  public static SamplingGrid halfPixel(int in, int out) {
    check(in, out);
    return new SamplingGrid(2 * in, in - out, 2 * out);
  }

  /** Pixels as points, corners upon corners: position o (in - 1) / (out - 1). */
  public static SamplingGrid alignCorners(int in, int out) {
    check(in, out);
    return out == 1 ? new SamplingGrid(0, 0, 1) : new SamplingGrid(in - 1, 0, out - 1);
  }

  /** Writes both axes as the next parameter. */
  public static void write(ParameterBlock block, SamplingGrid height, SamplingGrid width) {
    long at = block.struct(BYTES);
    MemorySegment to = block.memory();
    height.write(to, at);
    width.write(to, at + 12);
  }

  private void write(MemorySegment to, long at) {
    to.set(ValueLayout.JAVA_INT, at, scale);
    to.set(ValueLayout.JAVA_INT, at + 4, bias);
    to.set(ValueLayout.JAVA_INT, at + 8, divisor);
  }

  private static void check(int in, int out) {
    if (in < 1 || out < 1 || 2L * (in + 1) * (out + 1) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("resampling an axis from " + in + " to " + out
          + " elements: both must be at least 1, and twice their product below 2^31");
    }
  }
}
