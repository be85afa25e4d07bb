package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.athanor.autograd.Tape;
import dev.athanor.exec.Plan;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Replayed products of several tiles make hardly any Java objects, since their tiles are bound once, when they are recorded. Objects
 * are counted, not time, so other programs do not show; and only oneDNN's products are looked at: loops of the Vector API make an
 * object of every vector until the JIT has compiled them, which may be late.
 */
class CpuReplayAllocationTest {
  private static final int PRODUCTS = 16;

  @Test
  void replayedProductsOfSeveralTilesAllocateAlmostNothing() {
    try (Device device = Device.open("cpu")) {
      assumeTrue(device.backend() instanceof CpuBackend b && b.usesLibrary(), "oneDNN is not used");
      var g = device.generator(1);
      Tensor x = g.uniform(DType.FLOAT32, Shape.of(64, 256));
      Tensor w = g.uniform(DType.FLOAT32, Shape.of(256, 256), -0.05, 0.05);
      try (Plan plan = Plan.of(device, in -> {
        try (var _ = Tape.noGrad()) {
          Tensor y = in.getFirst();
          for (int i = 0; i < PRODUCTS; i++) {
            y = y.matmul(w);
          }
          return List.of(y);
        }
      })) {
        float[] written = plan.run(x).getFirst().toFloats();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int calls = 100;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) { // the first ones load classes
          long before = threads.getCurrentThreadAllocatedBytes();
          for (int i = 0; i < calls; i++) {
            plan.run(x);
          }
          least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / calls);
        }
        assertEquals(1, plan.recordings());
        // A lambda or a key of the cache for each tile or product would be 400 to 10,000 bytes on top of the call's own 200.
        assertTrue(least <= 384, least + " bytes in a replay of " + PRODUCTS + " products");
        assertArrayEquals(written, plan.run(x).getFirst().toFloats());
      }
    }
  }
}
