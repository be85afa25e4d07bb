package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.ptx.Check;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is simulated.
 *
 * @param checks what is checked beside bounds and alignment
 * @param devices how many devices there are
 * @param memory bytes of each
 * @param elsewhere bytes of it that another process seems to hold
 * @param order which stream hurries
 * @param cudnn whether there is a cuDNN, else convolutions run the kernels that a GPU without cuDNN runs
 */
record SimulatedMachine(Set<Check> checks, int devices, long memory, long elsewhere, SimulatedStreams.Order order,
    boolean cudnn) {
  private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([KMG]?)");

  static SimulatedMachine of(Set<Check> checks) {
    return new SimulatedMachine(checks, 1, 16L << 30, 0, SimulatedStreams.Order.AS_GIVEN, false);
  }

  SimulatedMachine with(long memory, long elsewhere) {
    return new SimulatedMachine(checks, devices, memory, elsewhere, order, cudnn);
  }

  SimulatedMachine withCudnn() {
    return new SimulatedMachine(checks, devices, memory, elsewhere, order, true);
  }

  SimulatedMachine with(SimulatedStreams.Order order) {
    return new SimulatedMachine(checks, devices, memory, elsewhere, order, cudnn);
  }

  /** As the system properties {@code athanor.cuda.sim…} say. */
  static SimulatedMachine fromProperties() {
    return new SimulatedMachine(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "none")),
        Math.clamp(bytes("athanor.cuda.sim.devices", "1"), 1, 64), bytes("athanor.cuda.sim.memory", "16G"),
        bytes("athanor.cuda.sim.elsewhere", "0"), SimulatedStreams.Order.AS_GIVEN, CudnnUse.ofProperty() == CudnnUse.ON);
  }

  private static long bytes(String property, String otherwise) {
    String text = System.getProperty(property, otherwise).strip().toUpperCase(Locale.ROOT);
    Matcher m = BYTES.matcher(text);
    if (!m.matches()) {
      throw new AthanorException(property + ": '" + text + "' is not a number, with K, M or G for KiB, MiB or GiB: 64M, for one");
    }
    return Long.parseLong(m.group(1)) << switch (m.group(2)) {
      case "K" -> 10;
      case "M" -> 20;
      case "G" -> 30;
      default -> 0;
    };
  }
}
