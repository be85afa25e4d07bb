package dev.athanor.kernels.lab;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.reference.ReferenceBackend;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The families {@code unary}, {@code unary_grad}, {@code binary} and {@code compare} in float32 and float64, on moderate
 * arguments, against the reference backend of the conformance suite. What happens at extreme arguments, kinks and for integers is
 * tested in the module {@code kernels}; here their cost and their paths are tried.
 */
final class ElementwiseExperiments {
  /** Functions that are defined, or tame, on (0, 1) only. */
  private static final Set<UnaryOp> NARROW = EnumSet.of(UnaryOp.SQRT, UnaryOp.RSQRT, UnaryOp.RECIPROCAL, UnaryOp.LOG,
      UnaryOp.LOG1P,
      UnaryOp.TAN, UnaryOp.ASIN, UnaryOp.ACOS, UnaryOp.POW_SCALAR);
  /** Roundings allowed: a library function's few, and those of the function around it. */
  private static final double ROUNDINGS = 64;

  private ElementwiseExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String family : List.of("unary", "unary_grad", "binary", "compare")) {
      for (Kernel kernel : Kernels.family(family)) {
        String entry = kernel.entry();
        boolean strided = entry.endsWith("_strided");
        String rest = entry.substring(family.length() + 1, entry.length() - (strided ? "_strided".length() : 0));
        String type = rest.substring(rest.lastIndexOf('_') + 1);
        String function = rest.substring(0, rest.lastIndexOf('_')).toUpperCase(Locale.ROOT);
        if (!type.equals("f32") && !type.equals("f64")) {
          continue;
        }
        Cell cell = type.equals("f32") ? Cell.F32 : Cell.F64;
        all.add(switch (family) {
          case "unary" -> new Experiment(kernel, "", (b, n) -> unary(b, kernel, fn(cell, function), cell, strided, n));
          case "unary_grad" -> new Experiment(kernel, "", (b, n) -> unaryGrad(b, kernel, fn(cell, function), cell, strided, n));
          default -> new Experiment(kernel, "", (b, n) -> binary(b, kernel, BinaryOp.valueOf(function), cell, strided, n));
        });
      }
    }
    return all;
  }

  /** The function with scalars that the cell holds exactly, so that both sides compute the same. */
  private static Unary fn(Cell cell, String function) {
    UnaryOp op = UnaryOp.valueOf(function);
    Unary usual = Unary.of(op);
    return switch (op) {
      case POW_SCALAR -> Unary.of(op, 1.75);
      case CLAMP -> Unary.of(op, -1.5, 2);
      case THRESHOLD -> Unary.of(op, 0.5, -3);
      default -> new Unary(op, cell.round(usual.a()), cell.round(usual.b()));
    };
  }

  private static double[] arguments(Bench bench, Cell cell, UnaryOp op, int n) {
    double[] x = NARROW.contains(op) ? bench.uniform(n, 0.05, 0.95) : bench.uniform(n, -4, 4);
    for (int i = 0; i < n; i++) {
      x[i] = cell.round(x[i]);
    }
    return x;
  }

  private static void unary(Bench bench, Kernel kernel, Unary fn, Cell cell, boolean strided, int n) {
    double[] x = arguments(bench, cell, fn.op(), n);
    double[] y = reference(fn, x, null, null);
    Tensor2 shape = new Tensor2(n, strided);
    Bench.Array in = bench.in(cell, shape.inOrder(x));
    Bench.Array out = bench.out(fn.op().givesBool() ? Cell.I8 : cell, n);
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(n).scalar(fn.a())
        .scalar(fn.b());
    shape.finish(bench, kernel, block, 2);
    if (fn.op().givesBool()) {
      bench.expect(out, longs(y));
    } else {
      bench.expect(out, y, i -> ROUNDINGS * cell.unit() * (Math.abs(y[i]) + Math.abs(x[i])));
    }
  }

  private static void unaryGrad(Bench bench, Kernel kernel, Unary fn, Cell cell, boolean strided, int n) {
    double[] x = arguments(bench, cell, fn.op(), n);
    double[] y = reference(fn, x, null, null);
    for (int i = 0; i < n; i++) {
      y[i] = cell.round(y[i]);
    }
    double[] dy = bench.uniform(n, -2, 2);
    for (int i = 0; i < n; i++) {
      dy[i] = cell.round(dy[i]);
    }
    double[] dx = reference(fn, x, y, dy);
    Tensor2 shape = new Tensor2(n, strided);
    Bench.Array saved = bench.in(cell, shape.inOrder(fn.op().saves() == UnaryOp.Saves.OUTPUT ? y : x));
    Bench.Array gradient = bench.in(cell, shape.inOrder(dy));
    Bench.Array out = bench.out(cell, n);
    ParameterBlock block = bench.parameters(kernel).pointer(saved.address()).pointer(gradient.address()).pointer(out.address())
        .int64(n).scalar(fn.a()).scalar(fn.b());
    shape.finish(bench, kernel, block, 3);
    bench.expect(out, dx, i -> ROUNDINGS * cell.unit() * (Math.abs(dx[i]) + Math.abs(dy[i])));
  }

  private static void binary(Bench bench, Kernel kernel, BinaryOp op, Cell cell, boolean strided, int n) {
    double[] a = bench.uniform(n, 0.5, 4);
    double[] b = bench.uniform(n, 0.5, 4);
    for (int i = 0; i < n; i++) {
      a[i] = cell.round(a[i]);
      b[i] = i % 5 == 0 ? a[i] : cell.round(b[i]);
    }
    double[] y = reference(op, a, b);
    Tensor2 shape = new Tensor2(n, strided);
    Bench.Array first = bench.in(cell, shape.inOrder(a));
    Bench.Array second = bench.in(cell, shape.inOrder(b));
    Bench.Array out = bench.out(op.givesBool() ? Cell.I8 : cell, n);
    ParameterBlock block = bench.parameters(kernel).pointer(first.address()).pointer(second.address()).pointer(out.address())
        .int64(n);
    if (!strided) {
      block.int32(0);
    }
    shape.finish(bench, kernel, block, 3);
    if (op.givesBool()) {
      bench.expect(out, longs(y));
    } else {
      bench.expect(out, y, i -> ROUNDINGS * cell.unit() * (Math.abs(y[i]) + Math.abs(a[i]) + Math.abs(b[i])));
    }
  }

  /** n elements; strided launches read their inputs as the transpose of a matrix. */
  private record Tensor2(int n, boolean strided) {
    private int rows() {
      int r = Math.max(1, (int) Math.sqrt(n));
      while (n % r != 0) {
        r--;
      }
      return r;
    }

    /** Logical order to the order in memory. */
    double[] inOrder(double[] x) {
      if (!strided || n == 0) {
        return x.clone();
      }
      int rows = rows();
      int cols = n / rows;
      double[] y = new double[n];
      for (int i = 0; i < n; i++) {
        y[i % cols * rows + i / cols] = x[i];
      }
      return y;
    }

    void finish(Bench bench, Kernel kernel, ParameterBlock block, int operands) {
      if (strided) {
        int rows = n == 0 ? 1 : rows();
        int cols = n / rows;
        Layout layout = new Layout(operands).begin();
        long[] outer = new long[operands];
        long[] inner = new long[operands];
        Arrays.fill(outer, 1);
        Arrays.fill(inner, rows);
        outer[operands - 1] = cols;
        inner[operands - 1] = 1;
        block.layout(layout.dimension(rows, outer).dimension(cols, inner).end());
      }
      bench.launch(kernel, n);
    }
  }

  // ---- the reference backend on plain arrays

  /** fn(x), or its gradient where dy is given. */
  private static double[] reference(Unary fn, double[] x, double[] y, double[] dy) {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      boolean bool = dy == null && fn.op().givesBool();
      View out = empty(backend, x.length, bool);
      if (dy == null) {
        backend.unary(fn, view(backend, x), out);
      } else {
        backend.unaryGrad(fn, view(backend, x), view(backend, y), view(backend, dy), out);
      }
      return read(backend, out, bool);
    }
  }

  private static double[] reference(BinaryOp op, double[] a, double[] b) {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      View out = empty(backend, a.length, op.givesBool());
      backend.binary(op, view(backend, a), view(backend, b), out);
      return read(backend, out, op.givesBool());
    }
  }

  private static View empty(ReferenceBackend backend, int n, boolean bool) {
    Buffer buffer = backend.allocate(Math.max(8, (long) n * 8));
    return View.of(buffer, bool ? DType.BOOL : DType.FLOAT64, Shape.of(n));
  }

  private static View view(ReferenceBackend backend, double[] x) {
    View view = empty(backend, x.length, false);
    try (Arena arena = Arena.ofConfined()) {
      backend.upload(arena.allocateFrom(ValueLayout.JAVA_DOUBLE, x), view.buffer(), 0);
    }
    return view;
  }

  private static double[] read(ReferenceBackend backend, View view, boolean bool) {
    int n = (int) view.size();
    double[] x = new double[n];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate((long) n * (bool ? 1 : 8), 8);
      backend.download(view.buffer(), 0, host);
      for (int i = 0; i < n; i++) {
        x[i] = bool ? host.get(ValueLayout.JAVA_BYTE, i) : host.get(ValueLayout.JAVA_DOUBLE, 8L * i);
      }
    }
    return x;
  }

  private static long[] longs(double[] x) {
    long[] y = new long[x.length];
    Arrays.setAll(y, i -> (long) x[i]);
    return y;
  }
}
