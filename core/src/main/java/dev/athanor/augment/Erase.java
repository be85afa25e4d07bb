package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Cutout: a square of each image {@code [N, C, H, W]} takes one value. Its middle is any pixel, as likely as each other; what
 * would lie outside is cut off. Source: T. DeVries and G. Taylor, 2017.
 *
 * @param pixels the square's side
 * @param value what it is filled with
 * @param probability of an example to be changed
 */
public record Erase(int pixels, double value, double probability) implements Augmentation {
  /** Checks the ranges. */
  public Erase {
    Checks.require(pixels > 0, "augment", () -> "the side of what is erased must be positive: " + pixels);
    Draws.check(probability);
  }

  /** With zeros, in every image. */
  public Erase(int pixels) {
    this(pixels, 0, 1);
  }

  @Override
  public Tensor apply(Tensor x, Generator generator) {
    Draws.check(x);
    Warp.images("augment", x);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor chosen = Draws.chosen(x, generator, probability);
      Tensor square = covered(x, generator, 2).unsqueeze(-1).and(covered(x, generator, 3).unsqueeze(-2));
      Tensor gone = square.unsqueeze(1).and(chosen.gt(0));
      return temporaries.keep(x.maskedFill(gone, value));
    }
  }

  /** Along an axis, the places of the square, {@code [N, size]}. */
  private Tensor covered(Tensor x, Generator generator, int axis) {
    long size = x.dim(axis);
    Tensor first = Draws.below(generator, x.dim(0), size).sub(pixels / 2).unsqueeze(1);
    Tensor place = Warp.counted(x.device(), DType.FLOAT32, size);
    return place.ge(first).and(place.lt(first.add(pixels)));
  }
}
