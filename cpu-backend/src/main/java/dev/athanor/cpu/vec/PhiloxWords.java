package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;

/** Blocks of Philox 4x32-10, as {@link dev.athanor.backend.Philox#block} defines them, in a form the JIT turns into vector code. */
final class PhiloxWords {
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private PhiloxWords() {}

  /** Writes {@code count} blocks of four words, from block {@code first} on. */
  static void fill(long seed, long stream, long first, long to, int count) {
    for (int i = 0; i < count; i++) {
      long block = first + i;
      int k0 = (int) seed;
      int k1 = (int) (seed >>> 32);
      int c0 = (int) block;
      int c1 = (int) (block >>> 32);
      int c2 = (int) stream;
      int c3 = (int) (stream >>> 32);
      for (int round = 0; round < 10; round++) {
        long p0 = M0 * (c0 & 0xFFFFFFFFL);
        long p1 = M1 * (c2 & 0xFFFFFFFFL);
        c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
        c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
        c1 = (int) p1;
        c3 = (int) p0;
        k0 += W0;
        k1 += W1;
      }
      long at = to + 16L * i;
      Memory.putInt(at, c0);
      Memory.putInt(at + 4, c1);
      Memory.putInt(at + 8, c2);
      Memory.putInt(at + 12, c3);
    }
  }
}
