package dev.athanor.bench.gpu;

import dev.athanor.io.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of JSON lines, written as results come, so that a section that is ended leaves what it had. Each has a {@code kind}:
 * <ul>
 *   <li>{@code machine}: what was measured on, once
 *   <li>{@code check}: section, name, {@code passed}, text
 *   <li>{@code row}: section, table, then the columns of a row
 *   <li>{@code note}: section, text
 *   <li>{@code section}: section, {@code status} (passed, failed, ended at its limit, left out), seconds
 * </ul>
 */
final class Results {
  private final Path file;
  private final Section section;
  private final PrintStream print;
  private int failed;

  /** Appends to a file and prints each result as a line. */
  Results(Path file, Section section, PrintStream print) {
    this.file = file;
    this.section = section;
    this.print = print;
  }

  /** A statement that is true or not. */
  boolean check(String name, boolean passed, String text) {
    failed += passed ? 0 : 1;
    print.println((passed ? "PASS " : "FAIL ") + name + ": " + text);
    add("check", Map.of(), "name", name, "passed", passed, "text", text);
    return passed;
  }

  /** A row of a table: names of columns and their values by turns, text or numbers. */
  void row(String table, Object... columns) {
    var values = new LinkedHashMap<String, Object>();
    for (int i = 0; i < columns.length; i += 2) {
      values.put((String) columns[i], columns[i + 1]);
    }
    print.println(table + ": " + values);
    add("row", values, "table", table);
  }

  /** What a reader should know. */
  void note(String text) {
    print.println(text);
    add("note", Map.of(), "text", text);
  }

  /** How many checks failed so far. */
  int failed() {
    return failed;
  }

  private void add(String kind, Map<String, Object> values, Object... first) {
    var line = new LinkedHashMap<String, Object>();
    line.put("kind", kind);
    line.put("section", section.label());
    for (int i = 0; i < first.length; i += 2) {
      line.put((String) first[i], first[i + 1]);
    }
    line.putAll(values);
    append(file, line);
  }

  /** Appends a line. */
  static void append(Path file, Map<String, Object> line) {
    try {
      Files.writeString(file, Json.write(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** The lines of a file. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> read(Path file) throws IOException {
    var lines = new ArrayList<Map<String, Object>>();
    for (String text : Files.readAllLines(file)) {
      if (!text.isBlank()) {
        lines.add((Map<String, Object>) Json.parse(file, text));
      }
    }
    return lines;
  }
}
