package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loads, stores, atomics, state spaces and the host's view of memory. */
class MemoryTest {
  @ParameterizedTest
  @CsvSource({"u8, 0xF0", "s8, 0xFFFFFFFFFFFFFFF0", "u16, 0xE0F0", "s16, 0xFFFFFFFFFFFFE0F0", "u32, 0xC0D0E0F0",
      "s32, 0xFFFFFFFFC0D0E0F0",
      "u64, 0x8090A0B0C0D0E0F0", "b64, 0x8090A0B0C0D0E0F0"})
  void loadsExtendToTheRegister(String type, String want) {
    String body = "ld.global." + type + " %d0, [%from];";
    long[] got = Lab.run(body, List.of(new long[] {0x8090A0B0C0D0E0F0L}));
    assertEquals(Long.parseUnsignedLong(want.substring(2), 16), got[0]);
  }

  @Test
  void narrowStoresWriteOnlyTheirBytes() {
    long[] got = Lab.run("st.global.u8 [%from+3], %r2; st.global.u16 [%from+4], %h2; ld.global.u64 %d0, [%from];",
        List.of(new long[] {0x1111111111111111L, 0xABCDEF}));
    assertEquals(0x1111CDEFEF111111L, got[0]);
  }

  @Test
  void vectors() {
    long[] got = Lab.run("ld.global.v4.u32 {%r5, %r6, %r7, %r0}, [%from];", List.of(new long[] {0x200000001L, 0x400000003L}));
    assertEquals(4, got[0]);
    got = Lab.run("ld.global.v2.u64 {%d5, %d6}, [%from+16]; st.global.v2.b64 [%from], {%d6, %d5};"
        + " ld.global.nc.L1::no_allocate.u64 %d0,"
        + " [%from+8];", List.of(new long[] {1, 2, 3, 4}));
    assertEquals(3, got[0]);
    got = Lab.run("ld.global.ca.v4.u8 {%h5, %h6, %h7, %h0}, [%from];", List.of(new long[] {0x44332211}));
    assertEquals(0x44, got[0]);
    got = Lab.run("ld.global.v2.f32 {%f5, %f0}, [%from];", List.of(new long[] {0x3F80000040000000L}));
    assertEquals(0x3F800000, got[0]);
  }

  @ParameterizedTest
  @CsvSource({"add.u32, 7, 5, 12", "add.s32, -7, 5, -2", "min.s32, -7, 5, -7", "min.u32, -7, 5, 5", "max.s32, -7, 5, 5",
      "max.u32, -7, 5, -7",
      "and.b32, 12, 10, 8", "or.b32, 12, 10, 14", "xor.b32, 12, 10, 6", "exch.b32, 12, 10, 10", "inc.u32, 4, 5, 5",
      "inc.u32, 5, 5, 0",
      "inc.u32, 9, 5, 0", "dec.u32, 4, 5, 3", "dec.u32, 0, 5, 5", "dec.u32, 9, 5, 5"})
  void atomics32(String op, int old, int operand, int want) {
    long[] got = Lab.run("atom.global." + op + " %r5, [%from], %r2; ld.global.u32 %r6, [%from]; mov.b64 %d0, {%r5, %r6};",
        List.of(new long[] {old & 0xFFFFFFFFL, operand & 0xFFFFFFFFL}));
    assertEquals(old, (int) got[0], "the old value is returned");
    assertEquals(want, (int) (got[0] >>> 32));
  }

  @ParameterizedTest
  @CsvSource({"add.u64, 7, 5, 12", "min.s64, -7, 5, -7", "max.u64, -7, 5, -7", "and.b64, 12, 10, 8", "exch.b64, 1, 2, 2"})
  void atomics64(String op, long old, long operand, long want) {
    assertEquals(want, Lab.run("atom.global." + op + " %d5, [%from], %d2; ld.global.u64 %d0, [%from];",
        List.of(new long[] {old, operand})) [0]);
    assertEquals(want, Lab.run("red.global." + op.replace("exch", "max") + " [%from], %d2; ld.global.u64 %d0, [%from];",
        List.of(new long[] {old, operand})) [0]);
  }

  @Test
  void compareAndSwap() {
    assertEquals(9, Lab.run("atom.global.cas.b32 %r5, [%from], %r2, %r3; ld.global.u32 %r0, [%from];", List.of(new long[] {5, 5,
        9})) [0]);
    assertEquals(5, Lab.run("atom.global.cas.b32 %r5, [%from], %r2, %r3; ld.global.u32 %r0, [%from];", List.of(new long[] {5, 6,
        9})) [0]);
    assertEquals(9, Lab.run("atom.cas.b64 %d5, [%from], %d2, %d3; ld.global.u64 %d0, [%from];", List.of(new long[] {-5, -5,
        9})) [0]);
    assertEquals(0x50009, Lab.run("atom.global.cas.b16 %h5, [%from], %h2, %h3; ld.global.u32 %r0, [%from];",
        List.of(new long[] {0x50006, 6, 9})) [0]);
  }

