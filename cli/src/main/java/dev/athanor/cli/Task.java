package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.data.Dataset;
import dev.athanor.data.Target;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.metric.Accuracy;
import dev.athanor.metric.MeanAbsoluteError;
import dev.athanor.metric.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a network is to tell: a class, a yes or no, or numbers; with the loss, the metric and the number of outputs that follow.
 *
 * @param kind which of these
 * @param names the classes' names, or what 0 and 1 mean; empty for numbers
 * @param outputs the number of outputs
 */
record Task(Kind kind, List<String> names, long outputs) {
  /** The kinds of task. */
  enum Kind { CLASSES, BINARY, VALUES }

  /** What a data set's target asks for. */
  static Task of(Dataset data) {
    return switch (data.target()) {
      case Target.Classes c -> new Task(Kind.CLASSES, c.names(), c.names().size());
      case Target.Binary b -> new Task(Kind.BINARY, b.names(), b.shape().size());
      case Target.Values v when v.shape().size() == 0 -> throw new AthanorException(data.name() + " has no target to learn");
      case Target.Values v -> new Task(Kind.VALUES, List.of(), v.shape().size());
    };
  }

  Loss loss() {
    return switch (kind) {
      case CLASSES -> new CrossEntropy();
      case BINARY -> new BinaryCrossEntropy();
      case VALUES -> new MeanSquaredError();
    };
  }

  Metric metric() {
    return switch (kind) {
      case CLASSES, BINARY -> new Accuracy();
      case VALUES -> new MeanAbsoluteError();
    };
  }

  /**
   * Refuses data whose target is another one than this.
   *
   * @throws AthanorException if kind or classes differ
   */
  void check(Dataset data) {
    Task other = of(data);
    if (!equals(other)) {
      throw new AthanorException(data.name() + " does not fit the model, which tells " + this + "; this data asks for " + other);
    }
  }

  /** For a model file. */
  Map<String, Object> toJson() {
    var m = new LinkedHashMap<String, Object>();
    m.put("kind", kind.name().toLowerCase(java.util.Locale.ROOT));
    m.put("names", names);
    m.put("outputs", outputs);
    return m;
  }

  static Task fromJson(Map<?, ?> m) {
    return new Task(Kind.valueOf(((String) m.get("kind")).toUpperCase(java.util.Locale.ROOT)),
        ((List<?>) m.get("names")).stream().map(String.class::cast).toList(), (Long) m.get("outputs"));
  }

  @Override
  public String toString() {
    return switch (kind) {
      case CLASSES -> names.size() + " classes (" + (names.size() > 12 ? String.join(", ", names.subList(0, 12)) + ", …"
          : String.join(", ", names)) + ")";
      case BINARY -> "yes or no (" + names.get(0) + ", " + names.get(1) + ")";
      case VALUES -> outputs == 1 ? "a number" : outputs + " numbers";
    };
  }
}
