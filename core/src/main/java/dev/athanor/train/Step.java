package dev.athanor.train;

import dev.athanor.augment.Mix;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.NotCapturableException;
import dev.athanor.backend.Readback;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.exec.Input;
import dev.athanor.exec.Plan;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The training step: the batch changed, forward, loss, penalty, backward, clipping, update. Written once; run as it is written,
 * or recorded and replayed by a {@link Plan}. A step of several batches, whose gradients add up, runs as it is written.
 *
 * <p>The host looks at the loss of each step before the parameters change: a step whose loss is not finite changes nothing. Loss
 * and metrics start on their way to the host before the backward pass is asked for, so that a device that works behind the host's
 * back has the backward pass to do while the host waits for them.
 */
final class Step implements AutoCloseable {
  private static final Logger LOG = System.getLogger("dev.athanor.train");

  private final Layer model;
  private final Optimizer optimizer;
  private final Trainer.Builder settings;
  private final Feed feed;
  private final Changes changes;
  private final DataLoader loader;
  private final Dataset data;
  private final Device device;
  private final Readback readback;
  private final Plan plan;
  private final double[] numbers;
  /** Called in the step now under way, which runs as it is written. */
  private Runnable onForward = () -> {};
  private Runnable onGradients = () -> {};
  /** Where several batches make a step: this one's share in it, and whether it is the last. */
  private double share = 1;
  private boolean complete = true;

  /** The loss is not finite; parameters and optimizer are as before the step. */
  static final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotFinite() {
      super("the loss is not finite", null, false, false);
    }
  }

  Step(Trainer trainer, Trainer.Builder settings, Feed feed, DataLoader loader) {
    this.model = trainer.model();
    this.optimizer = trainer.optimizer();
    this.settings = settings;
    this.feed = feed;
    this.changes = trainer.changes();
    this.loader = loader;
    this.data = loader.data();
    this.device = feed.device();
    this.numbers = new double[1 + settings.metrics.size()];
    this.readback = device.backend().readback(8L * numbers.length);
    this.plan = settings.plans && settings.accumulate == 1 ? Plan.orEager(device, this::compute, Step::notCapturable) : null;
  }

  private static void notCapturable(NotCapturableException e) {
    LOG.log(Level.INFO, "training runs operation by operation: {0}", e.getMessage());
  }

  /**
   * Does a step.
   *
   * @return loss and metrics of the batch; overwritten by the next step
   * @throws NotFinite if the loss is not finite
   */
  double[] run(Batch batch) {
    Input[] inputs = inputs(batch);
    if (plan != null) {
      plan.run(inputs);
    } else {
      asWritten(inputs);
    }
    return numbers;
  }

  /** As {@link #run}, operation by operation, with somebody watching. */
  double[] run(Batch batch, Runnable beforeForward, Runnable afterBackward) {
    onForward = beforeForward;
    onGradients = afterBackward;
    try {
      asWritten(inputs(batch));
    } finally {
      onForward = () -> {};
      onGradients = () -> {};
    }
    return numbers;
  }

  private Input[] inputs(Batch batch) {
    if (settings.accumulate > 1) {
      long first = batch.index() - batch.index() % settings.accumulate;
      long end = Math.min((first + settings.accumulate) * loader.batchSize(), data.size());
      share = (double) batch.count() / (end - first * loader.batchSize());
      complete = isComplete(batch);
    }
    return feed.inputs(batch, data);
  }

  /** Whether the parameters change with this batch. */
  boolean isComplete(Batch batch) {
    return (batch.index() + 1) % settings.accumulate == 0 || batch.index() + 1 == loader.batchesPerEpoch();
  }

  private void asWritten(Input[] inputs) {
    try (Scope _ = device.scope()) {
      compute(List.of(inputs[0].tensor(device), inputs[1].tensor(device)));
    }
  }

  /** What the model gets for a batch, drawn again. */
  Tensor features(Batch batch) {
    Tensor x = changes.augmented(feed.features(batch));
    return settings.mix == null ? x : settings.mix.apply(x, changes.generator()).features();
  }

  private List<Tensor> compute(List<Tensor> batch) {
    Tensor x = changes.augmented(feed.features(batch.get(0)));
    Tensor t = feed.target(batch.get(1), data);
    Mix.Mixed mixed = settings.mix == null ? null : settings.mix.apply(x, changes.generator());
    onForward.run();
    Tensor y = model.apply(mixed == null ? x : mixed.features());
    Feed.checkClasses(y, data);
    Tensor loss = Trainer.scalar(settings.loss.of(y, t));
    if (mixed != null) {
      loss = mixed.loss(loss, Trainer.scalar(settings.loss.of(y, t.take(0, mixed.order()))));
    }
    Tensor results = results(loss, y, t);
    View view = results.view();
    Plan.onHost(device, () -> readback.start(view));
    Tensor objective = settings.penalty == null ? loss : loss.add(settings.penalty.of(model).cast(loss.dtype()));
    (settings.accumulate == 1 ? objective : objective.mul(share)).backward();
    Plan.onHost(device, this::look);
    if (!complete) {
      return List.of();
    }
    onGradients.run();
    optimizer.advance();
    if (settings.clipping != null) {
      optimizer.clipGradients(settings.clipping);
    }
    optimizer.apply();
    optimizer.zeroGrad();
    return List.of();
  }

  /** Loss and metrics, float64 {@code [1 + metrics]}. */
  private Tensor results(Tensor loss, Tensor y, Tensor t) {
    try (var _ = Tape.noGrad()) {
      Tensor first = loss.detach().cast(DType.FLOAT64).reshape(1);
      if (settings.metrics.isEmpty()) {
        return first;
      }
      Tensor[] all = new Tensor[numbers.length];
      all[0] = first;
      for (int i = 1; i < all.length; i++) {
        Metric metric = settings.metrics.get(i - 1);
        all[i] = metric.of(y.detach(), t).cast(DType.FLOAT64).reshape(1);
      }
      return Shaping.concat(0, all);
    }
  }

  private void look() {
    MemorySegment read = readback.await();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = read.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
    }
    if (!Double.isFinite(numbers[0])) {
      optimizer.zeroGrad(); // where the step runs as written, the backward pass has left some
      throw new NotFinite();
    }
  }

  /** The loss of the latest step. */
  double loss() {
    return numbers[0];
  }

  @Override
  public void close() {
    if (plan != null) {
      plan.close();
    }
    readback.close();
  }
}
