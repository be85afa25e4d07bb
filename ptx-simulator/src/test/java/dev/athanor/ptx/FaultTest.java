package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Planted bugs: each must be caught, with the right kind of report and the right place. */
class FaultTest {
  /**
   * A kernel {@code k(.u64 p, .u64 q, .u32 n)} with the usual registers; {@code %t} is tid.x, {@code %b} ctaid.x, {@code %a} p +
   * 4 tid.x.
   */
  static String kernel(String body) {
    return Lab.header() + ".global .align 4 .u32 flag;\n" + """
        .visible .entry k(.param .u64 p, .param .u64 q, .param .u32 n) {
          .reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<16>, %t, %b, %n; .reg .b64 %d<16>, %a, %P, %Q; .reg .f32 %f<8>;
          .shared .align 16 .b8 s[256]; .local .align 8 .b8 l[32];
          ld.param.u64 %P, [p]; ld.param.u64 %Q, [q]; ld.param.u32 %n, [n]; mov.u32 %t, %tid.x; mov.u32 %b, %ctaid.x;
          mul.wide.u32 %a, %t, 4; add.s64 %a, %a, %P; shl.b32 %r15, %t, 2; mov.u32 %r14, s; add.s32 %r14, %r14, %r15;
        """ + body + "\nret;\n}\n";
  }

  /** Runs it with p pointing to 64 written words and q to 64 unwritten ones. */
  private static LaunchReport run(String body, int blocks, int threads, int n) {
    try (SimDevice device = SimDevice.builder().threads(2).build()) {
      return run(device, body, blocks, threads, n);
    }
  }

  private static LaunchReport run(SimDevice device, String body, int blocks, int threads, int n) {
    PtxKernel k = PtxModule.parse(kernel(body)).kernel("k");
    long p = Lab.upload(device, new int[64]);
    long q = device.allocate(256);
    return device.launch(k, Dim3.of(blocks), Dim3.of(threads), 0, Lab.parameters(k, p, q, n));
  }

  private static SimulationFault caught(FaultKind kind, String body, int blocks, int threads) {
    SimulationFault f = assertThrows(SimulationFault.class, () -> run(body, blocks, threads, 0));
    assertEquals(kind, f.kind(), f.getMessage());
    assertEquals("k", f.kernel());
    return f;
  }

  @Nested
  class Memory {
    @Test
    void readPastTheEnd() {
      SimulationFault f = caught(FaultKind.OUT_OF_BOUNDS, "ld.global.u32 %r0, [%a];", 1, 65);
      assertArrayEquals(new int[] {64, 0, 0}, f.thread());
      assertArrayEquals(new int[] {0, 0, 0}, f.block());
      assertEquals("ld.global.u32 %r0, [%a];", f.instruction());
      assertTrue(f.line() > 5);
      assertTrue(f.detail().contains("0 bytes past the end of allocation #1") && f.detail().contains("256 bytes"), f.detail());
    }

    @Test
    void writeBeforeTheBegin() {
      SimulationFault f = caught(FaultKind.OUT_OF_BOUNDS, "st.global.u32 [%P+-4], %t;", 1, 1);
      assertTrue(f.detail().contains("4 bytes before allocation #1"), f.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%P+256];", "st.global.u8 [%P+256], %h0;",
        "red.global.add.u32 [%P+256], 1;",
        "ld.shared.u32 %r0, [s+256];", "st.shared.u8 [s+256], %h0;", "ld.local.u32 %r0, [l+32];",
        "atom.shared.add.u32 %r0, [s+1000], 1;",
        "mov.u64 %d0, 0; ld.global.u32 %r0, [%d0];", "mov.u64 %d0, -8; st.u64 [%d0], %d1;",
        "mov.b64 %d0, p; ld.param.u32 %r0, [%d0+24];"})
    void outside(String body) {
      caught(FaultKind.OUT_OF_BOUNDS, body, 1, 1);
    }

