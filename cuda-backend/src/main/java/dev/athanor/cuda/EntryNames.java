package dev.athanor.cuda;

import dev.athanor.tensor.DType;

/** Names of kernels by operation, types and form, each put together once: a launch makes no text. */
final class EntryNames {
  private static final int TYPES = DType.values().length;

  private final String[] names;

  /** For so many operations, each over one type or a pair of types, in two forms. */
  EntryNames(int operations) {
    names = new String[operations * TYPES * TYPES * 2];
  }

  /** Where the name stands. */
  static int at(int operation, DType one, DType other, boolean form) {
    return ((operation * TYPES + one.ordinal()) * TYPES + other.ordinal()) * 2 + (form ? 1 : 0);
  }

  /** The name, or null if it was not put together yet. */
  String get(int at) {
    return names[at];
  }

  String put(int at, String name) {
    names[at] = name;
    return name;
  }
}
