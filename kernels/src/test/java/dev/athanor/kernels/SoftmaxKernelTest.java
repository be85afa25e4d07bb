package dev.athanor.kernels;

import static dev.athanor.kernels.Compare.close;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Softmax, cross-entropy and their gradients in the simulator against float64.
 *
 * <p>Tolerance: e^(x - m) carries the rounding of x - m, which for differences up to 80 is 80 roundings of the result, and a few
 * of
 * the sum: 128 roundings of the result, or of the largest term of a difference. In float64 the references, which sum in order,
 * are
 * off as much again for the 1023 terms of the longest rows.
 */
class SoftmaxKernelTest {
  private static final double ROUNDINGS = 128;

  /** Softmax of each row along the middle axis; also its logarithm. */
  static double[][] softmax(double[] x, int outer, int n, int inner) {
    double[] y = new double[x.length];
    double[] log = new double[x.length];
    for (int row = 0; row < outer * inner; row++) {
      int base = row / inner * n * inner + row % inner;
      double largest = Double.NEGATIVE_INFINITY;
      double sum = 0;
      for (int k = 0; k < n; k++) {
        largest = Math.max(largest, x[base + k * inner]);
      }
      for (int k = 0; k < n; k++) {
        sum += Math.exp(x[base + k * inner] - largest);
      }
      for (int k = 0; k < n; k++) {
        log[base + k * inner] = x[base + k * inner] - largest - Math.log(sum);
        y[base + k * inner] = Math.exp(log[base + k * inner]);
      }
    }
    return new double[][] {y, log};
  }

  @ParameterizedTest
  @EnumSource(RowPath.class)
  void softmaxAndItsGradientsMatch(RowPath path) {
    int[][] shapes = {{0, 5, 1}, {1, 1, 1}, {3, 31, 1}, {9, 33, 1}, {2, 1023, 1}, {2, 10, 33}, {3, 1, 7}};
    try (Sim sim = new Sim()) {
      for (ElementType type : ElementType.FLOATS) {
        for (int[] s : shapes) {
          if (s[2] > 1 && path != RowPath.COLUMN) {
            continue;
          }
          int n = s[0] * s[1] * s[2];
          double[] x = Compare.normal(type, n, 7, 10);
          double[] dy = Compare.normal(type, n, 8, 1);
          double[][] y = softmax(x, s[0], s[1], s[2]);
          for (boolean log : new boolean[] {false, true}) {
            String name = (log ? "log_softmax" : "softmax");
            String end = "_" + type.suffix() + "_" + path.suffix();
            double[] expected = log ? y[1] : y[0];
            long in = sim.upload(type, x, 1);
            long out = sim.allocate(type, n);
            long work = path.work(s[0], s[2]);
            sim.launch(name + end, work, p -> p.pointer(in).pointer(out).int64(s[0]).int64(s[1]).int64(s[2]));
            close(name + end + List.of(s[0], s[1], s[2]), type, expected, sim.download(type, out, n), ROUNDINGS, log ? x : null);
            // In place.
            sim.launch(name + end, work, p -> p.pointer(in).pointer(in).int64(s[0]).int64(s[1]).int64(s[2]));
            close(name + end + " in place", type, expected, sim.download(type, in, n), ROUNDINGS, log ? x : null);
            double[] saved = Sim.rounded(type, expected);
            double[] dx = new double[n];
            double[] scale = new double[n];
            gradient(saved, dy, log, s, dx, scale);
            long py = sim.upload(type, saved);
            long pdy = sim.upload(type, dy);
            sim.launch(name + "_grad" + end, work,
                p -> p.pointer(py).pointer(pdy).pointer(pdy).int64(s[0]).int64(s[1]).int64(s[2]));
            close(name + "_grad" + end, type, dx, sim.download(type, pdy, n), ROUNDINGS, scale);
          }
        }
      }
    }
  }

