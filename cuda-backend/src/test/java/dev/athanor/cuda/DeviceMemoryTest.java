package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Devices that are full, and devices by number. */
class DeviceMemoryTest {
  private static final long MIB = 1 << 20;

  @AfterEach
  void reset() {
    System.clearProperty("athanor.cuda.sim.memory");
    System.clearProperty("athanor.cuda.sim.elsewhere");
    System.clearProperty("athanor.cuda.sim.devices");
  }

  private static Device device(long memory, long elsewhere) {
    return Device.of(SimulatedCudaProvider.open("cuda-sim", SimulatedMachine.of(Set.of()).with(memory, elsewhere)));
  }

  @Test
  void aFullDeviceSaysWhatWasAskedForWhatThereIsAndWhoHoldsIt() {
    try (Device d = device(8 * MIB, 0)) {
      Tensor weights = d.ones(3, 1 << 18); // 3 MiB
      Tensor x = d.tensor(new float[1 << 19]); // 2 MiB
      Tensor gone = d.zeros(1 << 18); // 1 MiB, cached
      gone.close();
      OutOfDeviceMemoryException e = assertThrows(OutOfDeviceMemoryException.class, () -> weights.exp());
      String m = e.getMessage();
      assertTrue(m.startsWith("out of memory on cuda-sim: the result of exp "), m);
      assertTrue(m.contains("needs 3.0 MiB, and 3.0 MiB of 8.0 MiB are free")
          || m.contains("needs 3.0 MiB, and 2.9 MiB of 8.0 MiB are free"), m); // some bytes are the stream's own
      assertTrue(m.contains("after 1.0 MiB of cached memory were given back"), m);
      assertTrue(m.contains("5.0 MiB in use by tensors: "), m);
      assertTrue(m.contains("smaller batches") && !m.contains("nvidia-smi") && !m.contains("Another process"), m);
      assertEquals(3 * MIB, e.requested());
      assertEquals(MIB, e.cached());
      assertEquals(5 * MIB, e.inUse());
      assertTrue(e.free() < 3 * MIB && e.free() > 3 * MIB - 4096, "free: " + e.free());
      assertEquals(5 * MIB, e.holders().stream().mapToLong(OutOfDeviceMemoryException.Holder::bytes).sum());
      assertEquals(3 * MIB, e.holders().getFirst().bytes());
      String place = e.holders().getFirst().place(); // tracked where assertions are on
      assertTrue(place.isEmpty() ? m.contains("-Dathanor.track.creation") : place.startsWith("DeviceMemoryTest.java:"), m);
      assertEquals(0, x.max().item()); // goes on working
      assertEquals(e.holders(), d.memoryHolders(5));
    }
  }

  @Test
  void anotherProcessThatHoldsTheMemoryIsNamed() {
    try (Device d = device(64 * MIB, 63 * MIB)) {
      d.zeros(1 << 17);
      String m = assertThrows(OutOfDeviceMemoryException.class, () -> d.zeros(1 << 19)).getMessage();
      assertTrue(m.contains("Another process holds about 63.0 MiB of this device's memory"), m);
    }
  }

  @Test
  void eachNumberIsADeviceOfItsOwnAndOthersAreAnError() {
    System.setProperty("athanor.cuda.sim.devices", "2");
    System.setProperty("athanor.cuda.sim.memory", "4M");
    try (Device zero = Device.open("cuda-sim:0"); Device one = Device.open("cuda-sim:1")) {
      assertEquals("cuda-sim", zero.name());
      assertEquals("cuda-sim:1", one.name());
      Tensor a = zero.full(DType.FLOAT32, Shape.of(3 << 18), 2); // 3 MiB
      Tensor b = one.full(DType.FLOAT32, Shape.of(3 << 18), 3); // has room of its own
      assertEquals(3 * MIB, zero.memory().live());
      assertEquals(2, a.max().item());
      assertEquals(3, b.max().item());
      assertThrows(AthanorException.class, () -> a.add(b));
      assertThrows(OutOfDeviceMemoryException.class, () -> one.zeros(1 << 19));
      zero.zeros(1 << 10);
    }
    AthanorException e = assertThrows(AthanorException.class, () -> Device.open("cuda-sim:2"));
    assertTrue(e.getMessage().contains("cuda-sim:2 does not exist") && e.getMessage().contains("cuda-sim:0 to cuda-sim:1"),
        e.getMessage());
  }

  @Test
  void memoryStaysFlatOverManySmallOperations() {
    CudaBackend backend = SimulatedCudaProvider.open(Set.of());
    try (Device d = Device.of(backend)) {
      SimulatedGpu gpu = (SimulatedGpu) backend.stream().gpu();
      Tensor x = d.ones(16);
      long after = 0;
      for (int i = 0; i < 10_000; i++) {
        try (Scope _ = d.scope()) {
          Tensor y = x.mul(0.5);
          y.add(x);
        }
        if (i == 10) {
          after = gpu.allocatedBytes();
        }
      }
      assertEquals(after, gpu.allocatedBytes());
      assertEquals(after, d.deviceMemory().held());
      assertFalse(d.memory().live() > 4096, d.memory()::toString);
    }
  }

  @Test
  void sizesAreReadAsPeopleWriteThem() {
    System.setProperty("athanor.cuda.sim.memory", "64m");
    assertEquals(64 * MIB, SimulatedMachine.fromProperties().memory());
    System.setProperty("athanor.cuda.sim.memory", "lots");
    String m = assertThrows(AthanorException.class, SimulatedMachine::fromProperties).getMessage();
    assertTrue(m.contains("athanor.cuda.sim.memory") && m.contains("64M"), m);
  }
}
