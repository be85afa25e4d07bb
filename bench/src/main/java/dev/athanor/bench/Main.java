package dev.athanor.bench;

import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks and prints each beside what this machine could do at most, measured in the same run. Arguments: a regular
 * expression of
 * benchmarks to run, all if left out.
 */
public final class Main {
  private Main() {}

  /** Runs. */
  public static void main(String[] args) throws RunnerException {
    int threads = Runtime.getRuntime().availableProcessors();
    double flops = Limits.gigaflops(threads);
    double cache = Limits.copyBandwidth(threads, 4L << 20);
    double memory = Limits.copyBandwidth(threads, 64L << 20);
    System.out.printf(Locale.ROOT, "Java %s, %s, %d threads%n", Runtime.version(), System.getProperty("os.arch"), threads);
    System.out.printf(Locale.ROOT, "limits: %.0f GFLOP/s; copy %.0f GB/s of 4 MiB, %.0f GB/s of 64 MiB per thread%n%n", flops,
        cache, memory);
    var options = new OptionsBuilder().include(args.length > 0 ? args[0] : "dev.athanor.bench").forks(1).warmupIterations(5)
        .warmupTime(TimeValue.seconds(1)).measurementIterations(5).measurementTime(TimeValue.seconds(1))
        .jvmArgsAppend("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED").verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    System.out.printf(Locale.ROOT, "%-44s %12s %10s  %s%n", "benchmark", "time", "±", "of the limit");
    for (RunResult r : results) {
      var p = r.getPrimaryResult();
      String name = r.getParams().getBenchmark().replace("dev.athanor.bench.", "");
      String mode = r.getParams().getParam("mode");
      String parameter = r.getParams().getParamsKeys().stream().filter(k -> !k.equals("mode")).map(r.getParams()::getParam).findFirst()
          .orElse("");
      double micros = name.startsWith("Elementwise") ? p.getScore() / 1000 : p.getScore();
      System.out.printf(Locale.ROOT, "%-44s %9.2f µs %8.2f  %s%n", name + " " + parameter + (mode == null ? "" : " " + mode), micros,
          name.startsWith("Elementwise") ? p.getScoreError() / 1000 : p.getScoreError(),
              share(name, parameter, micros, flops, cache));
    }
  }

  private static String share(String name, String parameter, double micros, double gigaflops, double gigabytes) {
    if (name.startsWith("Matmul")) {
      long[] s = MatmulBench.sizes(parameter);
      return flops(2.0 * s[0] * s[1] * s[2], micros, gigaflops);
    }
    if (name.startsWith("Step")) {
      return flops(StepBench.flops(parameter), micros, gigaflops);
    }
    int bytes = name.endsWith("add") ? 12 : name.endsWith("sum") ? 4 : 8;
    double rate = bytes * Double.parseDouble(parameter) / micros / 1e3;
    return rate < 1 ? "" : String.format(Locale.ROOT, "%.0f GB/s, %.0f %% of a copy", rate, 100 * rate / gigabytes);
  }

  private static String flops(double operations, double micros, double limit) {
    double rate = operations / micros / 1e3;
    return String.format(Locale.ROOT, "%.0f GFLOP/s, %.0f %%", rate, 100 * rate / limit);
  }
}
