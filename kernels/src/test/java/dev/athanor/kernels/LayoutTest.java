package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayoutTest {

  @Test
  void contiguousDimensionsBecomeOne() {
    Layout l = new Layout(2).begin().dimension(3, 20, 20).dimension(1, 7, 9).dimension(4, 5, 5).dimension(5, 1, 1).end();
    assertEquals(1, l.rank());
    assertEquals(60, l.size(0));
    assertTrue(l.contiguous(0) && l.contiguous(1));
    assertFalse(l.single(0) || l.wide());
  }

  @Test
  void broadcastAndTransposedDimensionsStay() {
    Layout l = new Layout(3).begin().dimension(3, 4, 0, 1).dimension(4, 1, 1, 3).end();
    assertEquals(2, l.rank());
    assertFalse(l.contiguous(0));
    Layout scalar = new Layout(2).begin().dimension(3, 4, 0).dimension(4, 1, 0).end();
    assertTrue(scalar.contiguous(0) && scalar.single(1));
    assertEquals(0, new Layout(1).begin().dimension(0, 1).end().elements());
    assertEquals(1, new Layout(1).begin().end().elements());
  }

  @Test
  void largeReachesAreWide() {
    assertTrue(new Layout(1).begin().dimension(1L << 31, 0).end().wide());
    assertTrue(new Layout(1).begin().dimension(3, 1L << 30).dimension(3, 1L << 28).end().wide());
    assertTrue(new Layout(1).begin().dimension(3, -(1L << 31)).end().wide());
    assertFalse(new Layout(1).begin().dimension((1L << 31) - 1, 0).end().wide());
  }

  @Test
  void tooManyDimensionsAreRefused() {
    Layout l = new Layout(1).begin();
    for (int d = 0; d < 8; d++) {
      l.dimension(2, 100 - d);
    }
    assertThrows(IllegalArgumentException.class, () -> l.dimension(2, 3));
  }

  @Test
  void magicDivisionIsExactBelowTwoToThe31() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      int d = Math.max(1, random.nextInt() >>> 1 + random.nextInt(31));
      long n = i % 5 == 0 ? Integer.MAX_VALUE - random.nextInt(3) : random.nextInt() >>> 1 + random.nextInt(31);
      long high = n * (Divisor.magic(d) & 0xffffffffL) >>> 32;
      assertEquals(n / d, high + n >>> Divisor.shift(d), () -> n + " / " + d);
    }
    int[] edges = {1, 2, 3, 7, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, Integer.MAX_VALUE};
    for (int d : edges) {
      for (int n : edges) {
        long high = (long) n * (Divisor.magic(d) & 0xffffffffL) >>> 32;
        assertEquals(n / d, high + n >>> Divisor.shift(d), () -> n + " / " + d);
      }
    }
  }

  @Test
  void theBlockChecksItsParameters() {
    try (Arena arena = Arena.ofConfined()) {
      ParameterBlock block = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
      Kernel kernel = Kernels.get("select_f32");
      assertThrows(IllegalArgumentException.class, () -> block.begin(kernel).int64(3));
      assertThrows(IllegalStateException.class, () -> block.begin(kernel).pointer(3).bytes());
      block.begin(kernel).pointer(1).pointer(2).pointer(3).pointer(4).int64(5).int32(6);
      assertEquals(44, block.bytes());
      assertEquals(44, kernel.parameterBytes());
      assertEquals(6, block.segment().get(ValueLayout.JAVA_INT, 40));
      assertThrows(IllegalStateException.class, () -> block.int32(7));
      assertThrows(IllegalArgumentException.class, () -> new ParameterBlock(arena.allocate(100, 8)));
    }
  }
}
