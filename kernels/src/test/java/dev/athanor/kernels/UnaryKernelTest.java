package dev.athanor.kernels;

import static dev.athanor.kernels.Compare.SIZES;
import static dev.athanor.kernels.Compare.close;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every unary function and gradient, contiguous and strided, in the simulator against float64.
 *
 * <p>Tolerance: the CUDA library's functions are off by at most 4 roundings at double width (2 units in the last place); each
 * function here adds a few operations of its own. 24 roundings hold for all of them, relative to the result, and to the
 * argument where the result cancels (tanh_shrink) or a scalar parameter is rounded to the type.
 */
class UnaryKernelTest {
  private static final double ROUNDINGS = 24;

  static List<String> functions() {
    return Stream.of(UnaryFamily.FLAT, UnaryFamily.SMOOTH, UnaryFamily.ACTIVATIONS).flatMap(List::stream).toList();
  }

  static List<String> differentiable() {
    return Stream.of(UnaryFamily.SMOOTH, UnaryFamily.ACTIVATIONS).flatMap(List::stream).toList();
  }

  /** Arguments from tiny to beyond 100 where the function is defined. */
  static double[] arguments(String f, ElementType type, int n) {
    double[] x = Compare.normal(type, n, f.hashCode(), 2);
    double[] special = {0, -0.0, 1e-6, -1e-6, 0.5, -0.5, 3.7, -3.7, 20, -20, 100, -100, 1e4, -1e4};
    for (int i = 0; i < n; i++) {
      if (i % 7 == 3) {
        x[i] = special[i / 7 % special.length];
      }
      if (!Functions.defined(f, x[i])) {
        x[i] = Functions.defined(f, Math.abs(x[i])) ? Math.abs(x[i]) : 0.25 + 0.5 * (i % 16) / 16;
      }
      // At the very kinks float32 and float64 may take different sides of a rounded parameter.
      if (Math.abs(x[i] - Functions.a(f)) < 1e-3 || Math.abs(x[i] + Functions.a(f)) < 1e-3) {
        x[i] += 0.125;
      }
    }
    return Sim.rounded(type, x);
  }

  private static double[] scale(String f, double[] x) {
    double[] s = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      s[i] = switch (f) {
        case "tanh_shrink" -> x[i];
        case "hard_sigmoid" -> 1;
        case "selu", "elu", "celu", "hard_swish", "soft_shrink" -> Math.min(1, Math.abs(x[i])) * 2;
        // Beyond some tens the tail underflows through e^-x^2 or e^-x, whose relative error is that of a rounded argument.
        case "gelu", "gelu_tanh", "swish", "gelu_sigmoid", "mish", "softplus", "log_sigmoid", "sigmoid" -> 1e-4;
        case "erf" -> 0;
        default -> 0;
      };
    }
    return s;
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionsMatch(String f) {
    for (ElementType type : ElementType.FLOATS) {
      double a = Sim.rounded(type, Functions.a(f))[0];
      double b = Sim.rounded(type, Functions.b(f))[0];
      try (Sim sim = new Sim()) {
        for (int n : SIZES) {
          double[] x = arguments(f, type, n);
          double[] expected = Arrays.stream(x).map(v -> Functions.value(f, v, a, b)).toArray();
          String entry = "unary_" + f + "_" + type.suffix();
          // Aligned; both off alike, so that there is a head; off differently, so that nothing is aligned in common.
          for (int[] off : new int[][] {{0, 0}, {1, 1}, {0, 1}}) {
            long in = sim.upload(type, x, off[0]);
            long out = sim.allocate(type, n, off[1]);
            sim.launch(entry, n, p -> p.pointer(in).pointer(out).int64(n).scalar(a).scalar(b));
            close(entry + " of " + n, type, expected, sim.download(type, out, n), ROUNDINGS, scale(f, x));
          }
          strided(sim, entry, type, x, expected, a, b, scale(f, x));
        }
      }
    }
  }

