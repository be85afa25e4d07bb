package dev.athanor.cuda;

import dev.athanor.kernels.Flags;
import dev.athanor.kernels.Layout;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Cumulative sums and sorting. */
final class FusedOrder {
  /** The longest row that one block sorts. */
  private static final int TILE = 1024;

  private final CudaStream stream;
  private final Layout columns = new Layout(2);

  FusedOrder(CudaStream stream) {
    this.stream = stream;
  }

  /** Along contiguous rows a block a row; along other axes a thread a column, of any strides. */
  void cumulativeSum(View x, int axis, boolean reverse, View y) {
    String type = Names.of(x.dtype());
    int flags = reverse ? Flags.SCAN_REVERSE : 0;
    long n = x.dim(axis);
    if (axis == x.rank() - 1 && x.isContiguous() && y.isContiguous()) {
      long rows = x.size() / n;
      stream.begin("scan_rows_" + type).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(y)).pointer(0)
          .int64(rows).int64(n).int64(n).int32(flags).divisor(1, rows);
      stream.launch(rows);
      return;
    }
    columns.begin();
    for (int i = 0; i < x.rank(); i++) {
      if (i != axis) {
        columns.stride(0, x.stride(i)).stride(1, y.stride(i)).dimension(x.dim(i));
      }
    }
    columns.end();
    stream.begin("scan_columns_" + type).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(y)).int64(columns.elements())
        .int64(n).int64(x.stride(axis)).int64(y.stride(axis)).int32(flags).layout(columns);
    stream.launch(columns.elements());
  }

  /** Sorts contiguous rows of n elements; values and indices are contiguous too, and x apart from them. */
  void sort(View x, long n, boolean descending, View values, View indices, Temporaries t) {
    long rows = x.size() / n;
    long tiles = (n + TILE - 1) / TILE;
    String type = Names.of(x.dtype());
    int merges = n <= TILE ? 0 : 64 - Long.numberOfLeadingZeros(tiles - 1);
    View otherValues = merges == 0 ? null : t.take(x.dtype(), x.shape());
    View otherIndices = merges == 0 ? null : t.take(DType.INT64, x.shape());
    // The merges go back and forth between two pairs of buffers; the last one must end in the result.
    boolean inResult = merges % 2 == 0;
    int width = (int) Math.max(2, Long.highestOneBit(2 * Math.min(n, TILE) - 1));
    stream.begin("sort_tile_" + type).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(inResult ? values : otherValues))
        .pointer(CudaBuffer.address(inResult ? indices : otherIndices)).int64(rows * tiles).int64(n).int32(width).int64(n)
        .int32(descending ? 1 : 0).divisor(tiles, rows * tiles);
    stream.launch(rows * tiles);
    for (long run = TILE; run < n; run *= 2) {
      View from = inResult ? values : otherValues;
      View fromIndices = inResult ? indices : otherIndices;
      inResult = !inResult;
      stream.begin("sort_merge_" + type).pointer(CudaBuffer.address(from)).pointer(CudaBuffer.address(fromIndices))
          .pointer(CudaBuffer.address(inResult ? values : otherValues))
          .pointer(CudaBuffer.address(inResult ? indices : otherIndices)).int64(x.size()).int64(run)
          .int32(descending ? 1 : 0).divisor(n, x.size()).divisor(2 * run, Math.max(n, 2 * run));
      stream.launch(x.size());
    }
  }
}
