package dev.athanor.nd4j;

import dev.athanor.backend.Philox;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.View;

/** Random fills by plain loops: ND4J's generator is another one, and {@link Philox} defines the bits. */
final class Random {
  private Random() {}

  static void fill(RandomKind kind, View state, long delta, View out) {
    long seed = Nd4jBuffer.integer(state, state.offset());
    long stream = Nd4jBuffer.integer(state, state.offset() + state.stride(0));
    long first = Nd4jBuffer.integer(state, state.offset() + 2 * state.stride(0)) + delta;
    boolean wide = out.dtype().bytes() == 8;
    int perBlock = wide ? 2 : 4;
    int[] words = new int[4];
    for (long i = 0; i < out.size(); i++) {
      int j = (int) (i % perBlock);
      if (j == 0) {
        Philox.block(seed, stream, first + i / perBlock, words);
      }
      long at = out.offset() + i;
      switch (kind) {
        case BITS -> Nd4jBuffer.bits(out, at, words[j]);
        case UNIFORM -> Nd4jBuffer.set(out, at, wide ? Philox.uniform(words[2 * j], words[2 * j + 1]) : Philox.uniform(words[j]));
        case NORMAL -> Nd4jBuffer.set(out, at, wide
            ? Philox.normal(words[0], words[1], words[2], words[3], j == 1)
            : Philox.normal(words[j & 2], words[j | 1], (j & 1) == 1));
      }
    }
  }
}
