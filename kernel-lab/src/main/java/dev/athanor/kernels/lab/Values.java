package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import dev.athanor.tensor.DType;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/** Tensors of any element type, which on the host are {@code double}: integers below 2^53, bool as 0 or 1, 16-bit floats. */
final class Values {
  private Values() {}

  /** The type with this suffix in kernels' names. */
  static ElementType type(String suffix) {
    return Arrays.stream(ElementType.values()).filter(t -> t.suffix().equals(suffix)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no element type is named " + suffix));
  }

  static boolean floating(ElementType type) {
    return type == ElementType.FLOAT32 || type == ElementType.FLOAT64;
  }

  /** What a number of any type becomes in this type: one rounding for floats, Java's casts for integers, x != 0 for bool. */
  static double cast(double v, ElementType from, ElementType to) {
    return switch (to) {
      case FLOAT64 -> v;
      case FLOAT32 -> (float) v;
      case INT32 -> from == ElementType.INT64 ? (int) (long) v : (int) v;
      case INT64 -> (long) v;
      case BOOL -> v != 0 ? 1 : 0;
      case FLOAT16 -> narrow(v, 11, -24, 65504);
      case BFLOAT16 -> narrow(v, 8, -133, 0x1.fep127);
    };
  }

  /** Rounds to so many significant bits, with the smallest subnormal 2^least and the largest finite value. */
  private static double narrow(double v, int bits, int least, double largest) {
    if (v == 0 || !Double.isFinite(v)) {
      return v;
    }
    int exponent = Math.max(Math.getExponent(v) - (bits - 1), least);
    double rounded = Math.scalb(Math.rint(Math.scalb(v, -exponent)), exponent);
    return Math.abs(rounded) > largest ? Math.copySign(Double.POSITIVE_INFINITY, v) : rounded;
  }

  /** Rounds numbers in place to what the type holds. */
  static double[] hold(ElementType type, double[] x) {
    Arrays.setAll(x, i -> cast(x[i], ElementType.FLOAT64, type));
    return x;
  }

  /** Random numbers that the type holds: floats from -scale to scale, integers from -100 to 99, bools. */
  static double[] random(Bench bench, ElementType type, int n, double scale) {
    return switch (type) {
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> hold(type, bench.uniform(n, -scale, scale));
      case INT32, INT64 -> hold(type, Arrays.stream(bench.integers(n, 200)).mapToDouble(v -> v - 100).toArray());
      case BOOL -> Arrays.stream(bench.integers(n, 2)).asDoubleStream().toArray();
    };
  }

  /** A tensor of numbers that the type holds, for a kernel to read. */
  static Bench.Array in(Bench bench, ElementType type, double[] x) {
    return floating(type) ? bench.in(Cell.of(type), x.clone()) : bench.in(Cell.of(type), bits(type, x));
  }

  /** Expects these numbers: exactly where they are not float32 or float64, else within a bound per element. */
  static void expect(Bench bench, Bench.Array array, ElementType type, double[] y, IntToDoubleFunction bound) {
    if (floating(type)) {
      bench.expect(array, y, bound);
    } else {
      bench.expect(array, bits(type, y));
    }
  }

  private static long[] bits(ElementType type, double[] x) {
    DType halves = DType.valueOf(type.name());
    return Arrays.stream(x).mapToLong(v -> switch (type) {
      case FLOAT16, BFLOAT16 -> halves.bits(v); // exact: the type holds v
      case INT32, INT64, BOOL -> (long) v;
      case FLOAT32, FLOAT64 -> throw new IllegalArgumentException(type + " is not kept as bits");
    }).toArray();
  }
}
