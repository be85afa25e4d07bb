package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.metric.Metric;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Running means of loss and metrics over the examples of an epoch. */
final class Meter {
  private final List<Metric> metrics;
  private final double[] sums;
  private long examples;

  Meter(List<Metric> metrics) {
    this.metrics = metrics;
    this.sums = new double[metrics.size() + 1];
  }

  /** Adds a batch. */
  void add(double loss, Tensor prediction, Tensor target, int count) {
    examples += count;
    sums[0] += loss * count;
    if (!metrics.isEmpty()) {
      try (var _ = Tape.noGrad(); Scope _ = prediction.device().scope()) {
        for (int i = 0; i < metrics.size(); i++) {
          sums[i + 1] += metrics.get(i).of(prediction, target).item() * count;
        }
      }
    }
  }

  void reset() {
    examples = 0;
    java.util.Arrays.fill(sums, 0);
  }

  Evaluation means() {
    var values = new LinkedHashMap<String, Double>();
    for (int i = 0; i < metrics.size(); i++) {
      values.put(metrics.get(i).name(), sums[i + 1] / examples);
    }
    return new Evaluation(sums[0] / examples, values);
  }

  /** The sums and the count as text that gives back the same bits. */
  Map<String, Object> state() {
    var bits = new java.util.ArrayList<Long>();
    for (double s : sums) {
      bits.add(Double.doubleToRawLongBits(s));
    }
    return Map.of("examples", examples, "sums", bits);
  }

  void restore(long count, double[] values) {
    if (values.length != sums.length) {
      throw new dev.athanor.AthanorException("the checkpoint was made with " + (values.length - 1) + " metrics, not "
          + (sums.length - 1) + "; use the same as before");
    }
    examples = count;
    System.arraycopy(values, 0, sums, 0, sums.length);
  }
}
