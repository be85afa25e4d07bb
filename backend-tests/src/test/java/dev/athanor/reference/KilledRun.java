package dev.athanor.reference;

import dev.athanor.data.ArrayDataset;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.train.Callback;
import dev.athanor.train.EarlyStopping;
import dev.athanor.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The process that {@link KillTest} kills: trains a small network with a checkpoint after every step, resumes where there is one,
 * and prints each step. Arguments: the checkpoint, and how long to wait after each step, in milliseconds.
 */
final class KilledRun {
  static final int EPOCHS = 3;

  private KilledRun() {}

  public static void main(String[] args) {
    Path checkpoint = Path.of(args[0]);
    long pause = Long.parseLong(args[1]);
    try (Device device = Device.open("reference");
        Layer model = new Sequential(new Conv2d(1, 3, 3), new BatchNorm(0), Activation.relu(), new Flatten(), new Dropout(0.4),
            new Linear(3))
            .initialize(device, 1)) {
      Trainer.Builder b = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 0.01)).epochs(EPOCHS).batch(8).seed(2)
          .metric(new Accuracy()).validationSplit(0.25).earlyStopping(new EarlyStopping(2)).checkpoint(checkpoint)
          .checkpointEvery(1)
          .callback(new Callback() {
            @Override
            public void onStep(Run run) {
              System.out.println("step " + run.step());
              sleep(pause);
            }
          });
      if (Files.exists(checkpoint)) {
        b.resume(checkpoint);
      }
      try (Trainer trainer = b.build()) {
        trainer.fit(data());
      }
    }
    System.out.println("done");
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** 160 images of 5×5 with a bright row, column or diagonal; 120 are trained on: 15 steps an epoch. */
  private static ArrayDataset data() {
    int n = 160;
    float[] x = new float[25 * n];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 3;
      int at = i / 3 % 5;
      for (int j = 0; j < 5; j++) {
        int place = labels[i] == 0 ? 5 * at + j : labels[i] == 1 ? 5 * j + at : 6 * j;
        x[25 * i + place] = 1;
      }
      x[25 * i + i % 25] += 0.3f;
    }
    return ArrayDataset.classes("lines", x, Shape.of(1, 5, 5), labels, List.of("row", "column", "diagonal"));
  }
}
