package dev.athanor.bench.gpu;

import dev.athanor.tensor.Device;
import java.util.Arrays;

/**
 * What a step takes, in microseconds: of rounds of steps with one wait for the device at the end of each, the median and the
 * extremes. As the peers are measured in {@code torch_steps.py}.
 *
 * @param median of the rounds
 * @param lowest of the rounds
 * @param highest of the rounds
 */
record Times(double median, double lowest, double highest) {
  private static final double ROUND = 0.05;

  /**
   * Measures.
   *
   * @param warm steps that are not counted
   * @param rounds how many rounds, of 50 ms each or of one step
   */
  static Times of(Device device, int warm, int rounds, Runnable step) {
    for (int i = 0; i < warm; i++) {
      step.run();
    }
    device.synchronize();
    double one = round(device, 1, step);
    int steps = (int) Math.clamp(ROUND * 1e6 / one, 1, 10_000);
    double[] times = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      times[i] = round(device, steps, step);
    }
    Arrays.sort(times);
    return new Times(times[rounds / 2], times[0], times[rounds - 1]);
  }

  private static double round(Device device, int steps, Runnable step) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    device.synchronize();
    return (System.nanoTime() - start) / 1e3 / steps;
  }
}
