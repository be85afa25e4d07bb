package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Normal numbers of which those beyond the bounds are drawn again, so that the others keep their distribution. */
record TruncatedNormal(double mean, double std, double low, double high) implements Initializer {
  /**
   * Each round keeps the share of the distribution that lies between the bounds; below a thousandth this is not worth waiting
   * for.
   */
  private static final int ROUNDS = 20_000;

  TruncatedNormal {
    Checks.require(std > 0, "truncatedNormal", () -> "the standard deviation must be above 0, not " + std);
    Checks.require(low < high, "truncatedNormal", () -> "the lower bound " + low + " must be below the upper bound " + high);
  }

  @Override
  public Tensor sample(Generator g, DType dtype, Shape shape, long fanIn, long fanOut) {
    double[] kept = new double[Math.toIntExact(shape.size())];
    int n = 0;
    for (int round = 0; n < kept.length; round++) {
      Checks.require(round < ROUNDS, "truncatedNormal", () -> "next to nothing of a normal distribution with mean " + mean
          + " and standard deviation " + std + " lies between " + low + " and " + high);
      double[] drawn;
      try (Scope _ = g.device().scope()) {
        drawn = g.normal(DType.FLOAT64, Shape.of(kept.length - n), mean, std).toDoubles();
      }
      for (double x : drawn) {
        if (x >= low && x <= high) {
          kept[n++] = x;
        }
      }
    }
    return Matrices.upload(g, dtype, shape, kept);
  }
}
