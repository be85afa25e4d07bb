package dev.athanor.augment;

import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Adds normal noise to every element: {@code x + σ·ε}. For any features.
 *
 * @param deviation σ, in the features' unit
 * @param probability of an example to be changed
 */
public record Noise(double deviation, double probability) implements Augmentation {
  /** Checks the ranges. */
  public Noise {
    Draws.amount("the noise's deviation", deviation);
    Draws.check(probability);
  }

  /** To every example. */
  public Noise(double deviation) {
    this(deviation, 1);
  }

  @Override
  public Tensor apply(Tensor x, Generator generator) {
    Draws.check(x);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor noise = generator.normal(x.dtype(), x.shape()).mul(deviation);
      return temporaries.keep(x.add(probability == 1 ? noise : noise.mul(Draws.chosen(x, generator, probability))));
    }
  }
}
