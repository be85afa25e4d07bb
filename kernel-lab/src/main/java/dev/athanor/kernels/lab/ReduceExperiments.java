package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ReducePath;
import dev.athanor.kernels.ReducePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The family {@code reduce}. The kernels of a path run as {@link ReducePlan} says for that path, each stage under its own name:
 * an experiment counts the stage that it is named after, and launches the other where the plan has two.
 */
final class ReduceExperiments {
  /**
   * Roundings of the sum of magnitudes that a sum may be off: one per addition in sequence, at most a few hundred, with random
   * signs.
   */
  private static final double ROUNDINGS = 32;
  /** The variance divides by n less this. */
  private static final int CORRECTION = 1;

  private ReduceExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("reduce")) {
      String entry = kernel.entry();
      if (entry.endsWith("_final")) {
        all.add(new Experiment(kernel, "", (b, n) -> reduce(b, kernel, Shape.columns(n), ReducePath.COLUMN, true)));
      } else if (entry.endsWith("_warp")) {
        all.add(new Experiment(kernel, "", (b, n) -> reduce(b, kernel, Shape.rows(n, 33), ReducePath.WARP, false)));
      } else if (entry.endsWith("_column")) {
        all.add(new Experiment(kernel, "", (b, n) -> reduce(b, kernel, Shape.columns(n), ReducePath.COLUMN, false)));
        all.add(new Experiment(kernel, "two axes", (b, n) -> reduce(b, kernel, Shape.pair(n), ReducePath.COLUMN, false)));
      } else {
        all.add(new Experiment(kernel, "", (b, n) -> reduce(b, kernel, Shape.rows(n, 100_000), ReducePath.ROW, false)));
        all.add(new Experiment(kernel, "two axes", (b, n) -> reduce(b, kernel, Shape.pair(n), ReducePath.ROW, false)));
      }
    }
    return all;
  }

  /** {@code x[outer, middle, inner]}, reduced over its middle axis, or over the two others where {@code pair}. */
  private record Shape(int outer, int middle, int inner, boolean pair) {
    /** About n elements in rows of at most so many. */
    static Shape rows(int n, int longest) {
      int rows = n <= longest ? n > 40 ? 2 : 1 : n / longest;
      return new Shape(rows, n / rows, 1, false);
    }

    static Shape columns(int n) {
      int inner = n >= 2100 ? 70 : n > 40 ? 6 : 1;
      return new Shape(1, n / inner, inner, false);
    }

    /** About n elements, of which the first and the last axis are reduced. */
    static Shape pair(int n) {
      int middle = n > 40 ? 3 : 1;
      int inner = n > 40 ? 7 : 1;
      return new Shape(n / (middle * inner), middle, inner, true);
    }

    int elements() {
      return outer * middle * inner;
    }

    int outputs() {
      return pair ? middle : outer * inner;
    }

    int count() {
      return pair ? outer * inner : middle;
    }

    /** Where element r of an output lies. */
    int at(int output, int r) {
      return pair ? (r / inner * middle + output) * inner + r % inner : (output / inner * middle + r) * inner + output % inner;
    }

    Layout kept() {
      Layout layout = new Layout(2).begin();
      return pair ? layout.dimension(middle, inner, 1).end()
          : layout.dimension(outer, (long) middle * inner, inner).dimension(inner, 1, 1).end();
    }

    Layout reduced() {
      Layout layout = new Layout(1).begin();
      return pair ? layout.dimension(outer, (long) middle * inner).dimension(inner, 1).end()
          : layout.dimension(middle, inner).end();
    }
  }

  private static void reduce(Bench bench, Kernel kernel, Shape shape, ReducePath path, boolean second) {
    String[] parts = kernel.entry().split("_");
    ElementType type = Values.type(parts[parts.length - 2]);
    String op = String.join("_", Arrays.copyOfRange(parts, 1, parts.length - 2));
    String stem = kernel.entry().substring(0, kernel.entry().lastIndexOf('_') + 1);
    double[] x = data(bench, op, type, shape);
    Layout kept = shape.kept();
    Layout reduced = shape.reduced();
    ReducePlan plan = new ReducePlan().set(kept, reduced, path);
    boolean staged = second || plan.chunks() > 1;
    ElementType result = op.startsWith("arg") ? ElementType.INT64 : type;
    long stateBytes = plan.partials() * Kernels.reduceStateBytes(op, type);
    Bench.Array in = Values.in(bench, type, x);
    Bench.Array out = bench.out(Cell.of(result), shape.outputs());
    long states = staged ? bench.workspace(stateBytes) : 0;
    Kernel first = Kernels.get(stem + path.suffix());
    bench.parameters(first).pointer(in.address()).pointer(staged ? 0 : out.address()).pointer(states).int64(plan.outputs())
        .int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(CORRECTION).layout(kept).layout(reduced);
    bench.launchNarrow(first, plan.tasks());
    if (staged) {
      Kernel last = Kernels.get(stem + "final");
      bench.parameters(last).pointer(states).pointer(out.address()).int64(plan.outputs()).int64(plan.count())
          .int64(plan.chunks()).int64(CORRECTION).layout(kept);
      bench.launchNarrow(last, plan.outputs());
    }
    long results = (long) shape.outputs() * result.bytes();
    bench.moves(second ? stateBytes + results : (long) x.length * type.bytes() + (staged ? stateBytes : results));
    double[] expected = new double[shape.outputs()];
    double[] bound = new double[shape.outputs()];
    for (int o = 0; o < expected.length; o++) {
      double[] items = new double[shape.count()];
      for (int r = 0; r < items.length; r++) {
        items[r] = x[shape.at(o, r)];
      }
      Result reference = reference(op, type, items);
      expected[o] = reference.value;
      bound[o] = Cell.of(type).unit() * reference.error;
    }
    Values.expect(bench, out, result, expected, i -> bound[i]);
  }

  private static double[] data(Bench bench, String op, ElementType type, Shape shape) {
    int n = shape.elements();
    boolean integer = !Values.floating(type);
    double[] x = Values.random(bench, type, n, 2);
    for (int i = 0; i < n; i++) {
      switch (op) {
        case "prod" -> x[i] = integer ? i % 97 == 5 ? -1 : 1 : 1 + x[i] / 1024;
        case "variance", "mean" -> x[i] += 20;
        case "log_sum_exp" -> x[i] *= 20;
        case "all" -> x[i] = i % 701 == 700 ? 0 : 1;
        case "any" -> x[i] = i % 701 == 700 ? 1 : 0;
        default -> { }
      }
    }
    return Values.hold(type, x);
  }

  /** @param error the largest error in units of the type */
  private record Result(double value, double error) {}

  private static Result reference(String op, ElementType type, double[] x) {
    double sum = 0;
    double magnitude = 0;
    double squares = 0;
    double product = 1;
    int largest = -1;
    int least = -1;
    for (int i = 0; i < x.length; i++) {
      sum += x[i];
      magnitude += Math.abs(x[i]);
      squares += x[i] * x[i];
      product *= x[i];
      largest = largest < 0 || x[i] > x[largest] ? i : largest;
      least = least < 0 || x[i] < x[least] ? i : least;
    }
    int n = x.length;
    boolean narrow = type == ElementType.INT32;
    boolean floating = Values.floating(type);
    return switch (op) {
      case "sum" -> new Result(sum, ROUNDINGS * magnitude);
      case "mean" -> new Result(sum / n, ROUNDINGS * magnitude / n);
      case "l1" -> new Result(magnitude, ROUNDINGS * magnitude);
      case "l2" -> new Result(Math.sqrt(squares), ROUNDINGS * Math.sqrt(squares));
      case "prod" -> new Result(product, (2.0 * n + 4) * Math.abs(product)); // a rounding for each factor
      case "max" -> new Result(n > 0 ? x[largest] : floating ? Double.NEGATIVE_INFINITY
          : narrow ? Integer.MIN_VALUE : Long.MIN_VALUE, 0);
      case "min" -> new Result(n > 0 ? x[least] : floating ? Double.POSITIVE_INFINITY
          : narrow ? Integer.MAX_VALUE : Long.MAX_VALUE, 0);
      case "arg_max" -> new Result(largest, 0);
      case "arg_min" -> new Result(least, 0);
      case "any" -> new Result(magnitude > 0 ? 1 : 0, 0);
      case "all" -> new Result(magnitude == n ? 1 : 0, 0);
      case "log_sum_exp" -> {
        double exponentials = 0;
        for (double v : x) {
          exponentials += Math.exp(v - x[largest]);
        }
        double value = n == 0 ? Double.NEGATIVE_INFINITY : x[largest] + Math.log(exponentials);
        yield new Result(value, ROUNDINGS * (1 + Math.abs(value)));
      }
      case "variance" -> {
        double about = 0;
        for (double v : x) {
          about += (v - sum / n) * (v - sum / n);
        }
        // Means of parts are rounded to the type, so their differences are off by roundings of the mean: 4 of them.
        double spread = n == 0 ? 0 : Math.sqrt(about / n) * Math.abs(sum / n) / 8;
        yield new Result(about / (n - CORRECTION), ROUNDINGS * (about / Math.max(1, n - CORRECTION) + spread));
      }
      default -> throw new IllegalArgumentException("no reference for the reduction " + op);
    };
  }
}
