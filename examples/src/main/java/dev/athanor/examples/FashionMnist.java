package dev.athanor.examples;

import dev.athanor.AthanorException;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.Split;
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
import java.nio.file.Path;

/**
 * Fashion-MNIST, 60,000 images of clothes: an MLP (about 88 % after 5 epochs) or a convolutional network (above 90.5 %).
 * Arguments: {@code mlp} or {@code cnn}, then the folder of the four IDX files where the Debian package is not installed.
 */
public final class FashionMnist {
  private FashionMnist() {}

  /** Trains and prints each epoch and the accuracy reached. */
  public static void main(String[] args) {
    String kind = args.length > 0 ? args[0] : "cnn";
    try {
      LoadOptions options = args.length > 1 ? LoadOptions.none().withDataDir(Path.of(args[1])) : LoadOptions.none();
      Split data = Datasets.load("fashion-mnist", options).split(0);
      try (Device device = Device.open("auto"); Layer model = network(kind).initialize(device, 1);
          Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 1e-3))
              .epochs(5).batch(64).seed(1).metric(new Accuracy()).callback(ProgressBar.standard()).build()) {
        trainer.fit(data.train());
        System.out.println("test: " + trainer.evaluate(data.test()));
      }
    } catch (AthanorException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  static Layer network(String kind) {
    return switch (kind) {
      case "mlp" -> new Sequential(new Flatten(), new Linear(784, 256), Activation.relu(), new Linear(256, 128), Activation.relu(),
          new Linear(128, 10));
      case "cnn" -> new Sequential(
          new Conv2d(1, 32, 3).padding(1), Activation.relu(), new MaxPool2d(2),
          new Conv2d(32, 64, 3).padding(1), Activation.relu(), new MaxPool2d(2),
          new Flatten(), new Linear(64 * 7 * 7, 128), Activation.relu(), new Linear(128, 10));
      default -> throw new AthanorException("unknown network '" + kind + "'; expected mlp or cnn");
    };
  }
}
