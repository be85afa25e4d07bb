package dev.athanor.data;

import java.util.List;
import java.util.Optional;

/** Data sets by name. Found through {@link java.util.ServiceLoader}; see {@link Datasets}. */
public interface DatasetProvider {
  /**
   * A line of the list of data sets.
   *
   * @param name what to ask for
   * @param description one line
   */
  record Entry(String name, String description) {}

  /** The data sets that this provider knows. */
  List<Entry> entries();

  /**
   * Loads a data set.
   *
   * @param name its name
   * @param options what the user said besides
   * @return the data, or empty if this provider does not know the name
   * @throws dev.athanor.AthanorException if it knows the name and loading fails
   */
  Optional<LoadedData> load(String name, LoadOptions options);
}
