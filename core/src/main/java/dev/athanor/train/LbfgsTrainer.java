package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.loss.Loss;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Lbfgs;
import dev.athanor.optim.Penalty;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Fits a model to the whole data at once by {@link Lbfgs}:
 *
 * <pre>{@code
 * History history = LbfgsTrainer.of(model, new BinaryCrossEntropy()).penalty(Penalty.l2(1e-3)).metric(new Accuracy()).fit(train);
 * }</pre>
 *
 * <p>Apart from {@link Trainer}, for what a line search asks for has no place there: it computes the loss several times in a step,
 * at places that it chooses on the host, and must find the same function each time. So there are no batches, plans, schedules,
 * averages or checkpoints here, and a model that draws random numbers in training (dropout) is refused. Batch normalization works,
 * though its running statistics then see every trial of a line search.
 */
public final class LbfgsTrainer {
  private final Layer model;
  private final Loss loss;
  private final List<Metric> metrics = new ArrayList<>();
  private Lbfgs.Settings settings = new Lbfgs.Settings();
  private Penalty penalty;
  private Dataset validation;
  private int epochs = 10;

  private LbfgsTrainer(Layer model, Loss loss) {
    Checks.require(model.device() != null, "lbfgs", "the model is on no device: call model.initialize(device, seed) first");
    this.model = model;
    this.loss = loss;
  }

  /**
   * Begins.
   *
   * @param model initialized on a device; it stays the caller's
   * @param loss gives a single number for all examples
   */
  public static LbfgsTrainer of(Layer model, Loss loss) {
    return new LbfgsTrainer(model, loss);
  }

  /** Line searches in an epoch, memory and tolerances; those of {@link Lbfgs.Settings#Settings()} if not called. */
  public LbfgsTrainer settings(Lbfgs.Settings value) {
    settings = value;
    return this;
  }

  /** Calls of {@link Lbfgs#step} at most; 10 if not called, each with 20 line searches. */
  public LbfgsTrainer epochs(int most) {
    Checks.require(most > 0, "lbfgs", "the number of epochs must be positive: " + most);
    epochs = most;
    return this;
  }

  /** Adds a penalty on the weights to the objective, without which separable data have no best weights. Losses are without it. */
  public LbfgsTrainer penalty(Penalty value) {
    penalty = value;
    return this;
  }

  /** Reports a metric beside the loss. */
  public LbfgsTrainer metric(Metric metric) {
    metrics.add(metric);
    return this;
  }

  /** Data that is evaluated after each epoch and never trained on. */
  public LbfgsTrainer validation(Dataset data) {
    validation = data;
    return this;
  }

  /**
   * Trains until the epochs are done, or one of them changes the objective by no more than the settings' tolerance.
   *
   * @return loss and metrics after each epoch, in evaluation mode
   * @throws dev.athanor.AthanorException if the objective is not finite where an epoch begins, data and model do not fit
   *     together, or the model draws random numbers in training
   */
  public History fit(Dataset data) {
    Checks.require(model.generators().isEmpty(), "lbfgs", () -> "the layers " + model.generators().keySet()
        + " draw random numbers in training, and a line search needs the same function each time: leave them out, or use another "
        + "optimizer");
    Device device = model.device();
    var feed = new Feed(device, model.dtype());
    var history = new History();
    boolean before = model.isTraining();
    try (DataLoader loader = DataLoader.of(data).batch(Math.max(1, data.size())).prefetch(0).build(); Scope _ = device.scope()) {
      Batch all = loader.next();
      Tensor x = feed.features(all);
      Tensor t = feed.target(all, data);
      measure(x, t, data); // a model that waits for its first input is made here
      try (var optimizer = new Lbfgs(model.parameters(), settings)) {
        double last = Double.NaN;
        for (int epoch = 1; epoch <= epochs; epoch++) {
          long start = System.nanoTime();
          model.training(true);
          double objective = optimizer.step(() -> objective(x, t)); // before the step
          if (Math.abs(last - objective) <= settings.changeTolerance()) {
            break; // the epoch before was the last that changed anything
          }
          last = objective;
          Evaluation trained = measure(x, t, data);
          Optional<Evaluation> validated = Optional.ofNullable(validation).map(d -> evaluate(feed, d));
          history.add(new History.Epoch(epoch, trained, validated, settings.learningRate(), (System.nanoTime() - start) / 1e9));
        }
      }
    } finally {
      model.training(before);
    }
    return history;
  }

  private Tensor objective(Tensor x, Tensor t) {
    Tensor l = Trainer.scalar(loss.of(model.apply(x), t));
    return penalty == null ? l : l.add(penalty.of(model).cast(l.dtype()));
  }

  private Evaluation evaluate(Feed feed, Dataset data) {
    try (DataLoader loader = DataLoader.of(data).batch(Math.max(1, data.size())).prefetch(0).build();
        Scope _ = feed.device().scope()) {
      Batch all = loader.next();
      return measure(feed.features(all), feed.target(all, data), data);
    }
  }

  private Evaluation measure(Tensor x, Tensor t, Dataset data) {
    var meter = new Meter(metrics);
    model.training(false);
    try (var _ = Tape.noGrad(); Scope _ = x.device().scope()) {
      Tensor y = model.apply(x);
      Feed.checkClasses(y, data);
      meter.add(Trainer.scalar(loss.of(y, t)).item(), y, t, data.size());
    }
    return meter.means();
  }
}
