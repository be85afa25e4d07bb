package dev.athanor.kernels;

import static dev.athanor.kernels.Compare.close;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reductions in the simulator against float64, along each path, over rows, columns and mixed axes.
 *
 * <p>Tolerance: a sum of n terms along a tree with at most c terms in sequence is off by at most (c + log2 n) roundings of the
 * sum
 * of magnitudes; c is at most 256 on every path, and errors are random in sign, so 32 roundings of that sum are generous.
 */
class ReduceKernelTest {
  private static final double ROUNDINGS = 32;

  static List<String> operations() {
    return Stream.of(ReduceFamily.NUMERIC, ReduceFamily.FLOAT, ReduceFamily.LOGICAL).flatMap(List::stream).toList();
  }

  private static List<ElementType> types(String op) {
    return ReduceFamily.NUMERIC.contains(op) ? ElementType.NUMBERS
        : ReduceFamily.FLOAT.contains(op) ? ElementType.FLOATS : List.of(ElementType.BOOL);
  }

  /** The result and what its error is relative to. */
  record Reference(double value, double magnitude) {}

  static Reference reference(String op, ElementType type, double[] x, int correction) {
    double sum = 0;
    double magnitude = 0;
    double squares = 0;
    double product = 1;
    double largest = Double.NEGATIVE_INFINITY;
    double least = Double.POSITIVE_INFINITY;
    int argMax = -1;
    int argMin = -1;
    for (int i = 0; i < x.length; i++) {
      sum += x[i];
      magnitude += Math.abs(x[i]);
      squares += x[i] * x[i];
      product *= x[i];
      argMax = argMax < 0 || x[i] > x[argMax] || Double.isNaN(x[i]) && !Double.isNaN(x[argMax]) ? i : argMax;
      argMin = argMin < 0 || x[i] < x[argMin] || Double.isNaN(x[i]) && !Double.isNaN(x[argMin]) ? i : argMin;
      largest = Math.max(largest, x[i]);
      least = Math.min(least, x[i]);
    }
    double n = x.length;
    boolean integer = type == ElementType.INT32 || type == ElementType.INT64;
    switch (op) {
      case "sum":
        return new Reference(sum, magnitude);
      case "mean":
        return new Reference(sum / n, magnitude / n);
      case "prod":
        return new Reference(product, 0);
      case "max":
        return new Reference(integer && n == 0 ? type == ElementType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE : largest, 0);
      case "min":
        return new Reference(integer && n == 0 ? type == ElementType.INT32 ? Integer.MAX_VALUE : Long.MAX_VALUE : least, 0);
      case "arg_max":
        return new Reference(argMax, 0);
      case "arg_min":
        return new Reference(argMin, 0);
      case "l1":
        return new Reference(magnitude, 0);
      case "l2":
        return new Reference(Math.sqrt(squares), 0);
      case "log_sum_exp": {
        double exponentials = 0;
        for (double v : x) {
          exponentials += v == largest ? 1 : Math.exp(v - largest);
        }
        return new Reference(largest + Math.log(exponentials), 1);
      }
      case "variance": {
        double about = 0;
        for (double v : x) {
          about += (v - sum / n) * (v - sum / n);
        }
        // The means of parts are rounded to the type, so their differences are off by roundings of the mean: 4 of them.
        return new Reference(about / (n - correction), n == 0 ? 0 : Math.sqrt(about / n) * Math.abs(sum / n) / 8);
      }
      case "any":
        return new Reference(magnitude > 0 ? 1 : 0, 0);
      case "all":
        return new Reference(magnitude == n ? 1 : 0, 0);
      default:
        throw new IllegalArgumentException(op);
    }
  }

