package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Kernels compiled for sm_80: half precision, asynchronous copies, reductions over a warp, assertions. */
class Sm80KernelTest {
  @Test
  void halves() {
    PtxModule m = PtxModule.parse(Lab.resource("cuda/halves.ptx"));
    float[] x = {0, 1, -1, 1 / 3f, 65504, 70000, 1e-7f, 3.14159f, Float.NEGATIVE_INFINITY};
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = m.kernel("halves");
      long h = device.allocate(18);
      long b = device.allocate(18);
      long y = device.allocate(36);
      device.launch(k, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(k, Lab.upload(device, x), h, b, y, 9));
      float[] got = Lab.floats(device, y, 9);
      for (int i = 0; i < 9; i++) {
        int bits = Float.floatToRawIntBits(x[i]);
        float bf = Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) >>> 16 << 16);
        assertEquals(Float.float16ToFloat(Float.floatToFloat16(x[i])) + bf, got[i]);
      }
    }
  }

  @Test
  void asynchronousCopies() {
    String text = Lab.resource("cuda/halves.ptx");
    float[] x = new float[256];
    for (int i = 0; i < x.length; i++) {
      x[i] = i * 0.5f;
    }
    for (boolean wait : new boolean[] {true, false}) {
      PtxKernel k = PtxModule.parse(wait ? text : text.replace("cp.async.wait_group",
          "// cp.async.wait_group")).kernel("reversed");
      try (SimDevice device = SimDevice.create()) {
        long from = Lab.upload(device, x);
        long y = device.allocate(1024);
        Runnable run = () -> device.launch(k, Dim3.of(1), Dim3.of(256), 0, Lab.parameters(k, from, y));
        if (wait) {
          run.run();
          assertEquals(x[3], Lab.floats(device, y, 256)[252]);
        } else {
          assertEquals(FaultKind.UNWRITTEN, assertThrows(SimulationFault.class, run::run).kind());
        }
      }
    }
  }

  @Test
  void reductionsAndAssertions() {
    PtxKernel k = PtxModule.parse(Lab.resource("cuda/halves.ptx")).kernel("reductions");
    try (SimDevice device = SimDevice.create()) {
      int[] x = new int[32];
      x[7] = 5;
      x[9] = 11;
      long y = device.allocate(128);
      device.launch(k, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(k, Lab.upload(device, x), y));
      assertEquals(27, Lab.ints(device, y, 32)[31]);
      x[3] = -1;
      SimulationFault f = assertThrows(SimulationFault.class,
          () -> device.launch(k, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(k, Lab.upload(device, x), y)));
      assertEquals(FaultKind.TRAP, f.kind());
      assertArrayEquals(new int[] {3, 0, 0}, f.thread());
    }
  }
}
