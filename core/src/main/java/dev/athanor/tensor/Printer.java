package dev.athanor.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints tensors as NumPy does: aligned columns, at most eight digits, the middle left out beyond 1,000 elements. */
final class Printer {
  private static final int EDGE = 3;
  private static final long THRESHOLD = 1000;
  private static final int LINE = 75;

  private Printer() {}

  static String print(Tensor t) {
    if (t.isClosed()) {
      return "Tensor(closed, " + t.dtype() + t.shape() + ")";
    }
    String tail = t.dtype() == DType.FLOAT32 ? "" : ", dtype=" + t.dtype();
    String grad = t.node() == null ? "" : t.node().isLeaf() ? ", requiresGrad" : ", op=" + t.node().op();
    if (t.size() == 0) {
      return "[]" + ", shape=" + t.shape() + tail + grad;
    }
    boolean summary = t.size() > THRESHOLD;
    Tensor shown = summary ? edges(t.detach()) : t.detach();
    List<String> cells = format(shown);
    int width = cells.stream().mapToInt(String::length).max().orElse(0);
    var out = new StringBuilder();
    append(out, t.shape(), shown.shape(), 0, new int[1], cells, width);
    String text = out.toString();
    return text + tail + grad;
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

  private static void append(StringBuilder out, Shape full, Shape shown, int axis, int[] next, List<String> cells, int width) {
    if (axis == shown.rank()) {
      out.append(" ".repeat(width - cells.get(next[0]).length())).append(cells.get(next[0]++));
      return;
    }
    boolean last = axis == shown.rank() - 1;
    long n = shown.dim(axis);
    boolean cut = full.dim(axis) != n;
    out.append('[');
    int lineStart = out.length();
    for (long i = 0; i < n; i++) {
      if (i > 0) {
        if (last) {
          if (out.length() - lineStart + width + 1 > LINE - axis) {
            out.append('\n').append(" ".repeat(axis + 1));
            lineStart = out.length();
          } else {
            out.append(' ');
          }
        } else {
          out.append("\n".repeat(shown.rank() - 1 - axis)).append(" ".repeat(axis + 1));
        }
      }
      if (cut && i == EDGE) {
        out.append("...").append(last ? " " : "\n".repeat(shown.rank() - 1 - axis) + " ".repeat(axis + 1));
      }
      append(out, full, shown, axis + 1, next, cells, width);
    }
    out.append(']');
  }

  private static List<String> format(Tensor t) {
    var cells = new ArrayList<String>();
    switch (t.dtype()) {
      case BOOL -> {
        for (boolean b : t.toBooleans()) {
          cells.add(b ? "True" : "False");
        }
      }
      case INT32, INT64 -> {
        for (long v : t.toLongs()) {
          cells.add(Long.toString(v));
        }
      }
      case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> {
        double[] values = t.toDoubles();
        boolean single = t.dtype() != DType.FLOAT64;
        double largest = 0;
        double smallest = Double.POSITIVE_INFINITY;
        boolean whole = true;
        for (double v : values) {
          if (Double.isFinite(v)) {
            whole &= v == Math.rint(v);
            largest = Math.max(largest, Math.abs(v));
            if (v != 0) {
              smallest = Math.min(smallest, Math.abs(v));
            }
          }
        }
        boolean scientific = largest >= 1e8 || largest > 0 && (smallest < 1e-4 || largest / smallest > 1e3 && !whole);
        int digits = scientific || whole ? 0 : fractionDigits(values, single);
        for (double v : values) {
          cells.add(cell(v, scientific, whole, digits, single));
        }
      }
    }
    return cells;
  }

  /** As many digits after the point as the element that needs most, at most eight. */
  private static int fractionDigits(double[] values, boolean single) {
    int digits = 1;
    for (double v : values) {
      if (Double.isFinite(v)) {
        String s = new java.math.BigDecimal(single ? Float.toString((float) v) : Double.toString(v))
            .setScale(8, java.math.RoundingMode.HALF_EVEN).stripTrailingZeros().toPlainString();
        int dot = s.indexOf('.');
        digits = Math.max(digits, dot < 0 ? 0 : s.length() - dot - 1);
      }
    }
    return digits;
  }

  private static String cell(double v, boolean scientific, boolean whole, int digits, boolean single) {
    if (Double.isNaN(v)) {
      return "nan";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "inf" : "-inf";
    }
    if (scientific) {
      return String.format(Locale.ROOT, single ? "%.6e" : "%.8e", v);
    }
    if (whole) {
      return (v == 0 && 1 / v < 0 ? "-0" : Long.toString((long) v)) + ".";
    }
    return String.format(Locale.ROOT, "%." + digits + "f", v);
  }
}
