package dev.athanor.cli;

import dev.athanor.data.Datasets;
import dev.athanor.data.LoadedData;
import dev.athanor.io.AtomicFile;
import dev.athanor.models.Models;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.tensor.Device;
import dev.athanor.train.EarlyStopping;
import dev.athanor.train.Evaluation;
import dev.athanor.train.ProgressBar;
import dev.athanor.train.Trainer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network, or goes on with a run. */
@Command(name = "train", sortOptions = false,
    description = {"Trains a network on a data set, and says how well it does on data it has not seen.",
      "Without options: a small convolutional network learns handwritten digits."},
    footer = {"%nExamples:",
      "  athanor train",
      "  athanor train --data fashion-mnist --epochs 5 --batch 64",
      "  athanor train --data csv:flowers.csv --target species",
      "  athanor train --resume runs/digits-cnn --epochs 20"})
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private TrainOptions options;
  @Mixin private DeviceOption device;

  @Option(names = "--out", paramLabel = "DIR", order = 20,
      description = "The folder for model, checkpoint and history. Default: runs/DATA-MODEL, with a number if it is in use.")
  private Path out;

  @Option(names = "--overwrite", order = 21, description = "With --out: replace the run that lies there.")
  private boolean overwrite;

  @Option(names = "--resume", paramLabel = "DIR", order = 22,
      description = "Go on with an interrupted run, to the same result as if it had not been interrupted; or with a "
          + "finished one, for more --epochs.")
  private Path resume;

  @Option(names = "--quiet", order = 23, description = "Print the result only.")
  private boolean quiet;

  @Option(names = "--eager", order = 24,
      description = "Run each step operation by operation instead of recording it once and replaying it: slower, the same result.")
  private boolean eager;

  private final Clock clock = new Clock();
  private PrintStream info;
  private ModelFiles newFolder;

  /** A run that is ready to start. */
  private record Run(ModelCard card, LoadedData.Prepared data, ModelFiles files, boolean resumed) {}

  @Override
  public Integer call() {
    info = quiet ? new PrintStream(PrintStream.nullOutputStream()) : Output.of(spec).stream();
    var usage = new Usage(spec);
    options.check(usage);
    device.check(usage);
    if (resume != null) {
      TrainOptions.checkResume(usage, spec);
      return train(resumed());
    }
    try {
      return train(begun(usage));
    } catch (RuntimeException e) {
      if (newFolder != null) {
        newFolder.removeIfEmpty();
      }
      throw e;
    }
  }

  private Run begun(Usage usage) {
    if (out != null) {
      var files = new ModelFiles(out);
      if (files.isRun() && !overwrite) {
        throw usage.error("--out: there is a run in " + out + " already; go on with it (--resume " + out
            + "), replace it (--overwrite), or choose another folder");
      }
      prepare(files);
    } else if (overwrite) {
      throw usage.error("--overwrite needs --out: without it no run is ever replaced");
    }
    LoadedData loaded = Datasets.load(options.data(), options.loadOptions());
    String network = options.model().orElseGet(() -> Models.suitedTo(loaded.data().featureShape()).label());
    LoadedData.Prepared data = loaded.prepare(options.seed());
    Settings settings = options.settings(network, data.train().size());
    settings.choices().loss(Task.of(data.train())); // refuses a loss for other data before anything is written
    settings.choices().checkData(data.train().featureShape());
    ModelFiles files = out != null ? new ModelFiles(out) : ModelFiles.unused(loaded.data().name() + "-" + network);
    prepare(files);
    return new Run(ModelCard.of(data.train(), settings, data.standardizer()), data, files, false);
  }

  private void prepare(ModelFiles files) {
    if (files.prepare()) {
      newFolder = files;
    }
  }

  private Run resumed() {
    ModelFiles files = ModelFiles.ofRun(resume);
    files.prepare();
    ModelCard saved = ModelCard.read(files.checkpoint());
    Settings settings = saved.settings();
    if (options.epochs().isPresent()) {
      settings = settings.withEpochs(options.epochs().getAsInt());
    }
    if (options.dataDir().isPresent()) {
      settings = settings.withDataDir(options.dataDir().get());
    }
    LoadedData.Prepared data = Datasets.load(settings.data(), settings.loadOptions()).prepare(settings.seed());
    ModelCard card = ModelCard.of(data.train(), settings, data.standardizer());
    if (!card.input().equals(saved.input()) || !card.task().equals(saved.task())
        || !card.standardizer().equals(saved.standardizer())) {
      throw new dev.athanor.AthanorException("the data set " + settings.data() + " is not what the run in " + files.folder()
          + " was trained on: it has changed since; a run can be resumed only on the same data");
    }
    return new Run(card, data, files, true);
  }

  private int train(Run run) {
    Settings settings = run.card().settings();
    try (Device on = device.open(info); Layer model = run.card().build(on); Trainer trainer = trainer(run, model);
        var stopping = new StopOnSignal(trainer)) {
      describe(run, model);
      trainer.fit(run.data().train());
      AtomicFile.write(run.files().history(), trainer.history().toJsonLines());
      if (trainer.wasStopped()) {
        info.println("Stopped. To go on: athanor train --resume " + run.files().folder());
        return Main.DONE;
      }
      Weights.save(model, run.files().model(), run.card().metadata());
      Evaluation test = trainer.evaluate(run.data().test());
      Output.of(spec).stream().println(String.format(Locale.ROOT, "Test: %s on %,d examples not seen in training", test,
          run.data().test().size()));
      info.println(clock);
      info.println("Model: " + run.files().model());
    }
    return Main.DONE;
  }

  private Trainer trainer(Run run, Layer model) {
    Settings s = run.card().settings();
    Task task = run.card().task();
    Trainer.Builder b = Trainer.of(model, run.card().loss(), s::optimizer).epochs(s.epochs())
        .batch(s.batch()).seed(s.seed()).metric(task.metric()).checkpoint(run.files().checkpoint())
        .metadata(run.card().metadata()).plans(!eager);
    b.callback(clock);
    if (!quiet) {
      Output output = Output.of(spec);
      b.callback(new ProgressBar(output.stream(), output.terminal()));
    }
    if (s.validation() > 0) {
      b.validationSplit(s.validation());
    }
    if (s.patience() >= 0) {
      b.earlyStopping(new EarlyStopping(s.patience()));
    }
    if (s.clipNorm() > 0) {
      b.clipNorm(s.clipNorm());
    }
    s.pace().give(b, run.data().train().size() * (1 - s.validation()), s.batch());
    s.choices().give(b);
    if (run.resumed()) {
      b.resume(run.files().checkpoint());
    }
    return b.build();
  }

  private void describe(Run run, Layer model) {
    Settings s = run.card().settings();
    info.printf(Locale.ROOT, "Data: %s, %,d examples %s to train on and %,d to test; to tell: %s%n", run.data().train().name(),
        run.data().train().size(), run.card().input(), run.data().test().size(), run.card().task());
    info.printf(Locale.ROOT, "Model: %s, %,d parameters; %s, learning rate %s, batches of %d, seed %d%n", s.model(),
        model.parameterCount(), s.optimizer(), s.learningRate(), s.batch(), s.seed());
    info.println((run.resumed() ? "Resuming " : "Writing to ") + run.files().folder());
  }
}
