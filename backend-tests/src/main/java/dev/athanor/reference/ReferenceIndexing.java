package dev.athanor.reference;

import dev.athanor.tensor.View;

/** Reading and adding at computed positions. */
final class ReferenceIndexing {
  private ReferenceIndexing() {}

  static void gather(View x, int axis, View index, View out) {
    View starts = withoutAxis(x, axis, out);
    Positions.forEach(out.shape(), at -> {
      long from = at[0] + checked(index, at[1], x, axis) * x.stride(axis);
      ReferenceBuffer.bits(out, at[2], ReferenceBuffer.bits(x, from));
    }, starts, index, out);
  }

  static void scatterAdd(View x, int axis, View index, View out) {
    View starts = withoutAxis(out, axis, x);
    boolean real = x.dtype().isFloat();
    Positions.forEach(x.shape(), at -> {
      long to = at[0] + checked(index, at[1], out, axis) * out.stride(axis);
      if (real) {
        ReferenceBuffer.set(out, to, ReferenceBuffer.get(out, to) + ReferenceBuffer.get(x, at[2]));
      } else {
        ReferenceBuffer.integer(out, to, ReferenceBuffer.integer(out, to) + ReferenceBuffer.integer(x, at[2]));
      }
    }, starts, index, x);
  }

  /** The indexed view over another's shape, standing still along the axis that the index replaces. */
  private static View withoutAxis(View indexed, int axis, View other) {
    long[] strides = indexed.strides();
    strides[axis] = 0;
    return indexed.with(other.shape(), strides, indexed.offset());
  }

  private static long checked(View index, long at, View indexed, int axis) {
    long i = ReferenceBuffer.integer(index, at);
    if (i < 0 || i >= indexed.dim(axis)) {
      throw new IndexOutOfBoundsException("index " + i + " is outside axis " + axis + " of size " + indexed.dim(axis));
    }
    return i;
  }
}
