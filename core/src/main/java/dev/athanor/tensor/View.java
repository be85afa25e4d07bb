package dev.athanor.tensor;

import dev.athanor.backend.Buffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a backend sees of a tensor: a buffer and the layout of the elements in it. Element {@code (i0, i1, …)} lies at element
 * {@code offset + i0 * strides[0] + i1 * strides[1] + …} of the buffer. A stride of 0 repeats an element (broadcast), a negative
 * one walks backwards. Immutable; owns nothing.
 *
 * <p>The methods that make another view check nothing that core's operations have checked before: they are the arithmetic of
 * layouts.
 */
public final class View {
  private final Buffer buffer;
  private final DType dtype;
  private final Shape shape;
  private final long[] strides;
  private final long offset;
  private final boolean contiguous;

  private View(Buffer buffer, DType dtype, Shape shape, long[] strides, long offset) {
    this.buffer = Objects.requireNonNull(buffer, "buffer");
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.contiguous = shape.size() == 0 || rowMajor(shape.raw(), strides);
  }

  /** A row-major view at the start of a buffer. */
  public static View of(Buffer buffer, DType dtype, Shape shape) {
    return new View(buffer, dtype, shape, shape.rowMajorStrides(), 0);
  }

  /** A view with an explicit layout, in elements. The strides are copied. */
  public static View of(Buffer buffer, DType dtype, Shape shape, long[] strides, long offset) {
    return new View(buffer, dtype, shape, strides.clone(), offset);
  }

  private static boolean rowMajor(long[] dims, long[] strides) {
    long expected = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      if (dims[i] != 1) {
        if (strides[i] != expected) {
          return false;
        }
        expected *= dims[i];
      }
    }
    return true;
  }

  /** The memory the elements lie in. */
  public Buffer buffer() {
    return buffer;
  }

  /** The type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** The sizes of the axes. */
  public Shape shape() {
    return shape;
  }

  /** The number of axes. */
  public int rank() {
    return strides.length;
  }

  /** The size of one axis, 0 ≤ axis < rank. */
  public long dim(int axis) {
    return shape.raw()[axis];
  }

  /** The number of elements. */
  public long size() {
    return shape.size();
  }

  /** The distance in elements between neighbours along one axis. */
  public long stride(int axis) {
    return strides[axis];
  }

  /** A copy of the strides, in elements. */
  public long[] strides() {
    return strides.clone();
  }

  /** Where the first element lies, in elements from the buffer's start. */
  public long offset() {
    return offset;
  }

  /** Where the first element lies, in bytes from the buffer's start. */
  public long byteOffset() {
    return offset * dtype.bytes();
  }

  /** Whether the elements lie in row-major order without gaps (axes of size 1 do not count); so does no element at all. */
  public boolean isContiguous() {
    return contiguous;
  }

  /** Whether every element is the same one: all strides of axes longer than 1 are 0. */
  public boolean isScalar() {
    for (int i = 0; i < strides.length; i++) {
      if (strides[i] != 0 && dim(i) > 1) {
        return false;
      }
    }
    return true;
  }

  /** Whether buffer, type, shape, strides and offset are all the same: the same elements at the same places. */
  public boolean sameLayout(View other) {
    return buffer == other.buffer && dtype == other.dtype && offset == other.offset && shape.equals(other.shape)
        && Arrays.equals(strides, other.strides);
  }

  /** The same buffer under another layout, in elements. The strides are kept: the caller must not write to them again. */
  public View with(Shape newShape, long[] newStrides, long newOffset) {
    return new View(buffer, dtype, newShape, newStrides, newOffset);
  }

  /** Axes reordered: axis {@code i} of the result is axis {@code order[i]} of this view. */
  public View permute(int... order) {
    long[] d = new long[order.length];
    long[] s = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      d[i] = dim(order[i]);
      s[i] = strides[order[i]];
    }
    return with(Shape.wrap(d), s, offset);
  }

  /** Two axes exchanged. */
  public View swap(int a, int b) {
    int[] order = new int[rank()];
    Arrays.setAll(order, i -> i == a ? b : i == b ? a : i);
    return permute(order);
  }

  /** Broadcast to a larger shape; sizes must already be compatible. */
  public View expand(Shape target) {
    if (target.equals(shape)) {
      return this;
    }
    long[] s = new long[target.rank()];
    int shift = target.rank() - rank();
    for (int i = 0; i < rank(); i++) {
      s[i + shift] = dim(i) == 1 && target.raw()[i + shift] != 1 ? 0 : strides[i];
    }
    return with(target, s, offset);
  }

  /** Elements {@code start, start + step, …} ({@code count} of them) of one axis; {@code step} may be negative. */
  public View slice(int axis, long start, long count, long step) {
    long[] s = strides.clone();
    s[axis] *= step;
    return with(shape.with(axis, count), s, count == 0 ? offset : offset + start * strides[axis]);
  }

  /** One index of an axis, which is dropped. */
  public View select(int axis, long index) {
    long[] s = new long[rank() - 1];
    for (int i = 0, j = 0; i < rank(); i++) {
      if (i != axis) {
        s[j++] = strides[i];
      }
    }
    return with(shape.without(axis), s, offset + index * strides[axis]);
  }

  /** A new axis of size 1 before position {@code axis}. */
  public View unsqueeze(int axis) {
    long[] s = new long[rank() + 1];
    System.arraycopy(strides, 0, s, 0, axis);
    System.arraycopy(strides, axis, s, axis + 1, rank() - axis);
    return with(shape.insert(axis, 1), s, offset);
  }

  /** The axis of size 1 dropped. */
  public View squeeze(int axis) {
    return select(axis, 0);
  }

  /**
   * The same elements in row-major order under another shape of the same size, or null where no strides can express it
   * (a copy is needed then).
   */
  public View reshapeOrNull(Shape target) {
    if (target.equals(shape)) {
      return this;
    }
    if (contiguous) {
      return with(target, target.rowMajorStrides(), offset);
    }
    // Axes of size 1 do not matter; the others are matched in groups of equal products, each old group being one run of memory.
    long[] from = new long[rank()];
    long[] step = new long[rank()];
    int n = 0;
    for (int i = 0; i < rank(); i++) {
      if (dim(i) != 1) {
        from[n] = dim(i);
        step[n++] = strides[i];
      }
    }
    long[] to = target.raw();
    long[] s = new long[to.length];
    int i = 0;
    int j = 0;
    while (i < n && j < to.length) {
      long oldSize = from[i];
      long newSize = to[j];
      int iEnd = i + 1;
      int jEnd = j + 1;
      while (oldSize != newSize) {
        if (oldSize < newSize) {
          oldSize *= from[iEnd++];
        } else {
          newSize *= to[jEnd++];
        }
      }
      for (int k = i; k < iEnd - 1; k++) {
        if (step[k] != from[k + 1] * step[k + 1]) {
          return null;
        }
      }
      s[jEnd - 1] = step[iEnd - 1];
      for (int k = jEnd - 1; k > j; k--) {
        s[k - 1] = s[k] * to[k];
      }
      i = iEnd;
      j = jEnd;
    }
    return with(target, s, offset);
  }

  /** As {@code float32[32, 784] strides [784, 1] offset 0}. */
  @Override
  public String toString() {
    return dtype + "" + shape + " strides " + Arrays.toString(strides) + " offset " + offset;
  }
}
