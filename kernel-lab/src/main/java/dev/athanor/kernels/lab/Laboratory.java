package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The laboratory's command: runs kernels by name over sizes and block sizes, compares them with float64 references and prints
 * what they cost. It is how a kernel is proved before it is wired in.
 *
 * <pre>
 * list [GLOB]
 * run GLOB [--sizes 0,1,31,33,1023] [--blocks 64,128,256] [--shift 0,1] [--device sim|gpu]
 * </pre>
 */
public final class Laboratory {
  private static final String USAGE = """
      usage: list [GLOB]
             run GLOB [--sizes N,N,...] [--blocks N,N,...] [--shift N,N,...] [--device sim|gpu]

      GLOB     kernels, or kernel[variant], with * for any characters: 'optimizer_adam_*', 'copy_transpose_b32[square]'
      --sizes  about how many elements (default 0,1,31,33,1023)
      --blocks threads per block where a kernel allows a choice (default: the catalogue's)
      --shift  elements that tensors lie behind an aligned address (default 0)
      --device the simulator (default), or the first NVIDIA GPU
      """;

  private Laboratory() {}

  /** Runs the command and exits: 0 all was well, 1 something was not as expected, 2 wrong usage. */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /** The command without the exit. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    try {
      if (args.length > 0 && args.length <= 2 && args[0].equals("list")) {
        list(args.length == 2 ? args[1] : "*", out);
        return 0;
      }
      if (args.length >= 2 && args[0].equals("run")) {
        return run(Options.parse(args), out);
      }
      err.print(USAGE);
      return 2;
    } catch (LabException e) {
      err.println(e.getMessage());
      return 2;
    }
  }

  private record Options(String glob, int[] sizes, int[] blocks, int[] shifts, boolean gpu) {
    static Options parse(String[] args) {
      int[] sizes = Experiments.AWKWARD.stream().mapToInt(i -> i).toArray();
      int[] blocks = {0};
      int[] shifts = {0};
      boolean gpu = false;
      for (int i = 2; i < args.length; i += 2) {
        if (i + 1 == args.length) {
          throw new LabException(args[i] + " needs a value\n" + USAGE);
        }
        String value = args[i + 1];
        switch (args[i]) {
          case "--sizes" -> sizes = numbers(args[i], value);
          case "--blocks" -> blocks = numbers(args[i], value);
          case "--shift" -> shifts = numbers(args[i], value);
          case "--device" -> {
            if (!value.equals("sim") && !value.equals("gpu")) {
              throw new LabException("--device is sim or gpu, not " + value);
            }
            gpu = value.equals("gpu");
          }
          default -> throw new LabException("no option " + args[i] + "\n" + USAGE);
        }
      }
      return new Options(args[1], sizes, blocks, shifts, gpu);
    }

    private static int[] numbers(String option, String list) {
      try {
        return Arrays.stream(list.split(",")).mapToInt(s -> Integer.parseInt(s.trim())).toArray();
      } catch (NumberFormatException e) {
        throw new LabException(option + " takes numbers separated by commas, not " + list);
      }
    }
  }

  private static void list(String glob, PrintStream out) {
    var variants = new TreeMap<String, List<String>>();
    for (Experiment e : Experiments.matching(glob)) {
      variants.computeIfAbsent(e.kernel().entry(), k -> new ArrayList<>()).add(e.variant().isEmpty() ? "-" : e.variant());
    }
    for (Kernel kernel : Kernels.all()) {
      if (Experiments.glob(glob).matcher(kernel.entry()).matches() || variants.containsKey(kernel.entry())) {
        List<String> v = variants.get(kernel.entry());
        out.printf(Locale.ROOT, "%-36s %4d threads  %6.0f bytes per unit  %s%n", kernel.entry(), kernel.launch().threads(),
            kernel.bytesPerElement(), v == null ? "(no experiment)" : String.join(", ", v));
      }
    }
  }

  private static int run(Options options, PrintStream out) {
    List<Experiment> experiments = Experiments.matching(options.glob());
    if (experiments.isEmpty()) {
      throw new LabException("no experiment matches " + options.glob() + "; `list` shows them all");
    }
    int failures = 0;
    int runs = 0;
    try (LabDevice device = options.gpu() ? GpuDevice.open() : SimulatedDevice.open()) {
      double copy = device.copyBandwidth();
      out.println("on " + device.description() + (copy > 0 ? String.format(Locale.ROOT, ", copies at %.0f GB/s",
          copy * 1e-9) : ""));
      out.println(options.gpu()
          ? String.format("%-44s %9s %5s %5s  %9s %7s  %10s %9s %6s", "kernel", "size", "block", "shift", "error", "bound",
              "time", "GB/s", "copy")
          : String.format("%-44s %9s %5s %5s  %9s %7s  %12s %9s  %8s %8s %6s  %9s", "kernel", "size", "block", "shift", "error",
              "bound", "instructions", "per elem", "sectors", "ideal", "ratio", "conflicts"));
      for (Experiment experiment : experiments) {
        for (int size : options.sizes()) {
          for (int block : options.blocks()) {
            for (int shift : options.shifts()) {
              runs++;
              failures += one(device, experiment, size, block, shift, copy, options.gpu(), out) ? 0 : 1;
            }
          }
        }
      }
    }
    out.println(runs + " runs, " + failures + " not as expected");
    return failures == 0 ? 0 : 1;
  }

  private static boolean one(LabDevice device, Experiment experiment, int size, int block, int shift, double copy, boolean gpu,
      PrintStream out) {
    int threads = block > 0 && experiment.kernel().launch().anyBlockSize() ? block : experiment.kernel().launch().threads();
    String head = String.format(Locale.ROOT, "%-44s %9d %5d %5d", experiment.name(), size, threads, shift);
    try (Bench bench = new Bench(device, 1).threads(block).shift(shift).timing(gpu)) {
      bench.run(experiment, size);
      Measurement m = bench.measured();
      String error = String.format(Locale.ROOT, "  %9.2e %6.1f%%", bench.maxError(), 100 * bench.worstRatio());
      double bandwidth = bench.seconds() > 0 ? bench.bytesMoved() / bench.seconds() : 0;
      out.println(head + error + (gpu
          ? String.format(Locale.ROOT, "  %8.1fus %9.1f %5.0f%%", bench.seconds() * 1e6, bandwidth * 1e-9, 100 * bandwidth / copy)
          : String.format(Locale.ROOT, "  %12d %9.1f  %8d %8d %6.2f  %9d", m.instructions(), m.instructions() / Math.max(1.0,
              size),
              m.sectors(), m.idealSectors(), m.sectors() / Math.max(1.0, m.idealSectors()), m.bankConflicts())));
      if (bench.mismatch() != null) {
        out.println("    MISMATCH: " + bench.mismatch());
      }
      return bench.mismatch() == null;
    } catch (RuntimeException e) {
      out.println(head + "  FAULT: " + e.getMessage());
      return false;
    }
  }
}