  @Test
  void floatAtomics() {
    assertEquals(Lab.bits(3.5f), Lab.run("atom.global.add.f32 %f5, [%from], %f2; ld.global.f32 %f0, [%from];",
        List.of(new long[] {Lab.bits(1f), Lab.bits(2.5f)})) [0]);
    assertEquals(Lab.bits(3.5), Lab.run("red.relaxed.gpu.global.add.f64 [%from], %e2; ld.global.f64 %e0, [%from];",
        List.of(new long[] {Lab.bits(1.0), Lab.bits(2.5)})) [0]);
  }

  /** Atomics of many blocks on one word must all count, whichever thread of the host runs them. */
  @Test
  void atomicsAddUpAcrossBlocks() {
    String ptx = Lab.header() + """
        .visible .entry k(.param .u64 p) { .reg .b64 %d<2>; .reg .b32 %r<2>;
          ld.param.u64 %d0, [p]; atom.global.add.u32 %r0, [%d0], 1; red.global.max.u32 [%d0+4], 7; ret; }""";
    try (SimDevice device = SimDevice.builder().threads(8).build()) {
      PtxKernel k = PtxModule.parse(ptx).kernel("k");
      long p = Lab.upload(device, new int[2]);
      LaunchReport r = device.launch(k, Dim3.of(500), Dim3.of(100), 0, Lab.parameters(k, p));
      assertArrayEquals(new int[] {50_000, 7}, Lab.ints(device, p, 2));
      assertEquals(100_000, r.globalAtomics());
    }
  }

  @Test
  void genericAddressesReachEverySpace() {
    String body = """
        { .shared .align 8 .b8 s[64]; .local .align 8 .b8 l[16]; .reg .b64 %g<4>;
        mov.u64 %g0, s; cvta.shared.u64 %g0, %g0; mov.u64 %g1, l; cvta.local.u64 %g1, %g1; cvta.global.u64 %g2, %from;
        st.u64 [%g0], %d1; st.u64 [%g1+8], %d2; ld.u64 %d5, [%g0]; ld.u64 %d6, [%g1+8]; ld.u64 %d7, [%g2+16];
        isspacep.shared %p5, %g0; isspacep.local %p6, %g1; isspacep.global %p7, %g2; isspacep.shared %p4, %g2;
        and.pred %p5, %p5, %p6; and.pred %p5, %p5, %p7; not.pred %p4, %p4; and.pred %p5, %p5, %p4;
        cvta.to.shared.u64 %g3, %g0; ld.shared.u64 %d8, [%g3];
        add.s64 %d0, %d5, %d6; add.s64 %d0, %d0, %d7; add.s64 %d0, %d0, %d8; @!%p5 mov.u64 %d0, 0; }""";
    assertEquals(1 + 20 + 300 + 1, Lab.run(body, List.of(new long[] {1, 20, 300})) [0]);
  }

  @Test
  void moduleVariables() {
    String ptx = Lab.header() + """
        .const .align 4 .f32 table[4] = {1.5, 0f40000000, 3, 4};
        .global .align 8 .u64 counter = 41;
        .global .align 4 .b8 zero[16];
        .visible .entry k(.param .u64 out) { .reg .b64 %d<4>; .reg .f32 %f<4>; .reg .b32 %r<2>;
          ld.param.u64 %d0, [out]; ld.const.f32 %f0, [table+4]; mov.u64 %d1, table; ld.const.f32 %f1, [%d1];
          add.f32 %f0, %f0, %f1; st.global.f32 [%d0], %f0; atom.global.add.u64 %d2, [counter], 1;
          ld.global.u32 %r0, [zero+12]; st.global.u32 [%d0+4], %r0; ret; }""";
    try (SimDevice device = SimDevice.create()) {
      PtxModule module = PtxModule.parse(ptx);
      PtxKernel k = module.kernel("k");
      long out = device.allocate(8);
      for (int i = 0; i < 3; i++) {
        device.launch(k, Dim3.of(1), Dim3.of(1), 0, Lab.parameters(k, out));
      }
      assertEquals(3.5f, Lab.floats(device, out, 1)[0]);
      assertEquals(44, Lab.ints(device, device.variable(module, "counter"), 1)[0]);
      assertEquals(0, Lab.ints(device, out, 2)[1]);
    }
  }

