package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;

/** Data for kernel tests and comparison with float64 references. */
final class Compare {
  /** The sizes every kernel is tried at: nothing, one, around a warp, around a block. */
  static final int[] SIZES = {0, 1, 31, 33, 1023};

  private Compare() {}

  /** The distance from 1 to the next number of the type, over 2: what one rounding may cost. */
  static double epsilon(ElementType type) {
    return switch (type) {
      case FLOAT32 -> 0x1p-24;
      case FLOAT64 -> 0x1p-53;
      case FLOAT16 -> 0x1p-11;
      case BFLOAT16 -> 0x1p-8;
      case INT32, INT64, BOOL -> 0;
    };
  }

  /** Normal numbers, as the type holds them. */
  static double[] normal(ElementType type, int n, long seed, double scale) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = switch (type) {
        case BOOL -> random.nextInt(2);
        case INT32, INT64 -> random.nextInt(-100, 100);
        case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> random.nextGaussian() * scale;
      };
    }
    return Sim.rounded(type, v);
  }

  /**
   * Holds results against references.
   *
   * @param roundings the error allowed, in roundings of the type
   * @param scale what the roundings are relative to besides the reference itself, for results that cancel; one per element or
   * null
   */
  static void close(String what, ElementType type, double[] expected, double[] actual, double roundings, double[] scale) {
    assertEquals(expected.length, actual.length, what);
    double least = type == ElementType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    for (int i = 0; i < expected.length; i++) {
      double e = expected[i];
      double a = actual[i];
      if (Double.isNaN(e) || Double.isInfinite(e)) {
        if (Double.compare(e, a) != 0) {
          fail(what + "[" + i + "]: expected " + e + ", is " + a);
        }
        continue;
      }
      double allowed = roundings * epsilon(type) * Math.max(Math.abs(e), scale == null ? 0 : Math.abs(scale[i])) + least;
      if (type == ElementType.INT32 || type == ElementType.INT64 || type == ElementType.BOOL) {
        allowed = 0;
      }
      if (!(Math.abs(e - a) <= allowed)) {
        fail(what + "[" + i + "] of " + expected.length + ": expected " + e + ", is " + a + ", off by " + Math.abs(e - a)
            + " where " + allowed + " is allowed");
      }
    }
  }
}
