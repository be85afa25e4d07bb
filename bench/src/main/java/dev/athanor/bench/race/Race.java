package dev.athanor.bench.race;

import dev.athanor.bench.Limits;
import dev.athanor.bench.track.Arithmetic;
import dev.athanor.bench.track.Case;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The race. Every contestant is a process that lives through the whole run and waits while another one is measured. Of each
 * case, every one warms up
 * and shows which policy of waiting suits it better; then they run by turns, some rounds each, the first one changing.
 */
public final class Race {
  /**
   * Nanoseconds of a step beyond which a contestant's second policy is not tried: the default one can be 30 times slower, and
   * take minutes.
   */
  private static final double SLOW = 3e8;
  private static final String USAGE = """
      Usage: bench/race [options]           this toolkit and its peers
             ./athanor bench [options]      this toolkit alone
        --cases=REGEX      the cases whose names fit (default: all); --list prints them
        --contestants=A,B  athanor,djl,pytorch,tensorflow,dl4j (default: all of these), or
                           written: this toolkit without plans, operation by operation
        --policy=P         passive or spinning for all, instead of the better one of each
        --rounds=N         how often each is measured (default 5)
        --seconds=S        how long a measurement lasts (default 0.4)
        --warm=S           how long each warms up for a case (default 1)
        --threads=N        threads of each contestant (default: all processors)
        --out=FILE         where the JSON lines go (default bench/target/race.jsonl, begun anew; a named file is appended to)
        --table=FILE       run nothing; print the tables for JSON lines""";

  private final Map<String, String> options;
  private final int threads;
  private final Path out;
  private final PrintStream print;

  private Race(Map<String, String> options, Path out, PrintStream print) {
    this.options = options;
    this.threads = Integer.parseInt(options.getOrDefault("threads", "" + Runtime.getRuntime().availableProcessors()));
    this.out = out;
    this.print = print;
  }

  /** Runs. */
  public static void main(String[] args) throws IOException {
    try {
      Map<String, String> options = parse(args);
      if (options.containsKey("help")) {
        System.out.println(USAGE);
      } else if (options.containsKey("list")) {
        Case.ALL.forEach(c -> System.out.printf("%-12s %s%n", c.name(), c.title()));
      } else if (options.containsKey("table")) {
        System.out.print(Table.of(Report.read(Path.of(options.get("table")))));
      } else {
        Path out = Path.of(options.getOrDefault("out", "bench/target/race.jsonl"));
        if (!options.containsKey("out")) {
          Files.deleteIfExists(out);
        }
        if (out.getParent() != null) {
          Files.createDirectories(out.getParent());
        }
        new Race(options, out, System.out).run();
      }
    } catch (IllegalArgumentException | java.io.UncheckedIOException e) {
      System.err.println("race: " + e.getMessage());
      System.exit(2);
    }
  }

  private static Map<String, String> parse(String[] args) {
    var names = List.of("cases", "contestants", "policy", "rounds", "seconds", "warm", "threads", "out", "table", "peers",
        "list", "help");
    var options = new LinkedHashMap<String, String>();
    for (String a : args) {
      int equals = a.indexOf('=');
      String name = a.startsWith("--") ? a.substring(2, equals < 0 ? a.length() : equals) : a;
      if (!a.startsWith("--") || !names.contains(name) || equals < 0 && !List.of("list", "help").contains(name)) {
        throw new IllegalArgumentException("'" + a + "' is no option\n" + USAGE);
      }
      options.put(name, equals < 0 ? "" : a.substring(equals + 1));
    }
    return options;
  }

  private double number(String option, double otherwise) {
    return options.containsKey(option) ? Double.parseDouble(options.get(option)) : otherwise;
  }

  private void run() throws IOException {
    List<Case> cases = Case.ALL.stream().filter(c -> Pattern.compile(options.getOrDefault("cases", "")).matcher(c.name())
        .find()).toList();
    if (cases.isEmpty()) {
      throw new IllegalArgumentException("no case fits '" + options.get("cases") + "'; --list prints them");
    }
    machine();
    var runners = new ArrayList<Runner>();
    try {
      start(runners);
      for (Case c : cases) {
        run(c, runners);
      }
    } finally {
      runners.forEach(Runner::close);
    }
    print.println();
    print.print(Table.of(Report.read(out)));
  }

  private void machine() {
    var line = new LinkedHashMap<String, Object>();
    line.put("kind", "machine");
    line.put("cpu", Machine.processor());
    line.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    line.put("java", Runtime.version().toString());
    line.put("threads", threads);
    line.put("gflops", Limits.gigaflops(threads));
    line.put("copy", Limits.copyBandwidth(threads, 64L << 20));
    Report.append(out, line);
    print.printf(Locale.ROOT, "%s, Java %s, %d threads; limits: %.0f GFLOP/s, %.0f GB/s copied%n", line.get("cpu"),
        line.get("java"), threads,
        line.get("gflops"), line.get("copy"));
  }

