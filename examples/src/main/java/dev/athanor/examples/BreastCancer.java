package dev.athanor.examples;

import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.data.Standardizer;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Trainer;
import java.util.Locale;

/**
 * The lectures' Keras example: breast cancer, 30 standardised measures, Dense 64 relu, Dense 64 relu, Dense 1 sigmoid, binary cross-entropy,
 * SGD with learning rate 0.001, 10 epochs, batches of 8. Weights start as Keras starts them: Glorot uniform, biases 0.
 */
public final class BreastCancer {
  private BreastCancer() {}

  /** Trains with 20 seeds and prints the mean accuracy on the test fifth. */
  public static void main(String[] args) {
    int seeds = 20;
    double sum = 0;
    double squares = 0;
    try (Device device = Device.open(args.length > 0 ? args[0] : "auto")) {
      for (int seed = 0; seed < seeds; seed++) {
        double accuracy = run(device, seed);
        sum += accuracy;
        squares += accuracy * accuracy;
      }
    }
    double mean = sum / seeds;
    System.out.printf(Locale.ROOT, "breast cancer, %d seeds: test accuracy %.3f, standard deviation %.3f%n", seeds, mean,
        Math.sqrt(Math.max(0, squares / seeds - mean * mean)));
  }

  /** One training run; returns the accuracy on the test fifth. */
  static double run(Device device, long seed) {
    Split split = Splits.stratified(BuiltinDatasets.breastCancer(), 0.2, seed);
    Standardizer standard = Standardizer.fit(split.train());
    try (Layer model = new Sequential(dense(30, 64), Activation.relu(), dense(64, 64), Activation.relu(), dense(64, 1));
        Trainer trainer = Trainer.of(model.initialize(device, seed), new BinaryCrossEntropy(), m -> Optimizer.sgd(m, 0.001))
            .epochs(10).batch(8).seed(seed).metric(new Accuracy()).build()) {
      trainer.fit(split.train().map(standard).asBinary().bake());
      return trainer.evaluate(split.test().map(standard).asBinary()).get("accuracy");
    }
  }

  private static Linear dense(long in, long out) {
    return new Linear(in, out).init(Initializer.glorotUniform(), Initializer.zeros());
  }
}
