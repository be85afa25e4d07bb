package dev.athanor.bench.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the race ran on. */
public final class Machine {
  private Machine() {}

  /** The processor's name, as Linux tells it; elsewhere the architecture. */
  public static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines.filter(l -> l.startsWith("model name")).map(l -> l.substring(l.indexOf(':') + 1).strip()).findFirst().orElse(
          System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
