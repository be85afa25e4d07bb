package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Backend;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.memory.MemoryStats;
import dev.athanor.ops.Linalg;
import dev.athanor.ops.Softmax;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A hundred thousand training steps of a small network, to show that memory stays where it is: the bytes in use on the device,
 * those the device has ever been asked for, the Java heap after a collection, and the resident set of the process (where {@code
 * /proc} tells it). Extend it in a backend's tests.
 */
public abstract class TrainingSoak {
  private static final long MIB = 1 << 20;

  /** For subclasses. */
  protected TrainingSoak() {}

  /** Opens the backend to test; called once. */
  protected abstract Backend open();

  /** How many steps are taken; half of them before memory is measured for the first time. */
  protected int steps() {
    return 100_000;
  }

  private record Measure(long live, long misses, long heap, long resident) {}

  @Test
  void memoryStaysFlat() {
    var counting = new CountingBackend(open());
    try (Device device = Device.of(counting.backend())) {
      var net = new Net(device);
      double first = net.train(1);
      // By half of the time the compiler is done and the collector has used all the heap it keeps.
      net.train(steps() / 2);
      Measure before = measure(device, net);
      int releases = counting.releases;
      double last = net.train(steps() / 2);
      Measure after = measure(device, net);
      assertTrue(last < first / 4, () -> "the loss went from " + first + " to " + last + ": the network did not learn");
      assertEquals(before.live, after.live, "bytes in use on the device");
      assertEquals(before.misses, after.misses, "allocations from the device");
      assertEquals(releases, counting.releases, "releases to the device");
      assertTrue(after.heap <= before.heap + 4 * MIB, () -> "Java heap: " + MemoryStats.size(before.heap) + ", then "
          + MemoryStats.size(after.heap));
      boolean settled = steps() >= 50_000; // before, the process still grows with the compiler's work and the heap's own ways
      assertTrue(!settled || after.resident <= before.resident + 64 * MIB, () -> "resident set: "
          + MemoryStats.size(before.resident) + ", then "
          + MemoryStats.size(after.resident));
    }
  }

  private static Measure measure(Device device, Net net) {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime java = Runtime.getRuntime();
    MemoryStats memory = device.memory();
    return new Measure(memory.live(), memory.misses(), java.totalMemory() - java.freeMemory(), net.largestResident);
  }

  /** The bytes of this process in main memory; 0 where nobody says. */
  private static long resident() {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return 0;
  }

  /** Four inputs, eight hidden units, three classes; the class is the largest of the first three inputs. */
  private static final class Net {
    private final Device device;
    private final Tensor w1;
    private final Tensor b1;
    private final Tensor w2;
    private final Tensor b2;
    private final Tensor hyper;
    private final List<Tensor> parameters;
    private final List<Tensor> velocities;
    private final Tensor data;
    private final Tensor labels;
    private final OptimizerRule rule = new OptimizerRule.Sgd(0.9, 0, false, 0);
    private int at;
    /** The largest resident set during the last call of train; collections make it smaller for a while,
        so one look says little. */
    private long largestResident;

    Net(Device device) {
      this.device = device;
      try (Generator g = device.generator(11)) {
        w1 = parameter(g.normal(DType.FLOAT32, Shape.of(8, 4), 0, 0.5));
        b1 = parameter(device.zeros(8));
        w2 = parameter(g.normal(DType.FLOAT32, Shape.of(3, 8), 0, 0.5));
        b2 = parameter(device.zeros(3));
        data = g.normal(DType.FLOAT32, Shape.of(64, 4)).persist();
      }
      labels = data.slice(1, 0, 3).argMax(1).persist();
      hyper = device.tensor(new double[] {0.02, 2}).persist();
      parameters = List.of(w1, b1, w2, b2);
      velocities = parameters.stream().map(p -> device.zeros(p.dtype(), p.shape()).persist()).toList();
    }

    private static Tensor parameter(Tensor t) {
      return t.persist().requiresGrad(true);
    }

    /** Takes steps and returns the loss over all data afterwards. */
    double train(int steps) {
      largestResident = 0;
      for (int i = 0; i < steps; i++) {
        if (i % 1000 == 0) {
          largestResident = Math.max(largestResident, resident());
        }
        try (Scope _ = device.scope()) {
          at = (at + 8) % 64;
          loss(data.slice(0, at, at + 8), labels.slice(0, at, at + 8)).backward();
          device.fused().optimizerStep(new OptimizerStep(rule, hyper.view(), parameters.stream().map(Tensor::view).toList(),
              parameters.stream().map(p -> p.grad().view()).toList(), velocities.stream().map(v -> List.of(v.view())).toList()));
          for (Tensor p : parameters) {
            p.changed("optimizerStep");
            p.zeroGrad();
          }
        }
      }
      try (Scope _ = device.scope()) {
        return loss(data, labels).item();
      }
    }

    private Tensor loss(Tensor x, Tensor target) {
      Tensor hidden = Linalg.linear(x, w1, b1, Unary.of(UnaryOp.TANH));
      return Softmax.crossEntropy(Linalg.linear(hidden, w2, b2, null), target).mean();
    }
  }
}
