package dev.athanor.tensor;

import java.util.Arrays;

/** The sizes of a tensor's axes, outermost first. Immutable; at most {@value #MAX_RANK} axes; a scalar has none. */
public final class Shape {
  /** The largest number of axes. */
  public static final int MAX_RANK = 8;
  /** The shape of a scalar. */
  public static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dims;
  private final long size;

  private Shape(long[] dims) {
    this.dims = dims;
    long n = 1;
    for (long d : dims) {
      n = Math.multiplyExact(n, d);
    }
    this.size = n;
  }

  /**
   * A shape of the given sizes.
   *
   * @throws dev.athanor.AthanorException if a size is negative, there are more than {@value #MAX_RANK}, or the number of elements
   *     does not fit 63 bits
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : checked(dims.clone());
  }

  /** As {@link #of(long...)}, keeping the array: the caller must not write to it again. */
  static Shape wrap(long[] dims) {
    return dims.length == 0 ? SCALAR : checked(dims);
  }

  private static Shape checked(long[] dims) {
    Checks.dims(dims);
    return new Shape(dims);
  }

  /** The number of axes. */
  public int rank() {
    return dims.length;
  }

  /** The size of one axis; a negative index counts from the end. */
  public long dim(int axis) {
    return dims[Checks.axis("dim", axis, dims.length)];
  }

  /** The number of elements; 1 for a scalar. */
  public long size() {
    return size;
  }

  /** A copy of the sizes. */
  public long[] dims() {
    return dims.clone();
  }

  /** The sizes without a copy, for reading inside this package. */
  long[] raw() {
    return dims;
  }

  /** The element strides of a row-major layout of this shape. */
  public long[] rowMajorStrides() {
    long[] strides = new long[dims.length];
    long step = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, dims[i]);
    }
    return strides;
  }

  /** This shape with the size of one axis replaced. */
  public Shape with(int axis, long dim) {
    long[] d = dims.clone();
    d[Checks.axis("with", axis, d.length)] = dim;
    return wrap(d);
  }

  /** This shape without one axis. */
  public Shape without(int axis) {
    int at = Checks.axis("without", axis, dims.length);
    long[] d = new long[dims.length - 1];
    System.arraycopy(dims, 0, d, 0, at);
    System.arraycopy(dims, at + 1, d, at, d.length - at);
    return wrap(d);
  }

  /** This shape with a new axis before position {@code axis} (0…rank). */
  public Shape insert(int axis, long dim) {
    long[] d = new long[dims.length + 1];
    System.arraycopy(dims, 0, d, 0, axis);
    d[axis] = dim;
    System.arraycopy(dims, axis, d, axis + 1, dims.length - axis);
    return wrap(d);
  }

  /** The axes from {@code from} (inclusive) to {@code to} (exclusive). */
  public Shape range(int from, int to) {
    return wrap(Arrays.copyOfRange(dims, from, to));
  }

  /** This shape followed by another. */
  public Shape concat(Shape tail) {
    long[] d = Arrays.copyOf(dims, dims.length + tail.dims.length);
    System.arraycopy(tail.dims, 0, d, dims.length, tail.dims.length);
    return wrap(d);
  }

  /**
   * The shape both broadcast to by NumPy's rule (aligned at the last axis, sizes equal or 1), or null if there is none.
   */
  public static Shape broadcast(Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    long[] d = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
      long y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
      if (x != y && x != 1 && y != 1) {
        return null;
      }
      d[rank - i] = x == 1 ? y : x;
    }
    return wrap(d);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || other instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As {@code [32, 784]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
