package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.augment.AugmentName;
import dev.athanor.augment.Mix;
import dev.athanor.data.DatasetProvider;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.models.Models;
import dev.athanor.nn.Activations;
import dev.athanor.nn.Initializers;
import dev.athanor.optim.OptimizerName;
import dev.athanor.optim.ScheduleName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options that decide how a training run goes. Their defaults depend on each other, so null stands for "not given". */
final class TrainOptions {
  private static final int DEFAULT_BATCH = 32;
  private static final int DEFAULT_EPOCHS = 10;
  private static final int DEFAULT_STEPS = 600;
  private static final int MOST_DEFAULT_EPOCHS = 200;
  private static final double DEFAULT_VALIDATION = 0.1;
  private static final List<String> ALSO_WHEN_RESUMING =
      List.of("--resume", "--epochs", "--data-dir", "--device", "--matmul-precision", "--quiet", "--eager", "--stacktrace");

  @Option(names = "--data", paramLabel = "NAME", order = 1,
      description = "What to learn: digits, iris, breast-cancer, fashion-mnist, mnist, or csv:PATH. Default: digits.")
  private String data;

  @Option(names = "--data-dir", paramLabel = "DIR", order = 2,
      description = "The folder of the data set's files (mnist, fashion-mnist).")
  private Path dataDir;

  @Option(names = "--target", paramLabel = "COLUMN", order = 3, description = "The column to learn (csv). Default: the last one.")
  private String target;

  @Option(names = "--model", paramLabel = "NAME", order = 4,
      description = "The network: linear, mlp (fully connected), cnn (convolutions, for images), "
          + "or one of the literature's for images: lenet5, vgg-small, resnet18, resnet34, resnet50, resnet20, resnet56, preresnet20, "
          + "mobilenet. Default: cnn for images, else mlp.")
  private String model;

  @Option(names = "--activation", paramLabel = "NAME", order = 5,
      description = "The activation between the layers, for networks that are a chain (mlp, cnn, lenet5, vgg-small): relu, tanh, "
          + "sigmoid, gelu, silu, elu, … Default: the network's own.")
  private String activation;

  @Option(names = "--init", paramLabel = "NAME", order = 5,
      description = "The weights' first values: he-normal, glorot-uniform, orthogonal, zeros, … Default: the network's own.")
  private String init;

  @Option(names = "--loss", paramLabel = "NAME", order = 5,
      description = "What is made small: cross-entropy, multi-margin or focal for classes; binary-cross-entropy, hinge, squared-hinge or "
          + "focal for yes and no; mean-squared-error, mean-absolute-error or huber for numbers. Default: the first of each.")
  private String loss;

  @Option(names = "--epochs", paramLabel = "N", order = 5, description = "How often to go through the data. Default: 10, and more for small data: 600 steps.")
  private Integer epochs;

  @Option(names = "--batch", paramLabel = "N", order = 6, description = "Examples per step. Default: 32.")
  private Integer batch;

  @Option(names = "--lr", paramLabel = "RATE", order = 7,
      description = "The learning rate. Default: one that often suits the optimizer, 0.001 for adam.")
  private Double learningRate;

  @Option(names = "--optimizer", paramLabel = "NAME", order = 8,
      description = "sgd, momentum, nesterov, adagrad, rmsprop, rmsprop-centered, adadelta, adam, amsgrad, adamw, adamax, nadam, radam, "
          + "lamb, lion or muon. Default: adam.")
  private String optimizer;

  @Option(names = "--momentum", paramLabel = "M", order = 9,
      description = "For sgd, momentum and nesterov, from 0 to below 1. Default: 0.9.")
  private Double momentum;

  @Option(names = "--weight-decay", paramLabel = "D", order = 10,
      description = "Pulls weights towards 0. Default: 0.01 for adamw, else 0.")
  private Double weightDecay;

  @Option(names = "--clip", paramLabel = "NORM", order = 11,
      description = "The largest norm of a step's gradients. Default: any.")
  private Double clip;

  @Option(names = "--validation", paramLabel = "SHARE", order = 12,
      description = "The share of the training data set aside to judge each epoch, from 0 to below 1. Default: 0.1.")
  private Double validation;

  @Option(names = "--patience", paramLabel = "N", order = 13,
      description = "Stop after N epochs in a row without a better validation loss, and keep the best weights. Default: never.")
  private Integer patience;

