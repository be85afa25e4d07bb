package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.loss.Loss;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The learning-rate range test: trains for some steps at rates that rise exponentially, and notes the loss of each. A good rate
 * lies where the loss falls fastest, below where it begins to rise. Afterwards the model is as it was before, random generators
 * and running statistics included. Source: L. Smith, WACV 2017.
 *
 * <pre>{@code
 * RateFinder.Result r = RateFinder.find(model, new CrossEntropy(), m -> Optimizer.adam(m, 1), train, 32, 1e-6, 1, 100);
 * double rate = r.suggestion();
 * }</pre>
 */
public final class RateFinder {
  /** Weight of the past in the smoothed loss. */
  private static final double SMOOTH = 0.9;
  /** The test ends when the smoothed loss is so many times the smallest. */
  private static final double DIVERGED = 4;

  private RateFinder() {}

  /**
   * What was seen; the lists are as long as steps were taken, which are fewer than asked for if the loss rose too far.
   *
   * @param rates the learning rate of each step
   * @param losses the loss of each step's batch, before the step
   * @param smoothed the losses' exponential average, corrected for its start
   */
  public record Result(List<Double> rates, List<Double> losses, List<Double> smoothed) {
    /** The rate at which the smoothed loss falls fastest with the rate's logarithm; the first tenth is left out. */
    public double suggestion() {
      int best = Math.min(rates.size() - 1, 1 + rates.size() / 10);
      for (int i = best; i < rates.size() - 1; i++) {
        if (slope(i) < slope(best)) {
          best = i;
        }
      }
      return rates.get(best);
    }

    private double slope(int i) {
      int next = Math.min(i + 1, rates.size() - 1);
      return smoothed.get(next) - smoothed.get(Math.max(0, i - 1));
    }

    /** A line for each step, to plot elsewhere: {@code rate,loss,smoothed}. */
    public String toCsv() {
      var text = new StringBuilder("rate,loss,smoothed\n");
      for (int i = 0; i < rates.size(); i++) {
        text.append(rates.get(i)).append(',').append(losses.get(i)).append(',').append(smoothed.get(i)).append('\n');
      }
      return text.toString();
    }
  }

  /**
   * Runs the test. The optimizer is made for it and closed after it.
   *
   * @param model initialized on a device; put back afterwards
   * @param loss gives a single number for a batch
   * @param optimizer makes the optimizer to test; its own rate does not matter
   * @param batch examples per step
   * @param lowest the first rate, above 0
   * @param highest the last rate
   * @param steps at least 2
   */
  public static Result find(Layer model, Loss loss, Function<Layer, Optimizer> optimizer, Dataset data, int batch, double lowest,
      double highest, int steps) {
    Checks.require(lowest > 0 && highest > lowest && Double.isFinite(highest), "rate finder",
        "the rates must be above 0 and rise: "
        + lowest + " to " + highest);
    Checks.require(steps >= 2, "rate finder", "the number of steps must be at least 2: " + steps);
    var feed = new Feed(model.device(), model.dtype());
    boolean training = model.isTraining();
    try (DataLoader loader = DataLoader.of(data).batch(batch).shuffle(0).build()) {
      if (!model.isBuilt()) {
        try (var _ = Tape.noGrad(); Scope _ = model.device().scope()) {
          model.training(false).apply(feed.features(loader.next()));
        }
      }
      try (var before = new Before(model); Optimizer tested = optimizer.apply(model)) {
        model.training(true);
        try {
          return run(model, loss, tested, loader, feed, i -> lowest * Math.pow(highest / lowest, i / (steps - 1.0)), steps);
        } finally {
          tested.zeroGrad();
          before.putBack();
        }
      }
    } finally {
      model.training(training);
    }
  }

  private static Result run(Layer model, Loss loss, Optimizer optimizer, DataLoader loader, Feed feed,
      Function<Integer, Double> rate, int steps) {
    var result = new Result(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    double mean = 0;
    double smallest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < steps; i++) {
      Batch b = loader.next();
      if (b == null) {
        loader.nextEpoch();
        b = loader.next();
      }
      try (Scope _ = feed.device().scope()) {
        Tensor y = model.apply(feed.features(b));
        Feed.checkClasses(y, loader.data());
        Tensor l = Trainer.scalar(loss.of(y, feed.target(b, loader.data())));
        double now = l.item();
        mean = SMOOTH * mean + (1 - SMOOTH) * now;
        double smoothed = mean / (1 - Math.pow(SMOOTH, i + 1));
        if (!Double.isFinite(now) || smoothed > DIVERGED * smallest) {
          break;
        }
        smallest = Math.min(smallest, smoothed);
        result.rates.add(rate.apply(i));
        result.losses.add(now);
        result.smoothed.add(smoothed);
        l.backward();
        optimizer.learningRate(rate.apply(i));
        optimizer.step();
        optimizer.zeroGrad();
      }
    }
    Checks.require(!result.rates.isEmpty(), "rate finder", "the loss is not finite at the very first batch");
    return new Result(List.copyOf(result.rates), List.copyOf(result.losses), List.copyOf(result.smoothed));
  }

  /** A model's numbers before the test. */
  private static final class Before implements AutoCloseable {
    private final Map<String, Tensor> copies = new LinkedHashMap<>();
    private final Map<String, Generator.State> drawn = new LinkedHashMap<>();
    private final Layer model;

    Before(Layer model) {
      this.model = model;
      try (var _ = Tape.noGrad()) {
        Weights.all(model).forEach((name, t) -> copies.put(name, t.detach().copy().persist()));
      }
      model.generators().forEach((name, g) -> drawn.put(name, g.state()));
    }

    void putBack() {
      try (var _ = Tape.noGrad()) {
        Weights.all(model).forEach((name, t) -> t.assign(copies.get(name)));
      }
      model.generators().forEach((name, g) -> g.restore(drawn.get(name)));
    }

    @Override
    public void close() {
      copies.values().forEach(Tensor::close);
    }
  }
}
