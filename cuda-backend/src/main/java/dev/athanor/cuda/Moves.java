package dev.athanor.cuda;

import dev.athanor.kernels.Layout;

/**
 * Copies of elements from one layout to another. A run of elements is one copy of the device's own; rows of whole 16 bytes (or 8,
 * or 4) move in elements of that size; matrices that change the order of their axes go through tiles, so that both sides are read
 * and written along their rows; the rest goes element by element.
 */
final class Moves {
  /** Matrices with fewer rows or columns than this gain nothing from tiles. */
  private static final long SMALLEST_SIDE = 8;
  private static final int TILE = 32;
  private static final int LARGEST_TILED = 8;
  private static final int WIDEST = 16;

  private final CudaStream stream;
  private final Layout wide = new Layout(2);

  Moves(CudaStream stream) {
    this.stream = stream;
  }

  /**
   * Copies.
   *
   * @param layout both operands, in the order in which the output lies in memory, not empty
   * @param bytes the size of an element
   */
  void copy(Layout layout, long from, long to, int bytes) {
    if (layout.contiguous(0) && layout.contiguous(1)) {
      stream.copy(from, to, layout.elements() * bytes);
    } else if (!transposed(layout, from, to, bytes)) {
      strided(layout, from, to, bytes);
    }
  }

  private void strided(Layout layout, long from, long to, int bytes) {
    int factor = factor(layout, from, to, bytes);
    Layout l = factor == 1 ? layout : widened(layout, factor);
    stream.begin("copy_b" + 8 * factor * bytes).pointer(from).pointer(to).int64(l.elements()).layout(l);
    stream.launch(l.elements());
  }

  /** How many elements can move as one: the innermost axis is a run in both, and all else a multiple of the larger element. */
  private static int factor(Layout layout, long from, long to, int bytes) {
    int last = layout.rank() - 1;
    if (layout.strideAt(0, last) != 1 || layout.strideAt(1, last) != 1) {
      return 1;
    }
    long units = layout.size(last);
    for (int d = 0; d < last; d++) {
      units |= layout.strideAt(0, d) | layout.strideAt(1, d);
    }
    return factor(units, from | to, bytes);
  }

  /**
   * The most elements that fit one access.
   *
   * @param units all lengths and strides, or-ed
   * @param addresses all addresses, or-ed
   */
  static int factor(long units, long addresses, int bytes) {
    int factor = WIDEST / bytes;
    while (factor > 1 && ((units & factor - 1) != 0 || (addresses & (long) factor * bytes - 1) != 0)) {
      factor /= 2;
    }
    return factor;
  }

  private Layout widened(Layout layout, int factor) {
    wide.begin();
    int last = layout.rank() - 1;
    for (int d = 0; d <= last; d++) {
      boolean inner = d == last;
      wide.stride(0, inner ? 1 : layout.strideAt(0, d) / factor).stride(1, inner ? 1 : layout.strideAt(1, d) / factor);
      wide.dimension(inner ? layout.size(d) / factor : layout.size(d));
    }
    return wide.end();
  }

  /** Through tiles, where the output's innermost axis is another than the input's. */
  private boolean transposed(Layout l, long from, long to, int bytes) {
    int row = l.rank() - 1; // along the output's rows
    if (bytes > LARGEST_TILED || l.rank() < 2 || l.rank() > 3 || l.strideAt(1, row) != 1 || l.strideAt(0, row) == 1) {
      return false;
    }
    int column = -1; // along the input's rows
    for (int d = 0; d < row; d++) {
      if (l.strideAt(0, d) == 1) {
        column = d;
      }
    }
    if (column < 0 || l.size(row) < SMALLEST_SIDE || l.size(column) < SMALLEST_SIDE) {
      return false;
    }
    int batch = l.rank() == 2 ? -1 : 1 - column;
    long rows = l.size(row);
    long columns = l.size(column);
    long perRow = Math.ceilDiv(columns, TILE);
    long perMatrix = Math.ceilDiv(rows, TILE) * perRow;
    long tiles = perMatrix * (batch < 0 ? 1 : l.size(batch));
    stream.begin("copy_transpose_b" + 8 * bytes).pointer(from).pointer(to).int64(tiles).int64(rows).int64(columns)
        .int64(batch < 0 ? 0 : l.strideAt(0, batch)).int64(l.strideAt(0, row)).int64(batch < 0 ? 0 : l.strideAt(1, batch))
        .int64(l.strideAt(1, column)).divisor(perMatrix, tiles).divisor(perRow, perMatrix);
    stream.launch(tiles);
    return true;
  }
}
