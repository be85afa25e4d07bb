package dev.athanor.kernels.lab;

import static dev.athanor.kernels.Flags.AMSGRAD;
import static dev.athanor.kernels.Flags.CENTERED;
import static dev.athanor.kernels.Flags.DECOUPLED;
import static dev.athanor.kernels.Flags.EPS_INSIDE;
import static dev.athanor.kernels.Flags.MAXIMIZE;
import static dev.athanor.kernels.Flags.NESTEROV;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.kernels.lab.OptimizerReference.Schedule;
import java.util.ArrayList;
import java.util.List;

/** The family {@code optimizer}: three steps over several tensors at once, against {@link OptimizerReference}. */
final class OptimizerExperiments {
  private static final double LR = 0.05;
  private static final double GRAD_SCALE = 0.5;
  private static final int STEPS = 3;

  /** A configuration of a rule: its constants in the kernel's order (weight decay first) and flags. */
  private record Setting(String rule, String variant, int flags, double... constants) {}

  private static final List<Setting> SETTINGS = List.of(
      new Setting("sgd", "plain", 0, 0, 0, 0),
      new Setting("sgd", "momentum", MAXIMIZE, 0.01, 0.9, 0.1),
      new Setting("sgd", "nesterov", NESTEROV | DECOUPLED, 0.01, 0.9, 0),
      new Setting("adagrad", "", 0, 0.01, 0.1, 1e-10),
      new Setting("adagrad", "inside", EPS_INSIDE, 0, 0, 1e-3),
      new Setting("rmsprop", "", 0, 0.01, 0.99, 1e-8, 0),
      new Setting("rmsprop", "centred", CENTERED | EPS_INSIDE, 0, 0.9, 1e-3, 0.9),
      new Setting("adadelta", "", EPS_INSIDE, 0.01, 0.9, 1e-6),
      new Setting("adadelta", "outside", 0, 0, 0.95, 1e-3),
      new Setting("adam", "", 0, 0.01, 0.9, 0.999, 1e-8),
      new Setting("adam", "amsgrad", AMSGRAD, 0, 0.9, 0.9, 1e-8),
      new Setting("adam", "w-inside", DECOUPLED | EPS_INSIDE, 0.1, 0.9, 0.999, 1e-3),
      new Setting("adamax", "", EPS_INSIDE, 0.01, 0.9, 0.999, 1e-8),
      new Setting("adamax", "outside", MAXIMIZE, 0, 0.9, 0.9, 1e-3),
      new Setting("nadam", "", 0, 0.01, 0.9, 0.999, 1e-8, 0.004),
      new Setting("nadam", "w-inside", DECOUPLED | EPS_INSIDE, 0.1, 0.8, 0.99, 1e-3, 0.004),
      new Setting("radam", "", 0, 0.01, 0.9, 0.999, 1e-8), // not adaptive in the first steps
      new Setting("radam", "adaptive", EPS_INSIDE, 0, 0.9, 0.99, 1e-3),
      new Setting("radam", "late", 0, 0.01, 0.9, 0.99, 1e-3),
      new Setting("lion", "", DECOUPLED, 0.1, 0.9, 0.99));

