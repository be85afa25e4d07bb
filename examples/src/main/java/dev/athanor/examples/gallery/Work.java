package dev.athanor.examples.gallery;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A finished exhibit.
 *
 * @param picture what is seen
 * @param caption what it shows, in a sentence or two
 * @param numbers what was measured, by name, in the order to print it
 */
public record Work(Picture picture, String caption, Map<String, Double> numbers) {
  /** Keeps the numbers' order. */
  public Work {
    numbers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
  }

  /** The number of that name. */
  public double number(String name) {
    Double value = numbers.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no number '" + name + "'; there are " + numbers.keySet());
    }
    return value;
  }
}
