package dev.athanor.data;

import dev.athanor.AthanorException;
import java.util.Arrays;
import java.util.List;

/**
 * Divides a data set into two parts, by chance and reproducibly: the same data, fraction and seed give the same parts on every
 * machine. Both parts keep the examples' order.
 */
public final class Splits {
  /** Philox's stream for splits, so that the seed can serve other purposes as well. Classes take the streams that follow. */
  private static final long STREAM = 0x53504C4954_000000L;

  private Splits() {}

  /**
   * Each example goes to one part or the other by chance.
   *
   * @param data the data set
   * @param testFraction the test part's share of the examples, above 0 and below 1; the count is rounded to the nearest
   * @param seed chooses the examples
   * @throws AthanorException if the fraction is out of range, or one part would be empty
   */
  public static Split random(Dataset data, double testFraction, long seed) {
    int test = testSize(data, testFraction);
    int[] order = Permutation.of(data.size(), seed, STREAM);
    boolean[] held = new boolean[data.size()];
    for (int i = 0; i < test; i++) {
      held[order[i]] = true;
    }
    return split(data, held);
  }

  /**
   * As {@link #random}, with each class divided in the same proportion, and in both parts.
   *
   * @param data the data set; its target is a class, or yes or no
   * @param testFraction the test part's share of the examples, above 0 and below 1
   * @param seed chooses the examples
   * @throws AthanorException if the fraction is out of range, a class has only one example, or the target is something else
   */
  public static Split stratified(Dataset data, double testFraction, long seed) {
    int test = testSize(data, testFraction);
    List<String> names = switch (data.target()) {
      case Target.Classes c -> c.names();
      case Target.Binary b -> b.names();
      case Target.Values _ -> throw new AthanorException(data.name() + ": a stratified split needs classes; the target is "
          + data.target() + ": split at random");
    };
    int[] labels = data.labels();
    int[] sizes = new int[names.size()];
    for (int label : labels) {
      sizes[label]++;
    }
    int[] counts = apportion(data, names, sizes, test);
    boolean[] held = new boolean[data.size()];
    for (int c = 0; c < sizes.length; c++) {
      int[] members = new int[sizes[c]];
      for (int i = 0, k = 0; i < labels.length; i++) {
        if (labels[i] == c) {
          members[k++] = i;
        }
      }
      int[] order = Permutation.of(members.length, seed, STREAM + 1 + c);
      for (int i = 0; i < counts[c]; i++) {
        held[members[order[i]]] = true;
      }
    }
    return split(data, held);
  }

  private static int testSize(Dataset data, double fraction) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new AthanorException(data.name() + ": expected a test fraction above 0 and below 1, found " + fraction);
    }
    int test = (int) Math.round(data.size() * fraction);
    if (test == 0 || test == data.size()) {
      throw new AthanorException(data.name() + ": a test fraction of " + fraction + " of " + data.size() + " examples leaves the "
          + (test == 0 ? "test" : "training") + " part empty; choose another fraction");
    }
    return test;
  }

  /** Examples of each class in the test part: in proportion, the largest remainders rounded up, none of the parts empty. */
  private static int[] apportion(Dataset data, List<String> names, int[] sizes, int test) {
    int classes = sizes.length;
    int[] counts = new int[classes];
    long[] remainders = new long[classes];
    int left = test;
    for (int c = 0; c < classes; c++) {
      if (sizes[c] == 1) {
        throw new AthanorException(data.name() + ": class '" + names.get(c)
            + "' has 1 example; a stratified split needs at least 2 of "
            + "each class: leave the class out, add examples, or split at random");
      }
      long quota = (long) sizes[c] * test;
      counts[c] = (int) (quota / data.size());
      remainders[c] = quota % data.size();
      left -= counts[c];
    }
    Integer[] byRemainder = new Integer[classes];
    Arrays.setAll(byRemainder, c -> c);
    Arrays.sort(byRemainder, (a, b) -> Long.compare(remainders[b], remainders[a])); // stable: ties go to the lower index
    for (int i = 0; i < left; i++) {
      counts[byRemainder[i]]++;
    }
    for (int c = 0; c < classes; c++) {
      if (sizes[c] > 0) {
        counts[c] = Math.clamp(counts[c], 1, sizes[c] - 1);
      }
    }
    return counts;
  }

  private static Split split(Dataset data, boolean[] held) {
    int test = 0;
    for (boolean h : held) {
      test += h ? 1 : 0;
    }
    int[] testIndices = new int[test];
    int[] trainIndices = new int[held.length - test];
    for (int i = 0, a = 0, b = 0; i < held.length; i++) {
      if (held[i]) {
        testIndices[a++] = i;
      } else {
        trainIndices[b++] = i;
      }
    }
    return new Split(data.subset(trainIndices), data.subset(testIndices));
  }
}
