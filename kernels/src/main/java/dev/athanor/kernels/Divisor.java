package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The numbers by which a kernel divides by an invariant with one multiplication and a shift (Granlund and Montgomery,
 * "Division by invariant integers using multiplication", 1994), for numerators below 2^31.
 */
public final class Divisor {
  /** Bytes of the structure {@code Divisor} in a parameter block. */
  public static final int BYTES = 16;
  /** The shift that tells a kernel to divide in 64 bits. */
  static final int WIDE = 255;

  private Divisor() {}

  /** Writes the structure {@code Divisor} for numerators from 0 to {@code largest} at this offset. */
  static void write(MemorySegment to, long offset, long value, long largest) {
    boolean narrow = value <= Integer.MAX_VALUE && largest <= Integer.MAX_VALUE;
    to.set(ValueLayout.JAVA_LONG, offset, value);
    to.set(ValueLayout.JAVA_INT, offset + 8, narrow ? magic(value) : 0);
    to.set(ValueLayout.JAVA_INT, offset + 12, narrow ? shift(value) : WIDE);
  }

  /** The shift for a divisor from 1 to 2^31 - 1: the smallest s with 2^s >= divisor. */
  static int shift(long divisor) {
    return 64 - Long.numberOfLeadingZeros(divisor - 1);
  }

  /** The multiplier for a divisor from 1 to 2^31 - 1: floor(2^32 (2^s - divisor) / divisor) + 1. */
  static int magic(long divisor) {
    return (int) (((1L << shift(divisor)) - divisor << 32) / divisor + 1);
  }
}
