package dev.athanor.bench.gpu;

import dev.athanor.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** A page of results in Markdown, in the form that {@code docs/measurements} describes. */
final class Page {
  private static final Set<String> PLACES = Set.of("kind", "section", "table");

  private final Setting setting;
  private final List<Map<String, Object>> lines;
  private final StringBuilder text = new StringBuilder();

  private Page(Setting setting, List<Map<String, Object>> lines) {
    this.setting = setting;
    this.lines = lines;
  }

  /** Writes the page, named by date and card, and says where. */
  static Path write(Setting setting, List<Map<String, Object>> lines) throws IOException {
    Map<String, Object> machine = lines.getFirst();
    String card = setting.onGpu() ? machine.get("card").toString().split(",")[0] : "simulator";
    String name = machine.get("date").toString().substring(0, 10) + "-" + card.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-")
        .replaceAll("^-|-$", "");
    Path file = setting.out().resolve((name.length() > 60 ? name.substring(0, 60) : name) + ".md");
    Files.writeString(file, of(setting, lines));
    return file;
  }

  /** The page's text. */
  static String of(Setting setting, List<Map<String, Object>> lines) {
    var page = new Page(setting, lines);
    page.head(lines.getFirst());
    page.sections();
    page.failures();
    for (Section section : Section.values()) {
      page.section(section);
    }
    return page.text.toString();
  }

  private void head(Map<String, Object> machine) {
    text.append("# ").append(setting.onGpu() ? "Measured on " + machine.get("card") : "Simulator, no GPU").append(", ")
        .append(machine.get("date")).append("\n\n");
    if (!setting.onGpu()) {
      text.append("**No GPU took part.** The simulator ran the kernels on a CPU, at tiny sizes: this page shows that the measuring"
          + " program works.\nNone of its times says anything about a GPU.\n\n");
    }
    machine.forEach((k, v) -> {
      if (!k.equals("kind") && !k.equals("date")) {
        text.append("- ").append(k).append(": ").append(k.equals("command") ? "`" + v + "`" : v).append('\n');
      }
    });
    text.append('\n');
  }

  private List<Map<String, Object>> of(String kind, Section section) {
    return lines.stream().filter(l -> l.get("kind").equals(kind) && (section == null || section.label().equals(l.get("section"))))
        .toList();
  }

  private void sections() {
    text.append("| part | result | seconds |\n|---|---|---|\n");
    for (Map<String, Object> s : of("section", null)) {
      text.append("| ").append(Section.of((String) s.get("section")).title()).append(" | ").append(s.get("status")).append(" | ")
          .append(number(s.get("seconds"))).append(" |\n");
    }
    text.append('\n');
  }

  private void failures() {
    List<Map<String, Object>> failed = of("check", null).stream().filter(c -> c.get("passed").equals(false)).toList();
    text.append("## Failures\n\n");
    for (Map<String, Object> c : failed) {
      text.append("- **").append(c.get("name")).append("** (").append(c.get("section")).append("): ").append(flat(c.get("text")))
          .append('\n');
    }
    for (Map<String, Object> s : of("section", null)) {
      if (!s.get("status").equals("passed") && !s.get("status").equals("failed")) {
        text.append("- **").append(s.get("section")).append("**: ").append(s.get("status")).append('\n');
      }
    }
    text.append(text.toString().endsWith("Failures\n\n") ? "None.\n\n" : "\n");
  }

  private void section(Section section) {
    List<Map<String, Object>> checks = of("check", section);
    List<Map<String, Object>> rows = of("row", section);
    List<Map<String, Object>> notes = of("note", section);
    if (checks.isEmpty() && rows.isEmpty() && notes.isEmpty()) {
      return;
    }
    text.append("## ").append(section.title()).append("\n\n");
    checks.forEach(c -> text.append("- ").append(c.get("passed").equals(true) ? "PASS " : "FAIL ").append(c.get("name")).append(": ")
        .append(flat(c.get("text"))).append('\n'));
    notes.forEach(n -> text.append("- ").append(flat(n.get("text"))).append('\n'));
    if (!checks.isEmpty() || !notes.isEmpty()) {
      text.append('\n');
    }
    var tables = new LinkedHashMap<String, List<Map<String, Object>>>();
    rows.forEach(r -> tables.computeIfAbsent((String) r.get("table"), _ -> new ArrayList<>()).add(r));
    tables.forEach(this::table);
    if (section == Section.PYTORCH && setting.onGpu()) {
      ratios();
    }
  }

  private void table(String title, List<Map<String, Object>> rows) {
    Set<String> columns = new LinkedHashSet<>();
    rows.forEach(r -> columns.addAll(r.keySet()));
    columns.removeAll(PLACES);
    text.append(title).append(":\n\n| ").append(String.join(" | ", columns)).append(" |\n|").append("---|".repeat(columns.size()))
        .append('\n');
    for (Map<String, Object> r : rows) {
      text.append("| ");
      columns.forEach(c -> text.append(number(r.get(c))).append(" | "));
      text.setLength(text.length() - 1);
      text.append('\n');
    }
    text.append('\n');
  }

  /** Each case's times beside each other: PyTorch's fastest over this toolkit's captured step, above 1 where that is faster. */
  private void ratios() {
    var cases = new LinkedHashMap<String, Map<String, Double>>();
    Set<String> ways = new LinkedHashSet<>();
    for (Map<String, Object> r : of("row", null)) {
      if (Steps.TABLE.equals(r.get("table"))) {
        ways.add((String) r.get("way"));
        cases.computeIfAbsent(r.get("case") + ", " + r.get("precision"), _ -> new LinkedHashMap<>()).put((String) r.get("way"),
            Json.toDouble(r.get("µs")));
      }
    }
    if (cases.isEmpty()) {
      return;
    }
    text.append("Microseconds a step, side by side; the last column is PyTorch's fastest over the captured step, above 1 where"
        + " Athanor is faster:\n\n| case | ").append(String.join(" | ", ways)).append(" | ratio |\n|---|").append("---|".repeat(
        ways.size() + 1)).append('\n');
    cases.forEach((name, times) -> {
      text.append("| ").append(name).append(" |");
      ways.forEach(w -> text.append(' ').append(times.containsKey(w) ? number(times.get(w)) : "").append(" |"));
      double best = times.entrySet().stream().filter(e -> e.getKey().startsWith("torch")).mapToDouble(Map.Entry::getValue).min().orElse(
          Double.NaN);
      Double ours = times.get("athanor captured");
      text.append(' ').append(ours == null || Double.isNaN(best) ? "" : number(best / ours)).append(" |\n");
    });
    text.append('\n');
  }

  private static String flat(Object value) {
    return String.valueOf(value).replace('\n', ' ').replace("|", "\\|");
  }

  private static String number(Object value) {
    if (value == null) {
      return "";
    }
    if (!(value instanceof Double d)) {
      return flat(value);
    }
    double size = Math.abs(d);
    return size == 0 ? "0" : size < 1e-3 ? String.format(Locale.ROOT, "%.2g", d) : size < 10 ? String.format(Locale.ROOT, "%.4g", d)
        : String.format(Locale.ROOT, size < 1000 ? "%.1f" : "%.0f", d);
  }
}