  private static void gradient(double[] y, double[] dy, boolean log, int[] s, double[] dx, double[] scale) {
    for (int row = 0; row < s[0] * s[2]; row++) {
      int base = row / s[2] * s[1] * s[2] + row % s[2];
      double sum = 0;
      double magnitude = 0;
      for (int k = 0; k < s[1]; k++) {
        int i = base + k * s[2];
        sum += log ? dy[i] : y[i] * dy[i];
        magnitude += log ? Math.abs(dy[i]) : y[i] * Math.abs(dy[i]);
      }
      for (int k = 0; k < s[1]; k++) {
        int i = base + k * s[2];
        dx[i] = log ? dy[i] - Math.exp(y[i]) * sum : y[i] * (dy[i] - sum);
        scale[i] = log ? Math.abs(dy[i]) + Math.exp(y[i]) * magnitude * (1 + Math.abs(y[i]))
            : y[i] * (Math.abs(dy[i]) + magnitude);
      }
    }
  }

  @Test
  void extremeLogitsAreSafe() {
    try (Sim sim = new Sim()) {
      double inf = Double.POSITIVE_INFINITY;
      double[] x = {1e30, -1e30, 1e30, 0, -inf, 5, 5, -inf, 88, 89, 1000, -1000};
      double[] expected = {0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1, 0};
      for (RowPath path : RowPath.values()) {
        long in = sim.upload(ElementType.FLOAT32, x);
        long out = sim.allocate(ElementType.FLOAT32, 12);
        sim.launch("softmax_f32_" + path.suffix(), 3, p -> p.pointer(in).pointer(out).int64(3).int64(4).int64(1));
        close("softmax", ElementType.FLOAT32, expected, sim.download(ElementType.FLOAT32, out, 12), ROUNDINGS, null);
      }
    }
  }

  static List<String> crossEntropies() {
    return Kernels.family("cross_entropy").stream().map(Kernel::entry).filter(e -> !e.contains("denominator")).toList();
  }

  @ParameterizedTest
  @MethodSource("crossEntropies")
  void crossEntropyMatches(String entry) {
    String[] parts = entry.split("_");
    boolean dense = parts[2].equals("dense");
    ElementType type = parts[3].equals("f32") ? ElementType.FLOAT32 : ElementType.FLOAT64;
    ElementType index = parts[2].equals("i32") ? ElementType.INT32 : ElementType.INT64;
    int[][] shapes = {{0, 3, 1}, {1, 1, 1}, {33, 10, 1}, {3, 1023, 1}, {2, 7, 5}};
    try (Sim sim = new Sim()) {
      for (int[] s : shapes) {
        for (int variant = 0; variant < 4; variant++) {
          boolean weighted = (variant & 1) != 0;
          double smoothing = Sim.rounded(type, variant >= 2 ? 0.1 : 0)[0];
          int rows = s[0] * s[2];
          int n = rows * s[1];
          double[] x = Compare.normal(type, n, 5, 4);
          for (int i = 0; i < n; i++) {
            x[i] += 300;  // a common shift must not cost accuracy
          }
          x = Sim.rounded(type, x);
          double[] target = new double[dense ? n : rows];
          for (int i = 0; i < target.length; i++) {
            target[i] = dense ? (i * 7 % 11) / 11.0 : rows > 4 && i == 4 ? -100 : i * 5 % s[1];
          }
          target = dense ? Sim.rounded(type, target) : target;
          double[] weight = new double[s[1]];
          for (int k = 0; k < s[1]; k++) {
            weight[k] = weighted ? 0.5 + k % 3 : 1;
          }
          double[] loss = new double[rows];
          double[] dx = new double[n];
          double[] lossScale = new double[rows];
          double[] scale = new double[n];
          double divisor = 3;
          reference(x, target, weight, s, dense, smoothing, divisor, loss, dx, lossScale, scale);
          long px = sim.upload(type, x);
          long pt = sim.upload(dense ? type : index, target);
          long pw = weighted ? sim.upload(type, weight) : 0;
          long pd = sim.upload(type, divisor);
          long pl = sim.allocate(type, rows);
          long pdx = variant == 1 ? px : sim.allocate(type, n);  // once in place
          long errors = sim.upload(ElementType.INT32, 0);
          sim.launch(entry, rows, p -> p.pointer(px).pointer(pt).pointer(pw).pointer(pd).pointer(pl).pointer(pdx).pointer(errors)
              .int64(s[0]).int64(s[1]).int64(s[2]).int64(-100).scalar(smoothing));
          String what = entry + " " + List.of(s[0], s[1], s[2]) + " variant " + variant;
          double roundings = type == ElementType.FLOAT64 ? 3 * ROUNDINGS : ROUNDINGS;
          close(what + " loss", type, loss, sim.download(type, pl, rows), roundings, lossScale);
          close(what + " gradient", type, dx, sim.download(type, pdx, n), roundings, scale);
          assertEquals(0, sim.download(ElementType.INT32, errors, 1)[0]);
        }
      }
    }
  }