  @Test
  void parametersAreLaidOutAsCLaysOutStructs() {
    String ptx = Lab.header() + """
        .visible .entry k(.param .u8 a, .param .u64 b, .param .align 8 .b8 c[20], .param .f32 d,
            .param .u64 .ptr .global .align 4 e) {
          .reg .b64 %d<4>; .reg .b32 %r<6>; .reg .f32 %f0;
          ld.param.u64 %d0, [e]; mov.b64 %d1, c; ld.param.u32 %r0, [%d1+16]; ld.param.u8 %r1, [a]; ld.param.f32 %f0, [d];
          mov.b32 %r2, %f0; add.s32 %r0, %r0, %r1; add.s32 %r0, %r0, %r2; cvta.param.u64 %d1, %d1; ld.u32 %r3, [%d1];
          add.s32 %r0, %r0, %r3; st.global.u32 [%d0], %r0; ret; }""";
    PtxKernel k = PtxModule.parse(ptx).kernel("k");
    assertEquals(List.of(0, 8, 16, 36, 40), k.parameters().stream().map(PtxParameter::offset).toList());
    assertEquals(48, k.parameterBytes());
    assertEquals(new PtxParameter("c", "b8", 16, 20, 8), k.parameters().get(2));
    try (SimDevice device = SimDevice.create()) {
      long out = device.allocate(4);
      byte[] c = new byte[20];
      c[0] = 100;
      c[16] = 7;
      device.launch(k, Dim3.of(1), Dim3.of(1), 0, Lab.parameters(k, 3, 0L, c, Float.intBitsToFloat(1000), out));
      assertEquals(1110, Lab.ints(device, out, 1)[0]);
    }
  }

  @Test
  void hostCopies() {
    try (SimDevice device = SimDevice.create()) {
      long a = device.allocate(200_000);
      byte[] data = new byte[100_000];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (i * 7);
      }
      device.write(a + 50_000, MemorySegment.ofArray(data));
      assertArrayEquals(data, Lab.bytes(device, a + 50_000, data.length));
      device.fill(a, 50_000, (byte) 3);
      assertEquals(3, Lab.bytes(device, a + 49_999, 1)[0]);
      device.copy(a + 150_000, a + 50_000, 50_000);
      assertArrayEquals(Arrays.copyOf(data, 50_000), Lab.bytes(device, a + 150_000, 50_000));
      assertEquals(200_000, device.allocatedBytes());
      device.free(a);
      assertEquals(0, device.allocatedBytes());
      assertTrue(assertThrows(IllegalArgumentException.class, () -> device.free(a)).getMessage().contains("freed"));
      assertThrows(IllegalArgumentException.class, () -> device.write(a, MemorySegment.ofArray(data)));
    }
  }

  @Test
  void hugeAllocationsCostWhatIsTouched() {
    try (SimDevice device = SimDevice.create()) {
      long huge = device.allocate(20L << 30);
      device.fill(huge + (19L << 30), 100, (byte) 1);
      assertEquals(1, Lab.bytes(device, huge + (19L << 30) + 99, 1)[0]);
    }
  }

  @Test
  void localMemoryIsPrivateToEachThread() {
    String ptx = Lab.header() + """
        .visible .entry k(.param .u64 out) { .local .align 4 .b8 depot[16]; .reg .b64 %SPL, %d<4>; .reg .b32 %r<4>;
          ld.param.u64 %d0, [out]; mov.u64 %SPL, depot; mov.u32 %r0, %tid.x; st.local.u32 [%SPL+4], %r0; bar.sync 0;
          ld.local.u32 %r1, [%SPL+4]; mul.wide.u32 %d1, %r0, 4; add.s64 %d0, %d0, %d1; st.global.u32 [%d0], %r1; ret; }""";
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = PtxModule.parse(ptx).kernel("k");
      long out = device.allocate(400);
      device.launch(k, Dim3.of(1), Dim3.of(100), 0, Lab.parameters(k, out));
      int[] got = Lab.ints(device, out, 100);
      for (int i = 0; i < 100; i++) {
        assertEquals(i, got[i]);
      }
    }
  }

  /** Copies arrive when they are waited for; without the wait shared memory stays unwritten. */
  @Test
  void asynchronousCopies() {
    String body = "{ .shared .align 16 .b8 s[64]; .reg .b32 %q; mov.u32 %q, s; cp.async.ca.shared.global [%q], [%from], 8;"
        + " cp.async.commit_group; cp.async.cg.shared.global [%q+16], [%from+16], 16, 8; cp.async.commit_group;"
        + " cp.async.wait_group 1; ld.shared.u64 %d5, [s]; WAIT ld.shared.v2.u64 {%d6, %d7}, [s+16];"
        + " add.s64 %d0, %d5, %d6; add.s64 %d0, %d0, %d7; }";
    List<long[]> in = List.of(new long[] {1, 20, 300, 4000});
    assertEquals(301, Lab.run(body.replace("WAIT", "cp.async.wait_group 0;"), in)[0]);
    assertEquals(301, Lab.run(body.replace("WAIT", "cp.async.wait_all;"), in)[0]);
    SimulationFault f = assertThrows(SimulationFault.class, () -> Lab.run(body.replace("WAIT", ""), in));
    assertEquals(FaultKind.UNWRITTEN, f.kind());
  }
}
