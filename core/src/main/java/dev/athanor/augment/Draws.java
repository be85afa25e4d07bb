package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/** What the changes have in common. */
final class Draws {
  private Draws() {}

  /** A batch of numbers, by examples. */
  static void check(Tensor x) {
    Checks.floating("augment", x);
    Checks.require(x.rank() >= 2, "augment", () -> "needs a batch [N, …], not " + x.shape());
  }

  /** A probability. */
  static void check(double probability) {
    Checks.require(probability >= 0 && probability <= 1, "augment",
          () -> "the probability must be in [0, 1], not " + probability);
  }

  /** An amount that is finite and not negative. */
  static void amount(String what, double value) {
    Checks.require(value >= 0 && Double.isFinite(value), "augment", () -> what + " must be 0 or more, not " + value);
  }

  /** 1 for the examples that are to be changed, 0 for the others: {@code [N, 1, …]} with as many axes as x. */
  static Tensor chosen(Tensor x, Generator generator, double probability) {
    Shape one = each(x);
    return probability == 1 ? x.device().ones(x.dtype(), one) : generator.bernoulli(one, probability).cast(x.dtype());
  }

  /** {@code [N, 1, …]}. */
  static Shape each(Tensor x) {
    long[] dims = new long[x.rank()];
    Arrays.fill(dims, 1);
    dims[0] = x.dim(0);
    return Shape.of(dims);
  }

  /** Whole numbers 0…size − 1, as likely as each other, float32 {@code [n]}. */
  static Tensor below(Generator generator, long n, long size) {
    return generator.uniform(DType.FLOAT32, Shape.of(n)).mul(size).floor().clamp(0, size - 1);
  }
}
