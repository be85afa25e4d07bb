package dev.athanor.examples.data;

import dev.athanor.data.CsvSource;
import dev.athanor.data.Dataset;
import dev.athanor.data.DatasetProvider;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.LoadedData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** The data sets in this module: handwritten digits, breast cancer and iris. */
public final class BuiltinDatasets implements DatasetProvider {
  /** For {@link java.util.ServiceLoader}. */
  public BuiltinDatasets() {}

  @Override
  public List<Entry> entries() {
    return List.of(
        new Entry("breast-cancer", "569 examples of 30 measures of cell nuclei: malignant or benign"),
        new Entry("digits", "1,797 images 8×8 of handwritten digits"),
        new Entry("iris", "150 examples of 4 lengths of irises of 3 species"));
  }

  @Override
  public Optional<LoadedData> load(String name, LoadOptions options) {
    return switch (name) {
      case "breast-cancer" -> Optional.of(new LoadedData(breastCancer(), true));
      case "digits" -> Optional.of(new LoadedData(digits(), false));
      case "iris" -> Optional.of(new LoadedData(iris(), true));
      default -> Optional.empty();
    };
  }

  /** Handwritten digits: 1,797 images [1, 8, 8] from 0 to 1, ten classes. */
  public static Dataset digits() {
    return csv("digits", "digits.csv.gz").classes("digit").load().map((features, offset, count) -> {
      for (int i = 0; i < count; i++) {
        long at = offset + (long) i * Float.BYTES;
        features.set(ValueLayout.JAVA_FLOAT, at, features.get(ValueLayout.JAVA_FLOAT, at) / 16f);
      }
    }).reshape(1, 8, 8).bake();
  }

  /** Breast cancer: 569 examples [30], not standardised; the classes are malignant (0) and benign (1). */
  public static Dataset breastCancer() {
    return csv("breast-cancer", "breast-cancer.csv").classes("diagnosis", List.of("malignant", "benign")).load();
  }

  /** Iris: 150 examples [4], not standardised; the classes are setosa, versicolor and virginica. */
  public static Dataset iris() {
    return csv("iris", "iris.csv").classes("species").load();
  }

  private static CsvSource csv(String name, String file) {
    return CsvSource.of(name, () -> open(file));
  }

  private static InputStream open(String file) {
    InputStream in = BuiltinDatasets.class.getResourceAsStream(file);
    if (in == null) {
      throw new UncheckedIOException(new IOException("the resource " + file + " is missing from this build"));
    }
    return in;
  }
}
