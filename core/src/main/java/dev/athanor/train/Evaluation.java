package dev.athanor.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The means over a data set.
 *
 * @param loss the mean loss per example
 * @param metrics the metrics by name
 */
public record Evaluation(double loss, Map<String, Double> metrics) {
  /** Keeps the metrics' order. */
  public Evaluation {
    metrics = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /** {@code loss} or a metric by name. */
  public double get(String name) {
    if (name.equals("loss")) {
      return loss;
    }
    Double value = metrics.get(name);
    if (value == null) {
      throw new dev.athanor.AthanorException("there is no metric '" + name + "'; expected loss or one of " + metrics.keySet());
    }
    return value;
  }

  /** As {@code loss 0.1234, accuracy 0.9650}. */
  @Override
  public String toString() {
    var text = new StringBuilder(String.format(Locale.ROOT, "loss %.4f", loss));
    metrics.forEach((name, v) -> text.append(String.format(Locale.ROOT, ", %s %.4f", name, v)));
    return text.toString();
  }
}
