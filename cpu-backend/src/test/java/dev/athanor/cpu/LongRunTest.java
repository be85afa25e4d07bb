package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A hundred thousand training steps: what tensors use, what the process holds and what the Java heap keeps stay the same. */
class LongRunTest {
  private static final int STEPS = 100_000;
  private static final int LOOK = 20_000;
  private static final long MIB = 1 << 20;

  private record Use(int step, long live, long cached, long resident, long heap) {}

  @Test
  @Timeout(180)
  void memoryStaysFlat() throws Exception {
    List<Use> uses = new ArrayList<>();
    try (Device device = Device.of(new CpuBackend(2, true));
        Layer model = new Sequential(new Linear(8, 16), new BatchNorm(16), Activation.relu(), new Dropout(0.1), new Linear(16, 3))
            .initialize(device, 1);
        Optimizer adam = Optimizer.adam(model, 1e-3)) {
      var loss = new CrossEntropy();
      Generator random = device.generator(2);
      try (Tensor labels = device.tensor(new long[] {0, 1, 2, 0, 1, 2, 0, 1})) {
        double last = 0;
        for (int step = 1; step <= STEPS; step++) {
          try (Scope _ = device.scope()) {
            Tensor l = loss.of(model.apply(random.uniform(DType.FLOAT32, Shape.of(8, 8))), labels);
            l.backward();
            adam.clipGradients(1);
            adam.step();
            adam.zeroGrad();
            last = l.item();
          }
          if (step % LOOK == 0) {
            uses.add(look(device, step));
          }
        }
        assertTrue(Double.isFinite(last), () -> "the loss is not finite");
      }
    }
    Use first = uses.getFirst();
    for (Use u : uses) {
      assertEquals(first.live, u.live, () -> "bytes of live tensors: " + uses);
      assertEquals(first.cached, u.cached, () -> "bytes in the cache: " + uses);
      assertTrue(u.heap < first.heap + 2 * MIB, () -> "the Java heap grows: " + uses);
      // The collector takes and returns memory as it likes: a leak of 100 bytes a step would be 8 MiB here, and shows in the
      // heap.
      assertTrue(u.resident < first.resident + 32 * MIB, () -> "the process grows: " + uses);
    }
  }

  private static Use look(Device device, int step) throws IOException, InterruptedException {
    long heap = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
      heap = Math.min(heap, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    }
    return new Use(step, device.memory().live(), device.memory().cached(), resident(), heap);
  }

  /** The memory the process holds, where the system tells; else 0. */
  private static long resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    return 0;
  }
}
