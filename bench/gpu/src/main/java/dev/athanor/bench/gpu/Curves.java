package dev.athanor.bench.gpu;

import dev.athanor.data.Dataset;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Callback;
import dev.athanor.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The same training program on the CPU and on the device: the same seeds give the same batches, first weights and dropout masks, so
 * the losses differ by rounding, which grows with every step, as Adam divides by the root of small second moments. Expected:
 * <ul>
 *   <li>at step i of the first {@value #EARLY} a difference of at most 1e-5 · 100^((i-1)/15): 1e-5 at the first, 1e-3 at the last
 *   <li>mean losses over the last quarter of the steps that differ by at most 10 %
 * </ul>
 * All losses go to {@code curve-NAME.csv}: step, CPU, device, difference.
 */
final class Curves {
  private static final int EARLY = 16;
  private static final int SHOWN = 12;

  private Curves() {}

  static void run(Setting setting, Results results) throws IOException {
    int channels = setting.of(8, 2);
    compare(setting, results, "digits", Training.digits().train(), () -> Training.digitsNetwork(channels), setting.of(32, 8), 1e-2,
        setting.of(200, 8));
    if (setting.quick()) {
      results.note("Fashion-MNIST is left out in quick mode.");
    } else {
      compare(setting, results, "fashion-mnist", Training.fashion(setting).train(), Training::fashionNetwork, 64, 1e-3, 300);
    }
  }

  private static void compare(Setting setting, Results results, String name, Dataset data, Supplier<Layer> network, int batch,
      double rate, int steps) throws IOException {
    List<Double> cpu = losses("cpu", data, network, batch, rate, steps);
    List<Double> device = losses(setting.device(), data, network, batch, rate, steps);
    write(setting, name, cpu, device);
    String table = "Losses of " + name + " on CPU and device";
    for (int i = 0; i < steps; i = i < 4 ? i + 1 : Math.max(i + 1, i + steps / SHOWN)) {
      results.row(table, "step", i + 1, "cpu", cpu.get(i), "device", device.get(i), "difference", device.get(i) - cpu.get(i));
    }
    int early = Math.min(EARLY, steps);
    int worst = 0;
    for (int i = 1; i < early; i++) {
      worst = excess(cpu, device, i) > excess(cpu, device, worst) ? i : worst;
    }
    results.check(name + ", first " + early + " steps", excess(cpu, device, worst) <= 1, String.format(Locale.ROOT,
        "nearest to its tolerance, or farthest beyond, is step %d: %.3g apart, %.3g allowed", worst + 1,
        Math.abs(device.get(worst) - cpu.get(worst)), tolerance(worst)));
    double a = mean(cpu.subList(steps * 3 / 4, steps));
    double b = mean(device.subList(steps * 3 / 4, steps));
    results.check(name + ", last quarter of " + steps + " steps", Math.abs(b - a) <= 0.1 * a, String.format(Locale.ROOT,
        "mean loss %.5f on the CPU, %.5f on the device, 10 %% apart allowed", a, b));
  }

  private static double tolerance(int i) {
    return 1e-5 * Math.pow(100, i / (EARLY - 1.0));
  }

  private static double excess(List<Double> cpu, List<Double> device, int i) {
    double apart = Math.abs(device.get(i) - cpu.get(i)) / tolerance(i);
    return Double.isNaN(apart) ? Double.POSITIVE_INFINITY : apart;
  }

  private static double mean(List<Double> losses) {
    return losses.stream().mapToDouble(l -> l).average().orElseThrow();
  }

  private static void write(Setting setting, String name, List<Double> cpu, List<Double> device) throws IOException {
    try (var out = new PrintWriter(Files.newBufferedWriter(setting.out().resolve("curve-" + name + ".csv")))) {
      out.println("step,cpu,device,difference");
      for (int i = 0; i < cpu.size(); i++) {
        out.println((i + 1) + "," + cpu.get(i) + "," + device.get(i) + "," + (device.get(i) - cpu.get(i)));
      }
    }
  }

  private static List<Double> losses(String name, Dataset data, Supplier<Layer> network, int batch, double rate, int steps) {
    var losses = new ArrayList<Double>();
    try (Device device = Device.open(name); Layer model = network.get().initialize(device, 1);
        Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, rate))
            .epochs(1 + steps * batch / data.size()).batch(batch).seed(1).callback(new Callback() {
              @Override
              public void onStep(Run run) {
                losses.add(run.loss());
                if (losses.size() == steps) {
                  run.trainer().stop();
                }
              }
            }).build()) {
      trainer.fit(data);
    }
    return losses;
  }
}
