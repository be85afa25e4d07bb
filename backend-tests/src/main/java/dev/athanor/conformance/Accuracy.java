package dev.athanor.conformance;

import dev.athanor.backend.MatmulPrecision;
import dev.athanor.tensor.DType;

/**
 * How far a result may be from the exact one. The suite asks for what an honest implementation in the operand's own type reaches:
 *
 * <ul>
 * <li>+ − · / √ and what copies or compares: the correctly rounded result;
 * <li>elementary functions: {@value #ULPS} units in the last place, the bound CUDA's and most vector libraries document;
 * <li>sums of n terms: n·u·Σ|term|, the worst case of adding one after the other (N. Higham, Accuracy and Stability of Numerical
 *     Algorithms, 4.2) with unit roundoff u; what is computed from sums multiplies that by the factor the formula gives;
 * <li>sums of products of float32 in a lower {@link MatmulPrecision}: as above, and for each factor the rounding to p bits, which
 *     may cut (so do tensor cores that are given float32): 2^(1 − p) of each term for each of its two factors;
 * <li>results that fall below the normal range may be flushed to zero, except where a value is only moved.
 * </ul>
 */
public final class Accuracy {
  /** For elementary functions, in units in the last place. */
  public static final int ULPS = 4;

  private Accuracy() {}

  /** The unit roundoff: half the distance between 1 and the next number. */
  public static double unit(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> 0x1p-24;
      case FLOAT64 -> 0x1p-53;
      case BFLOAT16 -> 0x1p-8;
      case FLOAT16 -> 0x1p-11;
      case INT32, INT64, BOOL -> 0;
    };
  }

  /** The smallest normal number, which bounds what flushing to zero loses. */
  public static double tiny(DType dtype) {
    return dtype == DType.FLOAT64 ? Double.MIN_NORMAL : dtype.isFloat() ? Float.MIN_NORMAL : 0;
  }

  /** {@code n} units in the last place of {@code value}. */
  public static double ulps(DType dtype, double n, double value) {
    return 2 * n * unit(dtype) * Math.abs(value) + tiny(dtype);
  }

  /** The bound of a sum of {@code n} terms with the given sum of magnitudes. */
  public static double sum(DType dtype, long n, double magnitude) {
    return (n + 2) * unit(dtype) * magnitude + tiny(dtype);
  }

  /** The bound of a sum of {@code n} products, whose factors a device may round, with the given sum of magnitudes. */
  public static double products(DType dtype, MatmulPrecision precision, long n, double magnitude) {
    double rounding = dtype == DType.FLOAT32 && precision != MatmulPrecision.HIGHEST ? Math.scalb(1.0, 1 - precision.bits()) : 0;
    return sum(dtype, n, magnitude) + (2 * rounding + rounding * rounding) * magnitude;
  }
}
