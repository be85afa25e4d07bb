package dev.athanor.cli;

import dev.athanor.data.Dataset;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Evaluation;
import dev.athanor.train.Trainer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a trained model. */
@Command(name = "evaluate", sortOptions = false,
    description = {"Says how well a trained model does.",
      "Without --data: on the test part of the data it was trained on, which training did not see."},
    footer = {"%nExamples:", "  athanor evaluate runs/digits-cnn",
      "  athanor evaluate runs/flowers-mlp --data csv:more-flowers.csv"})
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A folder that 'athanor train' wrote, or a model file in it.")
  private Path model;

  @Mixin private DataOptions data;
  @Mixin private DeviceOption device;

  @Override
  public Integer call() {
    var usage = new Usage(spec);
    data.check(usage);
    device.check(usage);
    PrintStream out = Output.of(spec).stream();
    Path file = ModelFiles.weights(model);
    ModelCard card = ModelCard.read(file);
    Dataset examples = data.labelled(card);
    try (Device on = device.open(out); Layer layer = card.load(file, on);
        Trainer trainer = Trainer.of(layer, card.loss(), m -> new Optimizer(card.settings().rule(), 0, m))
            .metric(card.task().metric()).build()) {
      Evaluation result = trainer.evaluate(examples);
      out.printf(Locale.ROOT, "%s: %s on %,d examples of %s%n", file, result, examples.size(), data.describe(card));
    }
    return Main.DONE;
  }
}
