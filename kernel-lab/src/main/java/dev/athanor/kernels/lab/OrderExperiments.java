package dev.athanor.kernels.lab;

import dev.athanor.kernels.Flags;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The families {@code scan} and {@code sort}. */
final class OrderExperiments {
  private static final int TILE = 1024;

  private OrderExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String t : List.of("f32", "f64", "i32", "i64")) {
      for (int flags = 0; flags < 4; flags++) {
        int f = flags;
        String variant = List.of("", "reverse", "exclusive", "reverse-exclusive").get(flags);
        add(all, "scan_rows_" + t, variant, (b, k, n) -> scanRows(b, k, n, f));
        add(all, "scan_add_" + t, variant, (b, k, n) -> scanLong(b, k, n, f));
        add(all, "scan_columns_" + t, variant, (b, k, n) -> scanColumns(b, k, n, f));
      }
      for (int descending = 0; descending < 2; descending++) {
        int d = descending;
        String variant = descending == 0 ? "" : "descending";
        add(all, "sort_tile_" + t, variant, (b, k, n) -> sort(b, k, n, d, Integer.MAX_VALUE, true));
        add(all, "sort_merge_" + t, variant, (b, k, n) -> sortLong(b, k, n, d));
      }
      add(all, "sort_tile_" + t, "top-5", (b, k, n) -> sort(b, k, n, 1, 5, true));
      add(all, "sort_tile_" + t, "indices", (b, k, n) -> sort(b, k, n, 0, Integer.MAX_VALUE, false));
    }
    return all;
  }

  private interface Body {
    void run(Bench bench, Kernel kernel, int n);
  }

  private static void add(List<Experiment> all, String entry, String variant, Body body) {
    Kernel kernel = Kernels.get(entry);
    all.add(new Experiment(kernel, variant, (bench, n) -> body.run(bench, kernel, n)));
  }

  // ---- scans

  /** Inputs of either kind, their scan along rows, and the bound of its error. */
  private static final class Scan {
    final Cell cell;
    final double[] x;
    final double[] y;
    final double[] magnitude;

    Scan(Bench bench, Cell cell, int rows, int n, int flags) {
      this.cell = cell;
      x = bench.uniform(rows * n, -2, 2);
      if (!cell.floating()) {
        Arrays.setAll(x, i -> Math.rint(1000 * x[i]));
      }
      for (int i = 0; i < x.length; i++) {
        x[i] = cell.round(x[i]);
      }
      y = new double[rows * n];
      magnitude = new double[rows * n];
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        double size = 0;
        for (int j = 0; j < n; j++) {
          int i = r * n + ((flags & Flags.SCAN_REVERSE) != 0 ? n - 1 - j : j);
          double next = sum + x[i];
          y[i] = (flags & Flags.SCAN_EXCLUSIVE) != 0 ? sum : next;
          size += Math.abs(x[i]);
          magnitude[i] = size;
          sum = next;
        }
      }
    }

    Bench.Array input(Bench bench) {
      return cell.floating() ? bench.in(cell, x.clone()) : bench.in(cell, longs(x));
    }

    /** @param additions the most additions that lead to one element */
    void expect(Bench bench, Bench.Array out, int additions) {
      if (cell.floating()) {
        bench.expect(out, y, i -> additions * cell.unit() * magnitude[i] + Double.MIN_VALUE);
      } else {
        bench.expect(out, longs(y));
      }
    }

    private static long[] longs(double[] x) {
      long[] y = new long[x.length];
      Arrays.setAll(y, i -> (long) x[i]);
      return y;
    }
  }

  private static void scanRows(Bench bench, Kernel kernel, int n, int flags) {
    int rows = n > 40 ? 3 : 1;
    int length = n / rows;
    Scan scan = new Scan(bench, Cell.named(kernel.entry()), rows, length, flags);
    Bench.Array in = scan.input(bench);
    Bench.Array out = bench.out(scan.cell, rows * length);
    Bench.Array totals = bench.out(scan.cell, rows);
    bench.parameters(kernel).pointer(in.address()).pointer(out.address()).pointer(totals.address()).int64(rows).int64(length)
        .int64(Math.max(1, length)).int32(flags).divisor(1, rows);
    bench.launchNarrow(kernel, rows);
    int additions = 5 + 4 + 8 + (length + TILE - 1) / TILE * 8;
    scan.expect(bench, out, additions);
    double[] sums = new double[rows];
    double[] magnitudes = new double[rows];
    for (int i = 0; i < rows * length; i++) {
      sums[i / length] += scan.x[i];
      magnitudes[i / length] += Math.abs(scan.x[i]);
    }
    if (scan.cell.floating()) {
      bench.expect(totals, sums, i -> additions * scan.cell.unit() * magnitudes[i]);
    } else {
      bench.expect(totals, Scan.longs(sums));
    }
  }

  /** Two long rows in chunks of 300: the three launches. */
  private static void scanLong(Bench bench, Kernel kernel, int n, int flags) {
    Cell cell = Cell.named(kernel.entry());
    String type = kernel.entry().substring(kernel.entry().lastIndexOf('_'));
    int rows = n > 1 ? 2 : 1;
    int length = n / rows;
    int chunk = 300;
    int chunks = Math.max(1, (length + chunk - 1) / chunk);
    Scan scan = new Scan(bench, cell, rows, length, flags);
    Bench.Array in = scan.input(bench);
    Bench.Array out = bench.out(cell, rows * length);
    Bench.Array totals = bench.out(cell, rows * chunks);
    Bench.Array before = bench.out(cell, rows * chunks);
    Kernel scanRows = Kernels.get("scan_rows" + type);
    bench.parameters(scanRows).pointer(in.address()).pointer(out.address()).pointer(totals.address()).int64((long) rows * chunks)
        .int64(length).int64(chunk).int32(flags).divisor(chunks, (long) rows * chunks);
    bench.launch(scanRows, (long) rows * chunks);
    bench.parameters(scanRows).pointer(totals.address()).pointer(before.address()).pointer(0).int64(rows).int64(chunks)
        .int64(chunks).int32(Flags.SCAN_EXCLUSIVE).divisor(1, rows);
    bench.launch(scanRows, rows);
    bench.parameters(kernel).pointer(out.address()).pointer(before.address()).int64((long) rows * length).int64(chunks)
        .int32(flags).divisor(Math.max(1, length), (long) rows * length).divisor(chunk, length);
    bench.launch(kernel, (long) rows * length);
    scan.expect(bench, out, 2 * (5 + 4 + 8) + chunks / TILE * 8 + 9);
  }

  /** x[length, columns] along its first axis, into rows that lie apart. */
  private static void scanColumns(Bench bench, Kernel kernel, int n, int flags) {
    int columns = Math.max(1, (int) Math.sqrt(n));
    int length = n / columns;
    Cell cell = Cell.named(kernel.entry());
    Scan scan = new Scan(bench, cell, columns, length, flags); // transposed below
    double[] x = transposed(scan.x, columns, length);
    Bench.Array in = cell.floating() ? bench.in(cell, x) : bench.in(cell, Scan.longs(x));
    Bench.Array out = bench.out(cell, length * columns);
    Layout layout = Bench.contiguous(2, columns);
    bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(columns).int64(length).int64(columns)
        .int64(columns).int32(flags).layout(layout);
    bench.launch(kernel, columns);
    double[] y = transposed(scan.y, columns, length);
    double[] magnitude = transposed(scan.magnitude, columns, length);
    if (cell.floating()) {
      bench.expect(out, y, i -> length * cell.unit() * magnitude[i]);
    } else {
      bench.expect(out, Scan.longs(y));
    }
  }

  private static double[] transposed(double[] x, int rows, int cols) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i % cols * rows + i / cols] = x[i];
    }
    return y;
  }

  // ---- sorting

  /** Many equal values, and of floats some NaN, infinities and both zeros. */
  private static double[] keys(Bench bench, Cell cell, int n) {
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      int kind = bench.random().nextInt(20);
      double value = bench.random().nextInt(-50, 50);
      x[i] = !cell.floating() ? value : switch (kind) {
        case 0 -> Double.NaN;
        case 1 -> -0.0;
        case 2 -> 0;
        case 3 -> Double.POSITIVE_INFINITY;
        case 4 -> Double.NEGATIVE_INFINITY;
        case 5 -> value * 1e-40;
        default -> value / 4;
      };
      x[i] = cell.round(x[i]);
    }
    if (!cell.floating() && n > 2) {
      x[0] = cell == Cell.I32 ? Integer.MIN_VALUE : -0x1p60;
      x[1] = cell == Cell.I32 ? Integer.MAX_VALUE : 0x1p60;
    }
    return x;
  }

  /** The stable order of a row: NaN is the largest, -0 equals 0. */
  private static int[] order(double[] x, int from, int n, boolean descending) {
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> {
      int c = Double.compare(x[from + a] + 0.0, x[from + b] + 0.0);
      return descending ? -c : c;
    });
    int[] out = new int[n];
    Arrays.setAll(out, i -> order[i]);
    return out;
  }

  private static void sort(Bench bench, Kernel kernel, int n, int descending, int most,
      boolean wantValues) {
    Cell cell = Cell.named(kernel.entry());
    int length = Math.min(n, TILE);
    int rows = length == 0 ? 0 : Math.max(1, n / length);
    if (n > 40 && n < 3 * TILE) {
      rows = 3;
      length = n / 3;
    }
    int keep = Math.min(most, length);
    double[] x = keys(bench, cell, rows * length);
    Bench.Array in = cell.floating() ? bench.in(cell, x) : bench.in(cell, Scan.longs(x));
    Bench.Array values = bench.out(cell, rows * keep);
    Bench.Array indices = bench.out(Cell.I64, rows * keep);
    bench.parameters(kernel).pointer(in.address()).pointer(wantValues ? values.address() : 0).pointer(indices.address())
        .int64(rows).int64(length).int32(width(length)).int64(keep).int32(descending).divisor(1, rows);
    bench.launchNarrow(kernel, rows);
    compare(bench, cell, x, rows, length, keep, descending != 0, wantValues ? values : null, indices);
  }

  /** Rows longer than a tile: tiles, then merges. */
  private static void sortLong(Bench bench, Kernel kernel, int n, int descending) {
    Cell cell = Cell.named(kernel.entry());
    String type = kernel.entry().substring(kernel.entry().lastIndexOf('_'));
    int rows = n > 2 * TILE ? 2 : 1;
    int length = n / rows;
    // Short rows are merged from runs that tiles of 1024 already sorted: one pass over a single run copies it.
    double[] x = keys(bench, cell, rows * length);
    Bench.Array in = cell.floating() ? bench.in(cell, x) : bench.in(cell, Scan.longs(x));
    Bench.Array[] values = {bench.out(cell, rows * length), bench.out(cell, rows * length)};
    Bench.Array[] indices = {bench.out(Cell.I64, rows * length), bench.out(Cell.I64, rows * length)};
    Kernel tile = Kernels.get("sort_tile" + type);
    int tiles = Math.max(1, (length + TILE - 1) / TILE);
    bench.parameters(tile).pointer(in.address()).pointer(values[0].address()).pointer(indices[0].address())
        .int64((long) rows * tiles).int64(length).int32(width(Math.min(length, TILE))).int64(length).int32(descending)
        .divisor(tiles, (long) rows * tiles);
    bench.launch(tile, (long) rows * tiles);
    int now = 0;
    for (long run = TILE; run == TILE || run < length; run *= 2) {
      bench.parameters(kernel).pointer(values[now].address()).pointer(indices[now].address()).pointer(values[1 - now].address())
          .pointer(indices[1 - now].address()).int64((long) rows * length).int64(run).int32(descending)
          .divisor(Math.max(1, length), (long) rows * length).divisor(2 * run, length);
      bench.launch(kernel, (long) rows * length);
      now = 1 - now;
    }
    compare(bench, cell, x, rows, length, length, descending != 0, values[now], indices[now]);
  }

  private static void compare(Bench bench, Cell cell, double[] x, int rows, int length, int keep, boolean descending,
      Bench.Array values, Bench.Array indices) {
    double[] sorted = new double[rows * keep];
    long[] places = new long[rows * keep];
    for (int r = 0; r < rows; r++) {
      int[] order = order(x, r * length, length, descending);
      for (int i = 0; i < keep; i++) {
        sorted[r * keep + i] = x[r * length + order[i]];
        places[r * keep + i] = order[i];
      }
    }
    if (values != null && cell.floating()) {
      bench.expectBits(values, sorted);
    } else if (values != null) {
      bench.expect(values, Scan.longs(sorted));
    }
    bench.expect(indices, places);
  }

  private static int width(int n) {
    return Math.max(2, Integer.highestOneBit(Math.max(1, n - 1)) * 2);
  }
}
