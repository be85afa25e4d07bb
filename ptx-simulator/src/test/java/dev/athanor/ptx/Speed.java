package dev.athanor.ptx;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Prints the speed of the simulator: thread-instructions a second of processor time, on one thread, for kernels of different
 * kinds, with all checks and with none. A program, not a test: run its main.
 */
public final class Speed {
  private static final long BUDGET = 4_000_000_000L;
  private static final long WINDOW = 150_000_000L;

  private Speed() {}

  /** Runs everything; about a minute. */
  public static void main(String[] args) {
    PtxModule blocks = PtxModule.parse(Lab.resource("cuda/blocks.ptx"));
    PtxModule math = PtxModule.parse(Lab.resource("cuda/math.ptx"));
    System.out.println("kernel        all checks   no races   no checks   (million thread-instructions a second and core)");
    for (String kernel : new String[] {"vectors", "softmax", "transpose", "matmul", "dropout", "functions32"}) {
      PtxModule m = kernel.equals("vectors") || kernel.equals("functions32") ? math : blocks;
      System.out.printf(Locale.ROOT, "%-12s  %10.0f  %9.0f  %10.0f%n", kernel, measure(m.kernel(kernel),
          EnumSet.allOf(Check.class)),
          measure(m.kernel(kernel), EnumSet.of(Check.UNWRITTEN, Check.BARRIERS, Check.DIVISION)), measure(m.kernel(kernel),
          Set.of()));
    }
  }

  private static double measure(PtxKernel k, Set<Check> checks) {
    try (SimDevice device = SimDevice.builder().threads(1).checks(checks).build()) {
      int n = 1 << 16;
      long x = Lab.upload(device, new float[n]);
      long y = device.allocate(4L * n * 33);
      long z = device.allocate(4L * n);
      double best = 0;
      long instructions = 0;
      long since = cpu();
      for (long end = System.nanoTime() + BUDGET; System.nanoTime() < end;) {
        long used = cpu() - since;
        if (used >= WINDOW) {  // the best window: in the others the compiler was at work too
          best = Math.max(best, instructions * 1e3 / used);
          instructions = 0;
          since += used;
        }
        LaunchReport r = switch (k.name()) {
          case "vectors" -> device.launch(k, Dim3.of(n / 4 / 256), Dim3.of(256), 0, Lab.parameters(k, x, y, n / 4));
          case "softmax" -> device.launch(k, Dim3.of(64), Dim3.of(256), 0, Lab.parameters(k, x, y, 1024));
          case "transpose" -> device.launch(k, Dim3.of(8, 8), Dim3.of(32, 8), 0, Lab.parameters(k, x, y, 256, 256));
          case "matmul" -> device.launch(k, Dim3.of(8, 8), Dim3.of(16, 16), 0, Lab.parameters(k, x, x, y, 128, 128, 128));
          case "dropout" -> device.launch(k, Dim3.of(n / 256), Dim3.of(256), 0, Lab.parameters(k, x, y, z, 1L, 0.5f, n));
          default -> device.launch(k, Dim3.of(8), Dim3.of(256), 0, Lab.parameters(k, x, y, 2048));
        };
        instructions += r.instructions();
      }
      return best;
    }
  }

  /** Processor time of this process in nanoseconds: other programs on the machine do not count. */
  private static long cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }
}
