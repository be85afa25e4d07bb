package dev.athanor.examples;

import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.LoadedData;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Lbfgs;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.OptimizerName;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Trainer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Trains one small network (one hidden layer of 64, tanh) with every optimizer on some data sets and prints a Markdown table of
 * test accuracies: 20 epochs and the mean of three seeds on small data, 2 epochs and one seed above {@value #LARGE} examples.
 * Arguments: the data sets; {@code breast-cancer digits} if left out. {@code fashion-mnist} wants its files where
 * {@code athanor doctor} says.
 */
public final class OptimizerTable {
  private static final int SEEDS = 3;
  private static final int LARGE = 10_000;

  private OptimizerTable() {}

  /** Rates that suit this network, where they are not {@link OptimizerName#learningRate}. */
  private static double rate(OptimizerName name) {
    return Optional.ofNullable(Map.of(OptimizerName.SGD, 0.1, OptimizerName.MOMENTUM, 0.02, OptimizerName.NESTEROV, 0.02,
        OptimizerName.ADAGRAD, 0.03, OptimizerName.ADADELTA, 1.0, OptimizerName.LAMB, 0.01, OptimizerName.MUON, 0.01).get(name))
        .orElse(name.learningRate());
  }

  /** Prints the table. */
  public static void main(String[] args) {
    List<String> names = args.length > 0 ? Arrays.asList(args) : List.of("breast-cancer", "digits");
    System.out.println("| optimizer | learning rate | " + String.join(" | ", names) + " |");
    System.out.println("|---|---|" + "---|".repeat(names.size()));
    try (Device device = Device.open("auto")) {
      for (OptimizerName name : OptimizerName.values()) {
        System.out.print("| " + name.label() + " | " + rate(name));
        for (String data : names) {
          System.out.printf(Locale.ROOT, " | %.3f", mean(device, data, name));
        }
        System.out.println(" |");
      }
      System.out.print("| lbfgs | 1");
      for (String data : names) {
        System.out.printf(Locale.ROOT, " | %.3f", mean(device, data, null)); // all data at once
      }
      System.out.println(" |");
    }
  }

  /** The mean accuracy over splits and first weights; {@code null} is L-BFGS. */
  static double mean(Device device, String data, OptimizerName name) {
    LoadedData loaded = Datasets.load(data, LoadOptions.none());
    int seeds = loaded.prepare(0).train().size() > LARGE ? 1 : SEEDS;
    double sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
      sum += run(device, data, loaded.prepare(seed), name, seed);
    }
    return sum / seeds;
  }

  private static double run(Device device, String name, LoadedData.Prepared data, OptimizerName optimizer, long seed) {
    long features = data.train().featureShape().size();
    int classes = switch (data.train().target()) {
      case dev.athanor.data.Target.Classes c -> c.names().size();
      case dev.athanor.data.Target.Binary _, dev.athanor.data.Target.Values _ ->
          throw new IllegalArgumentException(name + " has no classes");
    };
    try (Layer model = new Sequential(new Flatten(), new Linear(features, 64), Activation.tanh(), new Linear(64, classes))
        .initialize(device, seed);
        Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> new Optimizer((optimizer == null ? OptimizerName.SGD
            : optimizer)
            .rule(), optimizer == null ? 0 : rate(optimizer), m)).epochs(data.train().size() > LARGE ? 2 : 20).batch(32)
            .seed(seed)
            .metric(new Accuracy()).build()) {
      if (optimizer == null) {
        fullBatch(device, model, data.train());
      } else {
        trainer.fit(data.train());
      }
      return trainer.evaluate(data.test()).get("accuracy");
    }
  }

  /** Three calls of L-BFGS, each of 20 line searches at most, with a penalty that keeps the weights small. */
  private static void fullBatch(Device device, Layer model, Dataset train) {
    try (DataLoader loader = DataLoader.of(train).batch(train.size())
        .build(); Scope _ = device.scope(); var lbfgs = new Lbfgs(model)) {
      Batch all = loader.next();
      Tensor x = device.tensor(all.features(), DType.FLOAT32, all.featureShape());
      Tensor t = device.tensor(all.targets(), DType.INT64, all.targetShape());
      var penalty = dev.athanor.optim.Penalty.l2(1e-3);
      for (int i = 0; i < 3; i++) {
        lbfgs.step(() -> new CrossEntropy().of(model.apply(x), t).add(penalty.of(model)));
      }
    }
  }
}
