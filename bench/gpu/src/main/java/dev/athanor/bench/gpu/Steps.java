package dev.athanor.bench.gpu;

import dev.athanor.backend.MatmulPrecision;
import dev.athanor.bench.track.Case;
import dev.athanor.tensor.Device;

/** Step times of this toolkit, eager and captured, in float32 and in TF32. */
final class Steps {
  /** The table that PyTorch's rows go to as well. */
  static final String TABLE = "Step time";

  private Steps() {}

  static void run(Setting setting, Results results) {
    for (Case c : Network.compared(setting.quick())) {
      for (MatmulPrecision precision : new MatmulPrecision[] {MatmulPrecision.HIGHEST, MatmulPrecision.TF32}) {
        measure(setting, results, c, precision);
      }
    }
  }

  private static void measure(Setting setting, Results results, Case c, MatmulPrecision precision) {
    try (Device device = Device.open(setting.device())) {
      device.matmulPrecision(precision);
      try (var network = new Network(device, c)) {
        float first = network.loss();
        Times eager = Times.of(device, setting.of(20, 1), setting.of(15, 2), network::eager);
        row(results, c, precision, "athanor eager", eager);
        Times captured = Times.of(device, setting.of(20, 3), setting.of(15, 2), network::captured);
        row(results, c, precision, "athanor captured", captured);
        float last = network.loss();
        results.check(c.name() + " " + precision + " trains", Float.isFinite(last) && last < 3 * first,
            "loss " + first + " at first, " + last + " at last");
      }
    }
  }

  private static void row(Results results, Case c, MatmulPrecision precision, String way, Times t) {
    results.row(TABLE, "case", c.name(), "precision", precision.name(), "way", way, "µs", t.median(), "lowest", t.lowest(), "highest",
        t.highest());
  }
}
