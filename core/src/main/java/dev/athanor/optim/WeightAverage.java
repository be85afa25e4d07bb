package dev.athanor.optim;

import dev.athanor.autograd.Tape;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A running average of a model's parameters (and of its buffers of floats, such as running means), which often generalises better
 * than the last ones. Owned by the caller; the tensors live outside scopes.
 *
 * <p>{@link #exponential}: w̄ ← decay·w̄ + (1 − decay)·w after each step. {@link #equal}: the plain mean of what it was shown, as
 * in stochastic weight averaging (P. Izmailov et al., UAI 2018), usually once an epoch with a learning rate that stays high; the
 * statistics of batch normalization belong to no mean of weights and are then to be computed again, see
 * {@link #refreshBatchNorm}. The first update copies.
 */
public final class WeightAverage implements AutoCloseable {
  private final Layer model;
  private final double decay;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();
  private long updates;

  private WeightAverage(Layer model, double decay) {
    Checks.require(model.device() != null && model.isBuilt(), "weight average",
        "the model has no parameters yet: initialize it and "
        + "run a batch through it first");
    this.model = model;
    this.decay = decay;
    try (var _ = Tape.noGrad()) {
      Weights.all(model).forEach((name, t) -> averages.put(name, t.detach().copy().persist()));
    }
  }

  /** An exponential moving average; {@code decay} in [0, 1), usually 0.99 to 0.9999. */
  public static WeightAverage exponential(Layer model, double decay) {
    Checks.require(decay >= 0 && decay < 1, "weight average", "the decay must be at least 0 and below 1: " + decay);
    return new WeightAverage(model, decay);
  }

  /** The mean of all updates. */
  public static WeightAverage equal(Layer model) {
    return new WeightAverage(model, Double.NaN);
  }

  /** Takes the model's present values in. */
  public void update() {
    double keep = updates == 0 ? 0 : Double.isNaN(decay) ? updates / (updates + 1.0) : decay;
    try (var _ = Tape.noGrad(); Scope _ = model.device().scope()) {
      Weights.all(model).forEach((name, t) -> {
        Tensor average = averages.get(name);
        if (keep == 0 || !t.dtype().isFloat()) {
          average.assign(t.detach());
        } else {
          average.mulInPlace(model.device().constant(t.dtype(), keep));
          average.addInPlace(t.detach().mul(1 - keep));
        }
      });
    }
    updates++;
  }

  /** Exchanges the averages with the model's values; a second call puts both back. */
  public void swap() {
    try (var _ = Tape.noGrad(); Scope _ = model.device().scope()) {
      Weights.all(model).forEach((name, t) -> {
        Tensor average = averages.get(name);
        Tensor kept = t.detach().copy();
        t.assign(average);
        average.assign(kept);
      });
    }
  }

  /** Gives the model the averages. */
  public void putInto(Layer target) {
    try (var _ = Tape.noGrad(); Scope _ = model.device().scope()) {
      Weights.all(target).forEach((name, t) -> t.assign(averages.get(name)));
    }
  }

  /**
   * Computes the running statistics of all batch normalizations anew, as the equal mean over the batches that {@code pass} runs
   * through the model, which is in training mode meanwhile and without gradients. A model without such layers is left alone.
   *
   * @param batches how many batches there are
   * @param pass runs the batch of this number through the model
   */
  public static void refreshBatchNorm(Layer model, int batches, Consumer<Integer> pass) {
    List<BatchNorm> norms = model.layers().values().stream().filter(BatchNorm.class::isInstance).map(BatchNorm.class::cast)
        .toList();
    if (norms.isEmpty()) {
      return;
    }
    List<Double> momenta = norms.stream().map(BatchNorm::momentum).toList();
    boolean before = model.isTraining();
    model.training(true);
    try (var _ = Tape.noGrad()) {
      for (int i = 0; i < batches; i++) {
        double share = 1.0 / (i + 1);
        norms.forEach(n -> n.momentum(share));
        try (Scope _ = model.device().scope()) {
          pass.accept(i);
        }
      }
    } finally {
      model.training(before);
      for (int i = 0; i < norms.size(); i++) {
        norms.get(i).momentum(momenta.get(i));
      }
    }
  }

  /** The averages under the names of parameters and buffers; owned by this object. Assigning to them continues a run. */
  public Map<String, Tensor> tensors() {
    return Map.copyOf(averages);
  }

  /** The number of updates. */
  public long updates() {
    return updates;
  }

  /** Sets the number of updates, when continuing a run. */
  public void updates(long value) {
    Checks.require(value >= 0, "weight average", "the number of updates must not be negative: " + value);
    updates = value;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    averages.values().forEach(Tensor::close);
  }
}
