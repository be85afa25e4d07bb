package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.data.CsvSource;
import dev.athanor.data.Dataset;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.LoadedData;
import dev.athanor.data.Split;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say which data a trained model is to be used on. */
final class DataOptions {
  private static final String CSV = "csv:";

  @Option(names = "--data", paramLabel = "NAME", order = 1,
      description = "Other data, as for 'athanor train': all of its examples. "
          + "Default: the test part of what the model was trained on.")
  private String data;

  @Option(names = "--data-dir", paramLabel = "DIR", order = 2, description = "The folder of the data set's files.")
  private Path dataDir;

  @Option(names = "--target", paramLabel = "COLUMN", order = 3, description = "The target column (csv). Default: as in training.")
  private String target;

  void check(Usage usage) {
    if (data != null) {
      TrainOptions.checkData(usage, data);
    }
    if (target != null && (data == null || !data.startsWith(CSV))) {
      throw usage.error("--target goes with --data csv:PATH");
    }
  }

  /** The data in words. */
  String describe(ModelCard card) {
    return data == null ? card.settings().data() + " that training did not see" : data;
  }

  /**
   * The data with what is expected, ready for the model.
   *
   * @throws AthanorException if it cannot be loaded or does not fit the model
   */
  Dataset labelled(ModelCard card) {
    if (data != null && data.startsWith(CSV)) {
      return card.prepare(csvWithTarget(card));
    }
    Dataset examples = data == null ? testPart(card) : all(card);
    card.task().check(examples);
    return card.prepare(examples);
  }

  /**
   * The data to predict from, ready for the model: of a CSV file only the columns that the model was trained on are read, so
   * that it needs no target.
   *
   * @throws AthanorException if it cannot be loaded or does not fit the model
   */
  Dataset features(ModelCard card) {
    if (data != null && data.startsWith(CSV)) {
      return card.prepare(csv(card).noTarget().load());
    }
    return card.prepare(data == null ? testPart(card) : all(card));
  }

  /** Whether {@link #features} comes with what is expected. */
  boolean isLabelled() {
    return data == null || !data.startsWith(CSV);
  }

  private LoadOptions options(ModelCard card) {
    LoadOptions trained = card.settings().loadOptions();
    return new LoadOptions(dataDir != null ? Optional.of(dataDir) : trained.dataDir(),
        target != null ? Optional.of(target) : trained.target());
  }

  private Dataset testPart(ModelCard card) {
    return Datasets.load(card.settings().data(), options(card)).split(card.settings().seed()).test();
  }

  private Dataset all(ModelCard card) {
    LoadedData loaded = Datasets.load(data, options(card));
    if (loaded.ownTest().isPresent()) {
      Split split = loaded.split(card.settings().seed());
      return split.test();
    }
    return loaded.data();
  }

  private CsvSource csv(ModelCard card) {
    try {
      CsvSource source = CsvSource.of(Path.of(data.substring(CSV.length())));
      return card.features().isEmpty() ? source : source.features(card.features().toArray(String[]::new));
    } catch (InvalidPathException e) {
      throw new AthanorException(data + ": not a path on this system: " + e.getMessage(), e);
    }
  }

  /** The classes are the model's, in its order, not those that happen to be in this file. */
  private Dataset csvWithTarget(ModelCard card) {
    CsvSource source = csv(card);
    String column = options(card).target().orElseThrow(() -> new AthanorException(
        data + ": name the column that holds what is expected, with --target"));
    Task task = card.task();
    return switch (task.kind()) {
      case CLASSES -> source.classes(column, task.names()).load();
      case BINARY -> source.binary(column, task.names().get(0), task.names().get(1)).load();
      case VALUES -> source.values(column).load();
    };
  }
}
