package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The family {@code indexing}. */
final class IndexingExperiments {
  private IndexingExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("indexing")) {
      String entry = kernel.entry();
      if (entry.startsWith("indexing_gather")) {
        all.add(new Experiment(kernel, "rows", (bench, n) -> gather(bench, kernel, n, true, false)));
        all.add(new Experiment(kernel, "axis", (bench, n) -> gather(bench, kernel, n, false, false)));
        all.add(new Experiment(kernel, "outside", (bench, n) -> gather(bench, kernel, n, true, true)));
      } else if (entry.startsWith("indexing_scatter_sorted")) {
        all.add(new Experiment(kernel, "", (bench, n) -> scatterSorted(bench, kernel, n, 8, false)));
        all.add(new Experiment(kernel, "single", (bench, n) -> scatterSorted(bench, kernel, n, 1, false)));
        all.add(new Experiment(kernel, "outside", (bench, n) -> scatterSorted(bench, kernel, n, 3, true)));
      } else if (entry.startsWith("indexing_scatter")) {
        all.add(new Experiment(kernel, "rows", (bench, n) -> scatter(bench, kernel, n, true, false)));
        all.add(new Experiment(kernel, "axis", (bench, n) -> scatter(bench, kernel, n, false, true)));
      } else {
        all.add(new Experiment(kernel, "", (bench, n) -> oneHot(bench, kernel, n)));
      }
    }
    return all;
  }

  private static Cell indexCell(Kernel kernel) {
    return kernel.entry().endsWith("_i32") ? Cell.I32 : Cell.I64;
  }

  private static Cell valueCell(Kernel kernel) {
    String entry = kernel.entry();
    String first = entry.substring(0, entry.lastIndexOf('_'));
    return first.endsWith("b128") ? Cell.I64 : Cell.named(first);
  }

  /**
   * {@code out[p, j, r] = x[p, index, r]} with an index of its own for every j (rows move whole) or every element, in x[2, size,
   * r].
   */
  private static void gather(Bench bench, Kernel kernel, int n, boolean rows, boolean outside) {
    int words = kernel.entry().contains("b128") ? 2 : 1;
    Cell cell = valueCell(kernel);
    bench.cellsPerElement(words);
    int outer = n > 1 ? 2 : n;
    int inner = n > 30 ? 5 : 1;
    int count = outer == 0 ? 0 : n / (outer * inner);
    int size = 7;
    long[] x = raw(bench, cell, outer * size * inner * words);
    long[] index = bench.integers(rows ? count : outer * count * inner, size);
    long wrong = n % 2 == 0 ? size : -1; // one number, as any thread may be the one that reports
    if (outside && index.length > 0) {
      index[index.length - 1] = wrong;
      index[0] = wrong;
    }
    Bench.Array in = bench.in(cell, x);
    Bench.Array indices = bench.in(indexCell(kernel), index);
    Bench.Array out = bench.out(cell, outer * count * inner * words);
    Bench.Array errors = bench.inOut(Cell.I64, new long[3]);
    bench.alsoMoves((long) cell.bytes() * words * (outer * count * inner - (long) outer * size * inner));
    Layout layout = new Layout(3).begin()
        .dimension(outer, (long) size * inner, rows ? 0 : (long) count * inner, (long) count * inner)
        .dimension(count, 0, rows ? 1 : inner, inner)
        .dimension(inner, 1, rows ? 0 : 1, 1).end();
    long elements = (long) outer * count * inner;
    bench.parameters(kernel).pointer(in.address()).pointer(indices.address()).pointer(out.address()).int64(elements).int64(size)
        .int64(inner).pointer(errors.address()).layout(layout);
    bench.launch(kernel, elements);
    long[] y = new long[out.length()];
    for (int i = 0; i < elements; i++) {
      int p = i / inner / count;
      long k = index[rows ? i / inner % count : i];
      for (int w = 0; w < words; w++) {
        y[i * words + w] = k < 0 || k >= size ? 0 : x[(int) ((p * size + k) * inner + i % inner) * words + w];
      }
    }
    bench.expect(out, y);
    bench.expect(errors, outside && index.length > 0 && elements > 0 ? new long[] {1, wrong, size} : new long[3]);
  }

  /** {@code out[p, index, r] += x[p, j, r]}, onto what out holds. */
  private static void scatter(Bench bench, Kernel kernel, int n, boolean rows, boolean outside) {
    Cell cell = valueCell(kernel);
    int outer = n > 1 ? 2 : n;
    int inner = n > 30 ? 5 : 1;
    int count = outer == 0 ? 0 : n / (outer * inner);
    int size = 7;
    int elements = outer * count * inner;
    long[] index = bench.integers(rows ? count : elements, size);
    if (outside && index.length > 0) {
      index[index.length - 1] = -5;
    }
    Layout columns = new Layout(3).begin()
        .dimension(outer, (long) count * inner, rows ? 0 : (long) count * inner, (long) size * inner)
        .dimension(inner, 1, rows ? 0 : 1, 1).end();
    Sums sums = new Sums(bench, cell, elements, outer * size * inner);
    Bench.Array indices = bench.in(indexCell(kernel), index);
    Bench.Array errors = bench.inOut(Cell.I64, new long[3]);
    bench.parameters(kernel).pointer(sums.in.address()).pointer(indices.address()).pointer(sums.out.address())
        .int64(columns.elements()).int64(count).int64(size).int64(inner).int64(rows ? 1 : inner).int64(inner)
        .pointer(errors.address()).layout(columns);
    bench.launch(kernel, columns.elements());
    for (int i = 0; i < elements; i++) {
      long k = index[rows ? i / inner % count : i];
      if (k >= 0 && k < size) {
        sums.add((int) ((i / inner / count * size + k) * inner) + i % inner, i);
      }
    }
    sums.expect(bench);
    bench.expect(errors, outside && index.length > 0 ? new long[] {1, -5, size} : new long[3]);
  }

  /** The gradient of an embedding: rows of {@code inner} columns added by sorted keys. */
  private static void scatterSorted(Bench bench, Kernel kernel, int n, int inner, boolean outside) {
    Cell cell = Cell.named(kernel.entry());
    int count = n / inner;
    int size = Math.max(1, count / 4);
    long[] index = bench.integers(count, size);
    if (outside && count > 0) {
      index[count / 2] = size;
    }
    Integer[] order = new Integer[count];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(i -> index[i]));
    long[] keys = new long[count];
    long[] permutation = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = index[order[i]];
      permutation[i] = order[i];
    }
    Sums sums = new Sums(bench, cell, count * inner, size * inner);
    Bench.Array keyArray = bench.in(Cell.I64, keys);
    Bench.Array orderArray = bench.in(Cell.I64, permutation);
    Bench.Array errors = bench.inOut(Cell.I64, new long[3]);
    ParameterBlock block = bench.parameters(kernel).pointer(sums.in.address()).pointer(keyArray.address())
        .pointer(orderArray.address()).pointer(sums.out.address()).int64((long) count * inner).int64(count).int64(size)
            .int64(inner)
        .int64(inner).pointer(errors.address());
    block.divisor(inner, (long) count * inner).layout(Bench.contiguous(2, inner));
    bench.launch(kernel, (long) count * inner);
    for (int i = 0; i < count * inner; i++) {
      long k = index[i / inner];
      if (k < size) {
        sums.add((int) k * inner + i % inner, i);
      }
    }
    sums.expect(bench);
    bench.expect(errors, outside && count > 0 ? new long[] {1, size, size} : new long[3]);
  }

  private static void oneHot(Bench bench, Kernel kernel, int n) {
    Cell cell = valueCell(kernel);
    int classes = 10;
    int rows = n / classes;
    long[] index = bench.integers(rows, classes);
    Bench.Array indices = bench.in(indexCell(kernel), index);
    Bench.Array out = bench.out(cell, rows * classes);
    Bench.Array errors = bench.inOut(Cell.I64, new long[3]);
    bench.parameters(kernel).pointer(indices.address()).pointer(out.address()).int64((long) rows * classes).scalar(0.75)
        .scalar(0.25)
        .pointer(errors.address()).divisor(classes, (long) rows * classes);
    bench.launch(kernel, (long) rows * classes);
    double[] y = new double[rows * classes];
    Arrays.fill(y, 0.25);
    for (int i = 0; i < rows; i++) {
      y[i * classes + (int) index[i]] = 0.75;
    }
    bench.expectBits(out, y);
    bench.expect(errors, new long[3]);
  }

  private static long[] raw(Bench bench, Cell cell, int n) {
    return bench.integers(n, cell == Cell.I8 ? 1 << 8 : cell == Cell.I16 ? 1 << 16 : Integer.MAX_VALUE);
  }

  /** Sums of elements of one tensor onto those of another, floats or integers. */
  private static final class Sums {
    final Bench.Array in;
    final Bench.Array out;
    private final double[] x;
    private final double[] y;
    private final double[] magnitude;
    private final int[] terms;
    private final Cell cell;

    Sums(Bench bench, Cell cell, int n, int m) {
      this.cell = cell;
      x = bench.uniform(n, -2, 2);
      y = bench.uniform(m, -2, 2);
      if (!cell.floating()) {
        round(x);
        round(y);
      }
      in = cell.floating() ? bench.in(cell, x) : bench.in(cell, longs(x));
      out = cell.floating() ? bench.inOut(cell, y) : bench.inOut(cell, longs(y));
      magnitude = new double[m];
      terms = new int[m];
      Arrays.setAll(magnitude, i -> Math.abs(y[i]));
    }

    void add(int to, int from) {
      y[to] += x[from];
      magnitude[to] += Math.abs(x[from]);
      terms[to]++;
    }

    /** A sum of k terms in any order errs by at most k units of the sum of magnitudes. */
    void expect(Bench bench) {
      if (cell.floating()) {
        bench.expect(out, y, i -> (terms[i] + 1) * cell.unit() * magnitude[i]);
      } else {
        bench.expect(out, longs(y));
      }
    }

    private static void round(double[] x) {
      for (int i = 0; i < x.length; i++) {
        x[i] = Math.rint(100 * x[i]);
      }
    }

    private static long[] longs(double[] x) {
      long[] y = new long[x.length];
      Arrays.setAll(y, i -> (long) x[i]);
      return y;
    }
  }
}
