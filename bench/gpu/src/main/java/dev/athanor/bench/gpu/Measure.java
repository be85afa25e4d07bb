package dev.athanor.bench.gpu;

import dev.athanor.backend.Backends;
import dev.athanor.backend.Finding;
import dev.athanor.tensor.Device;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the sections, each in a process of its own: a lost device, a crash or an end at the time limit touches no other. What came is
 * in the folder of results as {@code results.jsonl}, as a page in Markdown named by date and card, and as {@code log.txt}.
 */
public final class Measure {
  private static final String USAGE = """
      Usage: bench/gpu/run [options]        measures; exit code 0 if everything passed, 1 if something failed
             bench/gpu/run pack FOLDER      collects all it needs into a folder, for a machine without Maven and network
        --device=NAME     the device to measure (default cuda); cuda-sim is the simulator, for --quick
        --quick           tiny sizes: shows that everything runs, and nothing else
        --only=A,B        these sections: smoke, steps, pytorch, products, kernels, accuracy, curves, memory, suite
        --without=A,B     all but these
        --seconds=S       ends after so many seconds (default 570); what has not begun then is left out
        --out=FOLDER      where results go (default bench/gpu/target/results, or results in a packed folder)
        --data=FOLDER     Fashion-MNIST's four files, where Debian's package is not installed
        --python=COMMAND  the Python that has PyTorch (default python3)""";

  private final Map<String, String> options;
  private final Setting setting;
  private final Path results;
  private final Path log;
  private final long start = System.nanoTime();

  private Measure(Map<String, String> options) {
    this.options = options;
    this.setting = setting(options);
    this.results = setting.out().resolve("results.jsonl");
    this.log = setting.out().resolve("log.txt");
  }

  /** Runs, and exits. */
  public static void main(String[] args) throws Exception {
    try {
      Map<String, String> options = parse(args);
      if (options.containsKey("help")) {
        System.out.println(USAGE);
      } else if (options.containsKey("section")) {
        System.exit(section(Section.of(options.get("section")), setting(options), System.out) ? 0 : 1);
      } else {
        System.exit(new Measure(options).all() ? 0 : 1);
      }
    } catch (IllegalArgumentException e) {
      System.err.println("bench/gpu/run: " + e.getMessage() + "; bench/gpu/run --help lists the options");
      System.exit(2);
    }
  }

  private static Map<String, String> parse(String[] args) {
    var known = List.of("help", "device", "quick", "only", "without", "seconds", "out", "data", "python", "script", "section");
    var options = new LinkedHashMap<String, String>();
    for (String arg : args) {
      String[] parts = arg.split("=", 2);
      String name = parts[0].startsWith("--") ? parts[0].substring(2) : "";
      if (!known.contains(name)) {
        throw new IllegalArgumentException("unknown argument '" + arg + "'");
      }
      options.put(name, parts.length > 1 ? parts[1] : "");
    }
    return options;
  }

  private static Setting setting(Map<String, String> options) {
    return new Setting(options.getOrDefault("device", "cuda"), options.containsKey("quick"),
        Path.of(options.getOrDefault("out", "bench/gpu/target/results")), options.containsKey("data") ? Path.of(options.get("data"))
        : null, options.getOrDefault("python", "python3"), Path.of(options.getOrDefault("script", "bench/gpu/torch_steps.py")),
        Double.parseDouble(options.getOrDefault("seconds", "570")));
  }

