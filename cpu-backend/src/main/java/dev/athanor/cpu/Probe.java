package dev.athanor.cpu;

import dev.athanor.backend.Availability;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.onednn.OneDnnLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Looks at the machine and the process. Refers to nothing that needs the Vector API, so that it can say when that is missing. */
final class Probe {
  private static final String FLAGS =
      "start Java with --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

  private Probe() {}

  static Availability availability() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return new Availability.Unusable("the module jdk.incubator.vector is not in this process",
          FLAGS + " (needed on the class path; on the module path the module comes by itself)");
    }
    try {
      Memory.free(Memory.allocate(1));
      return new Availability.Usable(describe(threads(), OneDnnLibrary.available()));
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof IllegalCallerException) {
        return new Availability.Unusable("native access is not allowed in this process", FLAGS);
      }
      return new Availability.Unusable("the CPU backend cannot start: " + e.getCause(),
          "report this, with the output of java -version");
    } catch (LinkageError | RuntimeException e) {
      return new Availability.Unusable("the CPU backend cannot start: " + e, "report this, with the output of java -version");
    }
  }

  /** One line about this machine. */
  static String describe(int threads, boolean library) {
    String lanes = Lanes.bits() + "-bit vectors";
    String why = OneDnnLibrary.reason();
    return System.getProperty("os.arch") + ", " + threads + (threads == 1 ? " thread, " : " threads, ") + lanes + ", "
        + (library ? "oneDNN" : "pure Java (" + (why == null ? "oneDNN not wanted" : why) + ")");
  }

  /** The Vector API, touched only where it exists. */
  private static final class Lanes {
    static int bits() {
      return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
  }

  /** The threads to use: the system property {@code athanor.cpu.threads}, or the physical cores this process may use. */
  static int threads() {
    int available = Runtime.getRuntime().availableProcessors();
    Integer wanted = Integer.getInteger("athanor.cpu.threads");
    if (wanted != null) {
      return Math.max(1, wanted);
    }
    return Math.max(1, Math.min(available, cores(available)));
  }

  /** Physical cores on Linux, where two threads of one core share its arithmetic; elsewhere the processors. */
  private static int cores(int available) {
    Set<String> siblings = new HashSet<>();
    try {
      for (int i = 0; i < Math.max(available, 1024); i++) {
        Path file = Path.of("/sys/devices/system/cpu/cpu" + i + "/topology/thread_siblings_list");
        if (!Files.isReadable(file)) {
          break;
        }
        siblings.add(Files.readString(file).strip());
      }
    } catch (java.io.IOException e) {
      return available;
    }
    return siblings.isEmpty() ? available : siblings.size();
  }
}
