package dev.athanor.data;

import dev.athanor.AthanorException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Data sets by name, from every {@link DatasetProvider} on the module path or class path. */
public final class Datasets {
  private Datasets() {}

  /** All data sets, by name. */
  public static List<DatasetProvider.Entry> list() {
    List<DatasetProvider.Entry> entries = new ArrayList<>();
    providers().forEach(p -> entries.addAll(p.entries()));
    entries.sort(Comparator.comparing(DatasetProvider.Entry::name));
    return entries;
  }

  /**
   * Loads a data set.
   *
   * @param name a name of the {@link #list}, or {@code csv:PATH}
   * @param options what the user said besides
   * @throws AthanorException if no provider knows the name (the message lists those there), or loading fails
   */
  public static LoadedData load(String name, LoadOptions options) {
    for (DatasetProvider p : providers()) {
      Optional<LoadedData> data = p.load(name, options);
      if (data.isPresent()) {
        return data.get();
      }
    }
    throw new AthanorException("there is no data set '" + name + "'; expected one of "
        + String.join(", ", list().stream().map(DatasetProvider.Entry::name).toList()));
  }

  private static ServiceLoader<DatasetProvider> providers() {
    return ServiceLoader.load(DatasetProvider.class, Datasets.class.getClassLoader());
  }
}
