package dev.athanor.data;

import dev.athanor.AthanorException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The data sets that are files of the user: {@code csv:PATH}, MNIST and Fashion-MNIST. */
public final class FileDatasets implements DatasetProvider {
  private static final String CSV = "csv:";

  /** For {@link java.util.ServiceLoader}. */
  public FileDatasets() {}

  @Override
  public List<Entry> entries() {
    return List.of(
        new Entry(CSV + "PATH", "a CSV file with a header line; the last column is the target, or the one named by --target"),
        new Entry("fashion-mnist", "70,000 images 28×28 of clothes in 10 classes; Debian's dataset-fashion-mnist, or --data-dir"),
        new Entry("mnist", "70,000 images 28×28 of handwritten digits; the four IDX files in --data-dir"));
  }

  @Override
  public Optional<LoadedData> load(String name, LoadOptions options) {
    if (name.startsWith(CSV)) {
      var source = CsvSource.of(path(name.substring(CSV.length()))).guess(options.target().orElse(null));
      return Optional.of(new LoadedData(source.load(), true));
    }
    return switch (name) {
      case "fashion-mnist" -> Optional.of(new LoadedData(MnistFiles.fashionMnist(options.dataDir().orElse(null))));
      case "mnist" -> Optional.of(new LoadedData(MnistFiles.mnist(options.dataDir().orElseThrow(() -> new AthanorException(
          "mnist: name the folder of the four MNIST files with --data-dir")))));
      default -> Optional.empty();
    };
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new AthanorException(CSV + text + ": not a path on this system: " + e.getMessage(), e);
    }
  }
}
