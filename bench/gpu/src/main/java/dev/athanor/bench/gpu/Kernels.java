package dev.athanor.bench.gpu;

import dev.athanor.bench.track.Case;
import dev.athanor.cuda.KernelTimes;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A captured step beside the sum of what its kernels take by themselves. The batch lies on the device; the plan's copy of it counts
 * as part of the step. At most {@value #MOST} times the sum is expected of the MLP.
 */
final class Kernels {
  private static final double MOST = 1.2;
  private static final int SHOWN = 12;

  private Kernels() {}

  static void run(Setting setting, Results results) {
    List<Case> cases = Network.compared(setting.quick());
    for (Case c : setting.quick() ? cases.subList(0, 1) : cases) {
      measure(setting, results, c, c == cases.getFirst());
    }
    if (!setting.onGpu()) {
      results.note("Times of the simulator say nothing about a GPU: the ratio is not checked.");
    }
  }

  private static void measure(Setting setting, Results results, Case c, boolean checked) {
    try (KernelTimes times = KernelTimes.open(setting.device()); var network = new Network(times.device(), c);
        var _ = times.device().scope()) {
      Tensor[] batch = network.batch();
      network.eager(batch);
      network.eager(batch);
      Times eager = Times.of(times.device(), setting.of(10, 1), setting.of(9, 1), () -> network.eager(batch));
      Times captured = Times.of(times.device(), setting.of(20, 3), setting.of(15, 1), () -> network.captured(batch));
      List<KernelTimes.Work> pieces = times.of(() -> network.eager(batch));
      double sum = pieces.stream().mapToDouble(KernelTimes.Work::nanos).sum() / 1e3;
      double ratio = captured.median() / sum;
      results.row("A captured step and its kernels", "case", c.name(), "pieces", pieces.size(), "sum µs", sum, "captured µs",
          captured.median(), "ratio", ratio, "eager µs", eager.median());
      pieces(results, c, pieces, sum);
      if (checked) {
        String text = String.format(Locale.ROOT, "%d pieces, %.1f µs by themselves; captured %.1f µs, %.2f times", pieces.size(), sum,
            captured.median(), ratio);
        results.check(c.name() + " captured", pieces.size() > 5 && (ratio <= MOST || !setting.onGpu()), text + (setting.onGpu()
            ? ", at most " + MOST + " expected" : ""));
      }
    }
  }

  /** The pieces that take most, those of one name together. */
  private static void pieces(Results results, Case c, List<KernelTimes.Work> pieces, double sum) {
    Map<String, double[]> byName = new LinkedHashMap<>();
    for (KernelTimes.Work w : pieces) {
      double[] total = byName.computeIfAbsent(w.name(), _ -> new double[2]);
      total[0]++;
      total[1] += w.nanos() / 1e3;
    }
    var sorted = new ArrayList<>(byName.entrySet());
    sorted.sort(Comparator.comparingDouble((Map.Entry<String, double[]> e) -> e.getValue()[1]).reversed());
    for (var e : sorted.subList(0, Math.min(SHOWN, sorted.size()))) {
      results.row("What the pieces of a step take", "case", c.name(), "piece", e.getKey(), "count", (int) e.getValue()[0], "µs",
          e.getValue()[1], "share %", 100 * e.getValue()[1] / sum);
    }
  }
}
