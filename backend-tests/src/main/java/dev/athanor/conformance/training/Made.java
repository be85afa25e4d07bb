package dev.athanor.conformance.training;

import dev.athanor.data.ArrayDataset;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small data sets that can be learned, and a look at all the numbers of a model. */
final class Made {
  private Made() {}

  /** Noisy clouds around {@code (2, 0, 0, 0)}, {@code (0, 2, 0, 0)} and {@code (0, 0, 2, 0)}: class by class in turn. */
  static ArrayDataset clouds(int n) {
    float[] x = new float[4 * n];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 3;
      for (int j = 0; j < 4; j++) {
        x[4 * i + j] = (j == labels[i] ? 2 : 0) + noise(4 * i + j);
      }
    }
    return ArrayDataset.classes("clouds", x, Shape.of(4), labels, List.of("a", "b", "c"));
  }

  /** y = 3·x₀ − x₁ + 0.5, with a little noise in x only. */
  static ArrayDataset line(int n) {
    float[] x = new float[2 * n];
    float[] y = new float[n];
    for (int i = 0; i < n; i++) {
      x[2 * i] = noise(2 * i);
      x[2 * i + 1] = noise(2 * i + 1);
      y[i] = 3 * x[2 * i] - x[2 * i + 1] + 0.5f;
    }
    return ArrayDataset.values("line", x, Shape.of(2), y, Shape.of(1));
  }

  /** In (−1, 1), always the same. */
  static float noise(int i) {
    long z = (i + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    return (z >>> 40) * 0x1p-23f - 1;
  }

  /** Every parameter and buffer. */
  static Map<String, List<Double>> numbers(Layer model) {
    var all = new LinkedHashMap<String, List<Double>>();
    Weights.all(model).forEach((name, t) -> all.put(name, java.util.Arrays.stream(t.toDoubles()).boxed().toList()));
    return all;
  }
}
