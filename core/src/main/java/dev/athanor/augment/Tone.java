package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Brightness and contrast: {@code m + k·(x − m) + β} with the example's mean m, k uniform in (1 − contrast, 1 + contrast) and β
 * uniform in (−brightness, brightness). Nothing is cut off at black and white.
 *
 * @param brightness how much is added at most, in the features' unit
 * @param contrast by how much of itself the distance from the mean changes at most, up to 1
 * @param probability of an example to be changed
 */
public record Tone(double brightness, double contrast, double probability) implements Augmentation {
  /** Checks the ranges. */
  public Tone {
    Draws.amount("the brightness", brightness);
    Checks.require(contrast >= 0 && contrast <= 1, "augment", () -> "the contrast must be in [0, 1], not " + contrast);
    Draws.check(probability);
  }

  /** Of every example, the brightness alone. */
  public static Tone brightness(double most) {
    return new Tone(most, 0, 1);
  }

  /** Of every example, the contrast alone. */
  public static Tone contrast(double most) {
    return new Tone(0, most, 1);
  }

  @Override
  public Tensor apply(Tensor x, Generator generator) {
    Draws.check(x);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor chosen = Draws.chosen(x, generator, probability);
      Tensor y = x;
      if (contrast > 0) {
        int[] axes = new int[x.rank() - 1];
        for (int i = 0; i < axes.length; i++) {
          axes[i] = i + 1;
        }
        y = y.add(x.sub(x.mean(true, axes)).mul(around(generator, chosen, contrast)));
      }
      if (brightness > 0) {
        y = y.add(around(generator, chosen, brightness));
      }
      return y == x ? x : temporaries.keep(y);
    }
  }

  private static Tensor around(Generator generator, Tensor chosen, double most) {
    return generator.uniform(chosen.dtype(), chosen.shape()).mul(2 * most).sub(most).mul(chosen);
  }
}