    @Test
    void nullPointer() {
      assertTrue(caught(FaultKind.OUT_OF_BOUNDS, "mov.u64 %d0, 0; ld.global.u32 %r0, [%d0+8];", 1,
          1).detail().contains("null pointer?"));
    }

    @Test
    void useAfterFree() {
      try (SimDevice device = SimDevice.create()) {
        PtxKernel k = PtxModule.parse(kernel("ld.global.u32 %r0, [%P];")).kernel("k");
        long p = Lab.upload(device, new int[8]);
        device.free(p);
        SimulationFault f = assertThrows(SimulationFault.class,
            () -> device.launch(k, Dim3.of(1), Dim3.of(1), 0, Lab.parameters(k, p, 0L, 0)));
        assertEquals(FaultKind.OUT_OF_BOUNDS, f.kind());
        assertTrue(f.detail().contains("freed allocation #1"), f.detail());
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ld.global.u32 %r0, [%P+2];", "st.global.u16 [%P+1], %h0;", "ld.global.v2.u32 {%r0, %r1}, [%P+4];",
        "ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%P+8];", "st.shared.u64 [s+4], %d0;", "ld.local.u32 %r0, [l+1];",
        "atom.global.add.u64 %d0, [%P+4], 1;"})
    void misaligned(String body) {
      caught(FaultKind.MISALIGNED, body, 1, 1);
    }

    @Test
    void writeToConstant() {
      String ptx = Lab.header()
          + ".const .align 4 .u32 c = 1; .entry k() { .reg .b64 %d0; mov.u64 %d0, c; st.global.u32 [%d0], 1; ret; }";
      try (SimDevice device = SimDevice.create()) {
        PtxKernel k = PtxModule.parse(ptx).kernel("k");
        assertEquals(FaultKind.READ_ONLY, assertThrows(SimulationFault.class,
            () -> device.launch(k, Dim3.of(1), Dim3.of(1), 0, Lab.parameters(k))).kind());
      }
    }

