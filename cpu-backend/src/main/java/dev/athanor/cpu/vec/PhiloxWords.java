package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.athanor.backend.Philox;
import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of Philox 4x32-10, as {@link Philox#block} defines them: one block in each 64-bit lane, since the generator
 * multiplies 32-bit words to 64 bits.
 */
final class PhiloxWords {
  private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, Vec.F.vectorShape());
  private static final int LANES = L.length();
  private static final LongVector LOW = LongVector.broadcast(L, 0xFFFFFFFFL);
  private static final LongVector M0 = LongVector.broadcast(L, 0xD2511F53L);
  private static final LongVector M1 = LongVector.broadcast(L, 0xCD9E8D57L);
  private static final long W0 = 0x9E3779B9L;
  private static final long W1 = 0xBB67AE85L;
  private static final LongVector IOTA = LongVector.broadcast(L, 0).addIndex(1);
  private static final VectorShuffle<Long> FIRST = VectorShuffle.fromOp(L, i -> i / 2);
  private static final VectorShuffle<Long> SECOND = VectorShuffle.fromOp(L, i -> LANES / 2 + i / 2);
  private static final VectorMask<Long> ODD = VectorMask.fromLong(L, 0xAAAAAAAAAAAAAAAAL & (1L << LANES) - 1);

  private PhiloxWords() {}

  /** Writes {@code count} blocks of four words, from block {@code first} on. */
  static void fill(long seed, long stream, long first, long to, int count) {
    int i = 0;
    for (; i <= count - LANES; i += LANES) {
      blocks(seed, stream, first + i, to + 16L * i);
    }
    if (i < count) {
      int[] words = new int[4];
      for (; i < count; i++) {
        Philox.block(seed, stream, first + i, words);
        for (int w = 0; w < 4; w++) {
          Memory.putInt(to + 16L * i + 4L * w, words[w]);
        }
      }
    }
  }

  /** As many blocks as there are lanes. */
  private static void blocks(long seed, long stream, long first, long to) {
    LongVector block = IOTA.add(first);
    LongVector c0 = block; // words live in the low halves; the high halves are cleared where it matters
    LongVector c1 = block.lanewise(LSHR, 32);
    LongVector c2 = LongVector.broadcast(L, stream);
    LongVector c3 = LongVector.broadcast(L, stream >>> 32);
    long k0 = seed & 0xFFFFFFFFL;
    long k1 = seed >>> 32;
    for (int round = 0; round < 10; round++) {
      LongVector p0 = c0.and(LOW).mul(M0);
      LongVector p1 = c2.and(LOW).mul(M1);
      c0 = p1.lanewise(LSHR, 32).lanewise(XOR, c1).lanewise(XOR, k0);
      c2 = p0.lanewise(LSHR, 32).lanewise(XOR, c3).lanewise(XOR, k1);
      c1 = p1;
      c3 = p0;
      k0 += W0;
      k1 += W1;
    }
    LongVector low = c0.and(LOW).or(c1.lanewise(LSHL, 32));
    LongVector high = c2.and(LOW).or(c3.lanewise(LSHL, 32));
    low.rearrange(FIRST).blend(high.rearrange(FIRST), ODD).intoMemorySegment(Memory.ALL, to, Memory.ORDER);
    low.rearrange(SECOND).blend(high.rearrange(SECOND), ODD).intoMemorySegment(Memory.ALL, to + 8L * LANES, Memory.ORDER);
  }
}