  private static void reference(double[] x, double[] target, double[] weight, int[] s, boolean dense, double smoothing,
      double divisor,
      double[] loss, double[] dx, double[] lossScale, double[] scale) {
    double[][] y = softmax(x, s[0], s[1], s[2]);
    for (int row = 0; row < s[0] * s[2]; row++) {
      int base = row / s[2] * s[1] * s[2] + row % s[2];
      if (!dense && target[row] == -100) {
        continue;
      }
      double total = 0;
      double[] q = new double[s[1]];
      for (int k = 0; k < s[1]; k++) {
        double hot = dense ? target[base + k * s[2]] : target[row] == k ? 1 : 0;
        q[k] = weight[k] * (hot * (1 - smoothing) + smoothing / s[1]);
        total += q[k];
        loss[row] -= q[k] * y[1][base + k * s[2]] / divisor;
        lossScale[row] += q[k] * (Math.abs(y[1][base + k * s[2]]) + 20) / divisor;
      }
      for (int k = 0; k < s[1]; k++) {
        int i = base + k * s[2];
        dx[i] = (y[0][i] * total - q[k]) / divisor;
        scale[i] = (y[0][i] * total + q[k]) / divisor;
      }
    }
  }

  @Test
  void wrongTargetsAreReportedAndNullsAllowed() {
    try (Sim sim = new Sim()) {
      for (String path : List.of("warp", "block")) {
        long x = sim.upload(ElementType.FLOAT32, 1, 2, 3, 4, 5, 6);
        long target = sim.upload(ElementType.INT64, 2, 3);
        long loss = sim.allocate(ElementType.FLOAT32, 2);
        long errors = sim.upload(ElementType.INT64, 0, 0, 0);
        sim.launch("cross_entropy_i64_f32_" + path, 2, p -> p.pointer(x).pointer(target).pointer(0).pointer(0).pointer(loss)
            .pointer(0)
            .pointer(errors).int64(2).int64(3).int64(1).int64(-1).scalar(0));
        double[] got = sim.download(ElementType.FLOAT32, loss, 2);
        assertEquals(Math.log(1 + Math.exp(-1) + Math.exp(-2)), got[0], 1e-6);
        assertTrue(Double.isNaN(got[1]));
        assertArrayEquals(new double[] {1, 3, 3}, sim.download(ElementType.INT64, errors, 3));
      }
    }
  }

  @Test
  void theDenominatorSumsWeightsOfCountedRows() {
    try (Sim sim = new Sim()) {
      for (ElementType index : List.of(ElementType.INT32, ElementType.INT64)) {
        for (ElementType type : ElementType.FLOATS) {
          double[] target = new double[1023];
          double[] weight = {0.5, 2, 4};
          double expected = 0;
          for (int i = 0; i < target.length; i++) {
            target[i] = i % 5 == 4 ? -1 : i % 3;
            expected += i % 5 == 4 ? 0 : weight[i % 3];
          }
          long pt = sim.upload(index, target);
          long pw = sim.upload(type, weight);
          long out = sim.allocate(type, 1);
          sim.launch("cross_entropy_denominator_" + index.suffix() + "_" + type.suffix(), 1,
              p -> p.pointer(pt).pointer(pw).pointer(out).int64(1023).int64(3).int64(-1));
          assertEquals(expected, sim.download(type, out, 1)[0]);
        }
      }
    }
  }
}
