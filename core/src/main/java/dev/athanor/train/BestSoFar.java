package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The state of early stopping: the best value so far, how long ago it was, and the parameters and buffers of that epoch. */
final class BestSoFar implements AutoCloseable {
  private final EarlyStopping rule;
  private final boolean larger;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private double value;
  private int waited;

  BestSoFar(EarlyStopping rule, List<Metric> metrics) {
    this.rule = rule;
    this.larger = rule != null && Rates.largerIsBetter("early stopping", rule.monitor(), metrics);
    this.value = larger ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  /** Looks at an epoch; false if training is to end. */
  boolean judge(History.Epoch epoch, Layer model) {
    if (rule == null) {
      return true;
    }
    double now = epoch.judged().get(rule.monitor());
    boolean better = larger ? now > value + rule.minDelta() : now < value - rule.minDelta();
    if (better) {
      value = now;
      waited = 0;
      if (rule.restoreBest()) {
        remember(model);
      }
    } else {
      waited++;
    }
    return !isExhausted();
  }

  boolean isExhausted() {
    return rule != null && waited >= Math.max(1, rule.patience());
  }

  private static Map<String, Tensor> all(Layer model) {
    var all = new LinkedHashMap<>(model.parameters());
    all.putAll(model.buffers());
    return all;
  }

  private void remember(Layer model) {
    try (var _ = Tape.noGrad()) {
      all(model).forEach((name, t) -> {
        Tensor kept = tensors.get(name);
        if (kept == null) {
          tensors.put(name, t.copy().persist());
        } else {
          kept.assign(t.detach());
        }
      });
    }
  }

  /** Puts the best parameters back into the model; false if none were kept. */
  boolean putBack(Layer model) {
    if (tensors.isEmpty()) {
      return false;
    }
    try (var _ = Tape.noGrad()) {
      all(model).forEach((name, t) -> t.assign(tensors.get(name)));
    }
    return true;
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }

  Map<String, Object> state() {
    var state = new LinkedHashMap<String, Object>();
    state.put("monitor", monitor());
    state.put("value", Double.doubleToRawLongBits(value));
    state.put("waited", waited);
    state.put("kept", !tensors.isEmpty());
    return state;
  }

  /** What is judged by, or null without early stopping. */
  String monitor() {
    return rule == null ? null : rule.monitor();
  }

  /** Whether the best parameters are to be put back at the end. */
  boolean keeps() {
    return rule != null && rule.restoreBest();
  }

  /** Takes the numbers over, and makes room for the tensors if there were any. */
  void restore(double bestValue, int epochsWaited, boolean kept, Layer model) {
    value = bestValue;
    waited = epochsWaited;
    if (kept) {
      remember(model);
    }
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    tensors.clear();
  }
}
