package dev.athanor.augment;

import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;

/** A random change of a batch, of its own for each example. What is drawn is made and used on the device. */
public sealed interface Augmentation permits Affine, Noise, Tone, Erase {
  /**
   * The batch changed: its shape and type stay.
   *
   * @param x {@code [N, …]}, for {@link Affine} and {@link Erase} images {@code [N, C, H, W]}; it is not changed itself
   * @param generator on the device of x; moves on by as many numbers as are drawn, which depends on the shape of x alone
   * @return owned by the innermost open scope, where it is not x
   */
  Tensor apply(Tensor x, Generator generator);
}
