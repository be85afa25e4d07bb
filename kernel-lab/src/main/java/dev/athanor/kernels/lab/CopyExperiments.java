package dev.athanor.kernels.lab;

import dev.athanor.kernels.Flags;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.PadShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The family {@code copy}, on raw bits; 16-byte elements are pairs of int64. */
final class CopyExperiments {
  private static final long MASK = 0xffL;

  private CopyExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String size : List.of("b8", "b16", "b32", "b64", "b128")) {
      add(all, "copy_" + size, "contiguous", CopyExperiments::contiguous);
      add(all, "copy_" + size, "permuted", CopyExperiments::permuted);
      add(all, "copy_" + size, "flipped", CopyExperiments::flipped);
      add(all, "copy_" + size, "broadcast", CopyExperiments::broadcast);
      add(all, "copy_" + size, "rank 8", CopyExperiments::rank8);
      add(all, "copy_" + size, "wide", CopyExperiments::wide);
      if (!size.equals("b128")) {
        add(all, "copy_fill_" + size, "", CopyExperiments::fill);
        add(all, "copy_transpose_" + size, "square", (b, k, n) -> transpose(b, k, 1, root(n), root(n)));
        add(all, "copy_transpose_" + size, "batched", (b, k, n) -> transpose(b, k, n > 3 ? 3 : n, 5, (n + 14) / 15));
        add(all, "copy_transpose_" + size, "tall", (b, k, n) -> transpose(b, k, 2, (n + 65) / 66, 33));
        add(all, "copy_pad_" + size, "constant", (b, k, n) -> pad(b, k, n, Flags.PAD_CONSTANT));
        add(all, "copy_pad_" + size, "reflect", (b, k, n) -> pad(b, k, n, Flags.PAD_REFLECT));
        add(all, "copy_pad_" + size, "rank 8", CopyExperiments::padRank8);
        add(all, "copy_pad_" + size, "replicate", (b, k, n) -> pad(b, k, n, Flags.PAD_REPLICATE));
        add(all, "copy_triangle_" + size, "lower", (b, k, n) -> triangle(b, k, n, false, 1));
        add(all, "copy_triangle_" + size, "upper", (b, k, n) -> triangle(b, k, n, true, -1));
      }
    }
    add(all, "copy_triangle_mask", "lower", (b, k, n) -> triangle(b, k, n, false, 0));
    add(all, "copy_triangle_mask", "upper", (b, k, n) -> triangle(b, k, n, true, 2));
    return all;
  }

  private interface Body {
    void run(Bench bench, Kernel kernel, int n);
  }

  private static void add(List<Experiment> all, String entry, String variant, Body body) {
    Kernel kernel = Kernels.get(entry);
    all.add(new Experiment(kernel, variant, (bench, n) -> body.run(bench, kernel, n)));
  }

  // ---- strided copies; `words` is 2 for 16-byte elements, whose halves are checked apart

  private static Cell cell(Kernel kernel) {
    return kernel.entry().endsWith("b128") ? Cell.I64 : Cell.named(kernel.entry());
  }

  private static int words(Kernel kernel) {
    return kernel.entry().endsWith("b128") ? 2 : 1;
  }

  private static long[] data(Bench bench, Kernel kernel, int n) {
    Cell cell = cell(kernel);
    long[] x = new long[n * words(kernel)];
    for (int i = 0; i < x.length; i++) {
      long v = bench.random().nextLong();
      x[i] = switch (cell) {
        case I8 -> v & MASK;
        case I16 -> v & 0xffffL;
        case I32 -> (int) v;
        default -> v;
      };
    }
    return x;
  }

  /** Copies and compares: {@code out[to[i]] = in[from[i]]}, untouched elsewhere. */
  private static void copy(Bench bench, Kernel kernel, int inSize, int outSize, int fromOffset, int toOffset, Layout layout,
      int[] from, int[] to) {
    int words = words(kernel);
    int bytes = cell(kernel).bytes() * words;
    bench.cellsPerElement(words);
    long[] x = data(bench, kernel, inSize);
    long[] y = data(bench, kernel, outSize);
    Bench.Array in = bench.in(cell(kernel), x);
    Bench.Array out = bench.inOut(cell(kernel), y);
    bench.alsoMoves((long) bytes * (from.length + to.length - inSize - 2L * outSize));
    bench.parameters(kernel).pointer(in.address() + (long) bytes * fromOffset).pointer(out.address() + (long) bytes * toOffset)
        .int64(from.length).layout(layout);
    bench.launch(kernel, from.length);
    for (int i = 0; i < from.length; i++) {
      for (int w = 0; w < words; w++) {
        y[to[i] * words + w] = x[from[i] * words + w];
      }
    }
    bench.expect(out, y);
  }

  private static void contiguous(Bench bench, Kernel kernel, int n) {
    int[] same = new int[n];
    Arrays.setAll(same, i -> i);
    copy(bench, kernel, n, n, 0, 0, Bench.contiguous(2, n), same, same);
  }

  /** [p, q, r] to [r, p, q], all three odd-sized where n allows. */
  private static void permuted(Bench bench, Kernel kernel, int n) {
    int r = (int) Math.cbrt(n);
    int q = r;
    int p = r == 0 ? 0 : n / (q * r);
    Layout layout = new Layout(2).begin().dimension(r, 1, (long) p * q).dimension(p, (long) q * r, q).dimension(q, r, 1).end();
    int[] from = new int[p * q * r];
    int[] to = new int[p * q * r];
    int i = 0;
    for (int c = 0; c < r; c++) {
      for (int a = 0; a < p; a++) {
        for (int b = 0; b < q; b++, i++) {
          from[i] = (a * q + b) * r + c;
          to[i] = (c * p + a) * q + b;
        }
      }
    }
    copy(bench, kernel, p * q * r, p * q * r, 0, 0, layout, from, to);
  }

  /** Every second column, rows in reverse, into the middle of a larger tensor. */
  private static void flipped(Bench bench, Kernel kernel, int n) {
    int cols = Math.max(1, root(n));
    int rows = n / cols;
    Layout layout = new Layout(2).begin().dimension(rows, -2L * cols, cols + 3).dimension(cols, 2, 1).end();
    int[] from = new int[rows * cols];
    int[] to = new int[rows * cols];
    for (int i = 0; i < from.length; i++) {
      from[i] = (rows - 1 - i / cols) * 2 * cols + i % cols * 2;
      to[i] = 2 + i / cols * (cols + 3) + i % cols;
    }
    copy(bench, kernel, rows * 2 * cols, rows * (cols + 3) + 2, Math.max(0, (rows - 1) * 2 * cols), 2, layout, from, to);
  }

  /** A row repeated. */
  private static void broadcast(Bench bench, Kernel kernel, int n) {
    int cols = Math.min(n, 33);
    int rows = cols == 0 ? 0 : n / cols;
    Layout layout = new Layout(2).begin().dimension(rows, 0, cols).dimension(cols, 1, 1).end();
    int[] from = new int[rows * cols];
    int[] to = new int[rows * cols];
    for (int i = 0; i < from.length; i++) {
      from[i] = i % cols;
      to[i] = i;
    }
    copy(bench, kernel, cols, rows * cols, 0, 0, layout, from, to);
  }

  /**
   * The path for layouts that need 64 bits, on little memory: an outermost dimension strides over 2^31 elements, and the launch
   * ends before its second step.
   */
  private static void wide(Bench bench, Kernel kernel, int n) {
    int cols = Math.max(1, root(n));
    int rows = n / cols;
    Layout layout = new Layout(2).begin().dimension(2, 1L << 31, 1L << 32).dimension(rows, cols, 1).dimension(cols, 1, rows)
        .end();
    int[] from = new int[rows * cols];
    int[] to = new int[rows * cols];
    for (int i = 0; i < from.length; i++) {
      from[i] = i;
      to[i] = i / cols + i % cols * rows;
    }
    copy(bench, kernel, rows * cols, rows * cols, 0, 0, layout, from, to);
  }

  /** Eight dimensions, none of which can be merged: the order of all axes is reversed. */
  private static void rank8(Bench bench, Kernel kernel, int n) {
    int last = n == 0 ? 0 : Math.max(1, n / 128);
    int[] sizes = {n < 128 ? 1 : 2, n < 128 ? 1 : 2, n < 128 ? 1 : 2, n < 128 ? 1 : 2, n < 128 ? 1 : 2, n < 128 ? 1 : 2,
        n < 128 ? 1 : 2, last};
    int elements = 1;
    for (int s : sizes) {
      elements *= s;
    }
    Layout layout = new Layout(2).begin();
    long inStride = elements;
    long outStride = 1;
    for (int d = 0; d < 8; d++) {
      inStride /= Math.max(1, sizes[d]);
      layout.dimension(sizes[d], inStride, outStride);
      outStride *= sizes[d];
    }
    layout.end();
    int[] from = new int[elements];
    int[] to = new int[elements];
    for (int i = 0; i < elements; i++) {
      from[i] = i;
      int rest = i;
      int reversed = 0;
      int scale = elements;
      for (int d = 7; d >= 0; d--) {
        scale /= sizes[d];
        reversed += rest % sizes[d] * scale;
        rest /= sizes[d];
      }
      to[i] = reversed;
    }
    copy(bench, kernel, elements, elements, 0, 0, layout, from, to);
  }

  private static void fill(Bench bench, Kernel kernel, int n) {
    Cell cell = Cell.named(kernel.entry());
    long value = data(bench, kernel, 1)[0];
    int cols = Math.max(1, root(n));
    int rows = n / cols;
    long[] y = data(bench, kernel, rows * (cols + 1));
    Bench.Array out = bench.inOut(cell, y);
    bench.alsoMoves((long) cell.bytes() * (rows * cols - 2L * y.length));
    Layout layout = new Layout(1).begin().dimension(rows, cols + 1).dimension(cols, 1).end();
    bench.parameters(kernel).pointer(out.address()).int64(layout.elements()).int64(value).layout(layout);
    bench.launch(kernel, layout.elements());
    for (int i = 0; i < rows * cols; i++) {
      y[i / cols * (cols + 1) + i % cols] = value;
    }
    bench.expect(out, y);
  }

  /** Matrices whose rows are contiguous but apart, into an output whose rows are apart too. */
  private static void transpose(Bench bench, Kernel kernel, int batch, int rows, int cols) {
    Cell cell = Cell.named(kernel.entry());
    int inRow = cols + 1;
    int outRow = rows + 2;
    long[] x = data(bench, kernel, batch * rows * inRow);
    long[] y = data(bench, kernel, batch * cols * outRow);
    Bench.Array in = bench.in(cell, x);
    Bench.Array out = bench.inOut(cell, y);
    bench.alsoMoves((long) cell.bytes() * (2L * batch * rows * cols - x.length - 2L * y.length));
    int tileRows = (rows + 31) / 32;
    int tileCols = (cols + 31) / 32;
    long tiles = (long) batch * tileRows * tileCols;
    bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(tiles).int64(rows).int64(cols)
        .int64((long) rows * inRow).int64(inRow).int64((long) cols * outRow).int64(outRow)
        .divisor(Math.max(1, tileRows * tileCols), tiles).divisor(Math.max(1, tileCols), tiles);
    bench.launchNarrow(kernel, tiles);
    for (int b = 0; b < batch; b++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          y[(b * cols + c) * outRow + r] = x[(b * rows + r) * inRow + c];
        }
      }
    }
    bench.expect(out, y);
  }

  private static void pad(Bench bench, Kernel kernel, int n, int mode) {
    Cell cell = Cell.named(kernel.entry());
    int w = n == 0 ? mode == Flags.PAD_CONSTANT ? 0 : 1 : (int) Math.cbrt(n);
    int h = w;
    int planes = w == 0 ? 0 : n / (h * w);
    int most = mode == Flags.PAD_REFLECT ? w - 1 : 3;
    int top = Math.min(2, most);
    int bottom = Math.min(1, most);
    int left = Math.min(3, most);
    int right = 0;
    long value = data(bench, kernel, 1)[0];
    long[] x = data(bench, kernel, planes * h * w);
    Bench.Array in = bench.in(cell, x);
    PadShape shape = new PadShape().begin(mode).dimension(planes, (long) h * w, 0, 0).dimension(h, w, top, bottom)
        .dimension(w, 1, left, right);
    Bench.Array out = bench.out(cell, (int) shape.elements());
    var block = bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(shape.elements()).int64(value);
    shape.write(block);
    bench.launch(kernel, shape.elements());
    int outW = left + w + right;
    int outH = top + h + bottom;
    long[] y = new long[(int) shape.elements()];
    for (int i = 0; i < y.length; i++) {
      int a = source(i / outW % outH - top, h, mode);
      int b = source(i % outW - left, w, mode);
      y[i] = a < 0 || b < 0 ? value : x[(i / outW / outH * h + a) * w + b];
    }
    bench.expect(out, y);
  }

  /** One element more on each side of each of eight axes, all modes. */
  private static void padRank8(Bench bench, Kernel kernel, int n) {
    Cell cell = Cell.named(kernel.entry());
    int size = n < 33 ? 1 : 2;
    int after = n < 33 ? 0 : 1;
    for (int mode = 0; mode < 3; mode++) {
      int[] before = {after, 0, after, 0, 0, after, 0, after};
      PadShape shape = new PadShape().begin(mode);
      int stride = n == 0 ? 0 : (int) Math.pow(size, 7);
      long[] x = data(bench, kernel, n == 0 ? 0 : (int) Math.pow(size, 8));
      for (int d = 0; d < 8; d++) {
        shape.dimension(n == 0 && d == 0 ? 0 : size, stride, n == 0 ? 0 : before[d], n == 0 ? 0 : after - before[d]);
        stride /= size;
      }
      long value = data(bench, kernel, 1)[0];
      Bench.Array in = bench.in(cell, x);
      Bench.Array out = bench.out(cell, (int) shape.elements());
      var block = bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(shape.elements()).int64(value);
      shape.write(block);
      bench.launch(kernel, shape.elements());
      long[] y = new long[(int) shape.elements()];
      for (int i = 0; i < y.length; i++) {
        int rest = i;
        int at = 0;
        int scale = 1;
        boolean inside = true;
        for (int d = 7; d >= 0; d--) {
          int extent = size + after;
          int c = source(rest % extent - before[d], size, mode);
          inside = inside && c >= 0;
          at += c * scale;
          scale *= size;
          rest /= extent;
        }
        y[i] = inside ? x[at] : value;
      }
      bench.expect(out, y);
    }
  }

  /** The input coordinate that a padded one reads, -1 for the constant. */
  private static int source(int i, int size, int mode) {
    if (i >= 0 && i < size) {
      return i;
    }
    return switch (mode) {
      case Flags.PAD_REFLECT -> i < 0 ? -i : 2 * (size - 1) - i;
      case Flags.PAD_REPLICATE -> i < 0 ? 0 : size - 1;
      default -> -1;
    };
  }

  private static void triangle(Bench bench, Kernel kernel, int n, boolean upper, int diagonal) {
    boolean mask = kernel.entry().equals("copy_triangle_mask");
    Cell cell = mask ? Cell.I8 : Cell.named(kernel.entry());
    int cols = Math.max(1, root(n / 2));
    int rows = cols + 2;
    int elements = n / (rows * cols) * rows * cols;
    long[] x = mask ? new long[0] : data(bench, kernel, elements);
    Bench.Array in = bench.in(cell, x);
    Bench.Array out = bench.out(cell, elements);
    var block = bench.parameters(kernel);
    if (!mask) {
      block.pointer(in.address());
    }
    block.pointer(out.address()).int64(elements).int64(diagonal).int32(upper ? 1 : 0).divisor(rows, elements)
        .divisor(cols, elements);
    bench.launch(kernel, elements);
    long[] y = new long[elements];
    for (int i = 0; i < elements; i++) {
      int distance = i % cols - i / cols % rows;
      boolean kept = upper ? distance >= diagonal : distance <= diagonal;
      y[i] = !kept ? 0 : mask ? 1 : x[i];
    }
    bench.expect(out, y);
  }

  private static int root(int n) {
    return (int) Math.sqrt(n);
  }
}
