package dev.athanor.bench.gpu;

import dev.athanor.data.Split;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Callback;
import dev.athanor.train.Evaluation;
import dev.athanor.train.History;
import dev.athanor.train.Trainer;
import java.util.Locale;

/** Fashion-MNIST's convolutional network, trained as the example does, to at least {@value #LEAST} of the test images. */
final class Accuracy {
  private static final double LEAST = 0.905;

  private Accuracy() {}

  static void run(Setting setting, Results results) {
    boolean digits = setting.quick();
    Split data = digits ? Training.digits() : Training.fashion(setting);
    Split used = digits ? new Split(Training.first(data.train(), 96), Training.first(data.test(), 16)) : data;
    try (Device device = Device.open(setting.device());
        Layer model = (digits ? Training.digitsNetwork(2) : Training.fashionNetwork()).initialize(device, 1)) {
      long start = System.nanoTime();
      try (Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, digits ? 1e-2 : 1e-3))
          .epochs(digits ? 2 : 5).batch(digits ? 16 : 64).seed(1).metric(new dev.athanor.metric.Accuracy()).callback(new Callback() {
            @Override
            public void onEpoch(Run run, History.Epoch epoch) {
              results.row("Epochs of " + used.train().name(), "epoch", epoch.number(), "seconds", epoch.seconds(), "training loss",
                  epoch.train().loss());
            }
          }).build()) {
        History history = trainer.fit(used.train());
        Evaluation test = trainer.evaluate(used.test());
        String text = String.format(Locale.ROOT, "accuracy %.4f on %d test images, loss %.4f, %.1f s", test.get("accuracy"),
            used.test().size(), test.loss(), (System.nanoTime() - start) / 1e9);
        if (digits) {
          var epochs = history.epochs();
          results.check("digits learns", epochs.getLast().train().loss() < epochs.getFirst().train().loss(), text);
        } else {
          results.check("Fashion-MNIST", test.get("accuracy") >= LEAST, text + ", at least " + LEAST + " expected");
        }
      }
    }
  }
}