  @Option(names = "--schedule", paramLabel = "NAME[:NUMBERS]", order = 14,
      description = "How the learning rate changes, with times in epochs: constant, piecewise:EPOCH,FACTOR,..., step[:EPOCHS,FACTOR], "
          + "inverse-time, exponential, natural-exponential[:BETA], cosine[:EPOCHS,LOW], polynomial[:POWER], triangular, triangular2, "
          + "exp-range[:EPOCHS,LOW], restarts[:EPOCHS,MULTIPLIER], one-cycle. Default: constant.")
  private String schedule;

  @Option(names = "--warmup", paramLabel = "EPOCHS", order = 14,
      description = "Raise the learning rate in a straight line for so many epochs first. Default: 0.")
  private Double warmup;

  @Option(names = "--accumulate", paramLabel = "N", order = 14,
      description = "Add up the gradients of N batches for a step. Default: 1.")
  private Integer accumulate;

  @Option(names = "--average", paramLabel = "DECAY", order = 14,
      description = "Keep an exponential average of the weights and end with it, such as 0.99. Default: none.")
  private Double average;

  @Option(names = "--no-decay-on-biases", order = 14,
      description = "With --weight-decay: leave biases and normalizations alone.")
  private boolean noDecayOnBiases;

  @Option(names = "--augment", paramLabel = "NAMES", order = 14,
      description = "Change the training data anew in each epoch, such as flip,crop:4,rotate:10. Known are flip, flip-vertical, "
          + "rotate:DEGREES, scale:SHARE, translate:SHARE, crop:PIXELS, shear:DEGREES and erase:PIXELS for images; noise:DEVIATION, "
          + "brightness:AMOUNT and contrast:SHARE for any data. Default: none.")
  private String augment;

  @Option(names = "--mix", paramLabel = "NAME[:ALPHA]", order = 14,
      description = "Mix pairs of examples: mixup, or cutmix for images. Default: none.")
  private String mix;

  @Option(names = "--seed", paramLabel = "N", order = 14,
      description = "Of everything random: the same seed gives the same result, to the bit. Default: 0.")
  private Long seed;

  /** The number of epochs, where it was given. */
  OptionalInt epochs() {
    return epochs == null ? OptionalInt.empty() : OptionalInt.of(epochs);
  }

  /** The folder of the data set's files, where it was given. */
  Optional<Path> dataDir() {
    return Optional.ofNullable(dataDir);
  }

  /** The name of the data set. */
  String data() {
    return data == null ? "digits" : data;
  }

  /** The name of the network, where it was given. */
  Optional<String> model() {
    return Optional.ofNullable(model);
  }

  /** Refuses what can be seen to be wrong without looking at any data. */
  void check(Usage usage) {
    checkData(usage, data());
    model().ifPresent(m -> usage.oneOf("--model", m, Models.labels()));
    if (activation != null) {
      usage.oneOf("--activation", activation, Activations.labels());
    }
    if (init != null) {
      usage.oneOf("--init", init, Initializers.labels());
    }
    if (loss != null) {
      usage.oneOf("--loss", loss, Arrays.stream(Task.Kind.values()).flatMap(k -> Choices.losses(k).stream()).distinct().toList());
    }
    if (optimizer != null) {
      usage.oneOf("--optimizer", optimizer, Settings.OPTIMIZERS);
    }
    if (epochs != null) {
      usage.atLeast("--epochs", epochs, 1);
    }
    if (batch != null) {
      usage.atLeast("--batch", batch, 1);
    }
    if (learningRate != null) {
      usage.positive("--lr", learningRate);
    }
    if (momentum != null) {
      usage.within("--momentum", momentum, 0, 1);
      if (!isSgd()) {
        throw usage.error("--momentum is for --optimizer sgd, momentum and nesterov; " + optimizer() + " has its own");
      }
    }
    if (weightDecay != null) {
      usage.within("--weight-decay", weightDecay, 0, 1);
    }
    if (clip != null) {
      usage.positive("--clip", clip);
    }
    checkPace(usage);
    checkChanges(usage);
    if (validation != null) {
      usage.within("--validation", validation, 0, 1);
    }
    if (patience != null) {
      usage.atLeast("--patience", patience, 0);
      if (validation != null && validation == 0) {
        throw usage.error("--patience needs validation data: leave out --validation 0");
      }
    }
    if (target != null && !data().startsWith("csv:")) {
      throw usage.error("--target is for --data csv:PATH; " + data() + " has its own target");
    }
  }

