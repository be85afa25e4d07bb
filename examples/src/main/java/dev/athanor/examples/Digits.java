package dev.athanor.examples;

import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.ProgressBar;
import dev.athanor.train.Trainer;

/** A small convolutional network reads handwritten digits: above 98 % of the test fifth are right after 20 epochs. */
public final class Digits {
  private Digits() {}

  /** Trains and prints each epoch and the accuracy reached. */
  public static void main(String[] args) {
    Split data = Splits.stratified(BuiltinDatasets.digits(), 0.2, 1);
    try (Device device = Device.open(args.length > 0 ? args[0] : "auto"); Layer model = network()) {
      Trainer trainer = Trainer.of(model.initialize(device, 1), new CrossEntropy(), m -> Optimizer.adam(m, 2e-3))
          .epochs(20).batch(32).seed(1).metric(new Accuracy()).callback(ProgressBar.standard()).build();
      trainer.fit(data.train());
      System.out.println("test: " + trainer.evaluate(data.test()));
      trainer.close();
    }
  }

  static Layer network() {
    return new Sequential(
        new Conv2d(1, 32, 3).padding(1), Activation.relu(),
        new Conv2d(32, 32, 3).padding(1), Activation.relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(32 * 4 * 4, 64), Activation.relu(),
        new Linear(64, 10));
  }
}
