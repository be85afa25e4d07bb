package dev.athanor.examples.gallery;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Lines of numbers and names, as text with commas (RFC 4180). Numbers keep seven digits. */
final class Table {
  private static final MathContext DIGITS = new MathContext(7);

  private final StringBuilder text = new StringBuilder();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  /** With the columns' names. */
  Table(String... columns) {
    row((Object[]) columns);
  }

  /** A further line; null is an empty cell. */
  void row(Object... cells) {
    for (int i = 0; i < cells.length; i++) {
      text.append(i == 0 ? "" : ",").append(switch (cells[i]) {
        case null -> "";
        case Double d -> number(d);
        case Object o -> quoted(o.toString());
      });
    }
    text.append('\n');
  }

  /** Whether this object is asked about for the first time: what several panels share is written once. */
  boolean first(Object shared) {
    return seen.add(shared);
  }

  /** A number with seven digits. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
    return rounded.scale() < 0 && rounded.scale() >= -DIGITS.getPrecision() ? rounded.toPlainString() : rounded.toString();
  }

  private static String quoted(String s) {
    return s.contains(",") || s.contains("\"") || s.contains("\n") ? '"' + s.replace("\"", "\"\"") + '"' : s;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
