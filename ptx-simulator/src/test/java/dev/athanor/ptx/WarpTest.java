package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shuffles, votes, matches and reductions over a warp, barriers of all kinds, and control flow in which threads part and meet.
 */
class WarpTest {
  /** Runs a kernel body; {@code %t} is the thread, the result is {@code %r0} of each thread. */
  private static int[] run(String body, int threads) {
    return run(body, 1, threads, 256);
  }

  private static int[] run(String body, int blocks, int threads, int sharedBytes) {
    String ptx = Lab.header() + """
        .extern .shared .align 16 .b8 dyn[];
        .func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %r<3>; .reg .pred %p0; ld.param.b32 %r0, [x];
        setp.gt.s32 %p0, %r0, 1000; @%p0 bra BIG;
          add.s32 %r1, %r0, %r0; st.param.b32 [r+0], %r1; ret; BIG: st.param.b32 [r+0], -1; ret; }
        .func (.reg .b32 y) plus(.reg .b32 x, .reg .b32 z) { add.s32 y, x, z; ret; }
        .visible .entry k(.param .u64 p) {
          .reg .pred %p<9>; .reg .b32 %r<20>, %t, %b, %lane; .reg .b64 %d<9>; .reg .f32 %f<9>;
          mov.u32 %t, %tid.x; mov.u32 %b, %ctaid.x; mov.u32 %lane, %laneid;
        """ + body + """

          ld.param.u64 %d8, [p]; mov.u32 %r19, %ntid.x; mad.lo.s32 %r19, %r19, %b, %t; mul.wide.u32 %d7, %r19, 4;
          add.s64 %d8, %d8, %d7;
          st.global.u32 [%d8], %r0; ret; }
        """;
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = PtxModule.parse(ptx).kernel("k");
      long p = device.allocate(4L * threads * blocks);
      device.launch(k, Dim3.of(blocks), Dim3.of(threads), sharedBytes, Lab.parameters(k, p));
      return Lab.ints(device, p, threads * blocks);
    }
  }

  /** The manual's pseudo code of shfl. */
  private static int[] shuffle(String mode, int b, int c) {
    int[] r = new int[32];
    for (int lane = 0; lane < 32; lane++) {
      int segment = c >> 8 & 31;
      int max = lane & segment | c & 31 & ~segment;
      int min = lane & segment;
      int j;
      boolean p;
      switch (mode) {
        case "up" -> {
          j = lane - b;
          p = j >= max;
        }
        case "down" -> {
          j = lane + b;
          p = j <= max;
        }
        case "bfly" -> {
          j = lane ^ b;
          p = j <= max;
        }
        default -> {
          j = min | b & ~segment;
          p = j <= max;
        }
      }
      r[lane] = (p ? j : lane) * 10 + (p ? 1 : 0);
    }
    return r;
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "down", "bfly", "idx"})
  void shuffles(String mode) {
    for (int b : new int[] {0, 1, 3, 7, 16, 31}) {
      for (int width : new int[] {32, 16, 8, 4, 2, 1}) {
        int c = 32 - width << 8 | (mode.equals("up") ? 0 : 31);
        int[] got = run("mul.lo.s32 %r1, %t, 10; shfl.sync." + mode + ".b32 %r0|%p0, %r1, " + b + ", " + c
            + ", -1; @%p0 add.s32 %r0, %r0, 1;", 32);
        int[] want = shuffle(mode, b, c);
        for (int i = 0; i < 32; i++) {
          assertEquals(want[i], got[i], mode + " " + b + " width " + width + " lane " + i);
        }
      }
    }
  }

  @Test
  void votes() {
    assertEquals(0x55555555, run("and.b32 %r1, %t, 1; setp.eq.u32 %p0, %r1, 0; vote.sync.ballot.b32 %r0, %p0, -1;", 32)[7]);
    String any = "setp.eq.u32 %p0, %t, 5; vote.sync.MODE.pred %p1, NOT%p0, -1; selp.u32 %r0, 1, 0, %p1;";
    assertEquals(1, run(any.replace("MODE", "any").replace("NOT", ""), 32)[0]);
    assertEquals(0, run(any.replace("MODE", "all").replace("NOT", "!"), 32)[0]);
    assertEquals(1, run(any.replace("MODE", "all").replace("NOT", "!"), 64)[40]);
    assertEquals(0, run(any.replace("MODE", "uni").replace("NOT", ""), 32)[0]);
    assertEquals(1, run(any.replace("MODE", "uni").replace("NOT", ""), 64)[40]);
  }

  @Test
  void votesOfPartOfAWarp() {
    int[] got = run("""
        mov.u32 %r0, 0; and.b32 %r1, %lane, 3; mov.u32 %r2, 286331153; shl.b32 %r2, %r2, %r1; // the lanes congruent to mine
        setp.gt.u32 %p0, %lane, 15; vote.sync.ballot.b32 %r0, %p0, %r2;""", 32);
    assertEquals(0x11110000, got[0]);
    assertEquals(0x88880000, got[3]);
  }

  @Test
  void matches() {
    int[] got = run("shr.u32 %r1, %t, 2; match.any.sync.b32 %r0, %r1, -1;", 32);
    assertEquals(0xF0, got[5]);
    got = run("cvt.u64.u32 %d0, %t; shr.u64 %d0, %d0, 6; match.all.sync.b64 %r1|%p0, %d0, -1; selp.u32 %r0, %r1, 7, %p0;", 32);
    assertEquals(-1, got[0]);
    got = run("match.all.sync.b32 %r1|%p0, %t, -1; selp.u32 %r0, 5, %r1, %p0;", 32);
    assertEquals(0, got[0]);
  }

  @ParameterizedTest
  @CsvSource({"add.s32, 16", "min.s32, -15", "max.s32, 16", "min.u32, 0", "max.u32, -1", "and.b32, 0", "or.b32, -1",
      "xor.b32, -32"})
  void reductions(String op, int want) {
    assertEquals(want, run("sub.s32 %r1, %t, 15; redux.sync." + op + " %r0, %r1, -1;", 32)[9], op);
  }

  @Test
  void activeMask() {
    int[] got = run("mov.u32 %r0, 0; setp.lt.u32 %p0, %t, 4; @!%p0 bra X; activemask.b32 %r0; X:", 32);
    assertEquals(0xF, got[2]);
    assertEquals(0, got[4]);
  }

  /** Lanes that exchange within a branch, under the mask of the branch. */
  @Test
  void shufflesInsideABranch() {
    int[] got = run("""
        setp.lt.u32 %p0, %t, 16; @%p0 bra LOW;
        shfl.sync.bfly.b32 %r0, %t, 1, 31, 0xFFFF0000; bra DONE;
        LOW: shfl.sync.bfly.b32 %r0, %t, 2, 31, 0xFFFF;
        DONE: shfl.sync.idx.b32 %r0, %r0, 31, 31, -1;""", 32);
    assertEquals(30, got[0]);
  }

  /** Lanes come to the shuffle by ways of different lengths; they must wait for each other. */
  @Test
  void shuffleAfterLoopsOfDifferentLength() {
    int[] got = run("""
        mov.u32 %r1, 0; mov.u32 %r2, %t;
        L: setp.eq.u32 %p0, %r2, 0; @%p0 bra E; add.s32 %r1, %r1, %r2; sub.s32 %r2, %r2, 1; bra L;
        E: shfl.sync.down.b32 %r0, %r1, 1, 31, -1;""", 32);
    for (int i = 0; i < 31; i++) {
      assertEquals((i + 1) * (i + 2) / 2, got[i]);
    }
  }

  @Test
  void warpBarrierOrdersSharedMemory() {
    int[] got = run("""
        mov.u32 %r1, dyn; shl.b32 %r2, %t, 2; add.s32 %r2, %r2, %r1; st.shared.u32 [%r2], %t; bar.warp.sync -1;
        xor.b32 %r3, %r2, 4; ld.shared.u32 %r0, [%r3]; bar.warp.sync -1; st.shared.u32 [%r3], 0;""", 64);
    assertEquals(62, got[63]);
  }

  @Test
  void warpBarrierOfHalfAWarpInABranch() {
    int[] got = run("""
        mov.u32 %r1, dyn; shl.b32 %r2, %t, 2; add.s32 %r2, %r2, %r1; mov.u32 %r0, 9; setp.gt.u32 %p0, %t, 15; @%p0 bra X;
        st.shared.u32 [%r2], %t; bar.warp.sync 0xFFFF; xor.b32 %r3, %r2, 4; ld.shared.u32 %r0, [%r3]; X:""", 32);
    assertEquals(4, got[5]);
    assertEquals(9, got[16]);
  }

  /** A warp barrier may be reached at different instructions. */
  @Test
  void warpBarriersInBothBranches() {
    int[] got = run("""
        setp.gt.u32 %p0, %t, 15; mov.u32 %r1, dyn; @%p0 bra X;
        setp.eq.u32 %p1, %t, 0; @%p1 st.shared.u32 [dyn], 5; bar.warp.sync -1; ld.shared.u32 %r0, [dyn]; bra Y;
        X: bar.warp.sync -1; ld.shared.u32 %r0, [dyn]; Y:""", 32);
    assertEquals(5, got[0]);
    assertEquals(5, got[31]);
  }

  @Test
  void barrierReductions() {
    String body =
        "setp.lt.u32 %p0, %t, 50; bar.red.popc.u32 %r1, 0, %p0; bar.red.and.pred %p1, 0, %p0; bar.red.or.pred %p2, 0, !%p0;"
        + " selp.u32 %r2, 1000, 0, %p1; selp.u32 %r3, 2000, 0, %p2; add.s32 %r0, %r1, %r2; add.s32 %r0, %r0, %r3;";
    assertEquals(2050, run(body, 100)[99]);
    assertEquals(1040, run(body, 40)[0]);
  }

  /** Producers arrive, consumers wait: the counted barrier orders the one before the other. */
  @Test
  void producersAndConsumers() {
    int[] got = run("""
        mov.u32 %r1, dyn; and.b32 %r2, %t, 31; shl.b32 %r2, %r2, 2; add.s32 %r2, %r2, %r1; mov.u32 %r0, 0;
        setp.gt.u32 %p0, %t, 31; @%p0 bra CONSUME;
        add.s32 %r3, %t, 100; st.shared.u32 [%r2], %r3; bar.arrive 1, 64; bra DONE;
        CONSUME: bar.sync 1, 64; xor.b32 %r2, %r2, 8; ld.shared.u32 %r0, [%r2];
        DONE:""", 64);
    assertEquals(102, got[32]);
  }

  @Test
  void barriersOfSomeWarps() {
    int[] got = run("""
        mov.u32 %r1, dyn; shl.b32 %r2, %t, 2; add.s32 %r2, %r2, %r1; mov.u32 %r0, 0; shr.u32 %r5, %t, 6; add.s32 %r5, %r5, 1;
        st.shared.u32 [%r2], %t; barrier.sync %r5, 64; xor.b32 %r3, %r2, 128; ld.shared.u32 %r0, [%r3];
        barrier.sync %r5, 64; st.shared.u32 [%r3], 1;""", 1, 128, 512);
    assertEquals(32 + 3, got[3]);
    assertEquals(127 - 32, got[127]);
  }

  @Test
  void callsAndReturns() {
    int[] got = run("""
        { .param .b32 a; .param .b32 r; mul.lo.s32 %r1, %t, 100; st.param.b32 [a+0], %r1; call.uni (r), twice, (a);
        ld.param.b32 %r2, [r+0]; }
        call (%r0), plus, (%r2, 1);""", 32);
    assertEquals(2001, got[10]);
    assertEquals(0, got[11]);
  }

  @Test
  void predicatedCall() {
    int[] got = run("mov.u32 %r0, 7; setp.lt.u32 %p0, %t, 4; @%p0 call (%r0), plus, (%t, 10);", 32);
    assertEquals(13, got[3]);
    assertEquals(7, got[4]);
  }

  @Test
  void jumpTables() {
    int[] got = run("""
        and.b32 %r1, %t, 3; mov.u32 %r0, 0;
        ts: .branchtargets A, B, C, A;
        brx.idx %r1, ts;
        A: add.s32 %r0, %r0, 1; B: add.s32 %r0, %r0, 10; C: add.s32 %r0, %r0, 100;""", 32);
    assertEquals(111, got[0]);
    assertEquals(110, got[1]);
    assertEquals(100, got[2]);
    assertEquals(111, got[7]);
  }

  /** A lock that lanes of one warp take in turn: the one inside must get to run while the others spin. */
  @Test
  void spinLock() {
    int[] got = run("""
        setp.eq.u32 %p0, %t, 0; @%p0 st.shared.v2.u32 [dyn], {0, 0}; bar.sync 0;
        L: atom.shared.cas.b32 %r1, [dyn], 0, 1; setp.ne.u32 %p1, %r1, 0; @%p1 bra L;
        ld.volatile.shared.u32 %r2, [dyn+4]; add.s32 %r2, %r2, 1; st.volatile.shared.u32 [dyn+4], %r2;
        atom.shared.exch.b32 %r1, [dyn], 0;
        bar.sync 0; ld.shared.u32 %r0, [dyn+4];""", 8);
    assertEquals(8, got[0]);
  }

  @Test
  void specialRegisters() {
    int[] got =
        run("mov.u32 %r1, %ntid.x; mov.u32 %r2, %nctaid.x; mul.lo.s32 %r0, %r1, %r2; mov.u32 %r3, %warpid; mad.lo.s32 %r0, %r3, "
        + "1000, %r0; mov.u32 %r4, %lanemask_lt; popc.b32 %r4, %r4; add.s32 %r0, %r0, %r4;", 3, 40, 16);
    assertEquals(120 + 1000 + 2, got[34]);
    assertEquals(120 + 31, got[31]);
  }

  @Test
  void threeDimensions() {
    String ptx = Lab.header() + """
        .visible .entry k(.param .u64 p) { .reg .b32 %r<20>; .reg .b64 %d<3>;
          mov.u32 %r0, %tid.x; mov.u32 %r1, %tid.y; mov.u32 %r2, %tid.z; mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ctaid.y;
          mov.u32 %r5, %ctaid.z;
          mul.lo.s32 %r6, %r5, 3; add.s32 %r6, %r6, %r4; mul.lo.s32 %r6, %r6, 2; add.s32 %r6, %r6, %r3; // block of (2, 3, 2)
          mul.lo.s32 %r7, %r2, 5; add.s32 %r7, %r7, %r1; mul.lo.s32 %r7, %r7, 4; add.s32 %r7, %r7, %r0; // thread of (4, 5, 2)
          mad.lo.s32 %r8, %r6, 40, %r7; mul.wide.u32 %d1, %r8, 4; ld.param.u64 %d0, [p]; add.s64 %d0, %d0, %d1;
          st.global.u32 [%d0], %r8; ret; }""";
    try (SimDevice device = SimDevice.create()) {
      PtxKernel k = PtxModule.parse(ptx).kernel("k");
      long p = device.allocate(480 * 4);
      device.launch(k, new Dim3(2, 3, 2), new Dim3(4, 5, 2), 0, Lab.parameters(k, p));
      int[] got = Lab.ints(device, p, 480);
      for (int i = 0; i < got.length; i++) {
        assertEquals(i, got[i]);
      }
    }
  }
}
