package dev.athanor.train;

import dev.athanor.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What each epoch of a run came to. */
public final class History {
  private final List<Epoch> epochs = new ArrayList<>();

  History() {}

  /**
   * One epoch.
   *
   * @param number from 1
   * @param train the running means over the training batches, while the parameters moved
   * @param validation the means over the validation data afterwards, or empty
   * @param learningRate at the end of the epoch
   * @param seconds how long it took, validation included
   */
  public record Epoch(int number, Evaluation train, Optional<Evaluation> validation, double learningRate, double seconds) {
    /** The means by which the epoch is judged: of validation where there is one, else of training. */
    public Evaluation judged() {
      return validation.orElse(train);
    }

    Map<String, Object> toJson() {
      var m = new LinkedHashMap<String, Object>();
      m.put("epoch", number);
      m.put("train", json(train));
      validation.ifPresent(v -> m.put("validation", json(v)));
      m.put("learning_rate", learningRate);
      m.put("seconds", seconds);
      return m;
    }

    static Epoch fromJson(Map<?, ?> m) {
      return new Epoch(Math.toIntExact((Long) m.get("epoch")), evaluation((Map<?, ?>) m.get("train")),
          Optional.ofNullable((Map<?, ?>) m.get("validation")).map(Epoch::evaluation), Json.toDouble(m.get("learning_rate")),
          Json.toDouble(m.get("seconds")));
    }

    private static Map<String, Object> json(Evaluation e) {
      var m = new LinkedHashMap<String, Object>();
      m.put("loss", e.loss());
      m.putAll(e.metrics());
      return m;
    }

    private static Evaluation evaluation(Map<?, ?> m) {
      var metrics = new LinkedHashMap<String, Double>();
      m.forEach((name, v) -> {
        if (!name.equals("loss")) {
          metrics.put((String) name, Json.toDouble(v));
        }
      });
      return new Evaluation(Json.toDouble(m.get("loss")), metrics);
    }
  }

  void add(Epoch epoch) {
    epochs.add(epoch);
  }

  void clear() {
    epochs.clear();
  }

  void restore(List<Epoch> earlier) {
    clear();
    epochs.addAll(earlier);
  }

  /** The epochs so far, in order. */
  public List<Epoch> epochs() {
    return List.copyOf(epochs);
  }

  /**
   * The latest epoch.
   *
   * @throws java.util.NoSuchElementException if no epoch is over yet
   */
  public Epoch last() {
    return epochs.getLast();
  }

  /** One line of JSON per epoch. */
  public String toJsonLines() {
    var text = new StringBuilder();
    epochs.forEach(e -> text.append(Json.write(e.toJson())).append('\n'));
    return text.toString();
  }

  /** A line per epoch, for people. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Epoch e : epochs) {
      text.append(String.format(Locale.ROOT, "epoch %d: %s%s (%.1f s)%n", e.number, e.train,
          e.validation.map(v -> "; validation " + v).orElse(""), e.seconds));
    }
    return text.toString();
  }
}
