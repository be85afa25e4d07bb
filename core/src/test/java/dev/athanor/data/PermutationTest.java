package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class PermutationTest {
  /** Values of a second implementation, in Python, of Philox 4x32-10 (with Random123's known answers) and of the shuffle. */
  @Test
  void knownPermutations() {
    assertArrayEquals(new int[] {10, 0, 2, 18, 17, 3, 14, 19, 11, 6, 13, 9, 16, 7, 4, 15, 5, 1, 8, 12}, Permutation.of(20, 42,
        0));
    assertArrayEquals(new int[] {11, 6, 5, 8, 7, 10, 9, 19, 3, 17, 13, 16, 15, 1, 14, 18, 12, 4, 2, 0}, Permutation.of(20, 42,
        1));
    assertArrayEquals(new int[] {9, 3, 4, 6, 2, 1, 0, 7, 5, 8}, Permutation.of(10, -7, 1L << 40));
  }

  /** As above, large enough that three words are passed over; the CRC-32 of the indices as little-endian 32-bit integers. */
  @Test
  void knownPermutationThatPassesWordsOver() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * 150_000).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(Permutation.of(150_000, 0, 0));
    var crc = new CRC32();
    crc.update(bytes);
    assertEquals(0x77b05594L, crc.getValue());
  }

  @Test
  void holdsEveryIndexOnce() {
    for (int n : new int[] {0, 1, 2, 3, 1000, 60_000}) {
      int[] p = Permutation.of(n, 1, 2);
      Arrays.sort(p);
      assertArrayEquals(IntStream.range(0, n).toArray(), p);
    }
  }

  @Test
  void fillDoesNotDependOnWhatWasThere() {
    int[] p = new int[500];
    Permutation.fill(p, 3, 4);
    int[] first = p.clone();
    Permutation.fill(p, 3, 5);
    assertFalse(Arrays.equals(first, p));
    Permutation.fill(p, 3, 4);
    assertArrayEquals(first, p);
  }

  /** All 24 orders of 4 elements equally often: chi-squared with 23 degrees of freedom is below 49.7 with probability 0.999. */
  @Test
  void everyOrderIsEquallyLikely() {
    int[] counts = new int[256];
    int n = 24_000;
    for (int i = 0; i < n; i++) {
      int[] p = Permutation.of(4, 99, i);
      counts[p[0] << 6 | p[1] << 4 | p[2] << 2 | p[3]]++;
    }
    double chi = 0;
    int orders = 0;
    for (int c : counts) {
      if (c > 0) {
        orders++;
        chi += Math.pow(c - n / 24.0, 2) / (n / 24.0);
      }
    }
    assertEquals(24, orders);
    assertTrue(chi < 49.7, "chi-squared " + chi);
  }
}
