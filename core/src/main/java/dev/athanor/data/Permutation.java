package dev.athanor.data;

import dev.athanor.backend.Philox;

/**
 * Uniformly distributed permutations that depend on nothing but their seed and stream: Fisher and Yates's shuffle, last element
 * first, with the words of {@link Philox} in order. Each draw below {@code b} takes the upper half of {@code word · b}; words
 * that would favour some results are passed over (D. Lemire, "Fast random integer generation in an interval", 2019).
 */
public final class Permutation {
  private Permutation() {}

  /**
   * A permutation of 0 to n - 1.
   *
   * @param n how many
   * @param seed Philox's key
   * @param stream Philox's stream: the same seed gives independent permutations in different streams
   * @return a new array
   */
  public static int[] of(int n, long seed, long stream) {
    int[] out = new int[n];
    fill(out, seed, stream);
    return out;
  }

  /**
   * Fills an array with a permutation of its indices.
   *
   * @param out receives 0 to {@code out.length - 1}
   * @param seed Philox's key
   * @param stream Philox's stream
   */
  public static void fill(int[] out, long seed, long stream) {
    for (int i = 0; i < out.length; i++) {
      out[i] = i;
    }
    int[] words = new int[4];
    long block = 0;
    int word = 4;
    for (int i = out.length - 1; i > 0; i--) {
      long bound = i + 1L;
      long unfair = (1L << 32) % bound; // that many products too many fall to the smallest results
      long product;
      do {
        if (word == 4) {
          Philox.block(seed, stream, block++, words);
          word = 0;
        }
        product = (words[word++] & 0xFFFFFFFFL) * bound;
      } while ((product & 0xFFFFFFFFL) < unfair);
      int j = (int) (product >>> 32);
      int swap = out[i];
      out[i] = out[j];
      out[j] = swap;
    }
  }
}
