package dev.athanor.examples;

import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.ProgressBar;
import dev.athanor.train.Trainer;

/** The program of the README. */
public final class FirstModel {
  private FirstModel() {}

  /** Trains a small network on handwritten digits. */
  public static void main(String[] args) {
    // README: begin
    var data = Datasets.load("digits", LoadOptions.none()).split(0);
    try (var device = Device.open("auto")) {
      var model = new Sequential(
          new Flatten(),
          new Linear(64, 128), Activation.relu(),
          new Linear(128, 10));
      model.initialize(device, 42);
      var trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 2e-3))
          .epochs(15).batch(32).seed(42)
          .metric(new Accuracy())
          .callback(ProgressBar.standard())
          .build();
      trainer.fit(data.train());
      System.out.println("test: " + trainer.evaluate(data.test()));
    }
    // README: end
  }
}
