package dev.athanor.bench.gpu;

import dev.athanor.backend.MatmulPrecision;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * {@code a.matmul(b)} beside cuBLAS called directly with the same sizes, by turns. The share is that of the direct call's speed that
 * is reached; at least {@value #SHARE} is expected of products of 1024³ and more. Small ones show what a call costs.
 */
final class Products {
  private static final double SHARE = 0.98;
  private static final int[][] SIZES = {{128, 512, 784}, {1024, 1024, 1024}, {2048, 2048, 2048}, {4096, 4096, 4096},
      {8192, 8192, 8192}};
  private static final int[][] SMALL = {{4, 8, 6}, {16, 16, 16}};

  private Products() {}

  static void run(Setting setting, Results results) {
    try (Device device = Device.open(setting.device())) {
      for (int[] size : setting.quick() ? SMALL : SIZES) {
        float[] a = random(size[0] * size[2], 1);
        float[] b = random(size[2] * size[1], 2);
        for (MatmulPrecision precision : MatmulPrecision.values()) {
          measure(setting, results, device, precision, size, a, b);
        }
      }
    }
    if (!setting.onGpu()) {
      results.note("cuBLAS cannot be called directly on the simulator: only the products themselves were run.");
    }
  }

  private static void measure(Setting setting, Results results, Device device, MatmulPrecision precision, int[] size, float[] x,
      float[] y) {
    int m = size[0];
    int n = size[1];
    int k = size[2];
    device.matmulPrecision(precision);
    int rounds = setting.of(9, 2);
    try (var _ = device.scope()) {
      Tensor a = device.tensor(x, m, k);
      Tensor b = device.tensor(y, k, n);
      Runnable ours = () -> {
        try (var _ = device.scope()) {
          a.matmul(b);
        }
      };
      double flops = 2.0 * m * n * k;
      int steps = (int) Math.clamp(4e11 / flops, 1, 400); // some 10 ms at 40 TFLOP/s
      if (!setting.onGpu()) {
        double micros = median(rounds, () -> time(1, ours, device::synchronize));
        results.row("Matrix products", "m × n × k", m + " × " + n + " × " + k, "precision", precision.name(), "athanor µs", micros);
        return;
      }
      double[] mine = new double[rounds];
      double[] direct = new double[rounds];
      try (var cublas = new Cublas(precision, m, n, k, x, y)) {
        time(steps, ours, device::synchronize);
        time(steps, cublas::product, cublas::synchronize);
        for (int i = 0; i < rounds; i++) {
          mine[i] = time(steps, ours, device::synchronize);
          direct[i] = time(steps, cublas::product, cublas::synchronize);
        }
      }
      Arrays.sort(mine);
      Arrays.sort(direct);
      double share = direct[rounds / 2] / mine[rounds / 2];
      results.row("Matrix products", "m × n × k", m + " × " + n + " × " + k, "precision", precision.name(), "athanor µs",
          mine[rounds / 2], "cuBLAS µs", direct[rounds / 2], "share %", 100 * share, "TFLOP/s", flops / mine[rounds / 2] / 1e6);
      if (m >= 1024) {
        results.check(m + "³ " + precision, share >= SHARE, String.format(java.util.Locale.ROOT,
            "%.1f %% of cuBLAS called directly, at least %.0f %% expected", 100 * share, 100 * SHARE));
      }
    }
  }

  private interface Round {
    double run();
  }

  private static double median(int rounds, Round round) {
    double[] times = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      times[i] = round.run();
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }

  private static double time(int steps, Runnable step, Runnable wait) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    wait.run();
    return (System.nanoTime() - start) / 1e3 / steps;
  }

  private static float[] random(int n, long seed) {
    var random = new SplittableRandom(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (random.nextInt() >> 8) * 0x1p-23f;
    }
    return x;
  }
}
