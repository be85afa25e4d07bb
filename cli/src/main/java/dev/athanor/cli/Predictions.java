package dev.athanor.cli;

import dev.athanor.data.Dataset;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The outputs of a model, put into words: a class or yes/no with its probability, or numbers.
 *
 * @param task what the outputs tell
 * @param data the examples
 * @param labelled whether the data says what is expected
 * @param outputs the model's outputs (logits, or numbers), example by example
 */
record Predictions(Task task, Dataset data, boolean labelled, float[] outputs) {
  private int width() {
    return Math.toIntExact(task.outputs());
  }

  private boolean showsExpected() {
    return labelled && task.kind() == Task.Kind.CLASSES;
  }

  private List<String> header() {
    var columns = new ArrayList<String>();
    columns.add("example");
    if (task.kind() == Task.Kind.CLASSES) {
      columns.add("prediction");
      columns.add("probability");
    } else {
      for (int j = 0; j < width(); j++) {
        String number = width() == 1 ? "" : "_" + j;
        columns.add("prediction" + number);
        if (task.kind() == Task.Kind.BINARY) {
          columns.add("probability" + number);
        }
      }
    }
    if (showsExpected()) {
      columns.add("expected");
    }
    return columns;
  }

  private List<String> row(int i) {
    var fields = new ArrayList<String>();
    fields.add(Integer.toString(i));
    switch (task.kind()) {
      case CLASSES -> {
        int best = best(i);
        fields.add(task.names().get(best));
        fields.add(decimal(probability(i, best)));
      }
      case BINARY -> {
        for (int j = 0; j < width(); j++) {
          double one = 1 / (1 + Math.exp(-outputs[i * width() + j]));
          fields.add(task.names().get(one > 0.5 ? 1 : 0));
          fields.add(decimal(Math.max(one, 1 - one)));
        }
      }
      case VALUES -> {
        for (int j = 0; j < width(); j++) {
          fields.add(Float.toString(outputs[i * width() + j]));
        }
      }
    }
    if (showsExpected()) {
      fields.add(task.names().get(data.label(i)));
    }
    return fields;
  }

  private int best(int i) {
    int best = 0;
    for (int j = 1; j < width(); j++) {
      if (outputs[i * width() + j] > outputs[i * width() + best]) {
        best = j;
      }
    }
    return best;
  }

  /** The softmax of the logits at the largest of them. */
  private double probability(int i, int best) {
    double sum = 0;
    for (int j = 0; j < width(); j++) {
      sum += Math.exp((double) outputs[i * width() + j] - outputs[i * width() + best]);
    }
    return 1 / sum;
  }

  private static String decimal(double p) {
    return String.format(Locale.ROOT, "%.4f", p);
  }

  /** All predictions as CSV with a header line. */
  String csv() {
    var text = new StringBuilder();
    line(text, header());
    for (int i = 0; i < data.size(); i++) {
      line(text, row(i));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> fields) {
    for (int i = 0; i < fields.size(); i++) {
      String f = fields.get(i);
      boolean quote = f.indexOf(',') >= 0 || f.indexOf('"') >= 0 || f.indexOf('\n') >= 0 || f.indexOf('\r') >= 0;
      text.append(i == 0 ? "" : ",").append(quote ? '"' + f.replace("\"", "\"\"") + '"' : f);
    }
    text.append('\n');
  }

  /** The first predictions as a table. */
  void print(PrintStream out, int limit) {
    int shown = Math.min(limit, data.size());
    var rows = new ArrayList<List<String>>();
    rows.add(header());
    for (int i = 0; i < shown; i++) {
      rows.add(row(i));
    }
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int j = 0; j < widths.length; j++) {
        widths[j] = Math.max(widths[j], row.get(j).length());
      }
    }
    for (List<String> row : rows) {
      var text = new StringBuilder();
      for (int j = 0; j < widths.length; j++) {
        text.append(row.get(j)).append(" ".repeat(widths[j] - row.get(j).length() + 2));
      }
      out.println(text.toString().stripTrailing());
    }
    if (shown < data.size()) {
      out.printf(Locale.ROOT, "… %,d more; --limit shows more of them, --out writes all%n", data.size() - shown);
    }
  }
}