  /** One reduction: x[outer, n, inner] over its middle axis (so rows for inner = 1), or with `pair` over outer and inner. */
  private static double[] run(Sim sim, String op, ElementType type, ReducePath path, long x, int outer, int n, int inner,
      boolean pair,
      int correction) {
    Layout kept = new Layout(2).begin();
    Layout reduced = new Layout(1).begin();
    if (pair) {
      kept.dimension(n, inner, 1).end();
      reduced.dimension(outer, (long) n * inner).dimension(inner, 1).end();
    } else {
      kept.dimension(outer, (long) n * inner, inner).dimension(inner, 1, 1).end();
      reduced.dimension(n, inner).end();
    }
    ReducePlan plan = path == null ? new ReducePlan().set(kept, reduced) : new ReducePlan().set(kept, reduced, path);
    return run(sim, op, type, plan, x, kept, reduced, correction);
  }

  private static double[] run(Sim sim, String op, ElementType type, ReducePlan plan, long x, Layout kept, Layout reduced,
      int correction) {
    ElementType result = op.startsWith("arg") ? ElementType.INT64 : type;
    String entry = "reduce_" + op + "_" + type.suffix() + "_";
    int outputs = (int) kept.elements();
    long out = sim.allocate(result, outputs);
    boolean two = plan.chunks() > 1;
    long partials = two ? sim.allocate(ElementType.BOOL, plan.partials() * Kernels.reduceStateBytes(op, type)) : 0;
    sim.launch(entry + plan.path().suffix(), plan.tasks(), p -> p.pointer(x).pointer(two ? 0 : out).pointer(partials)
        .int64(plan.outputs()).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(correction)
        .layout(kept).layout(reduced));
    if (two) {
      sim.launch(entry + "final", plan.outputs(), p -> p.pointer(partials).pointer(out).int64(plan.outputs()).int64(plan.count())
          .int64(plan.chunks()).int64(correction).layout(kept));
    }
    return sim.download(result, out, outputs);
  }

  private static double[] data(String op, ElementType type, int n, long seed) {
    double[] x = Compare.normal(type, n, seed, 1);
    for (int i = 0; i < n; i++) {
      switch (op) {
        case "prod" -> x[i] = type == ElementType.INT32 || type == ElementType.INT64 ? i % 97 == 5 ? -2 : 1 : 1 + x[i] / 64;
        case "variance", "mean" -> x[i] += 100;
        case "log_sum_exp" -> x[i] *= 20;
        case "all" -> x[i] = i % 701 == 700 ? 0 : 1;
        case "any" -> x[i] = i % 701 == 700 ? 1 : 0;
        default -> { }
      }
    }
    return Sim.rounded(type, x);
  }

