package dev.athanor.tensor;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prints tensors as NumPy does with its default options: aligned columns, the fewest digits that tell each number from its
 * neighbours but at most eight after the point, exponents where magnitudes differ by more than 1,000 or leave [1e-4, 1e8) (1e6
 * for float32), lines of at most 75 columns, and beyond 1,000 elements only the first and last three of each long axis.
 */
final class Printer {
  private static final int EDGE = 3;
  private static final long THRESHOLD = 1000;
  private static final int LINE = 75;
  private static final int DIGITS = 8;

  private final Shape full;
  private final Shape shown;
  private final List<String> cells;
  private int next;

  private Printer(Shape full, Shape shown, List<String> cells) {
    this.full = full;
    this.shown = shown;
    this.cells = cells;
  }

  static String print(Tensor t) {
    if (t.isClosed()) {
      return "Tensor(closed, " + t.dtype() + t.shape() + ")";
    }
    String tail = t.dtype() == DType.FLOAT32 ? "" : ", dtype=" + t.dtype();
    String grad = t.node() == null ? "" : t.node().isLeaf() ? ", requiresGrad" : ", op=" + t.node().op();
    if (t.size() == 0) {
      return "[]" + ", shape=" + t.shape() + tail + grad;
    }
    try (Scope _ = t.device().scope()) {
      Tensor some = t.size() > THRESHOLD ? edges(t.detach()) : t.detach();
      return new Printer(t.shape(), some.shape(), cells(some)).axis(0, " ") + tail + grad;
    }
  }

  /** The first and last elements of each long axis. */
  private static Tensor edges(Tensor t) {
    Tensor x = t;
    for (int axis = 0; axis < t.rank(); axis++) {
      if (t.dim(axis) > 2 * EDGE) {
        x = Shaping.concat(axis, x.slice(axis, 0, EDGE), x.slice(axis, -EDGE, Long.MAX_VALUE));
      }
    }
    return x;
  }

  /** The text of one index of the axes before {@code axis}; {@code indent} is what its further lines begin with. */
  private String axis(int axis, String indent) {
    if (axis == shown.rank()) {
      return cells.get(next++);
    }
    int after = shown.rank() - 1 - axis;
    boolean cut = full.dim(axis) != shown.dim(axis);
    var text = new StringBuilder();
    var line = new StringBuilder(indent);
    for (long i = 0; i < shown.dim(axis); i++) {
      if (after > 0) {
        String gap = i == 0 ? "" : "\n".repeat(after) + indent;
        text.append(gap).append(cut && i == EDGE ? "..." + "\n".repeat(after) + indent : "").append(axis(axis + 1, indent + " "));
      } else {
        if (cut && i == EDGE) {
          extend(text, line, "...", LINE - axis - 1, indent);
          line.append(' ');
        }
        extend(text, line, cells.get(next++), LINE - axis - 1, indent);
        line.append(i < shown.dim(axis) - 1 ? " " : "");
      }
    }
    return "[" + (after > 0 ? text : text.append(line).substring(indent.length())) + "]";
  }

  /** Adds a word to a line, or to a new one if it would be too long. */
  private static void extend(StringBuilder text, StringBuilder line, String word, int width, String indent) {
    if (line.length() + word.length() > width && line.length() > indent.length()) {
      text.append(line.toString().stripTrailing()).append('\n');
      line.setLength(0);
      line.append(indent);
    }
    line.append(word);
  }

  // ---- elements

  private static List<String> cells(Tensor t) {
    return switch (t.dtype()) {
      case BOOL -> {
        var cells = new ArrayList<String>();
        for (boolean b : t.toBooleans()) {
          cells.add(b ? t.rank() == 0 ? "True" : " True" : "False");
        }
        yield cells;
      }
      case INT32, INT64 -> aligned(Arrays.stream(t.toLongs()).mapToObj(Long::toString).toList());
      case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> {
        boolean single = t.dtype() != DType.FLOAT64;
        yield t.rank() == 0 ? List.of(scalar(t.item(), single)) : floats(t.toDoubles(), single, cutoff(t.dtype()));
      }
    };
  }

  private static List<String> aligned(List<String> texts) {
    int width = texts.stream().mapToInt(String::length).max().orElse(0);
    return texts.stream().map(s -> " ".repeat(width - s.length()) + s).toList();
  }

