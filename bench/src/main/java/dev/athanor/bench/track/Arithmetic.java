package dev.athanor.bench.track;

import java.util.List;

/** How much a step must compute or move at least. */
public final class Arithmetic {
  private int height;
  private int width;
  private boolean first = true;
  private double products;

  private Arithmetic() {}

  /**
   * Floating-point operations of the matrix products and convolutions of one step: in training forward and weight gradient of
   * every layer,
   * input gradient of every layer but the first.
   */
  public static double flops(Case c) {
    var a = new Arithmetic();
    if (c.input().length == 3) {
      a.height = c.input()[1];
      a.width = c.input()[2];
    }
    a.walk(c.network(), c.trains());
    return 2 * a.products * c.batch();
  }

  /** Bytes that a step of the data-loading case must read and write; 0 for the others, whose limit is arithmetic. */
  public static double bytes(Case c) {
    return c.kind() == Case.Kind.LOAD ? 2.0 * 4 * Case.EXAMPLES * c.exampleSize() : 0;
  }

  private void walk(List<Part> parts, boolean training) {
    for (Part part : parts) {
      switch (part) {
        case Part.Linear l -> add((double) l.in() * l.out(), training);
        case Part.Conv c -> {
          height = (height + 2 * c.padding() - c.kernel()) / c.stride() + 1;
          width = (width + 2 * c.padding() - c.kernel()) / c.stride() + 1;
          add((double) height * width * c.in() * c.out() * c.kernel() * c.kernel(), training);
        }
        case Part.Residual r -> {
          int h = height;
          int w = width;
          walk(r.shortcut(), training);
          height = h;
          width = w;
          walk(r.body(), training);
        }
        case Part.Simple s -> {
          if (s == Part.Simple.MAX_POOL_2) {
            height /= 2;
            width /= 2;
          }
        }
        case Part.BatchNorm _, Part.LayerNorm _ -> { }
      }
    }
  }

  private void add(double multiplications, boolean training) {
    products += multiplications * (training ? first ? 2 : 3 : 1);
    first = false;
  }
}