  private static void check(String what, String op, ElementType type, double[] x, int outer, int n, int inner, boolean pair,
      int correction, double[] got) {
    int outputs = pair ? n : outer * inner;
    int count = pair ? outer * inner : n;
    double[] expected = new double[outputs];
    double[] magnitudes = new double[outputs];
    for (int o = 0; o < outputs; o++) {
      double[] items = new double[count];
      for (int r = 0; r < count; r++) {
        items[r] = pair ? x[(r / inner * n + o) * inner + r % inner] : x[(o / inner * n + r) * inner + o % inner];
      }
      Reference reference = reference(op, type, items, correction);
      expected[o] = reference.value;
      magnitudes[o] = reference.magnitude;
    }
    boolean exact = op.startsWith("arg") || op.equals("max") || op.equals("min");
    // A product is off by a rounding for each factor.
    double roundings = exact ? 0 : op.equals("prod") ? 2 * count + 4 : ROUNDINGS;
    close(what, op.startsWith("arg") ? ElementType.INT64 : type, expected, got, roundings, magnitudes);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void everyPathMatches(String op) {
    for (ElementType type : types(op)) {
      try (Sim sim = new Sim()) {
        // Everything for float32; the other types share the code that places items and merges states.
        boolean all = type == ElementType.FLOAT32 || type == ElementType.BOOL;
        int[][] shapes = all ? new int[][] {{1, 0, 1}, {5, 1, 3}, {7, 31, 1}, {2, 33, 5}, {2, 1023, 1}, {1, 9000, 1}}
            : new int[][] {{2, 0, 1}, {3, 33, 1}, {2, 33, 3}};
        for (int[] s : shapes) {
          double[] x = data(op, type, s[0] * s[1] * s[2], s[1] + 1);
          long aligned = sim.upload(type, x);
          for (ReducePath path : ReducePath.values()) {
            String what = op + " " + type + " " + path + " " + List.of(s[0], s[1], s[2]);
            check(what, op, type, x, s[0], s[1], s[2], false, 1, run(sim, op, type, path, aligned, s[0], s[1], s[2], false, 1));
            if (all && s[1] > 0 && s[1] < 1000) {
              check(what + " outer and inner", op, type, x, s[0], s[1], s[2], true, 0,
                  run(sim, op, type, path, aligned, s[0], s[1], s[2], true, 0));
            }
          }
          if (all) {
            long off = sim.upload(type, x, 1);
            check(op + " as planned, unaligned", op, type, x, s[0], s[1], s[2], false, 0,
                run(sim, op, type, null, off, s[0], s[1], s[2], false, 0));
          }
        }
      }
    }
  }

  @Test
  void wholeVectorsMatch() {
    // Rows of a multiple of 16 bytes, also as the inner part of a pair of axes, take the 16-byte accesses.
    try (Sim sim = new Sim()) {
      for (String op : List.of("sum", "variance", "arg_max", "log_sum_exp")) {
        double[] x = data(op, ElementType.FLOAT32, 3 * 4 * 64, 4);
        long address = sim.upload(ElementType.FLOAT32, x);
        check(op, op, ElementType.FLOAT32, x, 3, 256, 1, false, 0,
            run(sim, op, ElementType.FLOAT32, ReducePath.ROW, address, 3, 256, 1, false, 0));
        check(op, op, ElementType.FLOAT32, x, 3, 4, 64, true, 0,
            run(sim, op, ElementType.FLOAT32, ReducePath.ROW, address, 3, 4, 64, true, 0));
      }
    }
  }

  @Test
  void aMillionElementsMatchOnEveryPath() {
    int n = (1 << 20) + 7;
    double[] x = data("sum", ElementType.FLOAT32, n, 3);
    try (Sim sim = new Sim()) {
      long address = sim.upload(ElementType.FLOAT32, x);
      for (ReducePath path : new ReducePath[] {ReducePath.ROW, ReducePath.COLUMN, null}) {
        check("sum " + path, "sum", ElementType.FLOAT32, x, 1, n, 1, false, 0,
            run(sim, "sum", ElementType.FLOAT32, path, address, 1, n, 1, false, 0));
      }
      check("columns", "max", ElementType.FLOAT32, x, 9362, 112, 1, false, 0,
          run(sim, "max", ElementType.FLOAT32, ReducePath.WARP, address, 9362, 112, 1, false, 0));
    }
  }

  @Test
  void theBitsAreTheSameWhateverTheGrid() {
    int n = 50_000;
    double[] x = data("sum", ElementType.FLOAT32, n, 3);
    Layout kept = new Layout(2).begin().dimension(5, n / 5, 1).end();
    Layout reduced = new Layout(1).begin().dimension(n / 5, 1).end();
    ReducePlan plan = new ReducePlan().set(kept, reduced, ReducePath.ROW);
    try (Sim sim = new Sim()) {
      long address = sim.upload(ElementType.FLOAT32, x);
      double[] first = null;
      for (int blocks : new int[] {1, 3, 10, 64}) {
        long partials = sim.allocate(ElementType.FLOAT32, plan.partials());
        sim.launch(Kernels.get("reduce_sum_f32_row"), blocks, 256, p -> p.pointer(address).pointer(0).pointer(partials)
            .int64(5).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(0).layout(kept).layout(reduced));
        double[] got = sim.download(ElementType.FLOAT32, partials, (int) plan.partials());
        assertTrue(plan.chunks() > 1, "the test wants several chunks");
        first = first == null ? got : first;
        assertArrayEquals(first, got, blocks + " blocks");
      }
    }
  }

  @Test
  void nanAndTiesDecideAsDefined() {
    double nan = Double.NaN;
    double[] x = {1, 5, nan, 5, nan, -2, -2, 0};
    try (Sim sim = new Sim()) {
      for (ReducePath path : ReducePath.values()) {
        long address = sim.upload(ElementType.FLOAT32, x);
        for (String op : List.of("max", "min", "sum", "log_sum_exp", "variance", "l2", "prod")) {
          assertTrue(Double.isNaN(run(sim, op, ElementType.FLOAT32, path, address, 1, 8, 1, false, 0)[0]), op + " " + path);
        }
        assertEquals(2, run(sim, "arg_max", ElementType.FLOAT32, path, address, 1, 8, 1, false, 0)[0], "NaN wins, the first");
        assertEquals(2, run(sim, "arg_min", ElementType.FLOAT32, path, address, 1, 8, 1, false, 0)[0], "NaN wins, the first");
        double[] ties = new double[700];
        ties[333] = 4;
        ties[334] = 4;
        ties[600] = 4;
        long t = sim.upload(ElementType.FLOAT64, ties);
        assertEquals(333, run(sim, "arg_max", ElementType.FLOAT64, path, t, 1, 700, 1, false, 0)[0]);
        assertEquals(0, run(sim, "arg_min", ElementType.FLOAT64, path, t, 1, 700, 1, false, 0)[0]);
        double inf = Double.POSITIVE_INFINITY;
        long infinite = sim.upload(ElementType.FLOAT32, -inf, -inf, inf, 3, -inf, -inf, -inf, -inf);
        assertArrayEquals(new double[] {inf, -inf},
            run(sim, "log_sum_exp", ElementType.FLOAT32, path, infinite, 2, 4, 1, false, 0), "log_sum_exp " + path);
      }
    }
  }

  @Test
  void theVarianceOfOutliersFirstHoldsItsBound() {
    // The first item of a thread is far from all others: the shifted sums then cancel most, by the few items of one thread.
    int n = 4096;
    double[] x = Compare.normal(ElementType.FLOAT32, n, 8, 1);
    for (int i = 0; i < 1024; i++) {
      x[i] += 1000;
    }
    x = Sim.rounded(ElementType.FLOAT32, x);
    try (Sim sim = new Sim()) {
      long address = sim.upload(ElementType.FLOAT32, x);
      check("variance", "variance", ElementType.FLOAT32, x, 1, n, 1, false, 1,
          run(sim, "variance", ElementType.FLOAT32, ReducePath.ROW, address, 1, n, 1, false, 1));
    }
  }

  @Test
  void sixtyFourBitLayoutsAreRight() {
    // One row of an array whose other rows would lie 2^33 elements away: the layout is wide, the offsets taken are small.
    try (Sim sim = new Sim()) {
      long address = sim.upload(ElementType.FLOAT32, 1, 2, 3, 4, 5, 6);
      Layout kept = new Layout(2).begin().dimension(2, 1L << 33, 5).dimension(3, 1, 1).end();
      Layout reduced = new Layout(1).begin().dimension(2, 3).end();
      assertTrue(kept.wide());
      long out = sim.allocate(ElementType.FLOAT32, 3);
      for (ReducePath path : ReducePath.values()) {
        sim.launch(Kernels.get("reduce_sum_f32_" + path.suffix()), 1, 256, p -> p.pointer(address).pointer(out).pointer(0)
            .int64(3)
            .int64(2).int64(1024).int64(1).int64(0).layout(kept).layout(reduced));
        assertArrayEquals(new double[] {5, 7, 9}, sim.download(ElementType.FLOAT32, out, 3), path.suffix());
      }
    }
  }
}