  /** A number on its own: the shortest text, with an exponent below 1e-4 and from 1e16. */
  private static String scalar(double v, boolean single) {
    if (!Double.isFinite(v)) {
      return special(v);
    }
    double size = Math.abs(v);
    if (v != 0 && (size < 1e-4 || size >= 1e16)) {
      BigDecimal d = shortest(v, single);
      String text = exponent(v, d, d.precision() - 1);
      return text.replace(".e", "e");
    }
    BigDecimal d = shortest(v, single);
    return (negative(v) ? "-" : "") + (d.scale() < 1 ? d.setScale(1) : d).abs().toPlainString();
  }

  private static String special(double v) {
    return Double.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  }

  /** The magnitude from which exponents are used: what the type's decimal digits reach, 1e8 at most. */
  private static double cutoff(DType type) {
    return switch (type) {
      case FLOAT64 -> 1e8;
      case FLOAT32 -> 1e6;
      case FLOAT16, BFLOAT16, INT32, INT64, BOOL -> 1e3;
    };
  }

  private static List<String> floats(double[] values, boolean single, double cutoff) {
    double largest = 0;
    double smallest = Double.POSITIVE_INFINITY;
    for (double v : values) {
      if (Double.isFinite(v) && v != 0) {
        largest = Math.max(largest, Math.abs(v));
        smallest = Math.min(smallest, Math.abs(v));
      }
    }
    boolean scientific = largest >= cutoff || largest > 0 && (smallest < 1e-4 || largest / smallest > 1000);
    int digits = 0; // of the number that needs most after its point
    for (double v : values) {
      if (Double.isFinite(v)) {
        digits = Math.max(digits, scientific ? significant(v, single).precision() - 1 : positional(v, single).scale());
      }
    }
    var texts = new ArrayList<String>();
    for (double v : values) {
      texts.add(!Double.isFinite(v) ? special(v)
          : scientific ? exponent(v, significant(v, single, digits), digits) : padded(v, digits, single));
    }
    return aligned(texts);
  }

  /** The shortest decimal that reads back as {@code v}, in float32 or float64, without trailing zeros. */
  private static BigDecimal shortest(double v, boolean single) {
    BigDecimal d = new BigDecimal(single ? Float.toString((float) v) : Double.toString(v)).stripTrailingZeros();
    if (d.precision() == 2) { // Java never gives fewer than two digits, even where one is enough
      BigDecimal one = d.round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (single ? one.floatValue() == (float) v : one.doubleValue() == v) {
        return one.stripTrailingZeros();
      }
    }
    return d;
  }

  /** The number with at most eight digits after the point; where the shortest text has more, the exact value is rounded. */
  private static BigDecimal positional(double v, boolean single) {
    BigDecimal s = shortest(v, single);
    BigDecimal cut = s.scale() <= DIGITS ? s : new BigDecimal(v).setScale(DIGITS, RoundingMode.HALF_EVEN).stripTrailingZeros();
    return cut.scale() < 0 ? cut.setScale(0) : cut;
  }

  private static String padded(double v, int digits, boolean single) {
    BigDecimal d = positional(v, single);
    String text = d.abs().toPlainString();
    return (negative(v) ? "-" : "") + text + (d.scale() == 0 ? "." : "") + " ".repeat(digits - d.scale());
  }

  /** The number with {@code digits} digits after the first: those beyond the shortest text are the exact value's. */
  private static BigDecimal significant(double v, boolean single, int digits) {
    BigDecimal s = significant(v, single);
    return s.precision() > digits ? s : new BigDecimal(v).round(new MathContext(digits + 1,
        RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  /** The number with at most nine significant digits. */
  private static BigDecimal significant(double v, boolean single) {
    BigDecimal s = shortest(v, single);
    return s.precision() <= DIGITS + 1 ? s
        : new BigDecimal(v).round(new MathContext(DIGITS + 1, RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  /** The decimal {@code d} of {@code v} with one digit before the point and {@code digits} after it. */
  private static String exponent(double v, BigDecimal d, int digits) {
    String all = d.unscaledValue().abs().toString();
    int power = v == 0 ? 0 : d.precision() - 1 - d.scale();
    String size = Integer.toString(Math.abs(power));
    return (negative(v) ? "-" : "") + all.charAt(0) + "." + all.substring(1) + "0".repeat(digits - (all.length() - 1))
        + "e" + (power < 0 ? "-" : "+") + (size.length() < 2 ? "0" : "") + size;
  }

  private static boolean negative(double v) {
    return v < 0 || v == 0 && 1 / v < 0;
  }
}
