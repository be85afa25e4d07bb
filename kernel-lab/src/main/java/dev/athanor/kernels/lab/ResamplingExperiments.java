package dev.athanor.kernels.lab;

import dev.athanor.kernels.Flags;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.kernels.SamplingGrid;
import dev.athanor.kernels.WindowShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The family {@code resampling}. */
final class ResamplingExperiments {
  private ResamplingExperiments() {}

  /** How the output's size follows from the input's: times p / q, and the kind of grid. */
  private record Resize(String name, int p, int q, Kind kind, boolean channelsLast) {}

  private enum Kind { NEAREST, HALF_PIXEL, ALIGN_CORNERS }

  private static final List<Resize> RESIZES = List.of(
      new Resize("nearest x2", 2, 1, Kind.NEAREST, false),
      new Resize("nearest x5/3", 5, 3, Kind.NEAREST, true),
      new Resize("nearest x3/7", 3, 7, Kind.NEAREST, false),
      new Resize("bilinear x2", 2, 1, Kind.HALF_PIXEL, false),
      new Resize("bilinear x5/3", 5, 3, Kind.HALF_PIXEL, true),
      new Resize("bilinear x3/7", 3, 7, Kind.HALF_PIXEL, false),
      new Resize("corners x2", 2, 1, Kind.ALIGN_CORNERS, true),
      new Resize("corners x3/7", 3, 7, Kind.ALIGN_CORNERS, false));

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String t : List.of("f32", "f64")) {
      for (Resize resize : RESIZES) {
        String kind = resize.kind() == Kind.NEAREST ? "nearest_" : "bilinear_";
        Kernel forward = Kernels.get("resampling_" + kind + t);
        Kernel backward = Kernels.get("resampling_" + kind + "grad_" + t);
        all.add(new Experiment(forward, resize.name(), (bench, n) -> forward(bench, forward, resize, n)));
        all.add(new Experiment(backward, resize.name(), (bench, n) -> backward(bench, backward, resize, n)));
      }
      Kernel affine = Kernels.get("resampling_affine_" + t);
      int[] flags = {0, Flags.AFFINE_ALIGN_CORNERS, Flags.AFFINE_BORDER, Flags.AFFINE_NEAREST | Flags.AFFINE_BORDER};
      List<String> names = List.of("zeros", "corners", "border", "nearest");
      for (int i = 0; i < flags.length; i++) {
        int f = flags[i];
        all.add(new Experiment(affine, names.get(i), (bench, n) -> affine(bench, affine, f, n)));
      }
    }
    return all;
  }

  private static Geometry geometry(Resize r, int n) {
    Geometry g = Geometry.of(n, 1, 1, 1, 1, 0, 0, 1, 1, r.channelsLast());
    return g.resized(Math.max(1, g.h() * r.p() / r.q()), Math.max(1, g.w() * r.p() / r.q()));
  }

  private static SamplingGrid grid(Resize r, int in, int out) {
    return switch (r.kind()) {
      case NEAREST -> SamplingGrid.nearest(in, out);
      case HALF_PIXEL -> SamplingGrid.halfPixel(in, out);
      case ALIGN_CORNERS -> SamplingGrid.alignCorners(in, out);
    };
  }

  /** The position an output reads along an axis, from the definitions. */
  private static double position(Resize r, int o, int in, int out) {
    return switch (r.kind()) {
      case NEAREST -> Math.floorDiv(o * in, out);
      case HALF_PIXEL -> Math.max(0, (o + 0.5) * in / out - 0.5);
      case ALIGN_CORNERS -> out == 1 ? 0 : (double) o * (in - 1) / (out - 1);
    };
  }

  private interface Contribution {
    void at(int out, int in, double weight);
  }

  private static void contributions(Resize r, Geometry g, Contribution c) {
    for (int out = 0; out < g.outSize(); out++) {
      int plane = out / (g.oh() * g.ow());
      double y = position(r, out / g.ow() % g.oh(), g.h(), g.oh());
      double x = position(r, out % g.ow(), g.w(), g.ow());
      int y0 = (int) y;
      int x0 = (int) x;
      for (int corner = 0; corner < 4; corner++) {
        int yi = Math.min(y0 + corner / 2, g.h() - 1);
        int xi = Math.min(x0 + corner % 2, g.w() - 1);
        double weight = (corner / 2 == 0 ? 1 - (y - y0) : y - y0) * (corner % 2 == 0 ? 1 - (x - x0) : x - x0);
        if (weight != 0) {
          c.at(out, (plane * g.h() + yi) * g.w() + xi, weight);
        }
      }
    }
  }

  private static void forward(Bench bench, Kernel kernel, Resize r, int n) {
    Cell cell = Cell.named(kernel.entry());
    Geometry g = geometry(r, n);
    double[] x = rounded(bench, cell, g.inSize());
    Bench.Array in = bench.in(cell, g.placed(x, g.c(), g.h(), g.w()));
    Bench.Array y = bench.out(cell, g.outSize());
    launch(bench, kernel, r, g, in, y, g.shape().outElements());
    double[] expected = new double[g.outSize()];
    contributions(r, g, (out, from, weight) -> expected[out] += weight * x[from]);
    // Weights are quotients of whole numbers: two roundings each, then three levels of sums.
    double bound = (16 + slack(cell, g)) * cell.unit();
    bench.expect(y, g.placed(expected, g.c(), g.oh(), g.ow()), i -> r.kind() == Kind.NEAREST ? 0 : bound);
  }

  private static void backward(Bench bench, Kernel kernel, Resize r, int n) {
    Cell cell = Cell.named(kernel.entry());
    Geometry g = geometry(r, n);
    double[] dy = rounded(bench, cell, g.outSize());
    Bench.Array in = bench.in(cell, g.placed(dy, g.c(), g.oh(), g.ow()));
    Bench.Array dx = bench.out(cell, g.inSize());
    launch(bench, kernel, r, g, in, dx, g.shape().inElements());
    double[] expected = new double[g.inSize()];
    double[] magnitude = new double[g.inSize()];
    int[] terms = new int[g.inSize()];
    contributions(r, g, (out, to, weight) -> {
      expected[to] += weight * dy[out];
      magnitude[to] += weight * Math.abs(dy[out]);
      terms[to]++;
    });
    double[] bound = new double[g.inSize()];
    Arrays.setAll(bound, i -> (terms[i] + 16 + slack(cell, g)) * cell.unit() * (magnitude[i] + 1));
    double[] placed = g.placed(bound, g.c(), g.h(), g.w());
    bench.expect(dx, g.placed(expected, g.c(), g.h(), g.w()), i -> placed[i]);
  }

  /** The reference's own position errs by a few units of float64 times the axis, which matters for float64 only. */
  private static double slack(Cell cell, Geometry g) {
    return cell == Cell.F64 ? 16.0 * (g.h() + g.w()) : 0;
  }

  private static void launch(Bench bench, Kernel kernel, Resize r, Geometry g, Bench.Array in, Bench.Array out, long work) {
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(work);
    SamplingGrid.write(block, grid(r, g.h(), g.oh()), grid(r, g.w(), g.ow()));
    WindowShape shape = g.shape();
    shape.write(block);
    bench.launch(kernel, work);
  }

  /** A rotation with a little scaling and shift, another per image. */
  private static void affine(Bench bench, Kernel kernel, int flags, int n) {
    Cell cell = Cell.named(kernel.entry());
    Geometry g = Geometry.of(n, 1, 1, 1, 1, 0, 0, 1, 1, (flags & Flags.AFFINE_BORDER) != 0);
    g = g.resized(g.h() + 2, g.w() + 1);
    double[] x = rounded(bench, cell, g.inSize());
    double[] theta = new double[6 * g.n()];
    for (int i = 0; i < g.n(); i++) {
      double angle = 0.4 + i;
      double[] m = {1.1 * Math.cos(angle), -Math.sin(angle), 0.1, Math.sin(angle), 0.9 * Math.cos(angle), -0.2};
      System.arraycopy(m, 0, theta, 6 * i, 6);
    }
    Bench.Array in = bench.in(cell, g.placed(x, g.c(), g.h(), g.w()));
    Bench.Array matrices = bench.in(cell, theta);
    Bench.Array y = bench.out(cell, g.outSize());
    WindowShape shape = g.shape();
    ParameterBlock block = bench.parameters(kernel).pointer(in.address()).pointer(matrices.address()).pointer(y.address())
        .int64(shape.outElements()).int32(flags);
    shape.write(block);
    bench.launch(kernel, shape.outElements());
    // A position errs by some units times the axis, and the value changes by at most 2 per pixel; where the position is that
    // close to a border or to a tie of the nearest pixel, the element is excused.
    double positionError = 16 * cell.unit() * (g.h() + g.w() + 2);
    double[] expected = new double[g.outSize()];
    double[] bound = new double[g.outSize()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = sample(g, x, theta, flags, i);
      bound[i] = 0;
      for (int side = 0; side < 4; side++) {
        double moved = sample(g, x, theta, flags, i, positionError * (side % 2 * 2 - 1), positionError * (side / 2 * 2 - 1));
        bound[i] = Math.max(bound[i], Math.abs(moved - expected[i]) > 0.01 ? Double.POSITIVE_INFINITY
            : 4 * positionError + 8 * cell.unit());
      }
    }
    double[] placed = g.placed(bound, g.c(), g.oh(), g.ow());
    bench.expect(y, g.placed(expected, g.c(), g.oh(), g.ow()), i -> placed[i]);
  }

  private static double sample(Geometry g, double[] x, double[] theta, int flags, int out) {
    return sample(g, x, theta, flags, out, 0, 0);
  }

  private static double sample(Geometry g, double[] x, double[] theta, int flags, int out, double shiftX, double shiftY) {
    boolean align = (flags & Flags.AFFINE_ALIGN_CORNERS) != 0;
    int plane = out / (g.oh() * g.ow());
    int m = plane / g.c() * 6;
    double u = normalised(out % g.ow(), g.ow(), align);
    double v = normalised(out / g.ow() % g.oh(), g.oh(), align);
    double px = pixel(theta[m] * u + theta[m + 1] * v + theta[m + 2], g.w(), align) + shiftX;
    double py = pixel(theta[m + 3] * u + theta[m + 4] * v + theta[m + 5], g.h(), align) + shiftY;
    if ((flags & Flags.AFFINE_BORDER) != 0) {
      px = Math.clamp(px, 0.0, g.w() - 1.0);
      py = Math.clamp(py, 0.0, g.h() - 1.0);
    }
    if ((flags & Flags.AFFINE_NEAREST) != 0) {
      return read(g, x, plane, Math.rint(py), Math.rint(px));
    }
    double left = Math.floor(px);
    double top = Math.floor(py);
    double a = px - left;
    double b = py - top;
    return (1 - b) * ((1 - a) * read(g, x, plane, top, left) + a * read(g, x, plane, top, left + 1))
        + b * ((1 - a) * read(g, x, plane, top + 1, left) + a * read(g, x, plane, top + 1, left + 1));
  }

  private static double normalised(int i, int size, boolean align) {
    return align ? size == 1 ? 0 : 2.0 * i / (size - 1) - 1 : (2.0 * i + 1) / size - 1;
  }

  private static double pixel(double x, int size, boolean align) {
    return align ? (x + 1) / 2 * (size - 1) : ((x + 1) * size - 1) / 2;
  }

  private static double read(Geometry g, double[] x, int plane, double row, double column) {
    boolean inside = row >= 0 && row < g.h() && column >= 0 && column < g.w();
    return inside ? x[(plane * g.h() + (int) row) * g.w() + (int) column] : 0;
  }

  private static double[] rounded(Bench bench, Cell cell, int n) {
    double[] x = bench.uniform(n, -1, 1);
    Arrays.setAll(x, i -> cell.round(x[i]));
    return x;
  }
}
