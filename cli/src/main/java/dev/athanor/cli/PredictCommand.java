package dev.athanor.cli;

import dev.athanor.data.Dataset;
import dev.athanor.io.AtomicFile;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Trainer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Uses a trained model. */
@Command(name = "predict", sortOptions = false,
    description = {"Prints what a trained model says about each example.",
      "Of a CSV file only the columns are read that the model was trained on; it needs no target."},
    footer = {"%nExamples:", "  athanor predict runs/digits-cnn",
      "  athanor predict runs/flowers-mlp --data csv:new.csv --out answers.csv"})
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A folder that 'athanor train' wrote, or a model file in it.")
  private Path model;

  @Mixin private DataOptions data;
  @Mixin private DeviceOption device;

  @Option(names = "--limit", paramLabel = "N", order = 20, description = "Print the first N predictions only. Default: 20.")
  private Integer limit;

  @Option(names = "--out", paramLabel = "FILE", order = 21, description = "Write all predictions to this CSV file instead.")
  private Path out;

  @Override
  public Integer call() {
    var usage = new Usage(spec);
    data.check(usage);
    device.check(usage);
    if (limit != null) {
      usage.atLeast("--limit", limit, 1);
      if (out != null) {
        throw usage.error("--limit is for printing; --out writes all predictions");
      }
    }
    PrintStream print = Output.of(spec).stream();
    if (out != null) {
      new ModelFiles(out.toAbsolutePath().getParent()).prepare();
    }
    Path file = ModelFiles.weights(model);
    ModelCard card = ModelCard.read(file);
    Dataset examples = data.features(card);
    Predictions predictions = new Predictions(card.task(), examples, data.isLabelled(), outputs(file, card, examples, print));
    if (out != null) {
      AtomicFile.write(out, predictions.csv());
      print.printf(Locale.ROOT, "%,d predictions written to %s%n", examples.size(), out);
    } else {
      predictions.print(print, limit == null ? 20 : limit);
    }
    return Main.DONE;
  }

  private float[] outputs(Path file, ModelCard card, Dataset examples, PrintStream print) {
    try (Device on = device.open(print); Layer layer = card.load(file, on);
        Trainer trainer = Trainer.of(layer, card.loss(), m -> new Optimizer(card.settings().rule(), 0, m)).build();
        Scope scope = on.scope()) {
      Tensor outputs = trainer.predict(examples);
      return outputs.toFloats();
    }
  }
}
