package dev.athanor.bench.race;

import dev.athanor.bench.track.Case;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables of a report, in Markdown. */
final class Table {
  private static final String OURS = "athanor";

  private Table() {}

  /**
   * The times with ratios and the share of the machine's limit, then the losses. Where a case was run several times, the last
   * run counts, and the
   * limits are those measured in that run.
   */
  static String of(List<Map<String, Object>> lines) {
    Map<String, Object> machine = Map.of();
    var cases = new LinkedHashMap<String, Map<String, Map<String, Object>>>();
    var limits = new LinkedHashMap<String, Map<String, Object>>();
    var toolkits = new LinkedHashMap<String, String>();
    for (Map<String, Object> line : lines) {
      if (line.get("kind").equals("machine")) {
        machine = line;
      } else {
        String name = (String) line.get("case");
        if (limits.put(name, machine) != machine) {
          cases.put(name, new LinkedHashMap<>());
        }
        cases.get(name).put((String) line.get("contestant"), line);
        toolkits.put((String) line.get("contestant"), (String) line.get("toolkit"));
      }
    }
    var text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%s, Java %s, %.0f threads; %.0f GFLOP/s, %.0f GB/s copied.%n%n", machine.get("cpu"),
        machine.get(
        "java"), (double) machine.get("threads"), (double) machine.get("gflops"), (double) machine.get("copy")));
    times(cases, limits, toolkits, text);
    text.append('\n');
    losses(cases, toolkits, text);
    return text.toString();
  }

  private static void times(Map<String, Map<String, Map<String, Object>>> cases, Map<String, Map<String, Object>> limits,
      Map<String, String> toolkits, StringBuilder text) {
    boolean race = !toolkits.keySet().stream().allMatch(Table::isOurs);
    var head = new ArrayList<String>(List.of("case"));
    head.addAll(toolkits.values());
    if (race) {
      head.add("fastest peer / Athanor");
    }
    head.add("of the limit");
    row(head, text);
    row(java.util.Collections.nCopies(head.size(), "---"), text);
    cases.forEach((name, results) -> {
      var cells = new ArrayList<String>();
      cells.add((String) results.values().iterator().next().get("title"));
      double fastest = results.entrySet().stream().filter(e -> !isOurs(e.getKey()) && e.getValue().containsKey("median"))
          .mapToDouble(
          e -> (double) e.getValue().get("median")).min().orElse(Double.NaN);
      for (String toolkit : toolkits.keySet()) {
        cells.add(time(results.get(toolkit), fastest));
      }
      Map<String, Object> ours = results.get(OURS);
      if (race) {
        cells.add(ours == null || Double.isNaN(fastest) ? "" : String.format(Locale.ROOT, "%.2f",
            fastest / (double) ours.get("median")));
      }
      cells.add(ours == null ? "" : share(ours, limits.get(name)));
      row(cells, text);
    });
  }

  private static boolean isOurs(String contestant) {
    return Peer.of(contestant).isOurs();
  }

  /** The median and how far the rounds' medians lie apart; the fastest peer in bold. */
  private static String time(Map<String, Object> result, double fastest) {
    if (result == null || result.containsKey("unable")) {
      return "–";
    }
    double median = (double) result.get("median");
    double unit = median >= 1e6 ? 1e6 : 1e3;
    String value = number(median / unit) + (unit == 1e6 ? " ms" : " µs");
    return (median == fastest
        ? "**" + value + "**" : value) + " (" + number((double) result.get("lowest") / unit) + "–" + number((double) result
        .get("highest") / unit) + ")";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }

  private static String share(Map<String, Object> ours, Map<String, Object> machine) {
    double bytes = (double) ours.get("bytes");
    double limit = bytes > 0 ? bytes / (double) machine.get("copy") : (double) ours.get("flops") / (double) machine.get("gflops");
    return String.format(Locale.ROOT, "%.0f %%", 100 * limit / (double) ours.get("median"));
  }

  private static void losses(Map<String, Map<String, Map<String, Object>>> cases, Map<String, String> toolkits,
      StringBuilder text) {
    var head = new ArrayList<String>(List.of("result of step 1, of step 9"));
    head.addAll(toolkits.values());
    row(head, text);
    row(java.util.Collections.nCopies(head.size(), "---"), text);
    cases.forEach((name, results) -> {
      var cells = new ArrayList<String>(List.of(name));
      for (String toolkit : toolkits.keySet()) {
        Map<String, Object> r = results.get(toolkit);
        cells.add(r == null || r.containsKey("unable") ? "–" : String.format(Locale.ROOT, "%.5g, %.5g", r.get("first"), r.get("last"))
            + (agrees(name, r, results.get(OURS)) ? "" : " (another first result than ours)"));
      }
      row(cells, text);
    });
  }

  /** The same weights and data give the same first result; only the order of shuffled examples is each one's own. */
  private static boolean agrees(String name, Map<String, Object> result, Map<String, Object> ours) {
    if (ours == null || ours.containsKey("unable") || Case.of(name).kind() == Case.Kind.LOAD) {
      return true;
    }
    double expected = (double) ours.get("first");
    return Math.abs((double) result.get("first") - expected) <= 1e-3 * Math.abs(expected);
  }

  private static void row(List<String> cells, StringBuilder text) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
