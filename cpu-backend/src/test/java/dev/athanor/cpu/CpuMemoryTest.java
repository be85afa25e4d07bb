package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A tensor that no machine has room for. */
class CpuMemoryTest {
  @Test
  void theMessageNamesRequestAndLargestHolders() {
    try (Device d = Device.open("cpu")) {
      Tensor x = d.ones(1, 1 << 20); // 4 MiB
      long large = 1L << 50;
      OutOfDeviceMemoryException e = assertThrows(OutOfDeviceMemoryException.class, () -> d.zeros(large));
      assertEquals(4 * large, e.requested());
      assertEquals(-1, e.free());
      assertEquals(4 << 20, e.inUse());
      assertTrue(e.getMessage().startsWith("out of memory on cpu: the result of "), e.getMessage());
      assertTrue(e.getMessage().contains("needs 4.0 PiB") && e.getMessage().contains("4.0 MiB in 1 of "), e.getMessage());
      assertEquals(1 << 20, x.sum().item());
    }
  }
}
