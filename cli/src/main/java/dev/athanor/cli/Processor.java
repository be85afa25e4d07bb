package dev.athanor.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The CPU, as the operating system names it.
 *
 * @param name its name, or its architecture where the system tells no more
 * @param features its vector instruction sets, in the system's words; empty where the system does not tell
 */
record Processor(String name, List<String> features) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final Pattern VECTOR = Pattern.compile("sse4_2|avx\\w*|fma|f16c|amx\\w*|asimd\\w*|neon|sve\\w*|bf16|fphp|i8mm");

  static Processor ofThisMachine() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    try {
      if (Files.isReadable(CPUINFO)) {
        return fromCpuinfo(Files.readAllLines(CPUINFO));
      }
      if (os.startsWith("mac")) {
        return new Processor(firstLine("sysctl", "-n", "machdep.cpu.brand_string"), List.of());
      }
    } catch (IOException _) {
      // Then the architecture alone.
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return new Processor(windows != null ? windows : System.getProperty("os.arch"), List.of());
  }

  /** Reads the first processor's entries; x86 calls them "model name" and "flags", arm64 has "Features" and often no name. */
  static Processor fromCpuinfo(List<String> lines) {
    String name = value(lines, "model name");
    String flags = value(lines, "flags");
    if (flags.isEmpty()) {
      flags = value(lines, "Features");
    }
    List<String> vector = List.of(flags.split("\\s+")).stream().filter(f -> VECTOR.matcher(f).matches()).toList();
    return new Processor(name.isEmpty() ? System.getProperty("os.arch") : name, vector);
  }

  private static String value(List<String> lines, String key) {
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  private static String firstLine(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var reader = process.inputReader()) {
      String line = reader.readLine();
      if (process.waitFor(5, TimeUnit.SECONDS) && line != null && !line.isBlank()) {
        return line.strip();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IOException(String.join(" ", command) + " printed nothing");
  }
}
