package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.backend.Backends;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.tensor.Device;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The option {@code --device}, and the device it opens. */
final class DeviceOption {
  static final String AUTO = "auto";
  private static final String HIGHEST = "highest";
  private static final List<String> ALWAYS_KNOWN = List.of(AUTO, "cpu", "cuda");

  @Option(names = "--device", paramLabel = "DEVICE", defaultValue = AUTO, order = 15,
      description = "Where to compute: auto (the best that can be used here), cpu, cuda, cuda:1, … "
          + "'athanor doctor' lists them. Default: ${DEFAULT-VALUE}.")
  private String name;

  @Option(names = "--matmul-precision", paramLabel = "PRECISION", defaultValue = HIGHEST, order = 16,
      description = "How float32 factors are rounded in matrix products and convolutions: highest (not at all), "
          + "tf32 (11 bits) or bf16 (8 bits); the last two are for NVIDIA GPUs alone. Default: ${DEFAULT-VALUE}.")
  private String precision;

  @Option(names = "--cuda-blocking", order = 17,
      description = "On CUDA devices wait after each kernel, to find the one that fails. Slow.")
  private boolean cudaBlocking;

  /** Refuses a name that no device can have. Does not ask whether the device can be used. */
  void check(Usage usage) {
    usage.oneOf("--matmul-precision", precision, Stream.of(MatmulPrecision.values()).map(DeviceOption::option).toList());
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
    if (cudaBlocking) {
      System.setProperty("athanor.cuda.blocking", "true");
    }
    if (!name.equals(AUTO)) {
      return prepared(Device.open(name));
    }
    Backends.Choice choice = Backends.auto();
    out.println("Device: " + choice.reason());
    return prepared(Device.of(choice.backend()));
  }

  private Device prepared(Device device) {
    for (MatmulPrecision p : MatmulPrecision.values()) {
      if (option(p).equals(precision)) {
        try {
          device.matmulPrecision(p);
        } catch (AthanorException e) {
          device.close();
          throw new AthanorException("--matmul-precision " + precision + ": device " + device.name()
              + " does not offer it; leave the option out, or choose --device cuda", e);
        }
      }
    }
    return device;
  }

  private static String option(MatmulPrecision p) {
    return p.name().toLowerCase(Locale.ROOT);
  }
}