  private void start(List<Runner> runners) throws IOException {
    Path peers = Path.of(options.getOrDefault("peers", "bench/peers"));
    Path log = out.resolveSibling(out.getFileName() + ".log");
    Files.deleteIfExists(log);
    String wanted = options.getOrDefault("contestants", String.join(",", Arrays.stream(Peer.values())
        .filter(p -> p != Peer.WRITTEN).map(Peer::label).toList()));
    for (String name : wanted.split(",")) {
      Peer peer = Peer.of(name);
      for (Runner.Policy policy : peer.policies()) {
        boolean only = options.containsKey("policy") && peer.policies().size() > 1;
        if (!only || policy.name().equalsIgnoreCase(options.get("policy"))) {
          Runner runner = Runner.start(name, policy, threads, peer.command(peers), log);
          runners.add(runner);
          print.printf("%s (%s)%n", runner.title(), policy.name().toLowerCase(Locale.ROOT));
        }
      }
    }
  }

  /** The measurements of a contestant in a case. */
  private record Entry(Runner runner, Runner.Opened opened, double warm, List<Runner.Round> rounds) {}

  private void run(Case c, List<Runner> runners) {
    print.printf("%n%s: %s%n", c.name(), c.title());
    var best = new LinkedHashMap<String, Entry>();
    for (Runner runner : runners) {
      Entry other = best.get(runner.name());
      if (other != null && (other.opened.unable() != null || other.warm > SLOW)) {
        continue;
      }
      Entry entry = open(c, runner);
      if (other != null && other.warm <= entry.warm) {
        closeCase(entry);
      } else {
        best.put(runner.name(), entry);
        if (other != null) {
          closeCase(other);
        }
      }
    }
    var field = new ArrayList<>(best.values().stream().filter(e -> e.opened.unable() == null).toList());
    int rounds = (int) number("rounds", 5);
    for (int r = 0; r < rounds; r++) {
      for (Entry e : field) {
        e.rounds.add(e.runner.run(number("seconds", 0.4)));
      }
      java.util.Collections.rotate(field, 1);
    }
    best.values().forEach(e -> finish(c, e));
  }

  private Entry open(Case c, Runner runner) {
    Runner.Opened opened = runner.open(c.name());
    double warm = opened.unable() == null ? runner.run(number("warm", 1)).median() : Double.POSITIVE_INFINITY;
    return new Entry(runner, opened, warm, new ArrayList<>());
  }

  private static void closeCase(Entry e) {
    if (e.opened.unable() == null) {
      e.runner.closeCase();
    }
  }

  private void finish(Case c, Entry e) {
    closeCase(e);
    var line = new LinkedHashMap<String, Object>();
    line.put("kind", "result");
    line.put("case", c.name());
    line.put("title", c.title());
    line.put("contestant", e.runner.name());
    line.put("toolkit", e.runner.title());
    line.put("policy", e.runner.policy().name().toLowerCase(Locale.ROOT));
    if (e.opened.unable() == null) {
      double[] medians = e.rounds.stream().mapToDouble(Runner.Round::median).sorted().toArray();
      line.put("median", medians[medians.length / 2]);
      line.put("lowest", medians[0]);
      line.put("highest", medians[medians.length - 1]);
      line.put("p10", e.rounds.stream().mapToDouble(Runner.Round::p10).min().orElseThrow());
      line.put("p90", e.rounds.stream().mapToDouble(Runner.Round::p90).max().orElseThrow());
      line.put("rounds", e.rounds.stream().map(Runner.Round::median).toList());
      line.put("first", e.opened.first());
      line.put("last", e.opened.last());
      line.put("end", e.rounds.getLast().result());
      line.put("flops", Arithmetic.flops(c));
      line.put("bytes", Arithmetic.bytes(c));
      print.printf(Locale.ROOT, "  %-12s %12.1f µs  %s to %.1f  first %.6g, last %.6g (%s)%n", e.runner.name(),
          medians[medians.length / 2]
          / 1e3, String.format(Locale.ROOT, "%.1f", medians[0] / 1e3), medians[medians.length - 1] / 1e3, e.opened.first(),
          e.opened.last(), line.get("policy"));
    } else {
      line.put("unable", e.opened.unable());
      print.printf("  %-12s %s%n", e.runner.name(), e.opened.unable());
    }
    Report.append(out, line);
  }
}
