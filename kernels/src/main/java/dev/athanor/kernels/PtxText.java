package dev.athanor.kernels;

import java.util.ArrayList;
import java.util.List;

/** Cuts PTX text as nvcc writes it: an entry starts with {@code .visible .entry NAME(} and ends with a line {@code }}. */
final class PtxText {
  private static final String ENTRY = ".visible .entry ";

  private PtxText() {}

  /** The text without the entries other than this one; functions and constants stay. */
  static String slice(String ptx, String entry) {
    StringBuilder kept = new StringBuilder();
    boolean skipping = false;
    boolean found = false;
    for (String line : (Iterable<String>) ptx.lines()::iterator) {
      if (line.startsWith(ENTRY)) {
        boolean wanted = line.equals(ENTRY + entry + "(");
        found |= wanted;
        skipping = !wanted;
      }
      if (!skipping) {
        kept.append(line).append('\n');
      }
      if (skipping && line.equals("}")) {
        skipping = false;
      }
    }
    if (!found) {
      throw new IllegalArgumentException("the PTX has no entry named " + entry);
    }
    return kept.toString();
  }

  /** One entry as declared: its name and the PTX types of its parameters, written as {@link Parameter#ptx()} does. */
  record Entry(String name, List<String> parameters) {}

  /** The entries of a text in their order. */
  static List<Entry> entries(String ptx) {
    List<Entry> entries = new ArrayList<>();
    String name = null;
    List<String> parameters = new ArrayList<>();
    for (String line : (Iterable<String>) ptx.lines()::iterator) {
      if (line.startsWith(ENTRY)) {
        boolean none = line.endsWith("()");
        name = line.substring(ENTRY.length(), line.indexOf('('));
        parameters = new ArrayList<>();
        if (none) {
          entries.add(new Entry(name, List.of()));
          name = null;
        }
      } else if (name != null && line.startsWith(")")) {
        entries.add(new Entry(name, List.copyOf(parameters)));
        name = null;
      } else if (name != null && line.strip().startsWith(".param")) {
        parameters.add(type(line.strip().substring(".param".length()).strip()));
      }
    }
    return entries;
  }

  /** {@code .align 8 .b8 f_param_6[264],} becomes {@code .align 8 .b8 [264]}; {@code .u64 f_param_0,} becomes {@code .u64}. */
  private static String type(String declaration) {
    String d = declaration.endsWith(",") ? declaration.substring(0, declaration.length() - 1) : declaration;
    int space = d.lastIndexOf(' ');
    int bracket = d.indexOf('[');
    return bracket < 0 ? d.substring(0, space) : d.substring(0, space) + " " + d.substring(bracket);
  }
}
