package dev.athanor.kernels;

import static dev.athanor.kernels.Compare.SIZES;
import static dev.athanor.kernels.Compare.close;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Binary operations, comparisons, select and casts in the simulator. Single operations are correctly rounded, so the reference
 * rounded to the type must come out; pow and atan2 may be off by 16 roundings (the library promises 8, and 4).
 */
class BinaryKernelTest {

  static List<String> operations() {
    List<String> entries = new ArrayList<>();
    for (String family : List.of("binary", "compare")) {
      Kernels.family(family).stream().map(Kernel::entry).filter(e -> !e.endsWith("_strided")).forEach(entries::add);
    }
    return entries;
  }

  static double reference(String op, ElementType type, double a, double b) {
    boolean integer = type == ElementType.INT32 || type == ElementType.INT64;
    return switch (op) {
      case "add" -> a + b;
      case "sub" -> a - b;
      case "mul" -> a * b;
      case "div" -> !integer ? a / b : b == 0 ? 0 : (long) a / (long) b;
      case "pow" -> !integer ? Math.pow(a, b) : b < 0 ? a == 1 ? 1 : a == -1 ? b % 2 == 0 ? 1 : -1 : 0
          : type == ElementType.INT32 ? power((long) a, (long) b) << 32 >> 32 : power((long) a, (long) b);
      case "min" -> Math.min(a, b);
      case "max" -> Math.max(a, b);
      case "remainder" -> integer ? b == 0 ? 0 : Math.floorMod((long) a, (long) b) : remainder(a, b);
      case "atan2" -> Math.atan2(a, b);
      case "and" -> a * b;
      case "or" -> Math.max(a, b);
      case "xor" -> a != b ? 1 : 0;
      case "eq" -> a == b ? 1 : 0;
      case "ne" -> a != b ? 1 : 0;
      case "lt" -> a < b ? 1 : 0;
      case "le" -> a <= b ? 1 : 0;
      case "gt" -> a > b ? 1 : 0;
      case "ge" -> a >= b ? 1 : 0;
      default -> throw new IllegalArgumentException(op);
    };
  }

  private static double remainder(double a, double b) {
    double r = a % b;
    return r == 0 ? Math.copySign(0, b) : r < 0 != b < 0 ? r + b : r;
  }

  private static long power(long a, long b) {
    long result = 1;
    for (long i = 0; i < b; i++) {
      result *= a;
    }
    return result;
  }

