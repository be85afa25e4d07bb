package dev.athanor.cli;

import dev.athanor.backend.Backends;
import dev.athanor.tensor.Device;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --device}, and the device it opens. */
final class DeviceOption {
  static final String AUTO = "auto";
  private static final List<String> ALWAYS_KNOWN = List.of(AUTO, "cpu", "cuda");

  @Option(names = "--device", paramLabel = "DEVICE", defaultValue = AUTO, order = 15,
      description = "Where to compute: auto (the best that can be used here), cpu, cuda, cuda:1, … "
          + "'athanor doctor' lists them. Default: ${DEFAULT-VALUE}.")
  private String name;

  /** Refuses a name that no device can have. Does not ask whether the device can be used. */
  void check(Usage usage) {
    int colon = name.indexOf(':');
    String kind = colon < 0 ? name : name.substring(0, colon);
    if (!ALWAYS_KNOWN.contains(kind)) {
      var known = new ArrayList<>(ALWAYS_KNOWN);
      Backends.candidates().stream().map(c -> c.provider().name()).filter(n -> !known.contains(n)).forEach(known::add);
      usage.oneOf("--device", kind, known);
    }
  }

  /**
   * Opens the device; says which one {@code auto} chose, and why.
   *
   * @throws dev.athanor.AthanorException if it cannot be used, with the reason and the remedy
   */
  Device open(PrintStream out) {
    if (!name.equals(AUTO)) {
      return Device.open(name);
    }
    Backends.Choice choice = Backends.auto();
    out.println("Device: " + choice.reason());
    return Device.of(choice.backend());
  }
}