  private OptimizerExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (String type : List.of("f32", "f64")) {
      for (Setting setting : SETTINGS) {
        Kernel kernel = Kernels.get("optimizer_" + setting.rule() + "_" + type);
        all.add(new Experiment(kernel, setting.variant(), (bench, n) -> steps(bench, kernel, setting, n)));
      }
      Kernel adam = Kernels.get("optimizer_adam_" + type);
      all.add(new Experiment(adam, "skipped", (bench, n) -> skipped(bench, adam, n)));
    }
    Kernel schedule = Kernels.get("optimizer_nadam_schedule");
    all.add(new Experiment(schedule, "", (bench, n) -> nadamSchedule(bench, schedule)));
    Kernel advance = Kernels.get("optimizer_advance");
    all.add(new Experiment(advance, "", (bench, n) -> advance(bench, advance)));
    return all;
  }

  private static void steps(Bench bench, Kernel kernel, Setting setting, int n) {
    Cell cell = Cell.named(kernel.entry());
    Tensors tensors = Tensors.create(bench, cell, n, used(setting));
    double[][] p = tensors.copyOfParameters();
    double[][][] s = tensors.copyOfStates();
    double[] magnitude = new double[] {2, 4, 4};
    double muProduct = 1;
    int before = setting.rule().equals("radam") && !setting.variant().isEmpty() ? 40 : 0; // RAdam is adaptive later
    Bench.Array scale = bench.in(Cell.F64, new double[] {GRAD_SCALE});
    for (int t = 1; t <= STEPS; t++) {
      if (setting.rule().equals("nadam")) {
        muProduct *= OptimizerReference.mu(setting.constants()[1], t, setting.constants()[4]);
      }
      Bench.Array schedule = bench.in(Cell.F64, new double[] {LR, before + t, muProduct});
      ParameterBlock block = tensors.begin(bench, kernel).pointer(schedule.address()).pointer(scale.address()).pointer(0);
      for (double c : setting.constants()) {
        block.float64(c);
      }
      block.int32(setting.flags());
      if (t == 2) {
        bench.launchNarrow(kernel, tensors.chunks());
      } else {
        bench.launch(kernel, tensors.chunks());
      }
      for (int k = 0; k < p.length; k++) {
        for (int i = 0; i < p[k].length; i++) {
          double[] one = {s[k][0][i], s[k][1][i], s[k][2][i]};
          p[k][i] = OptimizerReference.step(setting.rule(), p[k][i], GRAD_SCALE * tensors.gradients()[k][i], one,
              new Schedule(LR, before + t, muProduct), setting.constants(), setting.flags());
          for (int j = 0; j < 3; j++) {
            s[k][j][i] = one[j];
          }
        }
      }
    }
    // Each step rounds the parameter once and the update some ten times; updates are at most lr times 10 (|g| <= 1 after
    // scaling, ratios m / sqrt(v) at most 10 in the cases above). Lion's sign is excused where its argument is all but 0.
    double unit = cell.unit();
    for (int k = 0; k < p.length; k++) {
      double[] expected = p[k];
      double[] gradient = tensors.gradients()[k];
      bench.expect(tensors.parameters()[k], expected,
          i -> STEPS * unit * (2 * Math.abs(expected[i]) + 4 + 100 * LR * 10));
      for (int j = 0; j < 3; j++) {
        if (used(setting)[j]) {
          double size = magnitude[j];
          bench.expect(tensors.states()[k][j], s[k][j], i -> STEPS * unit * 30 * (size + gradient[i] * gradient[i]));
        }
      }
    }
  }

  /** A skip flag leaves everything as it was. */
  private static void skipped(Bench bench, Kernel kernel, int n) {
    Tensors tensors = Tensors.create(bench, Cell.named(kernel.entry()), n, new boolean[] {true, true, false});
    double[][] p = tensors.copyOfParameters();
    double[][][] s = tensors.copyOfStates();
    Bench.Array schedule = bench.in(Cell.F64, new double[] {LR, 1});
    Bench.Array skip = bench.in(Cell.I32, new long[] {1});
    tensors.begin(bench, kernel).pointer(schedule.address()).pointer(0).pointer(skip.address())
        .float64(0).float64(0.9).float64(0.999).float64(1e-8).int32(0);
    bench.launch(kernel, tensors.chunks());
    for (int k = 0; k < p.length; k++) {
      bench.expectBits(tensors.parameters()[k], p[k]);
      bench.expectBits(tensors.states()[k][0], s[k][0]);
      bench.expectBits(tensors.states()[k][1], s[k][1]);
    }
  }

  private static void nadamSchedule(Bench bench, Kernel kernel) {
    double product = 1;
    for (int t = 1; t <= STEPS; t++) {
      Bench.Array schedule = bench.inOut(Cell.F64, new double[] {LR, t, t == 1 ? 77 : product});
      bench.parameters(kernel).pointer(schedule.address()).pointer(0).float64(0.9).float64(0.004);
      bench.launch(kernel, 1);
      product *= OptimizerReference.mu(0.9, t, 0.004);
      bench.expectUlps(schedule, new double[] {LR, t, product}, 8);
    }
  }

  private static void advance(Bench bench, Kernel kernel) {
    for (int skipping = 0; skipping < 2; skipping++) {
      Bench.Array schedule = bench.inOut(Cell.F64, new double[] {LR, 41});
      Bench.Array skip = bench.in(Cell.I32, new long[] {skipping});
      bench.parameters(kernel).pointer(schedule.address()).pointer(skip.address());
      bench.launch(kernel, 1);
      bench.expectBits(schedule, new double[] {LR, 42 - skipping});
    }
  }

  private static boolean[] used(Setting s) {
    return switch (s.rule()) {
      case "sgd" -> new boolean[] {s.constants()[1] != 0, false, false};
      case "adagrad", "lion" -> new boolean[] {true, false, false};
      case "rmsprop" -> new boolean[] {true, s.constants()[3] != 0, (s.flags() & CENTERED) != 0};
      case "adam" -> new boolean[] {true, true, (s.flags() & AMSGRAD) != 0};
      default -> new boolean[] {true, true, false};
    };
  }
}
