package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.data.DataLoader;
import dev.athanor.io.Json;
import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole training run in one safetensors file, written whole or not at all: parameters and buffers ({@code model.…}), the optimizer's
 * state ({@code optimizer.…}), the best parameters of early stopping ({@code best.…}), and, as JSON under the metadata key
 * {@value #KEY}, the counters: steps, the loader's and the generators' positions, the epoch's sums and the history.
 */
public final class Checkpoint {
  /** The metadata key of the run's counters. */
  public static final String KEY = "athanor.run";

  private Checkpoint() {}

  /** The parts of a run. */
  record State(Layer model, Optimizer optimizer, DataLoader.State loader, long step, Meter meter, BestSoFar best, History history) {}

  /** Where a run is to go on. */
  record Position(DataLoader.State loader, long step) {}

  static void save(Path file, State run, Map<String, String> metadata) {
    var items = new ArrayList<SafeTensors.Item>();
    items.addAll(Weights.items("model.", run.model.parameters()));
    items.addAll(Weights.items("model.", run.model.buffers()));
    items.addAll(Weights.items("optimizer.", run.optimizer.state()));
    items.addAll(Weights.items("best.", run.best.tensors()));
    var all = new HashMap<>(metadata);
    all.put(KEY, Json.write(counters(run)));
    SafeTensors.write(file, all, items);
  }

  private static Map<String, Object> counters(State run) {
    var m = new LinkedHashMap<String, Object>();
    m.put("step", run.step);
    m.put("loader", List.of(run.loader.seed(), run.loader.epoch(), run.loader.nextBatch()));
    m.put("optimizer", run.optimizer.rule().toString());
    m.put("optimizer_steps", run.optimizer.steps());
    m.put("learning_rate", Double.doubleToRawLongBits(run.optimizer.learningRate()));
    var generators = new LinkedHashMap<String, Object>();
    run.model.generators().forEach((name, g) -> generators.put(name, List.of(g.state().seed(), g.state().stream(), g.state().offset())));
    m.put("generators", generators);
    m.put("meter", run.meter.state());
    m.put("best", run.best.state());
    m.put("history", run.history.epochs().stream().map(History.Epoch::toJson).toList());
    return m;
  }

  /** The run's counters, read back. */
  private record Counters(Position position, String rule, long optimizerSteps, double learningRate,
      Map<String, Generator.State> generators, long examples, double[] sums, double best, int waited, boolean kept,
      List<History.Epoch> history) {

    static Counters of(Map<?, ?> m) {
      List<?> loader = (List<?>) m.get("loader");
      var generators = new LinkedHashMap<String, Generator.State>();
      ((Map<?, ?>) m.get("generators")).forEach((name, v) -> {
        List<?> s = (List<?>) v;
        generators.put((String) name, new Generator.State((Long) s.get(0), (Long) s.get(1), (Long) s.get(2)));
      });
      Map<?, ?> meter = (Map<?, ?>) m.get("meter");
      Map<?, ?> best = (Map<?, ?>) m.get("best");
      return new Counters(
          new Position(new DataLoader.State((Long) loader.get(0), Math.toIntExact((Long) loader.get(1)),
              Math.toIntExact((Long) loader.get(2))), (Long) m.get("step")),
          (String) m.get("optimizer"), (Long) m.get("optimizer_steps"), Double.longBitsToDouble((Long) m.get("learning_rate")),
          generators, (Long) meter.get("examples"),
          ((List<?>) meter.get("sums")).stream().mapToDouble(v -> Double.longBitsToDouble((Long) v)).toArray(),
          Double.longBitsToDouble((Long) best.get("value")), Math.toIntExact((Long) best.get("waited")), (Boolean) best.get("kept"),
          ((List<?>) m.get("history")).stream().map(e -> History.Epoch.fromJson((Map<?, ?>) e)).toList());
    }
  }

  /**
   * Restores model, optimizer, sums, best parameters and history. Everything is checked before anything is changed.
   *
   * @throws AthanorException if the file is damaged, no checkpoint, or of another model or optimizer
   */
  static Position restore(Path file, State run) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      Counters at = counters(stored);
      Map<String, Tensor> model = new LinkedHashMap<>(run.model.parameters());
      model.putAll(run.model.buffers());
      Weights.check(stored, "model.", model);
      if (!run.optimizer.rule().toString().equals(at.rule)) {
        throw new AthanorException(file + " was made with another optimizer: " + at.rule + " there, " + run.optimizer.rule() + " here");
      }
      Weights.check(stored, "optimizer.", run.optimizer.state());
      if (!at.generators.keySet().equals(run.model.generators().keySet())) {
        throw new AthanorException(file + " is of another model: layers that draw random numbers are " + at.generators.keySet()
            + " there, " + run.model.generators().keySet() + " here");
      }
      if (at.kept) {
        Weights.check(stored, "best.", model);
      }
      run.meter.restore(at.examples, at.sums);
      Weights.read(stored, "model.", model);
      Weights.read(stored, "optimizer.", run.optimizer.state());
      run.best.restore(at.best, at.waited, at.kept, run.model);
      Weights.read(stored, "best.", run.best.tensors());
      run.optimizer.steps(at.optimizerSteps);
      run.optimizer.learningRate(at.learningRate);
      run.model.generators().forEach((name, g) -> g.restore(at.generators.get(name)));
      run.history.restore(at.history);
      return at.position;
    }
  }

  private static Counters counters(SafeTensorsFile stored) {
    String text = stored.metadata().get(KEY);
    if (text == null) {
      throw new AthanorException(stored.path() + " is no checkpoint of a training run: it has no '" + KEY
          + "' in its metadata. Weights alone can be evaluated, not resumed");
    }
    try {
      return Counters.of((Map<?, ?>) Json.parse(stored.path(), text));
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new AthanorException(stored.path() + ": the run's counters are damaged; use an older checkpoint", e);
    }
  }

  /**
   * Reads only the model's part of a checkpoint into a model.
   *
   * @return the file's metadata
   * @throws AthanorException as {@link Weights#load}
   */
  public static Map<String, String> loadModel(Layer model, Path file) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      Map<String, Tensor> wanted = new LinkedHashMap<>(model.parameters());
      wanted.putAll(model.buffers());
      Weights.check(stored, "model.", wanted);
      Weights.read(stored, "model.", wanted);
      return stored.metadata();
    }
  }
}
