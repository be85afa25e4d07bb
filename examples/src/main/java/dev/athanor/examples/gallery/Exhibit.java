package dev.athanor.examples.gallery;

import java.util.Optional;

/** One picture of the gallery. */
public interface Exhibit {
  /** The name by which it is chosen, and that of its files. */
  String name();

  /** The heading above the picture. */
  String title();

  /** Why it cannot be shown here and what to do, or nothing. */
  default Optional<String> obstacle(Studio studio) {
    return Optional.empty();
  }

  /** Computes and draws it. The same studio gives the same numbers. */
  Work make(Studio studio);
}
