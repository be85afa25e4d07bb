package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.data.Target;
import dev.athanor.loss.Loss;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Fits a model to data, evaluates it, and predicts with it. Given the same seeds, data and settings a run comes to the same bits, also when it was
 * interrupted and resumed from a checkpoint.
 *
 * <pre>{@code
 * Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 1e-3))
 *     .epochs(10).batch(64).seed(1).metric(new Accuracy()).validation(test).callback(ProgressBar.standard()).build();
 * History history = trainer.fit(train);
 * }</pre>
 *
 * <p>One thread fits at a time; {@link #stop} may be called from any.
 */
public final class Trainer implements AutoCloseable {
  private final Builder settings;
  private final Layer model;
  private final Device device;
  private final History history = new History();
  private Optimizer optimizer;
  private volatile boolean stopRequested;
  private boolean stopped;

  private Trainer(Builder settings) {
    this.settings = settings;
    this.model = settings.model;
    this.device = model.device();
  }

  /**
   * Begins a trainer.
   *
   * @param model initialized on a device
   * @param loss gives a single number for a batch
   * @param optimizer makes the optimizer once the model has all its parameters
   */
  public static Builder of(Layer model, Loss loss, Function<Layer, Optimizer> optimizer) {
    return new Builder(model, loss, optimizer);
  }

  /** The model. */
  public Layer model() {
    return model;
  }

  /** The optimizer, or null before {@link #fit}. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** What happened so far. */
  public History history() {
    return history;
  }

  /** Whether the latest {@link #fit} ended early because {@link #stop} was called. */
  public boolean wasStopped() {
    return stopped;
  }

  /** Asks a running {@link #fit} to end after the current step, with a checkpoint where there is a file for it. Any thread. */
  public void stop() {
    stopRequested = true;
  }

  /**
   * Trains until the epochs are done, early stopping ends it, or {@link #stop} is called.
   *
   * @return what each epoch came to, earlier epochs of a resumed run included
   * @throws DivergenceException if the loss is not finite; the last good checkpoint is kept
   * @throws AthanorException if data, model and settings do not fit together
   */
  public History fit(Dataset data) {
    Dataset train = data;
    Dataset validation = settings.validation;
    if (settings.validationFraction > 0) {
      Split split = data.target() instanceof Target.Values ? Splits.random(data, settings.validationFraction, settings.seed)
          : Splits.stratified(data, settings.validationFraction, settings.seed);
      train = split.train();
      validation = split.test();
    }
    try (DataLoader loader = DataLoader.of(train).batch(settings.batch).shuffle(settings.seed).build()) {
      prepare(train);
      Fit fit = new Fit(loader, validation);
      fit.run();
    }
    return history;
  }

  /** Builds a model that waits for its first input, and makes the optimizer. */
  private void prepare(Dataset train) {
    if (!model.isBuilt()) {
      try (DataLoader one = DataLoader.of(train).batch(1).prefetch(0).build(); var _ = Tape.noGrad(); Scope _ = device.scope()) {
        model.training(false).apply(features(one.next()));
      }
    }
    if (optimizer == null) {
      optimizer = settings.optimizer.apply(model);
    }
  }

  /** The means of loss and metrics over a data set, in evaluation mode. */
  public Evaluation evaluate(Dataset data) {
    Meter meter = new Meter(settings.metrics);
    forEachBatch(data, (batch, y) -> {
      Tensor target = target(batch, data);
      meter.add(scalar(settings.loss.of(y, target)).item(), y, target, batch.count());
    });
    return meter.means();
  }

  /** The model's outputs for a data set, {@code [N, …]}, in evaluation mode, in the order of the data. Owned by the caller's scope. */
  public Tensor predict(Dataset data) {
    var parts = new ArrayList<Tensor>();
    forEachBatch(data, (batch, y) -> parts.add(y.copy().persist()));
    try (var _ = Tape.noGrad()) {
      return Shaping.concat(0, parts.toArray(Tensor[]::new));
    } finally {
      parts.forEach(Tensor::close);
    }
  }

  private interface BatchAction {
    void accept(Batch batch, Tensor output);
  }

  private void forEachBatch(Dataset data, BatchAction action) {
    boolean before = model.isTraining();
    model.training(false);
    try (var _ = Tape.noGrad(); DataLoader loader = DataLoader.of(data).batch(Math.min(settings.evaluationBatch(), Math.max(1, data.size())))
        .build()) {
      for (Batch b = loader.next(); b != null; b = loader.next()) {
        try (Scope _ = device.scope()) {
          action.accept(b, model.apply(features(b)));
        }
      }
    } finally {
      model.training(before);
    }
  }

  private Tensor features(Batch b) {
    return device.tensor(b.features(), DType.FLOAT32, b.featureShape()).cast(modelType());
  }

  private Tensor target(Batch b, Dataset data) {
    return switch (data.target()) {
      case Target.Classes _ -> device.tensor(b.targets(), DType.INT64, b.targetShape());
      case Target.Binary _, Target.Values _ -> device.tensor(b.targets(), DType.FLOAT32, b.targetShape()).cast(modelType());
    };
  }

  private DType modelType() {
    return settings.dtype;
  }

  private static Tensor scalar(Tensor loss) {
    Checks.require(loss.size() == 1, "trainer", "the loss must be a single number for a batch, not " + loss.shape()
        + "; use Reduction.MEAN or SUM");
    return loss;
  }

  /** Gives the optimizer's memory back. The model stays the caller's. */
  @Override
  public void close() {
    if (optimizer != null) {
      optimizer.close();
    }
  }

  /** One run of {@link #fit}. */
  private final class Fit implements Callback.Run {
    private final DataLoader loader;
    private final Dataset validation;
    private final Meter meter = new Meter(settings.metrics);
    private final BestSoFar best = new BestSoFar(settings.earlyStopping, settings.metrics);
    private final List<Callback> callbacks = settings.callbacks;
    private long step;
    private double loss = Double.NaN;
    private long savedAtStep = -1;
    private long savedAtTime = System.nanoTime();

    Fit(DataLoader loader, Dataset validation) {
      this.loader = loader;
      this.validation = validation;
    }

    void run() {
      stopRequested = false;
      stopped = false;
      if (settings.resume != null) {
        restore();
      }
      model.training(true);
      callbacks.forEach(c -> c.onStart(this));
      try {
        boolean goOn = loader.epoch() < settings.epochs && !best.isExhausted();
        while (goOn) {
          goOn = runEpoch() && loader.epoch() < settings.epochs;
        }
        if (!stopped) {
          best.putBack(model);
        }
      } finally {
        callbacks.forEach(c -> c.onEnd(this));
        best.close();
      }
    }

    /** Trains to the end of the current epoch; false if training is to end. */
    private boolean runEpoch() {
      long start = System.nanoTime();
      for (Batch b = loader.next(); b != null; b = loader.next()) {
        train(b);
        callbacks.forEach(c -> c.onStep(this));
        if (stopRequested && loader.state().nextBatch() < loader.batchesPerEpoch()) {
          stopped = true;
          save();
          return false;
        }
        saveIfDue();
      }
      Evaluation trained = meter.means();
      Optional<Evaluation> validated = Optional.ofNullable(validation).map(Trainer.this::evaluate);
      var result = new History.Epoch(loader.epoch() + 1, trained, validated, optimizer.learningRate(), (System.nanoTime() - start) / 1e9);
      history.add(result);
      boolean goOn = best.judge(result, model);
      callbacks.forEach(c -> c.onEpoch(this, result));
      meter.reset();
      loader.nextEpoch();
      save();
      stopped = stopRequested && goOn && loader.epoch() < settings.epochs;
      return goOn && !stopRequested;
    }

    private void train(Batch batch) {
      try (Scope _ = device.scope()) {
        Tensor x = features(batch);
        Tensor t = target(batch, loader.data());
        Tensor y = model.apply(x);
        Tensor l = scalar(settings.loss.of(y, t));
        loss = l.item();
        if (!Double.isFinite(loss)) {
          throw diverged("the loss is " + loss, x);
        }
        l.backward();
        if (settings.clipNorm > 0) {
          optimizer.clipGradients(settings.clipNorm);
        }
        optimizer.step();
        optimizer.zeroGrad();
        step++;
        meter.add(loss, y.detach(), t, batch.count());
      }
    }

    private DivergenceException diverged(String what, Tensor x) {
      String kept = settings.checkpoint == null ? "" : savedAtStep < 0 ? " No checkpoint was written yet."
          : " The checkpoint of step " + savedAtStep + " is kept in " + settings.checkpoint + ".";
      return new DivergenceException("training stopped at step " + (step + 1) + " (epoch " + epoch() + ", batch "
          + loader.state().nextBatch() + "): " + what + "; " + Divergence.firstCulprit(model, x) + "." + kept
          + " Try a smaller learning rate, or clip the gradients");
    }

    private void saveIfDue() {
      boolean bySteps = settings.checkpointSteps > 0 && step % settings.checkpointSteps == 0;
      boolean byTime = System.nanoTime() - savedAtTime > settings.checkpointSeconds * 1_000_000_000L;
      if (bySteps || byTime) {
        save();
      }
    }

    /** Writes a checkpoint, unless a parameter is not finite: then the last good one stays. */
    private void save() {
      savedAtTime = System.nanoTime();
      if (settings.checkpoint == null) {
        return;
      }
      for (Map.Entry<String, Tensor> p : model.parameters().entrySet()) {
        try (Scope _ = device.scope()) {
          if (!Divergence.isFinite(p.getValue())) {
            throw new DivergenceException("training stopped at step " + step + ": parameter '" + p.getKey()
                + "' is not finite after the optimizer's step." + (savedAtStep < 0 ? "" : " The checkpoint of step " + savedAtStep
                + " is kept in " + settings.checkpoint + ".") + " Try a smaller learning rate, or clip the gradients");
          }
        }
      }
      Checkpoint.save(settings.checkpoint, new Checkpoint.State(model, optimizer, loader.state(), step, meter, best, history),
          settings.metadata);
      savedAtStep = step;
    }

    private void restore() {
      var state = new Checkpoint.State(model, optimizer, loader.state(), 0, meter, best, history);
      Checkpoint.Position at = Checkpoint.restore(settings.resume, state);
      if (at.loader().seed() != settings.seed) {
        throw new AthanorException(settings.resume + " was made with seed " + at.loader().seed() + ", not " + settings.seed
            + "; resume with the same seed, data and batch size");
      }
      loader.restore(at.loader());
      step = at.step();
      savedAtStep = step;
    }

    @Override
    public Trainer trainer() {
      return Trainer.this;
    }

    @Override
    public int epoch() {
      return loader.epoch() + 1;
    }

    @Override
    public int epochs() {
      return settings.epochs;
    }

    @Override
    public int batch() {
      return loader.state().nextBatch();
    }

    @Override
    public int batches() {
      return loader.batchesPerEpoch();
    }

    @Override
    public long step() {
      return step;
    }

    @Override
    public long examples() {
      return loader.data().size();
    }

    @Override
    public Evaluation means() {
      return meter.means();
    }

    @Override
    public double loss() {
      return loss;
    }

    @Override
    public DataLoader.State loader() {
      return loader.state();
    }
  }

  /** The settings of a trainer. */
  public static final class Builder {
    private final Layer model;
    private final Loss loss;
    private final Function<Layer, Optimizer> optimizer;
    private final List<Metric> metrics = new ArrayList<>();
    private final List<Callback> callbacks = new ArrayList<>();
    private DType dtype = DType.FLOAT32;
    private int epochs = 10;
    private int batch = 32;
    private long seed;
    private Dataset validation;
    private double validationFraction;
    private EarlyStopping earlyStopping;
    private double clipNorm;
    private Path checkpoint;
    private long checkpointSteps;
    private long checkpointSeconds = 60;
    private Path resume;
    private Map<String, String> metadata = Map.of();

    private Builder(Layer model, Loss loss, Function<Layer, Optimizer> optimizer) {
      Checks.require(model.device() != null, "trainer", "the model is on no device: call model.initialize(device, seed) first");
      this.model = model;
      this.loss = loss;
      this.optimizer = optimizer;
    }

    /** How often the whole data is gone through; 10 if not called. */
    public Builder epochs(int value) {
      Checks.require(value > 0, "trainer", "the number of epochs must be positive: " + value);
      epochs = value;
      return this;
    }

    /** Examples per step; 32 if not called. */
    public Builder batch(int value) {
      Checks.require(value > 0, "trainer", "the batch size must be positive: " + value);
      batch = value;
      return this;
    }

    /** Orders the examples of each epoch, and chooses a validation split; 0 if not called. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The type of features and float targets on the device; the model's; float32 if not called. */
    public Builder dtype(DType value) {
      dtype = value;
      return this;
    }

    /** Reports a metric beside the loss. */
    public Builder metric(Metric metric) {
      metrics.add(metric);
      return this;
    }

    /** Watches the run. */
    public Builder callback(Callback callback) {
      callbacks.add(callback);
      return this;
    }

    /** Data that is evaluated after each epoch and never trained on. */
    public Builder validation(Dataset data) {
      validation = data;
      return this;
    }

    /** Sets a share of the training data aside for validation, stratified where there are classes. */
    public Builder validationSplit(double fraction) {
      Checks.require(fraction > 0 && fraction < 1, "trainer", "the validation share must be between 0 and 1: " + fraction);
      validationFraction = fraction;
      return this;
    }

    /** Ends training when validation no longer improves. */
    public Builder earlyStopping(EarlyStopping rule) {
      earlyStopping = rule;
      return this;
    }

    /** Scales the gradients of each step to a common norm of at most this. */
    public Builder clipNorm(double maxNorm) {
      Checks.require(maxNorm > 0, "trainer", "the gradient norm must be positive: " + maxNorm);
      clipNorm = maxNorm;
      return this;
    }

    /** Writes a checkpoint to this file after each epoch, once a minute, and when stopped. */
    public Builder checkpoint(Path file) {
      checkpoint = file;
      return this;
    }

    /** Writes a checkpoint every so many steps as well. */
    public Builder checkpointEvery(long steps) {
      Checks.require(steps > 0, "trainer", "the number of steps must be positive: " + steps);
      checkpointSteps = steps;
      return this;
    }

    /** Continues from a checkpoint of the same model, data and settings, to the same bits as if it had not been interrupted. */
    public Builder resume(Path file) {
      resume = file;
      return this;
    }

    /** Free text that goes into every checkpoint. */
    public Builder metadata(Map<String, String> text) {
      metadata = Map.copyOf(text);
      return this;
    }

    private int evaluationBatch() {
      return Math.max(batch, 256);
    }

    /** The trainer. */
    public Trainer build() {
      Checks.require(validation == null || validationFraction == 0, "trainer", "give validation data or a share, not both");
      Checks.require(earlyStopping == null || validation != null || validationFraction > 0, "trainer",
          "early stopping needs validation data: call validation(data) or validationSplit(share)");
      return new Trainer(this);
    }
  }
}
