package dev.athanor.cuda;

import dev.athanor.kernels.Layout;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/**
 * Gather and scatter-add. Where the index depends on the axis alone, as an embedding's, gather moves rows in pieces of up to 16
 * bytes, and scatter-add sorts the index, so that each row of the output is summed by threads of its own; both give the same bits
 * as the general forms. A wrong index is reported by the kernel, and thrown at the next wait.
 */
final class Indexing {
  /** From this many on, walking the axis takes longer than sorting it. */
  private static final long SORTED_FROM = 64;

  private final CudaStream stream;
  private final Elementwise elementwise;
  private final FusedOrder order;
  private final Space space = new Space();
  private final Layout columns = new Layout(3);
  private final Layout pairs = new Layout(2);
  private final Layout wide = new Layout(3);

  Indexing(CudaStream stream, Elementwise elementwise) {
    this.stream = stream;
    this.elementwise = elementwise;
    this.order = new FusedOrder(stream);
  }

  void gather(View x, int axis, View index, View out) {
    if (out.size() == 0) {
      return;
    }
    long[] strides = x.strides();
    strides[axis] = 0; // the index moves along this axis
    Layout layout = space.over(x.with(out.shape(), strides, x.offset()), index, out);
    int bytes = x.dtype().bytes();
    int factor = factor(layout, x.stride(axis), space.address(0) | space.address(2), bytes);
    Layout l = factor == 1 ? layout : widened(layout, factor);
    stream.begin("indexing_gather_b" + 8 * factor * bytes + "_" + Names.of(index.dtype())).pointer(space.address(0))
        .pointer(space.address(1)).pointer(space.address(2)).int64(l.elements()).int64(x.dim(axis))
        .int64(x.stride(axis) / factor).pointer(stream.reportTo("gather along axis " + axis)).layout(l);
    stream.launch(l.elements());
  }

  /** How many elements one index moves together, as far as one access reaches. */
  private static int factor(Layout l, long axisStride, long addresses, int bytes) {
    int last = l.rank() - 1;
    if (l.strideAt(0, last) != 1 || l.strideAt(1, last) != 0 || l.strideAt(2, last) != 1) {
      return 1;
    }
    long units = l.size(last) | axisStride;
    for (int d = 0; d < last; d++) {
      units |= l.strideAt(0, d) | l.strideAt(2, d);
    }
    return Moves.factor(units, addresses, bytes);
  }

  private Layout widened(Layout l, int factor) {
    wide.begin();
    int last = l.rank() - 1;
    for (int d = 0; d <= last; d++) {
      boolean inner = d == last;
      wide.stride(0, inner ? 1 : l.strideAt(0, d) / factor).stride(1, l.strideAt(1, d))
          .stride(2, inner ? 1 : l.strideAt(2, d) / factor).dimension(inner ? l.size(d) / factor : l.size(d));
    }
    return wide.end();
  }

  void scatterAdd(View x, int axis, View index, View out) {
    if (x.size() == 0) {
      return;
    }
    if (x.dim(axis) >= SORTED_FROM && x.dtype().isFloat() && alongAxisAlone(index, axis)) {
      scatterSorted(x, axis, index, out);
      return;
    }
    columns.begin();
    for (int i = 0; i < x.rank(); i++) {
      if (i != axis) {
        columns.stride(0, x.stride(i)).stride(1, index.stride(i)).stride(2, out.stride(i)).dimension(x.dim(i));
      }
    }
    columns.end();
    stream.begin("indexing_scatter_" + Names.of(x.dtype()) + "_" + Names.of(index.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(index)).pointer(CudaBuffer.address(out)).int64(columns.elements()).int64(x.dim(axis))
        .int64(out.dim(axis)).int64(x.stride(axis)).int64(index.stride(axis)).int64(out.stride(axis))
        .pointer(stream.reportTo("scatterAdd along axis " + axis)).layout(columns);
    stream.launch(columns.elements());
  }

  private static boolean alongAxisAlone(View index, int axis) {
    for (int i = 0; i < index.rank(); i++) {
      if (i != axis && index.dim(i) > 1 && index.stride(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Equal indices come to lie side by side, in the order in which they were: so each sum runs in that order. */
  private void scatterSorted(View x, int axis, View index, View out) {
    long length = x.dim(axis);
    pairs.begin();
    for (int i = 0; i < x.rank(); i++) {
      if (i != axis) {
        pairs.stride(0, x.stride(i)).stride(1, out.stride(i)).dimension(x.dim(i));
      }
    }
    pairs.end();
    long work = length * pairs.elements();
    try (Temporaries t = new Temporaries(new Temporaries.StreamWorkspace(stream), elementwise)) {
      View along = index.with(Shape.of(length), new long[] {index.stride(axis)}, index.offset());
      View given = t.take(DType.INT64, along.shape());
      elementwise.cast(along, given);
      View keys = t.take(DType.INT64, along.shape());
      View places = t.take(DType.INT64, along.shape());
      order.sort(given, length, false, keys, places, t);
      stream.begin("indexing_scatter_sorted_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x))
          .pointer(CudaBuffer.address(keys)).pointer(CudaBuffer.address(places)).pointer(CudaBuffer.address(out)).int64(work)
          .int64(length).int64(out.dim(axis)).int64(x.stride(axis)).int64(out.stride(axis))
          .pointer(stream.reportTo("scatterAdd along axis " + axis)).divisor(pairs.elements(), work).layout(pairs);
      stream.launch(work);
    }
  }
}
