package dev.athanor.examples;

import dev.athanor.augment.AugmentName;
import dev.athanor.augment.Mix;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Trainer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What augmentation is worth where examples are few: the network of {@link Digits} learns from 100 digits, with and without changes
 * of them, and is tested on the other 1,697. Prints a Markdown table. Argument: the number of seeds, each with a split of its own;
 * 5 if left out.
 */
public final class FewDigits {
  private static final double TEST = 1697 / 1797.0;
  private static final int EPOCHS = 80;

  /** What is done to the training data, as text; empty for nothing. */
  private record Way(String augment, String mix) {}

  private static final List<Way> WAYS = List.of(new Way("", ""), new Way("noise:0.1", ""), new Way("erase:3", ""),
      new Way("rotate:15,scale:0.1,translate:0.1,shear:10", ""), new Way("rotate:15,scale:0.1,translate:0.1,shear:10,noise:0.1", ""),
      new Way("", "mixup:0.4"), new Way("", "cutmix:1"), new Way("rotate:15,scale:0.1,translate:0.1,shear:10", "mixup:0.4"),
      new Way("flip,flip-vertical", ""));

  private FewDigits() {}

  /** Prints the table. */
  public static void main(String[] args) {
    int seeds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    System.out.println("| `--augment` | `--mix` | test accuracy, mean | lowest | highest |\n|---|---|---|---|---|");
    try (Device device = Device.open("auto")) {
      for (Way way : WAYS) {
        double[] found = new double[seeds];
        Arrays.setAll(found, seed -> accuracy(device, way.augment, way.mix, seed, EPOCHS));
        System.out.println(String.format(Locale.ROOT, "| %s | %s | %.3f | %.3f | %.3f |", way.augment, way.mix,
            Arrays.stream(found).average().orElseThrow(), Arrays.stream(found).min().orElseThrow(),
            Arrays.stream(found).max().orElseThrow()));
      }
    }
  }

  /** The share of the other digits that is right after training. */
  static double accuracy(Device device, String augment, String mix, long seed, int epochs) {
    Split data = Splits.stratified(BuiltinDatasets.digits(), TEST, seed);
    Layer model = Digits.network();
    Trainer.Builder builder = Trainer.of(model.initialize(device, seed), new CrossEntropy(), m -> Optimizer.adam(m, 2e-3))
        .epochs(epochs).batch(20).seed(seed).metric(new Accuracy());
    if (!augment.isEmpty()) {
      builder.augment(AugmentName.parse(augment));
    }
    if (!mix.isEmpty()) {
      builder.mix(Mix.parse(mix));
    }
    try (model; Trainer trainer = builder.build()) {
      trainer.fit(data.train());
      return trainer.evaluate(data.test()).get("accuracy");
    }
  }
}