  private void checkChanges(Usage usage) {
    parsed(usage, "--augment", augment, AugmentName::parse);
    parsed(usage, "--mix", mix, Mix::parse);
  }

  private static void parsed(Usage usage, String option, String text, Consumer<String> parser) {
    try {
      if (text != null) {
        parser.accept(text);
      }
    } catch (AthanorException e) {
      throw usage.error(option + ": " + e.getMessage());
    }
  }

  private void checkPace(Usage usage) {
    if (schedule != null) {
      try {
        ScheduleName.parse(schedule, epochs == null ? DEFAULT_EPOCHS : epochs, 100);
      } catch (AthanorException e) {
        throw usage.error("--schedule: " + e.getMessage());
      }
    }
    if (warmup != null && !(warmup >= 0 && warmup < 1e6)) {
      throw usage.error("--warmup: expected 0 or more epochs, found " + warmup);
    }
    if (accumulate != null) {
      usage.atLeast("--accumulate", accumulate, 1);
    }
    if (average != null) {
      usage.within("--average", average, 0, 1);
    }
  }

  /** Refuses a data set that nobody knows. */
  static void checkData(Usage usage, String name) {
    List<String> known = Datasets.list().stream().map(DatasetProvider.Entry::name).toList();
    if (!name.startsWith("csv:")) {
      usage.oneOf("--data", name, known);
    }
  }

  /** Refuses options that a resumed run takes from its checkpoint. */
  static void checkResume(Usage usage, CommandSpec spec) {
    var refused = new ArrayList<String>();
    for (OptionSpec o : spec.commandLine().getParseResult().matchedOptions()) {
      if (!ALSO_WHEN_RESUMING.contains(o.longestName())) {
        refused.add(o.longestName());
      }
    }
    if (!refused.isEmpty()) {
      throw usage.error(String.join(", ", refused) + ": a resumed run takes this from its checkpoint; with --resume only "
          + "--epochs, --data-dir, --device, --matmul-precision, --quiet and --eager can be given");
    }
  }

  private String optimizer() {
    return optimizer == null ? "adam" : optimizer;
  }

  private boolean isSgd() {
    return Settings.isSgd(optimizer());
  }

  /** What to tell the data set's provider. */
  LoadOptions loadOptions() {
    return new LoadOptions(Optional.ofNullable(dataDir), Optional.ofNullable(target));
  }

  /** Of the split into a training and a test part, and of everything else. */
  long seed() {
    return seed == null ? 0 : seed;
  }

  /**
   * The settings, with the defaults filled in.
   *
   * @param network the network's name
   * @param examples the number of examples of the training part
   */
  Settings settings(String network, int examples) {
    int perStep = batch == null ? DEFAULT_BATCH : batch;
    double aside = or(validation, DEFAULT_VALIDATION);
    int all = epochs == null ? defaultEpochs(examples * (1 - aside) / perStep) : epochs;
    OptimizerName name = OptimizerName.of(optimizer());
    var pace = new Pace(schedule == null ? "constant" : schedule, all, or(warmup, 0), accumulate == null ? 1 : accumulate,
        or(average, 0), noDecayOnBiases);
    return new Settings(data(), Optional.ofNullable(dataDir).map(Path::toString), Optional.ofNullable(target), network,
        new Choices(Optional.ofNullable(activation), Optional.ofNullable(init), Optional.ofNullable(loss),
            Optional.ofNullable(augment), Optional.ofNullable(mix)), all, perStep,
        or(learningRate, isSgd() ? 0.01 : name.learningRate()), optimizer(), or(momentum, isSgd() ? 0.9 : 0),
        or(weightDecay, name.rule().weightDecay()), or(clip, 0), seed(), aside, patience == null ? -1 : patience, pace);
  }

  private static int defaultEpochs(double stepsPerEpoch) {
    return (int) Math.clamp(Math.ceil(DEFAULT_STEPS / stepsPerEpoch), DEFAULT_EPOCHS, MOST_DEFAULT_EPOCHS);
  }

  private static double or(Double given, double otherwise) {
    return given == null ? otherwise : given;
  }
}
