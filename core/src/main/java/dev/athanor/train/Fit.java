package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.WeightAverage;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run of {@link Trainer#fit}: the loop over epochs and batches, and where it stands. */
final class Fit implements Callback.Run {
  private final Trainer trainer;
  private final Trainer.Builder settings;
  private final Layer model;
  private final Optimizer optimizer;
  private final DataLoader loader;
  private final Dataset validation;
  private final History history;
  private final Feed feed;
  private final Meter meter;
  private final Step trainingStep;
  private final BestSoFar best;
  private final Rates rates;
  private final WeightAverage average;
  private final List<Callback> callbacks;
  private final Map<String, Generator> generators;
  private final Generator.State[] drawnFrom;
  private long step;
  private double loss = Double.NaN;
  private long savedAtStep = -1;
  private long savedAtTime = System.nanoTime();
  private boolean stopped;

  Fit(Trainer trainer, Trainer.Builder settings, DataLoader loader, Dataset validation, History history, Feed feed,
      Rates rates) {
    this.trainer = trainer;
    this.settings = settings;
    this.model = trainer.model();
    this.optimizer = trainer.optimizer();
    this.loader = loader;
    this.validation = validation;
    this.history = history;
    this.feed = feed;
    this.meter = new Meter(settings.metrics);
    this.trainingStep = new Step(trainer, settings, feed, loader);
    this.best = new BestSoFar(settings.earlyStopping, settings.metrics);
    this.rates = rates;
    this.average = settings.averaging == null ? null : settings.averaging.begin(model);
    this.callbacks = List.copyOf(settings.callbacks);
    this.generators = trainer.changes().with(model.generators());
    this.drawnFrom = new Generator.State[generators.size()];
  }

  /** Continues from a checkpoint; nothing is changed if it does not fit. */
  void restore(Path checkpoint) {
    Checkpoint.Position at = Checkpoint.restore(checkpoint, state());
    loader.restore(at.loader());
    step = at.step();
    savedAtStep = step;
  }

  /**
   * Trains until the epochs are done, early stopping ends it, or it is stopped.
   *
   * @return whether it was stopped before its end
   */
  boolean run() {
    try {
      model.training(true);
      callbacks.forEach(c -> c.onStart(this));
      boolean goOn = loader.epoch() < settings.epochs && !best.isExhausted();
      if (goOn && trainer.isStopRequested()) {
        stop();
        goOn = false;
      }
      while (goOn) {
        goOn = runEpoch() && loader.epoch() < settings.epochs;
      }
      if (!stopped && !best.putBack(model) && average != null && average.updates() > 0) {
        takeAverage();
      }
      return stopped;
    } finally {
      end();
    }
  }

  /** Every callback hears of the end, whatever another one throws. */
  private void end() {
    RuntimeException failure = null;
    feed.ahead().drop();
    for (Callback c : callbacks) {
      try {
        c.onEnd(this);
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    best.close();
    trainingStep.close();
    if (average != null) {
      average.close();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** The model gets the averaged weights, and statistics that go with them. */
  private void takeAverage() {
    average.putInto(model);
    if (!averages(Averaging.Kind.STOCHASTIC)) {
      return; // an exponential average holds the statistics too
    }
    try (DataLoader pass = DataLoader.of(loader.data()).batch(loader.batchSize()).build()) {
      WeightAverage.refreshBatchNorm(model, pass.batchesPerEpoch(), _ -> model.apply(feed.features(pass.next())));
    }
  }

  private boolean averages(Averaging.Kind kind) {
    return settings.averaging != null && settings.averaging.kind() == kind;
  }

  /** Trains to the end of the current epoch; false if training is to end. */
  private boolean runEpoch() {
    long start = System.nanoTime();
    for (Batch b = loader.next(); b != null; b = loader.next()) {
      if (!train(b)) {
        continue; // more batches belong to this step
      }
      for (Callback c : callbacks) {
        c.onStep(this);
      }
      if (trainer.isStopRequested() && b.index() + 1 < loader.batchesPerEpoch()) {
        stop();
        return false;
      }
      saveIfDue();
    }
    Evaluation trained = meter.means();
    if (averages(Averaging.Kind.STOCHASTIC) && epoch() >= settings.averaging.fromEpoch()) {
      average.update();
    }
    boolean averaged = averages(Averaging.Kind.EXPONENTIAL);
    if (averaged) {
      average.swap();
    }
    Optional<Evaluation> validated = Optional.ofNullable(validation).map(trainer::evaluate);
    var result = new History.Epoch(loader.epoch() + 1, trained, validated, optimizer.learningRate(),
        (System.nanoTime() - start) / 1e9);
    history.add(result);
    boolean goOn = best.judge(result, model);
    if (averaged) {
      average.swap();
    }
    rates.judge(result);
    for (Callback c : callbacks) {
      c.onEpoch(this, result);
    }
    meter.reset();
    loader.nextEpoch();
    save();
    stopped = trainer.isStopRequested() && goOn && loader.epoch() < settings.epochs;
    return goOn && !stopped;
  }

  /** Takes a step with a batch, or adds to the gradients of one that more batches belong to; true if it is taken. */
  private boolean train(Batch batch) {
    rememberGenerators();
    rates.set(step, loader.epoch());
    List<Callback> watching = watching();
    double[] results;
    feed.sendNext(batch, loader);
    try {
      results = watching.isEmpty() ? trainingStep.run(batch) : trainingStep.run(batch,
          () -> watching.forEach(c -> c.onForward(this)), () -> watching.forEach(c -> c.onGradients(this)));
    } catch (Step.NotFinite e) {
      loss = trainingStep.loss();
      throw diverged(batch);
    }
    loss = results[0];
    meter.add(results, batch.count());
    boolean taken = trainingStep.isComplete(batch);
    if (taken) {
      step++;
      if (averages(Averaging.Kind.EXPONENTIAL)) {
        average.update();
      }
    }
    return taken;
  }

  /** The callbacks that look into the next step: it then runs operation by operation. */
  private List<Callback> watching() {
    List<Callback> watching = null;
    for (int i = 0; i < callbacks.size(); i++) {
      Callback c = callbacks.get(i);
      if (c.needsEager(this)) {
        watching = watching == null ? new ArrayList<>(1) : watching;
        watching.add(c);
      }
    }
    return watching == null ? List.of() : watching;
  }

  private void stop() {
    stopped = true;
    save();
  }

  /** So that a step that went wrong can be looked at again with the same random numbers. */
  private void rememberGenerators() {
    if (drawnFrom.length > 0) {
      int i = 0;
      for (Generator g : generators.values()) {
        drawnFrom[i++] = g.state();
      }
    }
  }

  private DivergenceException diverged(Batch batch) {
    int i = 0;
    for (Generator g : generators.values()) {
      g.restore(drawnFrom[i++]);
    }
    String culprit;
    try (Scope _ = feed.device().scope()) {
      culprit = Divergence.firstCulprit(model, trainingStep.features(batch));
    }
    return new DivergenceException("training stopped at step " + (step + 1) + " (epoch " + (batch.epoch() + 1) + ", batch "
        + (batch.index() + 1) + "): the loss is " + loss + "; " + culprit + "." + kept());
  }

  private String kept() {
    return (settings.checkpoint == null ? "" : savedAtStep < 0 ? " No checkpoint was written yet."
        : " The checkpoint of step " + savedAtStep + " is kept in " + settings.checkpoint + ".");
  }

  private void saveIfDue() {
    boolean bySteps = settings.checkpointSteps > 0 && step % settings.checkpointSteps == 0;
    boolean byTime = System.nanoTime() - savedAtTime > settings.checkpointSeconds * 1_000_000_000L;
    if (bySteps || byTime) {
      save();
    }
  }

  /** Writes a checkpoint if there is a file for it, unless a parameter is not finite: then the last good one stays. */
  private void save() {
    savedAtTime = System.nanoTime();
    String bad = Divergence.firstNotFinite(model);
    if (bad != null) {
      throw new DivergenceException("training stopped at step " + step + ": " + bad + " is not finite after the step." + kept()
          + " Try a smaller learning rate, or clip the gradients.");
    }
    if (settings.checkpoint == null) {
      return;
    }
    try {
      Checkpoint.save(settings.checkpoint, state(), settings.metadata);
    } catch (AthanorException e) {
      throw new AthanorException("training stopped at step " + step + ", since its checkpoint cannot be written: "
          + e.getMessage(), e);
    }
    savedAtStep = step;
  }

  private Checkpoint.State state() {
    return new Checkpoint.State(model, generators, trainer.changes().description(), optimizer, loader.state(),
        loader.data().size(), loader.batchSize(),
        settings.accumulate, step, meter, best, rates, settings.averaging, average, history);
  }

  @Override
  public Trainer trainer() {
    return trainer;
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
