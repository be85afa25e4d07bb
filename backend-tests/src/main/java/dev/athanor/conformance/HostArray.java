package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;

/**
 * Elements on the host, in row-major order, as the bits of their type: what a test uploads and expects. The suite's arrays are
 * small: indices are ints.
 *
 * @param dtype the type
 * @param shape the shape
 * @param bits one entry per element, see {@link DType#bits(double)}
 */
public record HostArray(DType dtype, Shape shape, long[] bits) {

  /** Elements computed from their row-major index and rounded to the type. */
  public static HostArray of(DType dtype, Shape shape, IntToDoubleFunction value) {
    long[] bits = new long[Math.toIntExact(shape.size())];
    Arrays.setAll(bits, i -> dtype.bits(value.applyAsDouble(i)));
    return new HostArray(dtype, shape, bits);
  }

  /** Integer elements computed from their row-major index. */
  public static HostArray ofLongs(DType dtype, Shape shape, IntToLongFunction value) {
    long[] bits = new long[Math.toIntExact(shape.size())];
    Arrays.setAll(bits, i -> dtype.bits(value.applyAsLong(i)));
    return new HostArray(dtype, shape, bits);
  }

  /** Elements given by their bits. */
  static HostArray ofBits(DType dtype, Shape shape, IntToLongFunction value) {
    long[] bits = new long[Math.toIntExact(shape.size())];
    Arrays.setAll(bits, value);
    return new HostArray(dtype, shape, bits);
  }

  /** A vector of the given values. */
  public static HostArray vector(DType dtype, double... values) {
    return of(dtype, Shape.of(values.length), i -> values[i]);
  }

  /** A scalar. */
  public static HostArray scalar(DType dtype, double value) {
    return of(dtype, Shape.SCALAR, i -> value);
  }

  /** The same numbers for the same seed: floats in [low, high), integers in [low, high], bools with even odds. */
  public static HostArray random(DType dtype, Shape shape, long seed, double low, double high) {
    SplittableRandom random = new SplittableRandom(seed);
    if (dtype == DType.BOOL) {
      return ofLongs(dtype, shape, i -> random.nextInt(2));
    }
    return dtype.isInteger()
        ? ofLongs(dtype, shape, i -> random.nextLong((long) low, (long) high + 1))
        : of(dtype, shape, i -> low + (high - low) * random.nextDouble());
  }

  /** The number of elements. */
  public int size() {
    return bits.length;
  }

  /** An element as a number. */
  public double get(int i) {
    return dtype.value(bits[i]);
  }

  /** An element of an integer or bool array. */
  public long whole(int i) {
    return dtype == DType.INT32 ? (int) bits[i] : bits[i];
  }

  /** All elements as numbers. */
  public double[] doubles() {
    double[] values = new double[bits.length];
    Arrays.setAll(values, this::get);
    return values;
  }

  /** The row-major index of an element from its indices along the axes. */
  public int index(long... at) {
    long index = 0;
    for (int i = 0; i < at.length; i++) {
      index = index * shape.dim(i) + at[i];
    }
    return (int) index;
  }

  /** An element by its indices. */
  public double at(long... at) {
    return get(index(at));
  }
}
