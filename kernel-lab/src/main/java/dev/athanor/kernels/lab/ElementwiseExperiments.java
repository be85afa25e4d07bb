package dev.athanor.kernels.lab;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.ElementType;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The families {@code unary}, {@code unary_grad}, {@code binary}, {@code compare}, {@code select} and {@code cast}, on moderate
 * arguments, against the reference backend of the conformance suite. What happens at extreme arguments and kinks is tested in the
 * module {@code kernels}; here their cost and their paths are tried.
 */
final class ElementwiseExperiments {
  /** Functions that are defined, or tame, on (0, 1) only. */
  private static final Set<UnaryOp> NARROW = EnumSet.of(UnaryOp.SQRT, UnaryOp.RSQRT, UnaryOp.RECIPROCAL, UnaryOp.LOG,
      UnaryOp.LOG1P, UnaryOp.TAN, UnaryOp.ASIN, UnaryOp.ACOS, UnaryOp.POW_SCALAR);
  /** Roundings allowed: a library function's few, and those of the function around it. */
  static final double ROUNDINGS = 64;

  private ElementwiseExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String family : List.of("unary", "unary_grad", "binary", "compare")) {
      for (Kernel kernel : Kernels.family(family)) {
        String entry = kernel.entry();
        boolean strided = strided(kernel);
        String rest = entry.substring(family.length() + 1, entry.length() - (strided ? "_strided".length() : 0));
        ElementType type = Values.type(rest.substring(rest.lastIndexOf('_') + 1));
        String function = rest.substring(0, rest.lastIndexOf('_'));
        all.add(new Experiment(kernel, "", switch (family) {
          case "unary" -> (b, n) -> unary(b, kernel, function(type, function), type, new Matrix(n, strided));
          case "unary_grad" -> (b, n) -> unaryGrad(b, kernel, function(type, function), type, new Matrix(n, strided));
          default -> (b, n) -> binary(b, kernel, BinaryOp.valueOf(function.toUpperCase(Locale.ROOT)), type,
              new Matrix(n, strided));
        }));
      }
    }
    for (Kernel kernel : Kernels.family("select")) {
      all.add(new Experiment(kernel, "", (b, n) -> select(b, kernel, new Matrix(n, strided(kernel)))));
    }
    for (Kernel kernel : Kernels.family("cast")) {
      all.add(new Experiment(kernel, "", (b, n) -> cast(b, kernel, new Matrix(n, strided(kernel)))));
    }
    return all;
  }

  private static boolean strided(Kernel kernel) {
    return kernel.entry().endsWith("_strided");
  }

  /** The function of this name with scalars that the type holds exactly, so that both sides compute the same. */
  static Unary function(ElementType type, String name) {
    UnaryOp op = UnaryOp.valueOf(name.toUpperCase(Locale.ROOT));
    Unary usual = Unary.of(op);
    Cell cell = Cell.of(type);
    return switch (op) {
      case POW_SCALAR -> Unary.of(op, 1.75);
      case CLAMP -> Unary.of(op, -1.5, 2);
      case THRESHOLD -> Unary.of(op, 0.5, -3);
      default -> new Unary(op, cell.round(usual.a()), cell.round(usual.b()));
    };
  }

  /** The largest error of a function near these numbers. */
  private static double bound(ElementType type, double... magnitudes) {
    return ROUNDINGS * Cell.of(type).unit() * Arrays.stream(magnitudes).map(Math::abs).sum();
  }

  private static void unary(Bench bench, Kernel kernel, Unary usual, ElementType type, Matrix m) {
    Unary fn = usual.op() == UnaryOp.CLAMP && !Values.floating(type) ? Unary.of(UnaryOp.CLAMP, -50, 31) : usual;
    double[] x = NARROW.contains(fn.op()) ? Values.hold(type, bench.uniform(m.n(), 0.05, 0.95))
        : Values.random(bench, type, m.n(), 4);
    double[] y = Reference.unary(fn, type, x);
    ElementType result = fn.op().givesBool() ? ElementType.BOOL : type;
    Bench.Array in = Values.in(bench, type, m.inOrder(x));
    Bench.Array out = bench.out(Cell.of(result), m.n());
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(m.n()).scalar(fn.a())
        .scalar(fn.b());
    m.launch(bench, kernel, block, 2);
    Values.expect(bench, out, result, y, i -> bound(type, y[i], x[i]));
  }

  private static void unaryGrad(Bench bench, Kernel kernel, Unary fn, ElementType type, Matrix m) {
    double[] x = NARROW.contains(fn.op()) ? Values.hold(type, bench.uniform(m.n(), 0.05, 0.95))
        : Values.random(bench, type, m.n(), 4);
    double[] y = Values.hold(type, Reference.unary(fn, type, x));
    double[] dy = Values.random(bench, type, m.n(), 2);
    double[] dx = Reference.unaryGrad(fn, x, y, dy);
    Bench.Array saved = Values.in(bench, type, m.inOrder(fn.op().saves() == UnaryOp.Saves.OUTPUT ? y : x));
    Bench.Array gradient = Values.in(bench, type, m.inOrder(dy));
    Bench.Array out = bench.out(Cell.of(type), m.n());
    ParameterBlock block = bench.parameters(kernel).pointer(saved.address()).pointer(gradient.address()).pointer(out.address())
        .int64(m.n()).scalar(fn.a()).scalar(fn.b());
    m.launch(bench, kernel, block, 3);
    bench.expect(out, dx, i -> bound(type, dx[i], dy[i]));
  }

  private static void binary(Bench bench, Kernel kernel, BinaryOp op, ElementType type, Matrix m) {
    double[] a = operand(bench, op, type, m.n());
    double[] b = operand(bench, op, type, m.n());
    for (int i = 0; i < m.n(); i += 5) {
      b[i] = a[i];
    }
    double[] y = Reference.binary(op, type, a, b);
    ElementType result = op.givesBool() ? ElementType.BOOL : type;
    Bench.Array first = Values.in(bench, type, m.inOrder(a));
    Bench.Array second = Values.in(bench, type, m.inOrder(b));
    Bench.Array out = bench.out(Cell.of(result), m.n());
    ParameterBlock block = bench.parameters(kernel).pointer(first.address()).pointer(second.address()).pointer(out.address())
        .int64(m.n());
    if (!m.strided()) {
      block.int32(0);
    }
    m.launch(bench, kernel, block, 3);
    Values.expect(bench, out, result, y, i -> bound(type, y[i], a[i], b[i]));
  }

  /** Floats are positive; integers of powers are small, so that int64 results stay below 2^53. */
  private static double[] operand(Bench bench, BinaryOp op, ElementType type, int n) {
    if (Values.floating(type)) {
      return Values.hold(type, bench.uniform(n, 0.5, 4));
    }
    double[] x = Values.random(bench, type, n, 0);
    return op == BinaryOp.POW ? Arrays.stream(x).map(v -> Math.floorMod((long) v, 10) - 2).toArray() : x;
  }

  private static void select(Bench bench, Kernel kernel, Matrix m) {
    ElementType type = Values.type(kernel.entry().split("_")[1]);
    double[] condition = Values.random(bench, ElementType.BOOL, m.n(), 1);
    double[] a = Values.random(bench, type, m.n(), 4);
    double[] b = Values.random(bench, type, m.n(), 4);
    double[] y = new double[m.n()];
    Arrays.setAll(y, i -> condition[i] != 0 ? a[i] : b[i]);
    Bench.Array choice = Values.in(bench, ElementType.BOOL, m.inOrder(condition));
    Bench.Array first = Values.in(bench, type, m.inOrder(a));
    Bench.Array second = Values.in(bench, type, m.inOrder(b));
    Bench.Array out = bench.out(Cell.of(type), m.n());
    ParameterBlock block = bench.parameters(kernel).pointer(choice.address()).pointer(first.address()).pointer(second.address())
        .pointer(out.address()).int64(m.n());
    if (!m.strided()) {
      block.int32(0);
    }
    m.launch(bench, kernel, block, 4);
    Values.expect(bench, out, type, y, i -> 0);
  }

  private static void cast(Bench bench, Kernel kernel, Matrix m) {
    String[] parts = kernel.entry().split("_");
    ElementType from = Values.type(parts[1]);
    ElementType to = Values.type(parts[2]);
    double[] x = castable(bench, from, m.n());
    double[] y = new double[m.n()];
    Arrays.setAll(y, i -> Values.cast(x[i], from, to));
    Bench.Array in = Values.in(bench, from, m.inOrder(x));
    Bench.Array out = bench.out(Cell.of(to), m.n());
    m.launch(bench, kernel, bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(m.n()), 2);
    Values.expect(bench, out, to, y, i -> 0);
  }

  /** Numbers of all magnitudes, so that some are cut, tie, saturate or become subnormal. */
  private static double[] castable(Bench bench, ElementType from, int n) {
    double[] x = bench.uniform(n, -1, 1);
    boolean floats = Values.floating(from) || from == ElementType.FLOAT16 || from == ElementType.BFLOAT16;
    long[] exponents = bench.integers(n, 80);
    for (int i = 0; i < n; i++) {
      if (from == ElementType.BOOL) {
        x[i] = x[i] > 0 ? 1 : 0;
      } else if (!floats) {
        x[i] = Math.rint(Math.scalb(x[i], from == ElementType.INT32 ? (int) exponents[i] % 32 : (int) exponents[i] % 54));
      } else if (i % 8 == 0) {
        x[i] = Math.rint(200 * x[i]) / 2;
      } else {
        x[i] = Math.scalb(x[i], (int) exponents[i] - 30);
      }
    }
    return Values.hold(from, x);
  }
}
