package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.augment.Augment;
import dev.athanor.augment.Mix;
import dev.athanor.autograd.Tape;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.data.Target;
import dev.athanor.io.AtomicFile;
import dev.athanor.loss.Loss;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Clipping;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.Penalty;
import dev.athanor.optim.ReduceOnPlateau;
import dev.athanor.optim.Schedule;
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
import java.util.function.Function;

/**
 * Fits a model to data, evaluates it, and predicts with it. Given the same seeds, data and settings a run comes to the same bits,
 * also when it was interrupted and resumed from a checkpoint.
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
  private static final int FULL = Integer.MAX_VALUE;

  private final Builder settings;
  private final Layer model;
  private final Device device;
  private final History history = new History();
  private final Feed feed;
  private final Changes changes;
  private Optimizer optimizer;
  private double baseRate;
  private Path resume;
  private volatile boolean stopRequested;
  private boolean stopped;

  private Trainer(Builder settings) {
    this.settings = settings;
    this.model = settings.model;
    this.device = model.device();
    this.feed = new Feed(device, settings.dtype == null ? model.dtype() : settings.dtype);
    this.changes = Changes.of(settings.augment, settings.mix, device, settings.seed);
    this.resume = settings.resume;
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

  /**
   * Asks {@link #fit} to end after the current step, with a checkpoint where there is a file for it. Called before {@code fit},
   * it ends the next one before its first step. Any thread.
   */
  public void stop() {
    stopRequested = true;
  }

  Changes changes() {
    return changes;
  }

  boolean isStopRequested() {
    return stopRequested;
  }

  /**
   * Trains until the epochs are done, early stopping ends it, or {@link #stop} is called. A second call trains the model on, with
   * the same optimizer, for as many epochs again, with a history of its own.
   *
   * @return what each epoch came to, earlier epochs of a resumed run included
   * @throws DivergenceException if the loss or a parameter is not finite; the last good checkpoint is kept
   * @throws AthanorException if data, model and settings do not fit together, or a checkpoint cannot be written; the old one is
   *     kept
   */
  public History fit(Dataset data) {
    try {
      stopped = false;
      history.clear();
      if (settings.checkpoint != null) {
        AtomicFile.requireWritable(settings.checkpoint);
      }
      Split split = split(data);
      int batch = settings.batch == FULL ? Math.max(1, split.train().size()) : settings.batch;
      try (DataLoader loader = DataLoader.of(split.train()).batch(batch).shuffle(settings.seed).build()) {
        prepare(split.train());
        Fit fit = new Fit(this, settings, loader, split.test(), history, feed, new Rates(optimizer, baseRate, settings));
        if (resume != null) {
          fit.restore(resume);
          resume = null;
        }
        stopped = fit.run();
      }
      return history;
    } finally {
      stopRequested = false;
    }
  }

  /** Training and validation data; the latter is null if there is none. */
  private Split split(Dataset data) {
    if (settings.validationFraction == 0) {
      return new Split(data, settings.validation);
    }
    boolean classes = switch (data.target()) {
      case Target.Classes _ -> true;
      case Target.Binary b -> b.shape().size() == 1;
      case Target.Values _ -> false;
    };
    return classes ? Splits.stratified(data, settings.validationFraction, settings.seed)
        : Splits.random(data, settings.validationFraction, settings.seed);
  }

  /** Builds a model that waits for its first input, and makes the optimizer. */
  private void prepare(Dataset train) {
    if (!model.isBuilt()) {
      boolean before = model.isTraining();
      try (DataLoader one = DataLoader.of(train).batch(1).prefetch(0).build(); var _ = Tape.noGrad(); Scope _ = device.scope()) {
        model.training(false).apply(feed.features(one.next()));
      } finally {
        model.training(before);
      }
    }
    if (optimizer == null) {
      optimizer = settings.optimizer.apply(model);
      baseRate = optimizer.learningRate();
    }
  }

  /** The means of loss and metrics over a data set, in evaluation mode. */
  public Evaluation evaluate(Dataset data) {
    Meter meter = new Meter(settings.metrics);
    forEachBatch(data, (batch, y) -> {
      Tensor target = feed.target(batch, data);
      Feed.checkClasses(y, data);
      meter.add(scalar(settings.loss.of(y, target)).item(), y, target, batch.count());
    });
    return meter.means();
  }

  /**
   * The model's outputs for a data set, {@code [N, …]}, in evaluation mode, in the order of the data. Owned by the caller's
   * scope.
   */
  public Tensor predict(Dataset data) {
    var parts = new ArrayList<Tensor>();
    try (var _ = Tape.noGrad()) {
      forEachBatch(data, (_, y) -> parts.add(y.copy().persist()));
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
    try (var _ = Tape.noGrad(); DataLoader loader = DataLoader.of(data)
        .batch(Math.min(settings.evaluationBatch(), Math.max(1, data.size())))
        .build()) {
      for (Batch b = loader.next(); b != null; b = loader.next()) {
        try (Scope _ = device.scope()) {
          action.accept(b, model.apply(feed.features(b)));
        }
      }
    } finally {
      model.training(before);
    }
  }

  static Tensor scalar(Tensor loss) {
    if (loss.size() != 1) {
      throw new AthanorException("trainer: the loss must be a single number for a batch, not " + loss.shape()
          + "; use Reduction.MEAN or SUM");
    }
    return loss;
  }

  /** Gives the memory of the optimizer and the generator back. The model stays the caller's. */
  @Override
  public void close() {
    changes.close();
    if (optimizer != null) {
      optimizer.close();
    }
  }

  /** The settings of a trainer. */
  public static final class Builder {
    private final Layer model;
    final Loss loss;
    private final Function<Layer, Optimizer> optimizer;
    final List<Metric> metrics = new ArrayList<>();
    final List<Callback> callbacks = new ArrayList<>();
    private DType dtype;
    int epochs = 10;
    int batch = 32;
    long seed;
    private Dataset validation;
    private double validationFraction;
    EarlyStopping earlyStopping;
    Clipping clipping;
    Penalty penalty;
    Augment augment;
    Mix mix;
    int accumulate = 1;
    Schedule schedule;
    boolean schedulePerEpoch;
    ReduceOnPlateau plateau;
    Averaging averaging;
    Path checkpoint;
    long checkpointSteps;
    long checkpointSeconds = 60;
    private Path resume;
    Map<String, String> metadata = Map.of();
    boolean plans = true;

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

    /** All examples in every step: gradient descent in its first form. */
    public Builder fullBatch() {
      batch = FULL;
      return this;
    }

    /** One example per step: stochastic gradient descent in its first form. */
    public Builder singleExample() {
      return batch(1);
    }

    /**
     * Adds up the gradients of so many batches before each step, which is then, for a loss that is a mean over examples, that of
     * one batch as large as all of them (except for layers that look at a whole batch, such as batch normalization). Counters of
     * steps count steps of the optimizer.
     */
    public Builder accumulate(int batches) {
      Checks.require(batches > 0, "trainer", "the number of batches must be positive: " + batches);
      accumulate = batches;
      return this;
    }

    /** Orders the examples of each epoch, and chooses a validation split; 0 if not called. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The type of features and of targets that are no classes, on the device; the model's if not called. */
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
      return clip(Clipping.globalNorm(maxNorm));
    }

    /** Limits the gradients of each step. */
    public Builder clip(Clipping value) {
      clipping = value;
      return this;
    }

    /** Adds a penalty on the weights to the objective of each step. Reported losses are without it. */
    public Builder penalty(Penalty value) {
      penalty = value;
      return this;
    }

    /**
     * Changes every training batch, on the device, before the model sees it; data that is evaluated or predicted stays as it is.
     * The draws follow the seed, and a checkpoint holds where they are.
     */
    public Builder augment(Augment value) {
      augment = value;
      return this;
    }

    /**
     * Mixes the examples of every training batch, after {@link #augment}. The loss reported for training is that of the mixed
     * examples; metrics compare their outputs with the examples' own targets, so that only those of the validation data mean what
     * they say.
     */
    public Builder mix(Mix value) {
      mix = value;
      return this;
    }

    /** Sets the learning rate before each step: the optimizer's first one times the factor at the number of steps done. */
    public Builder schedule(Schedule value) {
      schedule = value;
      schedulePerEpoch = false;
      return this;
    }

    /** Sets the learning rate for each epoch: the optimizer's first one times the factor at the number of epochs done. */
    public Builder schedulePerEpoch(Schedule value) {
      schedule = value;
      schedulePerEpoch = true;
      return this;
    }

    /** Reduces the learning rate when a value does not get better; beside any schedule. */
    public Builder reduceOnPlateau(ReduceOnPlateau value) {
      plateau = value;
      return this;
    }

    /** Keeps a running average of the weights, which the model has after training. */
    public Builder averaging(Averaging value) {
      averaging = value;
      return this;
    }

    /** Writes a checkpoint to this file after each epoch, once a minute, and when stopped. Its folder must exist. */
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

    /**
     * The first {@link Trainer#fit} continues from a checkpoint of the same model, data and settings, to the same bits as if it
     * had not been interrupted. The number of epochs may differ; the learning rate is the checkpoint's.
     */
    public Builder resume(Path file) {
      resume = file;
      return this;
    }

    /**
     * Whether the step is recorded and replayed by a {@link dev.athanor.exec.Plan}, to the same bits; true if not called. A model
     * or loss whose step cannot be recorded trains operation by operation in any case, and the log says why.
     */
    public Builder plans(boolean wanted) {
      plans = wanted;
      return this;
    }

    /** Free text that goes into every checkpoint. */
    public Builder metadata(Map<String, String> text) {
      metadata = Map.copyOf(text);
      return this;
    }

    private int evaluationBatch() {
      return batch == FULL ? 256 : Math.max(batch, 256);
    }

    /** The trainer. */
    public Trainer build() {
      Checks.require(validation == null || validationFraction == 0, "trainer", "give validation data or a share, not both");
      Checks.require(earlyStopping == null || validation != null || validationFraction > 0, "trainer",
          "early stopping needs validation data: call validation(data) or validationSplit(share)");
      Checks.require(averaging == null || averaging.kind() != Averaging.Kind.STOCHASTIC || earlyStopping == null
          || !earlyStopping.restoreBest(), "trainer", "stochastic weight averaging ends with the mean of the last epochs, early "
          + "stopping with the best one: leave one out, or use EarlyStopping with restoreBest = false");
      return new Trainer(this);
    }
  }
}
