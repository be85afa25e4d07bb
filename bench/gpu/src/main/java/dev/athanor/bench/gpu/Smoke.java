package dev.athanor.bench.gpu;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backends;
import dev.athanor.backend.Finding;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.exec.Plan;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Linear;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The parts that everything else stands on, each tried by itself: driver, kernels, copies, graphs, cuBLAS, cuDNN. */
final class Smoke {
  private final Setting setting;
  private final Results results;

  /** What a part shows: a text, or an exception. */
  private interface Part {
    String show();
  }

  private Smoke(Setting setting, Results results) {
    this.setting = setting;
    this.results = results;
  }

  static void run(Setting setting, Results results) {
    new Smoke(setting, results).all();
  }

  private void part(String name, Part part) {
    try {
      results.check(name, true, part.show());
    } catch (RuntimeException | LinkageError e) {
      results.check(name, false, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void require(boolean holds, String text) {
    if (!holds) {
      throw new AthanorException(text);
    }
  }

  private void all() {
    part("probe", this::probe);
    try (Device device = Device.open(setting.device())) {
      results.note(device.backend().description());
      part("kernel: PTX loads, launch, copies", () -> kernel(device));
      part("upload beside the computation", () -> ahead(device));
      part("random bits as on the CPU", () -> random(device));
      part("one Adam step", () -> adam(device));
      part("graph: capture and replay", () -> graph(device));
      for (MatmulPrecision precision : MatmulPrecision.values()) {
        part("cuBLAS " + precision, () -> product(device, precision));
      }
      part(device.backend().description().contains("no cuDNN") || !setting.onGpu() ? "convolution by Athanor's kernels"
          : "convolution by cuDNN", () -> convolution(device));
      part("memory", () -> device.deviceMemory() + "; " + device.memory());
    }
  }

  private String probe() {
    var all = Backends.candidates().stream().filter(c -> c.provider().name().equals(setting.device().split(":")[0])).toList();
    require(!all.isEmpty(), "no provider of " + setting.device() + " on the class path");
    var provider = all.getFirst().provider();
    List<String> found = provider.examine().stream().map((Finding f) -> (f.good() ? "" : "NO: ") + f.text()).toList();
    if (all.getFirst().availability() instanceof Availability.Unusable(String reason, String remedy)) {
      throw new AthanorException(reason + ". " + remedy);
    }
    return String.join("; ", found);
  }

  private String kernel(Device device) {
    int n = setting.of(1 << 20, 1 << 10);
    float[] x = uniform(n, 1);
    long start = System.nanoTime();
    float[] y = device.tensor(x, n).exp().toFloats();
    long first = System.nanoTime() - start;
    double worst = 0;
    for (int i = 0; i < n; i++) {
      worst = Math.max(worst, Math.abs(y[i] / Math.exp(x[i]) - 1));
    }
    require(worst < 1e-6, "exp is wrong by a factor of 1 ± " + worst);
    return n + " elements of exp, relative error at most " + worst + ", first use " + first / 1_000_000 + " ms";
  }

  private String ahead(Device device) {
    float[] x = uniform(1 << 12, 2);
    try (var upload = device.upload(MemorySegment.ofArray(x), DType.FLOAT32, Shape.of(x.length))) {
      require(Arrays.equals(x, upload.tensor().toFloats()), "what came back is not what was sent");
    }
    return x.length + " elements there and back";
  }

  private String random(Device device) {
    Shape shape = Shape.of(1 << 12);
    try (Device cpu = Device.open("cpu")) {
      float[] expected = cpu.generator(7).uniform(DType.FLOAT32, shape).toFloats();
      require(Arrays.equals(expected, device.generator(7).uniform(DType.FLOAT32, shape).toFloats()), "other bits");
    }
    return shape + " uniform numbers of one seed";
  }

  /** Adam's first step moves a parameter by the learning rate against the gradient's sign. */
  private String adam(Device device) {
    try (Linear layer = new Linear(1, 1)) {
      layer.initialize(device, 1);
      try (var _ = Tape.noGrad()) {
        layer.weight().assign(device.tensor(new float[] {1}, 1, 1));
      }
      try (Optimizer optimizer = Optimizer.adam(layer, 0.1)) {
        layer.apply(device.tensor(new float[] {3}, 1, 1)).sum().backward();
        optimizer.step();
      }
      float w = layer.weight().toFloats()[0];
      require(Math.abs(w - 0.9) < 1e-6, "1 became " + w + ", not 0.9");
      return "1 became " + w;
    }
  }

  private String graph(Device device) {
    int n = setting.of(1 << 16, 64);
    Tensor x = device.ones(n);
    try (Plan plan = Plan.of(device, in -> {
      Tensor y = in.get(0);
      for (int i = 0; i < 20; i++) {
        y = y.add(in.get(0));
      }
      return List.of(y);
    })) {
      for (int i = 0; i < 4; i++) {
        float[] y = plan.run(x).getFirst().toFloats();
        require(y[0] == 21 && y[n - 1] == 21, "call " + (i + 1) + ": " + y[0] + ", not 21");
      }
      require(plan.replays() == 3, plan.replays() + " replays, not 3");
      Times t = Times.of(device, 3, 3, () -> plan.run(x));
      return plan.calls() + " additions of " + n + " elements, replayed in " + Math.round(t.median() * 10) / 10.0 + " µs";
    }
  }

  private String product(Device device, MatmulPrecision precision) {
    int n = setting.of(256, 16);
    float[] a = uniform(n * n, 3);
    float[] b = uniform(n * n, 4);
    device.matmulPrecision(precision);
    float[] c;
    try {
      c = device.tensor(a, n, n).matmul(device.tensor(b, n, n)).toFloats();
    } finally {
      device.matmulPrecision(MatmulPrecision.HIGHEST);
    }
    double difference = 0;
    double size = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
          sum += (double) a[i * n + k] * b[k * n + j];
        }
        difference += (c[i * n + j] - sum) * (c[i * n + j] - sum);
        size += sum * sum;
      }
    }
    double error = Math.sqrt(difference / size);
    double bound = switch (precision) { // some units of the last bit kept, averaged over a row
      case HIGHEST -> 1e-6;
      case TF32 -> 0x1p-11;
      case BF16 -> 0x1p-8;
    };
    require(error < bound, "relative error " + error + ", expected below " + bound);
    return n + "³, relative error " + error;
  }

  private String convolution(Device device) {
    try (Conv2d layer = new Conv2d(3, 4, 3).bias(false)) {
      layer.initialize(device, 1);
      try (var _ = Tape.noGrad()) {
        layer.weight().assign(device.ones(4, 3, 3, 3));
      }
      Tensor y = layer.apply(device.ones(2, 3, 8, 8));
      for (float v : y.toFloats()) {
        require(v == 27, v + " instead of 27");
      }
      return y.shape() + ", each 27";
    }
  }

  private static float[] uniform(int n, long seed) {
    var random = new SplittableRandom(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (2 * random.nextDouble() - 1);
    }
    return x;
  }
}
