package dev.athanor.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a user may say about a data set besides its name.
 *
 * @param dataDir the folder of its files, for data sets that come as files
 * @param target the target column, for CSV
 */
public record LoadOptions(Optional<Path> dataDir, Optional<String> target) {
  /** Nothing said. */
  public static LoadOptions none() {
    return new LoadOptions(Optional.empty(), Optional.empty());
  }

  /** The folder of the data set's files. */
  public LoadOptions withDataDir(Path folder) {
    return new LoadOptions(Optional.of(folder), target);
  }

  /** The target column of a CSV file. */
  public LoadOptions withTarget(String column) {
    return new LoadOptions(dataDir, Optional.of(column));
  }
}
