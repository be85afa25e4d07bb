package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.data.DataLoader;
import dev.athanor.io.Json;
import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.WeightAverage;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole training run in one safetensors file, written whole or not at all: parameters and buffers ({@code model.…}), the
 * optimizer's state ({@code optimizer.…}), the best parameters of early stopping ({@code best.…}), averaged ones
 * ({@code average.…}), and, as JSON under the metadata key {@value #KEY}, the counters: steps, the loader's and the generators'
 * positions, the epoch's sums and the history.
 */
public final class Checkpoint {
  /** The metadata key of the run's counters. */
  public static final String KEY = "athanor.run";

  private static final String MODEL = "model.";
  private static final String OPTIMIZER = "optimizer.";
  private static final String BEST = "best.";
  private static final String AVERAGE = "average.";

  private Checkpoint() {}

  /** The parts of a run. */
  record State(Layer model, Map<String, Generator> generators, String changes, Optimizer optimizer,
      DataLoader.State loader, int examples, int batchSize, int accumulate,
      long step, Meter meter, BestSoFar best, Rates rates, Averaging averaging, WeightAverage average, History history) {
    String averagingText() {
      return averaging == null ? "none" : averaging.toString();
    }

    Map<String, Tensor> averages() {
      return average == null ? Map.of() : average.tensors();
    }
  }

  /** Where a run is to go on. */
  record Position(DataLoader.State loader, long step) {}

  static void save(Path file, State run, Map<String, String> metadata) {
    var items = new ArrayList<SafeTensors.Item>();
    items.addAll(Weights.items(MODEL, Weights.all(run.model)));
    items.addAll(Weights.items(OPTIMIZER, run.optimizer.state()));
    items.addAll(Weights.items(BEST, run.best.tensors()));
    items.addAll(Weights.items(AVERAGE, run.averages()));
    var all = new HashMap<>(metadata);
    all.put(KEY, Json.write(counters(run)));
    SafeTensors.write(file, all, items);
  }

  private static Map<String, Object> counters(State run) {
    var m = new LinkedHashMap<String, Object>();
    m.put("step", run.step);
    m.put("loader", List.of(run.loader.seed(), run.loader.epoch(), run.loader.nextBatch()));
    m.put("data", List.of(run.examples, run.batchSize));
    m.put("optimizer", run.optimizer.description());
    m.put("optimizer_steps", run.optimizer.steps());
    m.put("learning_rate", Double.doubleToRawLongBits(run.optimizer.learningRate()));
    var generators = new LinkedHashMap<String, Object>();
    run.generators.forEach((name, g) -> generators.put(name,
        List.of(g.state().seed(), g.state().stream(), g.state().offset())));
    m.put("generators", generators);
    m.put("augment", run.changes);
    m.put("accumulate", run.accumulate);
    m.put("rates", run.rates.state());
    m.put("averaging", run.averagingText());
    m.put("averaged", run.average == null ? 0 : run.average.updates());
    m.put("meter", run.meter.state());
    m.put("best", run.best.state());
    m.put("history", run.history.epochs().stream().map(History.Epoch::toJson).toList());
    return m;
  }

  /** The run's counters, read back. */
  private record Counters(Position position, long examples, long batchSize, String rule, long optimizerSteps, double learningRate,
      Map<String, Generator.State> generators, Sums sums, Best best, List<History.Epoch> history, long accumulate,
      Rates.Stored rates, String averaging, long averaged, String changes) {

    /** Of the {@link Meter}. */
    record Sums(List<?> metrics, long examples, double[] values) {
      static Sums of(Map<?, ?> m) {
        return new Sums((List<?>) m.get("metrics"), (Long) m.get("examples"),
            ((List<?>) m.get("sums")).stream().mapToDouble(v -> Double.longBitsToDouble((Long) v)).toArray());
      }
    }

    /** Of {@link BestSoFar}; {@code monitor} is null without early stopping. */
    record Best(String monitor, double value, int waited, boolean kept) {
      static Best of(Map<?, ?> m) {
        return new Best((String) m.get("monitor"), Double.longBitsToDouble((Long) m.get("value")),
            Math.toIntExact((Long) m.get("waited")),
            (Boolean) m.get("kept"));
      }
    }

    static Counters of(Map<?, ?> m) {
      List<?> loader = (List<?>) m.get("loader");
      List<?> data = (List<?>) m.get("data");
      var generators = new LinkedHashMap<String, Generator.State>();
      ((Map<?, ?>) m.get("generators")).forEach((name, v) -> {
        List<?> s = (List<?>) v;
        generators.put((String) name, new Generator.State((Long) s.get(0), (Long) s.get(1), (Long) s.get(2)));
      });
      return new Counters(
          new Position(new DataLoader.State((Long) loader.get(0), Math.toIntExact((Long) loader.get(1)),
              Math.toIntExact((Long) loader.get(2))), (Long) m.get("step")),
          (Long) data.get(0), (Long) data.get(1), m.get("optimizer").toString(), (Long) m.get("optimizer_steps"),
          Double.longBitsToDouble((Long) m.get("learning_rate")), generators, Sums.of((Map<?, ?>) m.get("meter")),
          Best.of((Map<?, ?>) m.get("best")),
          ((List<?>) m.get("history")).stream().map(e -> History.Epoch.fromJson((Map<?, ?>) e)).toList(),
          since(m, "accumulate", 1), Rates.Stored.of((Map<?, ?>) m.get("rates")),
          m.get("averaging") == null ? "none" : m.get("averaging").toString(), since(m, "averaged", 0),
          m.get("augment") == null ? "none" : m.get("augment").toString());
    }

    /** A number that older checkpoints do not have. */
    private static long since(Map<?, ?> m, String key, long before) {
      return m.get(key) == null ? before : (Long) m.get(key);
    }
  }

  /**
   * Restores model, optimizer, sums, best parameters and history. Everything is checked before anything is changed.
   *
   * @throws AthanorException if the file is damaged, no checkpoint, or of another model, optimizer or data
   */
  static Position restore(Path file, State run) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      Counters at = counters(stored);
      Map<String, Tensor> model = Weights.all(run.model);
      boolean best = at.best.monitor != null && at.best.monitor.equals(run.best.monitor());
      boolean bestKept = best && at.best.kept && run.best.keeps();
      checkTensors(stored, MODEL, model);
      same(file, "another optimizer", at.rule, run.optimizer.description());
      checkTensors(stored, OPTIMIZER, run.optimizer.state());
      if (bestKept) {
        checkTensors(stored, BEST, model);
      }
      same(file, "another averaging", at.averaging, run.averagingText());
      checkTensors(stored, AVERAGE, run.averages());
      checkCounters(file, at, run);
      Weights.read(stored, MODEL, model);
      Weights.read(stored, OPTIMIZER, run.optimizer.state());
      if (best) {
        run.best.restore(at.best.value, at.best.waited, bestKept, run.model);
        Weights.read(stored, BEST, run.best.tensors());
      }
      run.meter.restore(at.sums.examples, at.sums.values);
      if (run.average != null) {
        Weights.read(stored, AVERAGE, run.averages());
        run.average.updates(at.averaged);
      }
      run.rates.restore(at.rates);
      run.optimizer.steps(at.optimizerSteps);
      run.optimizer.learningRate(at.learningRate);
      run.generators.forEach((name, g) -> g.restore(at.generators.get(name)));
      run.history.restore(at.history);
      return at.position;
    }
  }

  /** To continue to the same bits nothing may be converted. */
  private static void checkTensors(SafeTensorsFile stored, String prefix, Map<String, Tensor> tensors) {
    Weights.check(stored, prefix, tensors);
    Weights.checkTypes(stored, prefix, tensors);
  }

  private static void checkCounters(Path file, Counters at, State run) {
    same(file, "other changes of the training data", at.changes, run.changes);
    same(file, "another model: the layers that draw random numbers are", at.generators.keySet(), run.generators.keySet());
    same(file, "other metrics", at.sums.metrics, run.meter.names());
    same(file, "another seed", at.position.loader.seed(), run.loader.seed());
    same(file, "another number of training examples", at.examples, (long) run.examples);
    same(file, "another batch size", at.batchSize, (long) run.batchSize);
    same(file, "another number of batches per step", at.accumulate, (long) run.accumulate);
    same(file, "another schedule", at.rates.description(), run.rates.description());
    int batches = Math.ceilDiv(run.examples, run.batchSize);
    DataLoader.State loader = at.position.loader;
    if (loader.epoch() < 0 || loader.nextBatch() < 0 || loader.nextBatch() > batches || at.position.step < 0
        || at.optimizerSteps < 0
        || at.sums.values.length != run.meter.names().size() + 1 || !(at.learningRate >= 0 && Double.isFinite(at.learningRate))) {
      throw damaged(file, null);
    }
  }

  private static void same(Path file, String what, Object there, Object here) {
    if (!there.equals(here)) {
      throw new AthanorException(file + " was made with " + what + ": " + there + " there, " + here
          + " here; a run continues only with"
          + " the same model, data and settings");
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
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException | ArithmeticException
        | IllegalArgumentException e) {
      throw damaged(stored.path(), e);
    }
  }

  private static AthanorException damaged(Path file, Exception cause) {
    return new AthanorException(file + ": the run's counters are damaged; use an older checkpoint", cause);
  }

  /**
   * Reads only the model from a file: of a checkpoint the parameters that early stopping has kept as the best so far, or an
   * exponential average of the parameters if there is one, or the latest ones; of a file that {@link Weights#save} wrote, all.
   *
   * @return the file's metadata
   * @throws AthanorException as {@link Weights#load}; the model is unchanged then
   */
  public static Map<String, String> loadModel(Layer model, Path file) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      String prefix = stored.metadata().containsKey(KEY) ? prefix(counters(stored)) : "";
      Map<String, Tensor> wanted = Weights.all(model);
      Weights.check(stored, prefix, wanted);
      Weights.read(stored, prefix, wanted);
      return stored.metadata();
    }
  }

  private static String prefix(Counters at) {
    return at.best.kept ? BEST : at.averaged > 0 && at.averaging.contains(Averaging.Kind.EXPONENTIAL.name()) ? AVERAGE : MODEL;
  }
}
