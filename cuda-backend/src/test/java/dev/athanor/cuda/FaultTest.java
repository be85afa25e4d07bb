package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.kernels.Layout;
import dev.athanor.ptx.SimulationFault;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A kernel that is given an address that is not there: what the user sees, at once, later, and in the blocking mode. */
class FaultTest {
  private static final String BLOCKING = "athanor.cuda.blocking";

  @AfterEach
  void reset() {
    System.clearProperty(BLOCKING);
  }

  private static void fillAt(CudaBackend backend, long address) {
    Layout layout = new Layout(1);
    layout.begin().stride(0, 1).dimension(300).end();
    backend.stream().begin("copy_fill_b32").pointer(address).int64(300).int64(7).layout(layout);
    backend.stream().launch(300);
  }

  @Test
  void aFaultIsFoundAtTheNextWaitAndNamesTheLastLaunches() {
    CudaBackend backend = SimulatedCudaProvider.open(Set.of());
    try (Device device = Device.of(backend)) {
      Tensor x = device.ones(8);
      x.relu();
      fillAt(backend, 0x1234_5678_0000L);
      Tensor y = x.add(x); // is given to the device, and never runs
      CudaException e = assertThrows(CudaException.class, y::toFloats);
      assertTrue(e.isDeviceLost());
      assertTrue(e.getMessage().contains("unary_relu_f32 (grid 1, block 256), copy_fill_b32 (grid 2, block 256), binary_add_f32"),
          e.getMessage());
      assertTrue(e.getMessage().contains("--cuda-blocking") && e.getMessage().contains("open it again"), e.getMessage());
      CudaException later = assertThrows(CudaException.class, () -> x.mul(x));
      assertEquals(e.getMessage(), later.getMessage());
      assertSame(e, later.getCause());
      assertThrows(CudaException.class, () -> device.zeros(1 << 20));
      assertThrows(CudaException.class, device::synchronize);
      x.close(); // giving back is always possible
    }
    try (Device again = Device.of(SimulatedCudaProvider.open(Set.of()))) {
      assertEquals(2, again.ones(2).sum().item());
    }
  }

  @Test
  void theBlockingModeNamesTheCulprit() {
    System.setProperty(BLOCKING, "true");
    CudaBackend backend = SimulatedCudaProvider.open(Set.of());
    try (Device device = Device.of(backend)) {
      device.ones(8).relu();
      CudaException e = assertThrows(CudaException.class, () -> fillAt(backend, 0x1234_5678_0000L));
      assertTrue(e.getMessage().startsWith("the GPU failed in copy_fill_b32 (grid 2, block 256): "), e.getMessage());
      assertFalse(e.getMessage().contains("relu"), e.getMessage());
      assertTrue(e.getCause().getCause() instanceof SimulationFault, () -> String.valueOf(e.getCause()));
    }
  }
}
