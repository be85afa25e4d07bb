package dev.athanor.reference;

import dev.athanor.backend.Philox;
import dev.athanor.backend.RandomKind;
import dev.athanor.tensor.View;

/** Random fills, as {@link Philox} defines them. */
final class ReferenceRandom {
  private ReferenceRandom() {}

  static void fill(RandomKind kind, View state, long delta, View out) {
    long seed = ReferenceBuffer.integer(state, state.offset());
    long stream = ReferenceBuffer.integer(state, state.offset() + state.stride(0));
    long first = ReferenceBuffer.integer(state, state.offset() + 2 * state.stride(0)) + delta;
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
        case BITS -> ReferenceBuffer.integer(out, at, words[j]);
        case UNIFORM -> ReferenceBuffer.set(out, at,
            wide ? Philox.uniform(words[2 * j], words[2 * j + 1]) : Philox.uniform(words[j]));
        case NORMAL -> ReferenceBuffer.set(out, at, wide
            ? Philox.normal(words[0], words[1], words[2], words[3], j == 1)
            : Philox.normal(words[j & 2], words[j | 1], (j & 1) == 1));
      }
    }
  }
}
