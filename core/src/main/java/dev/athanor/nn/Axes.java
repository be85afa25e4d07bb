package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Settings with one number per spatial axis. */
final class Axes {
  private Axes() {}

  /** One number for every axis. */
  static long[] all(int rank, long value) {
    long[] values = new long[rank];
    Arrays.fill(values, value);
    return values;
  }

  /** One number for each of {@code rank} axes, from one for all or one for each. */
  static long[] of(String layer, String setting, int rank, long... values) {
    Checks.require(values.length == 1 || values.length == rank, layer, () -> setting + " takes one number for all spatial axes"
        + (rank == 1 ? "" : " or " + rank + ", one for each") + ", not " + values.length);
    return values.length == rank ? values.clone() : all(rank, values[0]);
  }

  /** {@code 3} if all are equal, else {@code 1×3}. */
  static String show(long[] values) {
    return Arrays.stream(values).distinct().count() == 1 ? Long.toString(values[0])
        : Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining("×"));
  }

  /** The setting as text, or nothing where all are the usual value. */
  static String unless(long usual, String label, long[] values) {
    return Arrays.stream(values).allMatch(v -> v == usual) ? "" : label + show(values);
  }
}