  private static double[] operands(String op, ElementType type, int n, long seed) {
    double[] v = Compare.normal(type, n, seed, 3);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < n; i++) {
      if (op.equals("pow")) {
        v[i] = type == ElementType.FLOAT32 || type == ElementType.FLOAT64 ? Math.abs(v[i]) + 0.1
            : random.nextInt(seed == 2 ? -3 : -4, seed == 2 ? 9 : 5);
      } else if (random.nextInt(8) == 0) {
        double[] special = {0, 1, -1, 7, 7, Double.NaN};
        v[i] = special[random.nextInt(type == ElementType.FLOAT32 || type == ElementType.FLOAT64 ? 6 : 5)];
      }
    }
    return Sim.rounded(type, v);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void operationsMatch(String entry) {
    String[] parts = entry.split("_");
    ElementType type = Arrays.stream(ElementType.values()).filter(t -> t.suffix().equals(parts[2])).findFirst().orElseThrow();
    ElementType result = parts[0].equals("compare") ? ElementType.BOOL : type;
    double roundings = parts[1].equals("pow") || parts[1].equals("atan2") ? 16 : 0;
    try (Sim sim = new Sim()) {
      for (int n : SIZES) {
        double[] a = operands(parts[1], type, n, 1);
        double[] b = operands(parts[1], type, n, 2);
        double[] one = operands(parts[1], type, 1, 2);
        long pa = sim.upload(type, a, 1);
        long pb = sim.upload(type, b, 1);
        long pOne = sim.upload(type, one);
        for (int scalars = 0; scalars < 4; scalars++) {
          int bits = scalars;
          double[] expected = new double[n];
          for (int i = 0; i < n; i++) {
            expected[i] = reference(parts[1], type, (bits & 1) != 0 ? one[0] : a[i], (bits & 2) != 0 ? one[0] : b[i]);
          }
          expected = roundings == 0 ? Sim.rounded(result, expected) : expected;
          for (int off = 0; off < 2; off++) {
            long out = sim.allocate(result, n, off);
            sim.launch(entry, n, p -> p.pointer((bits & 1) != 0 ? pOne : pa).pointer((bits & 2) != 0 ? pOne : pb).pointer(out)
                .int64(n).int32(bits));
            close(entry + " of " + n + " scalars " + bits, result, expected, sim.download(result, out, n), roundings, null);
          }
        }
        // a row vector with a column vector
        int rows = n % 11 == 0 ? 11 : 1;
        int columns = n / rows;
        Layout layout = new Layout(3).begin().dimension(rows, 1, 0, columns).dimension(columns, 0, 1, 1).end();
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
          expected[i] = reference(parts[1], type, a[i / columns], b[i % columns]);
        }
        expected = roundings == 0 ? Sim.rounded(result, expected) : expected;
        long out = sim.allocate(result, n);
        sim.launch(entry + "_strided", n, p -> p.pointer(pa).pointer(pb).pointer(out).int64(n).layout(layout));
        close(entry + "_strided of " + n, result, expected, sim.download(result, out, n), roundings, null);
      }
    }
  }

  @Test
  void selectMatchesForEveryType() {
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.values()) {
        for (int n : SIZES) {
          double[] c = Compare.normal(ElementType.BOOL, n, 1, 1);
          double[] a = Compare.normal(type, n, 2, 1);
          double[] b = Compare.normal(type, n, 3, 1);
          double[] expected = new double[n];
          double[] second = new double[n];
          for (int i = 0; i < n; i++) {
            expected[i] = c[i] != 0 ? a[i] : b[i];
            second[i] = c[i] != 0 ? a[i] : b[0];
          }
          for (int off = 0; off < 2; off++) {
            long pc = sim.upload(ElementType.BOOL, c, 2 * off);
            long pa = sim.upload(type, a, off);
            long pb = sim.upload(type, b, off);
            long out = sim.allocate(type, n, off);
            sim.launch("select_" + type.suffix(), n, p -> p.pointer(pc).pointer(pa).pointer(pb).pointer(out).int64(n).int32(0));
            close("select", type, expected, sim.download(type, out, n), 0, null);
            sim.launch("select_" + type.suffix(), n, p -> p.pointer(pc).pointer(pa).pointer(pb).pointer(out).int64(n).int32(4));
            close("select one b", type, second, sim.download(type, out, n), 0, null);
            Layout layout = new Layout(4).begin().dimension(n, 1, 1, 0, 1).end();
            sim.launch("select_" + type.suffix() + "_strided", n,
                p -> p.pointer(pc).pointer(pa).pointer(pb).pointer(out).int64(n).layout(layout));
            close("select strided", type, second, sim.download(type, out, n), 0, null);
          }
        }
      }
    }
  }

  static List<String> casts() {
    return Kernels.family("cast").stream().map(Kernel::entry).filter(e -> !e.endsWith("_strided")).toList();
  }

  /** Values at which rounding, saturation, ties and subnormals of the 16-bit types decide. */
  private static final double[] EDGES = {0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 255.9, -255.9, 65504, 65519.996, 65520, 65536, 1e-8,
      5.9604644775390625e-8, 2.98023223876953125e-8, 2.9802322387695313e-8 * 1.0001, 6.0975551605224609e-5, 1.00048828125,
      1.00048828125000022, 1.00390625, 1.003906250000001, 1.01171875, 3.3895313892515355e38, 3.4e38, 1e300, -1e300, 2147483647.0,
      2147483648.0, -2147483648.0, -2147483649.0, 4294967296.0, 9.2233720368547748e18, 9.3e18, -9.3e18, 16777217, 2049, 2051,
          257, 259,
      2049.0000001, 257.00000001, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};

  @ParameterizedTest
  @MethodSource("casts")
  void castsMatch(String entry) {
    String[] parts = entry.split("_");
    ElementType from = Arrays.stream(ElementType.values()).filter(t -> t.suffix().equals(parts[1])).findFirst().orElseThrow();
    ElementType to = Arrays.stream(ElementType.values()).filter(t -> t.suffix().equals(parts[2])).findFirst().orElseThrow();
    try (Sim sim = new Sim()) {
      for (int n : new int[] {0, 1, 31, 33, EDGES.length, 1023}) {
        double[] x = Compare.normal(from, n, 4, 1000);
        for (int i = 0; i < n && n >= EDGES.length; i++) {
          x[i] = EDGES[i % EDGES.length];
        }
        x = Sim.rounded(from, x);
        double[] expected = Arrays.stream(x).map(v -> cast(v, from, to)).toArray();
        for (int off = 0; off < 2; off++) {
          long in = sim.upload(from, x, off);
          long out = sim.allocate(to, n, off);
          sim.launch(entry, n, p -> p.pointer(in).pointer(out).int64(n));
          close(entry + " of " + n, to, expected, sim.download(to, out, n), 0, null);
          Layout layout = new Layout(2).begin().dimension(n, 1, 1).end();
          long again = sim.allocate(to, n);
          sim.launch(entry + "_strided", n, p -> p.pointer(in).pointer(again).int64(n).layout(layout));
          close(entry + "_strided of " + n, to, expected, sim.download(to, again, n), 0, null);
        }
      }
    }
  }

  /** One rounding from the exact value; the 16-bit types by exact arithmetic in double. */
  private static double cast(double v, ElementType from, ElementType to) {
    return switch (to) {
      case FLOAT64 -> v;
      case FLOAT32 -> (float) v;
      case INT32 -> from == ElementType.INT64 ? (int) (long) v : (int) v;
      case INT64 -> (long) v;
      case BOOL -> v != 0 ? 1 : 0;
      case FLOAT16 -> narrow(v, 11, -24, 65504);
      case BFLOAT16 -> narrow(v, 8, -133, Float.MAX_VALUE - Math.ulp(Float.MAX_VALUE) * 65535);
    };
  }

  /** Rounds to so many significant bits, with the smallest subnormal 2^least and the largest finite value. */
  private static double narrow(double v, int bits, int least, double largest) {
    if (Double.isNaN(v) || Double.isInfinite(v) || v == 0) {
      return v;
    }
    int exponent = Math.max(Math.getExponent(v) - (bits - 1), least);
    double rounded = Math.rint(Math.scalb(v, -exponent));
    double result = Math.scalb(rounded, exponent);
    return Math.abs(result) > largest ? Math.copySign(Double.POSITIVE_INFINITY, v) : result;
  }
}
