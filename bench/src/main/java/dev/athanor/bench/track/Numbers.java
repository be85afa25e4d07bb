package dev.athanor.bench.track;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/** The same first weights and the same data for every contestant. */
public final class Numbers {
  private Numbers() {}

  /**
   * The first weights of a network: of each linear layer and convolution its weight, then its bias if it has one, uniform in
   * ±1/√fan-in. A residual
   * part's body comes before its shortcut.
   */
  public static Iterator<float[]> weights(Case c) {
    var all = new ArrayList<float[]>();
    weights(c.network(), new SplittableRandom(1), all);
    return all.iterator();
  }

  private static void weights(List<Part> parts, SplittableRandom random, List<float[]> to) {
    for (Part part : parts) {
      switch (part) {
        case Part.Linear l -> {
          to.add(uniform(random, l.out() * l.in(), 1 / Math.sqrt(l.in())));
          to.add(uniform(random, l.out(), 1 / Math.sqrt(l.in())));
        }
        case Part.Conv k -> {
          int fan = k.in() * k.kernel() * k.kernel();
          to.add(uniform(random, k.out() * fan, 1 / Math.sqrt(fan)));
          if (k.bias()) {
            to.add(uniform(random, k.out(), 1 / Math.sqrt(fan)));
          }
        }
        case Part.Residual r -> {
          weights(r.body(), random, to);
          weights(r.shortcut(), random, to);
        }
        case Part.Simple _, Part.BatchNorm _, Part.LayerNorm _ -> { }
      }
    }
  }

  private static float[] uniform(SplittableRandom random, int n, double bound) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return values;
  }

  /** The batches: uniform in [0, 1). */
  public static float[][] inputs(Case c) {
    var random = new SplittableRandom(2);
    float[][] batches = new float[Case.BATCHES][c.batch() * c.exampleSize()];
    for (float[] batch : batches) {
      fill(batch, random);
    }
    return batches;
  }

  /** The labels of the batches: classes 0 to 9, or 0 and 1. */
  public static int[][] labels(Case c) {
    var random = new SplittableRandom(3);
    int classes = switch (c.kind()) {
      case CLASSIFY -> 10;
      case BINARY -> 2;
      case TO_ZERO, INFER, LOAD -> 1;
    };
    int[][] labels = new int[Case.BATCHES][c.batch()];
    for (int[] batch : labels) {
      for (int i = 0; i < batch.length; i++) {
        batch[i] = random.nextInt(classes);
      }
    }
    return labels;
  }

  /** The examples of the data-loading case. */
  public static float[] examples(Case c) {
    float[] values = new float[Case.EXAMPLES * c.exampleSize()];
    fill(values, new SplittableRandom(4));
    return values;
  }

  private static void fill(float[] values, SplittableRandom random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextInt() >>> 8) * 0x1p-24f;
    }
  }
}