    @Test
    void noCheckIsLeftBehindWhenChecksAreOff() {
      try (SimDevice device = SimDevice.builder().checks(Set.of()).build()) {
        assertEquals(FaultKind.OUT_OF_BOUNDS,
            assertThrows(SimulationFault.class, () -> run(device, "ld.global.u32 %r0, [%a];", 1, 65, 0)).kind());
      }
    }
  }

  @Nested
  class Unwritten {
    @ParameterizedTest
    @ValueSource(strings = {
        "ld.global.u32 %r0, [%Q]; st.global.u32 [%P], %r0;",
        "ld.global.u32 %r0, [%Q]; add.s32 %r1, %r0, 1; mul.wide.u32 %d0, %r1, 4; cvt.u32.u64 %r2, %d0; st.global.u32 [%P], %r2;",
        "ld.shared.u32 %r0, [s+4]; setp.eq.s32 %p0, %r0, 0; @%p0 bra X; X:",
        "ld.local.u32 %r0, [l]; mul.wide.u32 %d0, %r0, 4; add.s64 %d0, %d0, %P; ld.global.u32 %r1, [%d0];",
        "st.shared.u8 [s], %h0; ld.shared.u32 %r0, [s]; st.global.u32 [%P], %r0;",
        "ld.global.u32 %r0, [%Q]; st.shared.u32 [s], %r0; ld.shared.u32 %r1, [s]; st.global.u32 [%P], %r1;",
        "ld.global.u32 %r0, [%Q]; shfl.sync.idx.b32 %r1, %r0, 0, 31, 1; st.global.u32 [%P], %r1;",
        "ld.global.u32 %r0, [%Q]; setp.eq.u32 %p0, %r0, 5; vote.sync.ballot.b32 %r1, %p0, 1;",
        "ld.global.u32 %r0, [%Q]; setp.eq.u32 %p0, %r0, 5; selp.u32 %r1, 1, 2, %p0; st.global.u32 [%P], %r1;",
        "ld.global.v2.u32 {%r0, %r1}, [%Q]; mov.b64 %d0, {%r2, %r1}; st.global.u64 [%P], %d0;",
        "ld.global.u32 %r0, [%Q]; cvt.rn.f32.s32 %f0, %r0; fma.rn.f32 %f1, %f2, %f3, %f0; st.global.f32 [%P], %f1;",
        "ld.global.u32 %r0, [%Q]; red.global.add.u32 [%P], %r0;",
        "atom.global.add.u32 %r0, [%Q], 1;", "red.shared.max.u32 [s], 1;"})
    void isFollowedToItsUse(String body) {
      SimulationFault f = caught(FaultKind.UNWRITTEN, body, 1, 1);
      assertTrue(f.detail().contains("nobody wrote"), f.detail());
    }

    @Test
    void namesTheLoadAndTheAllocation() {
      String d = caught(FaultKind.UNWRITTEN, "ld.global.u32 %r0, [%Q+8];\nst.global.u32 [%P], %r0;", 1, 1).detail();
      assertTrue(d.contains("ld.global.u32 %r0, [%Q+8];") && d.contains("byte 8 of allocation #2"), d);
    }

    /** Loading and copying is no fault as long as nothing depends on the value. */
    @ParameterizedTest
    @ValueSource(strings = {
        "ld.global.u32 %r0, [%Q]; mov.u32 %r1, %r0; mov.u32 %r0, 1; st.global.u32 [%P], %r0;",
        "ld.shared.u32 %r0, [s]; setp.eq.s32 %p0, %t, 0; selp.u32 %r1, 7, %r0, %p0; st.global.u32 [%P], %r1;",
        "ld.shared.u32 %r0, [s]; setp.eq.s32 %p0, %r0, 3; setp.ne.s32 %p1, %t, %t; and.pred %p2, %p0, %p1; @%p2 bra X; X:",
        "ld.shared.u32 %r0, [s]; setp.eq.s32 %p1, %t, %t; setp.eq.or.s32 %p2, %r0, 3, %p1; @%p2 bra X; X:",
        "ld.local.v2.u32 {%r0, %r1}, [l]; st.local.v2.u32 [l+8], {%r0, %r1};"})
    void copyingIsNoFault(String body) {
      run(body, 1, 1, 0);
    }

    @Test
    void sharedAndLocalMemoryAreFreshInEachBlock() {
      String body =
          "setp.ne.u32 %p0, %b, 0; @%p0 bra X; st.shared.u32 [s], %t; X: ld.shared.u32 %r0, [s]; st.global.u32 [%P], %r0;";
      try (SimDevice device = SimDevice.builder().threads(1).check(Check.GLOBAL_RACES, false).build()) {
        SimulationFault f = assertThrows(SimulationFault.class, () -> run(device, body, 2, 1, 0));
        assertEquals(FaultKind.UNWRITTEN, f.kind());
        assertArrayEquals(new int[] {1, 0, 0}, f.block());
      }
    }

    @Test
    void hostReadOfWhatTheKernelForgot() {
      try (SimDevice device = SimDevice.create()) {
        PtxKernel k = PtxModule.parse(kernel("setp.eq.u32 %p0, %t, 9; @%p0 bra X; st.global.u32 [%a], %t; X:")).kernel("k");
        long p = device.allocate(256);
        device.launch(k, Dim3.of(1), Dim3.of(64), 0, Lab.parameters(k, p, p, 0));
        SimulationFault f = assertThrows(SimulationFault.class, () -> Lab.ints(device, p, 64));
        assertTrue(f.detail().contains("byte 36 "), f.detail());
        assertEquals(8, Lab.ints(device, p, 9)[8]);
      }
    }
  }

  @Nested
  class Races {
    @ParameterizedTest
    @ValueSource(strings = {
        "st.shared.u32 [s], %t;",
        "setp.eq.u32 %p0, %t, 0; @%p0 st.shared.u32 [s], %t; ld.shared.u32 %r0, [s];",
        "st.shared.u32 [%r14], %t; xor.b32 %r0, %r14, 4; ld.shared.u32 %r1, [%r0];",
        "st.shared.u32 [%r14], %t; ld.shared.u32 %r1, [%r14]; bar.sync 0; xor.b32 %r0, %r14, 4; ld.shared.u32 %r1, [%r0];"
            + " st.shared.u32 [%r14], 1;",
        "cvt.u16.u32 %h0, %t; mov.u32 %r1, s; shr.u32 %r2, %t, 1; add.s32 %r1, %r1, %r2; st.shared.u8 [%r1], %h0;",
        "mov.u32 %r1, s; shl.b32 %r2, %t, 1; add.s32 %r1, %r1, %r2; st.shared.u16 [%r1], %h0; ld.shared.u32 %r3, [s];",
        "red.shared.or.b32 [s], 1; st.shared.u32 [s], 0;"})
    void onSharedMemory(String body) {
      String initial = body.startsWith("red") ? "setp.eq.u32 %p7, %t, 0; @%p7 st.shared.u32 [s], 0; bar.sync 0;" : "";
      SimulationFault f = caught(FaultKind.RACE, initial + body, 1, 64);
      assertTrue(f.detail().contains("thread"), f.detail());
    }

    @Test
    void betweenWarpsWithoutABarrier() {
      SimulationFault f = caught(FaultKind.RACE,
          "st.shared.u32 [%r14], %t; bar.warp.sync -1; mov.u32 %r0, s; sub.s32 %r1, %r0, %r14;"
          + " add.s32 %r1, %r1, 252; add.s32 %r1, %r1, %r0; ld.shared.u32 %r2, [%r1];", 1, 64);
      assertTrue(f.detail().contains("of the same block"), f.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"st.global.u32 [%P], %t;", "st.global.u8 [%P+5], %h0;",
        "ld.global.u32 %r0, [%P]; st.global.u32 [%P], %r0;",
        "st.global.v2.u32 [%P], {%t, %t};", "red.global.add.u32 [%P], 1; ld.global.u32 %r0, [%P];",
        "red.global.add.u32 [%P], 1; st.global.u32 [%P], 1;"})
    void betweenBlocks(String body) {
      for (int i = 0; i < 20; i++) {
        SimulationFault f = caught(FaultKind.RACE, body, 8, 1);
        assertTrue(f.detail().contains("of block") || f.detail().contains("several blocks"), f.detail());
      }
    }

    @Test
    void ofWordAgainstByte() {
      caught(FaultKind.RACE, "setp.eq.u32 %p0, %b, 0; @%p0 st.global.u8 [%P+1], %h0; @!%p0 st.global.u32 [%P], %t;", 2, 1);
      caught(FaultKind.RACE, "setp.eq.u32 %p0, %b, 0; @!%p0 st.global.u8 [%P+1], %h0; @%p0 st.global.u32 [%P], %t;", 2, 1);
      caught(FaultKind.RACE, "setp.eq.u32 %p0, %b, 0; @%p0 ld.global.u8 %h1, [%P+1]; @!%p0 st.global.u64 [%P], %d0;", 2, 1);
    }

    /** Without the fence, counting up publishes nothing. */
    @Test
    void lastBlockWithoutItsFence() {
      String body =
          "mul.wide.u32 %d0, %b, 4; add.s64 %d0, %d0, %P; st.global.u32 [%d0], %b; %s atom.global.add.u32 %r0, [flag], 1;"
          + " setp.ne.u32 %p0, %r0, 7; @%p0 bra X; ld.global.u32 %r1, [%P]; ld.global.u32 %r2, [%P+4]; X:";
      caught(FaultKind.RACE, body.replace("%s", ""), 8, 1);
      run(body.replace("%s", "membar.gl;"), 8, 1, 0);
      run(body.replace("%s", "fence.acq_rel.gpu;"), 8, 1, 0);
    }

    /** A flag handed from block to block: what was written before its release may be read after its acquire. */
    @ParameterizedTest
    @ValueSource(strings = {"st.release.gpu.global.u32 [flag], 1;|ld.acquire.gpu.global.u32 %r0, [flag];",
        "membar.gl; st.volatile.global.u32 [flag], 1;|ld.volatile.global.u32 %r0, [flag];",
        "fence.acq_rel.gpu; red.relaxed.gpu.global.add.u32 [flag], 1;|ld.relaxed.gpu.global.u32 %r0, [flag];"})
    void flagsBetweenBlocks(String pair) {
      String body = "setp.ne.u32 %p0, %b, 0; @%p0 bra READ; st.global.u32 [%P], 5; RELEASE bra DONE;"
          + " READ: ACQUIRE setp.eq.u32 %p1, %r0, 0; @%p1 bra READ; ld.global.u32 %r1, [%P]; DONE:";
      String right = body.replace("RELEASE", pair.split("\\|")[0]).replace("ACQUIRE", pair.split("\\|")[1]);
      run(right, 2, 1, 0);
      String wrong = right.replace("membar.gl;", "").replace("fence.acq_rel.gpu;", "").replace(".release", ".relaxed");
      caught(FaultKind.RACE, wrong, 2, 1);
    }

    @Test
    void canBeSwitchedOff() {
      try (SimDevice device = SimDevice.builder().check(Check.SHARED_RACES, false).check(Check.GLOBAL_RACES, false).build()) {
        run(device, "st.shared.u32 [s], %t; st.global.u32 [%P], %t;", 2, 64, 0);
      }
    }
  }

  @Nested
  class Divergence {
    @Test
    void barrierInABranch() {
      SimulationFault f = caught(FaultKind.DIVERGENT_BARRIER, "setp.lt.u32 %p0, %t, 5; @%p0 bra X; bar.sync 0; X:", 1, 64);
      assertTrue(f.instruction().startsWith("bar.sync"), f.getMessage());
    }

    @Test
    void barrierInABranchOfWholeWarps() {
      caught(FaultKind.DIVERGENT_BARRIER, "setp.lt.u32 %p0, %t, 32; @%p0 bra X; bar.sync 0; X:", 1, 64);
    }

    @Test
    void earlyReturnBeforeABarrier() {
      SimulationFault f = caught(FaultKind.DIVERGENT_BARRIER, "setp.gt.u32 %p0, %t, 40; @%p0 ret; bar.sync 0;", 1, 64);
      assertArrayEquals(new int[] {41, 0, 0}, f.thread());
      assertTrue(f.detail().contains("left the kernel"), f.detail());
    }

    @Test
    void differentBarriersOfOneNumber() {
      SimulationFault f = caught(FaultKind.DIVERGENT_BARRIER,
          "setp.lt.u32 %p0, %t, 32; @%p0 bra X;\nbar.sync 0;\nbra Y;\nX:\nbar.sync 0;\nY:", 1, 64);
      assertTrue(f.detail().contains("line"), f.detail());
    }

    @Test
    void differentBarrierNumbers() {
      caught(FaultKind.DIVERGENT_BARRIER, "setp.lt.u32 %p0, %t, 32; @%p0 bra X; bar.sync 0; bra Y; X: bar.sync 1; Y:", 1, 64);
    }

    @Test
    void tooManyThreadsForACountedBarrier() {
      caught(FaultKind.DIVERGENT_BARRIER, "bar.sync 1, 32;", 1, 64);
      caught(FaultKind.DIVERGENT_BARRIER, "bar.sync 1, 96;", 1, 64);
    }

    @Test
    void shuffleThatSomeLanesMiss() {
      SimulationFault f = caught(FaultKind.DIVERGENT_SHUFFLE,
          "setp.lt.u32 %p0, %t, 16; @%p0 bra X; bar.sync 0; X: @!%p0 bra Y;"
              + " shfl.sync.down.b32 %r0, %t, 1, 31, -1; Y: bar.sync 0;", 1, 32);
      assertTrue(f.detail().contains("0xffff0000"), f.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shfl.sync.idx.b32 %r0, %t, 0, 31, 2;", "vote.sync.any.pred %p1, %p0, 6;", "bar.warp.sync 2;",
        "match.any.sync.b32 %r0, %t, 4;", "redux.sync.add.s32 %r0, %t, 8;"})
    void laneOutsideItsOwnMask(String body) {
      caught(FaultKind.DIVERGENT_SHUFFLE, body, 1, 1);
    }

    @Test
    void shuffleFromALaneThatIsNotThere() {
      SimulationFault f = caught(FaultKind.UNWRITTEN, "shfl.sync.down.b32 %r0, %t, 16, 31, -1; st.global.u32 [%a], %r0;", 1, 20);
      assertTrue(f.detail().contains("lane 20 in the shuffle"), f.detail());
      assertArrayEquals(new int[] {4, 0, 0}, f.thread());
    }
  }

  @Test
  void divisionByZero() {
    for (String op : new String[] {"div.s32 %r0, %t, %n;", "rem.u32 %r0, %t, %n;", "cvt.s64.s32 %d1, %n; div.s64 %d0, %P, %d1;",
        "cvt.u64.u32 %d1, %n; rem.u64 %d0, %P, %d1;"}) {
      caught(FaultKind.DIVISION_BY_ZERO, op, 1, 1);
      run(op, 1, 1, 3);
    }
    try (SimDevice device = SimDevice.builder().check(Check.DIVISION, false).build()) {
      run(device, "div.s32 %r0, %t, %n;", 1, 32, 0);
    }
  }

  @Test
  void shortDivisionByZero() {
    caught(FaultKind.DIVISION_BY_ZERO, "cvt.u16.u32 %h1, %n; div.u16 %h0, %h1, %h1;", 1, 1);
  }

  @Test
  void trapAndEndlessLoop() {
    assertArrayEquals(new int[] {3, 0, 0}, caught(FaultKind.TRAP, "setp.eq.u32 %p0, %t, 3; @%p0 trap;", 1, 8).thread());
    try (SimDevice device = SimDevice.builder().instructionLimit(10_000).build()) {
      assertEquals(FaultKind.INSTRUCTION_LIMIT,
          assertThrows(SimulationFault.class, () -> run(device, "X: bra X;", 1, 32, 0)).kind());
    }
  }

  @Test
  void launchErrors() {
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = PtxModule.parse(kernel("")).kernel("k");
      assertThrows(IllegalArgumentException.class, () -> device.launch(k, Dim3.of(1), Dim3.of(1025), 0, Lab.parameters(k, 0L, 0L,
          0)));
      assertThrows(IllegalArgumentException.class,
          () -> device.launch(k, Dim3.of(1), Dim3.of(1), 0, java.lang.foreign.MemorySegment.ofArray(new byte[4])));
      assertThrows(IllegalArgumentException.class, () -> device.launch(k, Dim3.of(1), Dim3.of(1), -1, Lab.parameters(k, 0L, 0L,
          0)));
      assertThrows(IllegalArgumentException.class, () -> Dim3.of(0));
    }
  }

  @Test
  void theMessageTellsTheWholeStory() {
    String m = caught(FaultKind.OUT_OF_BOUNDS, "ld.global.u32 %r0, [%a+4];", 1, 64).getMessage();
    assertTrue(m.startsWith("OUT_OF_BOUNDS in k, block (0, 0, 0), thread (63, 0, 0), line "), m);
  }
}
