package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.metric.Metric;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
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

  /** Adds a batch. What a metric computes belongs to the caller's scope. */
  void add(double loss, Tensor prediction, Tensor target, int count) {
    examples += count;
    sums[0] += loss * count;
    if (!metrics.isEmpty()) {
      try (var _ = Tape.noGrad()) {
        for (int i = 0; i < sums.length - 1; i++) {
          sums[i + 1] += metrics.get(i).of(prediction, target).item() * count;
        }
      }
    }
  }

  /** Adds a batch's loss and metrics, in their order. */
  void add(double[] means, int count) {
    examples += count;
    for (int i = 0; i < sums.length; i++) {
      sums[i] += means[i] * count;
    }
  }

  void reset() {
    examples = 0;
    Arrays.fill(sums, 0);
  }

  Evaluation means() {
    var values = new LinkedHashMap<String, Double>();
    for (int i = 0; i < metrics.size(); i++) {
      values.put(metrics.get(i).name(), sums[i + 1] / examples);
    }
    return new Evaluation(sums[0] / examples, values);
  }

  /** The sums and the count, in a form that gives back the same bits. */
  Map<String, Object> state() {
    var state = new LinkedHashMap<String, Object>();
    state.put("metrics", names());
    state.put("examples", examples);
    state.put("sums", Arrays.stream(sums).mapToObj(Double::doubleToRawLongBits).toList());
    return state;
  }

  List<String> names() {
    return metrics.stream().map(Metric::name).toList();
  }

  /** Takes over what {@link #state} gave for the same metrics. */
  void restore(long count, double[] values) {
    examples = count;
    System.arraycopy(values, 0, sums, 0, sums.length);
  }
}