  /** One section in this process; whether all its checks passed. */
  static boolean section(Section section, Setting setting, PrintStream print) {
    var results = new Results(setting.out().resolve("results.jsonl"), section, print);
    try {
      section.run(setting, results);
    } catch (Exception | LinkageError e) {
      e.printStackTrace(print);
      results.check(section.label(), false, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
    return results.failed() == 0;
  }

  private boolean all() throws IOException, InterruptedException {
    Files.createDirectories(setting.out());
    Files.deleteIfExists(results);
    Files.deleteIfExists(log);
    machine();
    boolean passed = true;
    for (Section section : Section.values()) {
      if (chosen(section)) {
        passed &= inProcess(section);
      }
    }
    Path page = Page.write(setting, Results.read(results));
    System.out.println();
    System.out.println(Files.readString(page));
    System.out.println((passed ? "All passed; " : "Something failed; ") + page);
    return passed;
  }

  private boolean chosen(Section section) {
    boolean named = !options.containsKey("only") || Arrays.stream(options.get("only").split(",")).map(Section::of).anyMatch(
        section::equals);
    return named && (!options.containsKey("without") || Arrays.stream(options.get("without").split(",")).map(Section::of).noneMatch(
        section::equals));
  }

  private double left() {
    return setting.seconds() - (System.nanoTime() - start) / 1e9;
  }

  private boolean inProcess(Section section) throws IOException, InterruptedException {
    double limit = Math.min(section.limit(), left());
    String status;
    long begun = System.nanoTime();
    System.out.println("\n==== " + section.title());
    if (limit < 5) {
      status = "left out: no time left";
    } else {
      Process process = new ProcessBuilder(command(section, limit)).redirectErrorStream(true).start();
      Thread copier = Thread.ofPlatform().start(() -> copy(process, section));
      if (process.waitFor((long) (limit * 1000), TimeUnit.MILLISECONDS)) {
        int exit = process.exitValue();
        status = exit == 0 ? "passed" : exit == 1 ? "failed" : "failed with exit code " + exit;
      } else {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        status = String.format(Locale.ROOT, "ended at its limit of %.0f s", limit);
      }
      copier.join(2000);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    var line = new LinkedHashMap<String, Object>();
    line.put("kind", "section");
    line.put("section", section.label());
    line.put("status", status);
    line.put("seconds", seconds);
    Results.append(results, line);
    System.out.printf(Locale.ROOT, "%s: %s, %.1f s%n", section.title(), status, seconds);
    return status.equals("passed");
  }

  private List<String> command(Section section, double limit) {
    var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
        "-Xmx3g", "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
    System.getProperties().stringPropertyNames().stream().filter(n -> n.startsWith("athanor.")).sorted()
        .forEach(n -> command.add("-D" + n + "=" + System.getProperty(n)));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Measure.class.getName()));
    options.forEach((k, v) -> {
      if (!k.equals("seconds")) {
        command.add("--" + k + (v.isEmpty() ? "" : "=" + v));
      }
    });
    command.add("--section=" + section.label());
    command.add("--seconds=" + limit);
    return command;
  }

  private void copy(Process process, Section section) {
    try (var out = new PrintStream(Files.newOutputStream(log, java.nio.file.StandardOpenOption.CREATE,
        java.nio.file.StandardOpenOption.APPEND)); var lines = process.inputReader()) {
      out.println("==== " + section.title());
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        if (!text.startsWith("WARNING: Using incubator modules")) {
          out.println(text);
          System.out.println(text.length() > 300 ? text.substring(0, 300) + "…" : text);
        }
      }
    } catch (IOException e) {
      // the process was ended
    }
  }

  /** What is measured on. */
  private void machine() {
    var line = new LinkedHashMap<String, Object>();
    line.put("kind", "machine");
    line.put("date", LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm")));
    line.put("device", setting.device());
    line.put("card", card());
    for (Backends.Candidate c : Backends.candidates()) {
      if (c.provider().name().equals(setting.device().split(":")[0])) {
        line.put("parts", String.join("; ", c.provider().examine().stream().map((Finding f) -> (f.good() ? "" : "NO: ") + f.text())
            .toList()));
      }
    }
    line.put("processor", dev.athanor.bench.race.Machine.processor());
    line.put("cores", Runtime.getRuntime().availableProcessors());
    line.put("memory", "" + ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory
        .getOperatingSystemMXBean()).getTotalMemorySize() / (1 << 30) + " GiB");
    line.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    line.put("java", Runtime.version().toString());
    line.put("commit", System.getProperty("athanor.commit", "unknown"));
    line.put("quick", setting.quick());
    line.put("command", "bench/gpu/run " + String.join(" ", options.entrySet().stream().filter(e -> !List.of("out", "script", "data",
        "python").contains(e.getKey())).map(e -> "--" + e.getKey() + (e.getValue().isEmpty() ? "" : "=" + e.getValue())).toList()));
    Results.append(results, line);
  }

  private String card() {
    try (Device device = Device.open(setting.device())) {
      return device.backend().description();
    } catch (RuntimeException | LinkageError e) {
      return "none: " + e.getMessage();
    }
  }
}
