package dev.athanor.cuda;

import dev.athanor.kernels.Layout;
import dev.athanor.tensor.View;

/** Gather and scatter-add. A wrong index is reported by the kernel, and thrown at the next wait. */
final class Indexing {
  private final CudaStream stream;
  private final Space space = new Space();
  private final Layout columns = new Layout(3);

  Indexing(CudaStream stream) {
    this.stream = stream;
  }

  void gather(View x, int axis, View index, View out) {
    if (out.size() == 0) {
      return;
    }
    long[] strides = x.strides();
    strides[axis] = 0; // the index moves along this axis
    Layout layout = space.over(x.with(out.shape(), strides, x.offset()), index, out);
    stream.begin("indexing_gather_" + Names.bits(x.dtype()) + "_" + Names.of(index.dtype())).pointer(space.address(0))
        .pointer(space.address(1)).pointer(space.address(2)).int64(out.size()).int64(x.dim(axis)).int64(x.stride(axis))
        .pointer(stream.reportTo("gather along axis " + axis)).layout(layout);
    stream.launch(out.size());
  }

  void scatterAdd(View x, int axis, View index, View out) {
    if (x.size() == 0) {
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
}