  /** x is transposed and every second element of its memory; the output is transposed too. */
  private static void strided(Sim sim, String entry, ElementType type, double[] x, double[] expected, double a, double b,
      double[] scale) {
    int rows = x.length % 3 == 0 ? 3 : x.length % 11 == 0 ? 11 : 1;
    int columns = x.length / rows;
    double[] spread = new double[2 * x.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        spread[2 * (c * rows + r)] = x[r * columns + c];
      }
    }
    Layout layout = new Layout(2).begin().dimension(rows, 2, 1).dimension(columns, 2L * rows, rows).end();
    long in = sim.upload(type, spread);
    long out = sim.allocate(type, x.length);
    sim.launch(entry + "_strided", x.length,
        p -> p.pointer(in).pointer(out).int64(x.length).scalar(a).scalar(b).layout(layout));
    double[] got = sim.download(type, out, x.length);
    double[] back = new double[x.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        back[r * columns + c] = got[c * rows + r];
      }
    }
    close(entry + "_strided of " + x.length, type, expected, back, ROUNDINGS, scale);
  }

  @ParameterizedTest
  @MethodSource("differentiable")
  void gradientsMatch(String f) {
    for (ElementType type : ElementType.FLOATS) {
      double a = Sim.rounded(type, Functions.a(f))[0];
      double b = Sim.rounded(type, Functions.b(f))[0];
      try (Sim sim = new Sim()) {
        for (int n : SIZES) {
          double[] x = arguments(f, type, n);
          double[] saved = Functions.savesOutput(f)
              ? Sim.rounded(type, Arrays.stream(x).map(v -> Functions.value(f, v, a, b)).toArray()) : x;
          double[] dy = Compare.normal(type, n, 5, 1);
          double[] expected = new double[n];
          double[] scale = new double[n];
          for (int i = 0; i < n; i++) {
            expected[i] = dy[i] * Functions.derivative(f, saved[i], a, b);
            // Derivatives that are differences of numbers near 1 cancel.
            scale[i] = switch (f) {
              case "tanh", "sigmoid", "expm1", "gelu", "gelu_tanh", "gelu_sigmoid", "swish", "mish", "hard_swish", "erf" -> dy[i];
              default -> 0;
            };
          }
          String entry = "unary_grad_" + f + "_" + type.suffix();
          for (int[] off : new int[][] {{0, 0}, {1, 1}, {0, 1}}) {
            // Neg reads nothing: a null pointer must do.
            long s = f.equals("neg") ? 0 : sim.upload(type, saved, off[0]);
            long d = sim.upload(type, dy, off[1]);
            long dx = sim.allocate(type, n, off[0]);
            sim.launch(entry, n, p -> p.pointer(s).pointer(d).pointer(dx).int64(n).scalar(a).scalar(b));
            close(entry + " of " + n, type, expected, sim.download(type, dx, n), ROUNDINGS, scale);
          }
          // dy broadcast from one value, as the gradient of a sum is.
          Layout layout = new Layout(3).begin().dimension(n, 1, 0, 1).end();
          long s = sim.upload(type, saved);
          long one = sim.upload(type, 1.5);
          long dx = sim.allocate(type, n);
          sim.launch(entry + "_strided", n,
              p -> p.pointer(s).pointer(one).pointer(dx).int64(n).scalar(a).scalar(b).layout(layout));
          double[] broadcast = Arrays.stream(saved).map(v -> 1.5 * Functions.derivative(f, v, a, b)).toArray();
          double[] about = new double[n];
          for (int i = 0; i < n; i++) {
            about[i] = scale[i] == 0 ? 0 : 1.5;
          }
          close(entry + "_strided of " + n, type, broadcast, sim.download(type, dx, n), ROUNDINGS, about);
        }
      }
    }
  }

  @Test
  void nanStaysNan() {
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        long in = sim.upload(type, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        for (String f : functions()) {
          long out = sim.allocate(type, 5);
          sim.launch("unary_" + f + "_" + type.suffix(), 5,
              p -> p.pointer(in).pointer(out).int64(5).scalar(Functions.a(f)).scalar(Functions.b(f)));
          for (double y : sim.download(type, out, 5)) {
            assertTrue(Double.isNaN(y), f + " of NaN is " + y);
          }
        }
      }
    }
  }

  @Test
  void kinksAreThoseOfPyTorch() {
    List<String> wrong = new ArrayList<>();
    try (Sim sim = new Sim()) {
      kink(sim, wrong, "abs", 0, 0);
      kink(sim, wrong, "relu", 0, 0);
      kink(sim, wrong, "relu6", 6, 0);
      kink(sim, wrong, "clamp", -2, 1);
      kink(sim, wrong, "clamp", 1.5, 1);
      kink(sim, wrong, "hard_tanh", 1, 0);
      kink(sim, wrong, "leaky_relu", 0, 0.01f);
      kink(sim, wrong, "elu", 0, 1.25);
      kink(sim, wrong, "hard_shrink", 0.5, 0);
      kink(sim, wrong, "threshold", 0.5, 0);
    }
    assertEquals(List.of(), wrong);
  }

  private static void kink(Sim sim, List<String> wrong, String f, double x, double expected) {
    ElementType type = ElementType.FLOAT32;
    long saved = sim.upload(type, x);
    long dy = sim.upload(type, 1);
    long dx = sim.allocate(type, 1);
    sim.launch("unary_grad_" + f + "_f32", 1,
        p -> p.pointer(saved).pointer(dy).pointer(dx).int64(1).scalar(Functions.a(f)).scalar(Functions.b(f)));
    double got = sim.download(type, dx, 1)[0];
    if (got != expected) {
      wrong.add(f + "'(" + x + ") = " + got + ", not " + expected);
    }
  }

  @Test
  void integersAndTestsMatch() {
    try (Sim sim = new Sim()) {
      for (ElementType type : List.of(ElementType.INT32, ElementType.INT64)) {
        double least = type == ElementType.INT32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
        double[] x = {0, 1, -1, 7, -7, 100, -100, least, 46340, -46340};
        for (String f : UnaryFamily.NUMERIC) {
          long in = sim.upload(type, x);
          long out = sim.allocate(type, x.length);
          sim.launch("unary_" + f + "_" + type.suffix(), x.length,
              p -> p.pointer(in).pointer(out).int64(x.length).float64(-5).float64(1e300));
          double[] expected = Arrays.stream(x).map(v -> switch (f) {
            case "neg" -> v == least ? v : 0 - v;
            case "abs" -> v == least ? v : Math.abs(v);
            case "sign" -> v > 0 ? 1 : v < 0 ? -1 : 0;
            case "square" -> v == least ? 0 : v * v;
            default -> Math.max(-5, v);
          }).toArray();
          close(f + " of " + type, type, expected, sim.download(type, out, x.length), 0, null);
        }
      }
      double[] x = {0, 1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -3, 1e38};
      for (ElementType type : ElementType.FLOATS) {
        long in = sim.upload(type, x);
        for (String f : UnaryFamily.TESTS) {
          long out = sim.allocate(ElementType.BOOL, x.length);
          sim.launch("unary_" + f + "_" + type.suffix(), x.length,
              p -> p.pointer(in).pointer(out).int64(x.length).scalar(0).scalar(0));
          double[] expected = Arrays.stream(x).map(v -> switch (f) {
            case "is_nan" -> Double.isNaN(v) ? 1 : 0;
            case "is_inf" -> Double.isInfinite(v) ? 1 : 0;
            default -> Double.isFinite(v) ? 1 : 0;
          }).toArray();
          close(f, ElementType.BOOL, expected, sim.download(ElementType.BOOL, out, x.length), 0, null);
        }
      }
      double[] flags = Compare.normal(ElementType.BOOL, 1023, 3, 1);
      long in = sim.upload(ElementType.BOOL, flags, 1);
      long out = sim.allocate(ElementType.BOOL, 1023, 1);
      sim.launch("unary_not_bool", 1023, p -> p.pointer(in).pointer(out).int64(1023).float64(0).float64(0));
      close("not", ElementType.BOOL, Arrays.stream(flags).map(v -> 1 - v).toArray(), sim.download(ElementType.BOOL, out, 1023),
          0, null);
    }
  }

  @Test
  void aMillionElementsMatchOnBothPaths() {
    int n = (1 << 20) + 7;
    ElementType type = ElementType.FLOAT32;
    double[] x = Compare.normal(type, n, 9, 3);
    double[] expected = Arrays.stream(x).map(v -> Math.max(0, v)).toArray();
    try (Sim sim = new Sim()) {
      long in = sim.upload(type, x);
      long out = sim.allocate(type, n);
      sim.launch("unary_relu_f32", n, p -> p.pointer(in).pointer(out).int64(n).float32(0).float32(0));
      close("relu", type, expected, sim.download(type, out, n), 0, null);
      long again = sim.allocate(type, n);
      Layout layout = new Layout(2).begin().dimension(n, 1, 1).end();
      sim.launch("unary_relu_f32_strided", n, p -> p.pointer(in).pointer(again).int64(n).float32(0).float32(0).layout(layout));
      close("relu strided", type, expected, sim.download(type, again, n), 0, null);
    }
  }
}
