package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes made one after another to a training batch, each example with draws of its own:
 *
 * <pre>{@code
 * Augment augment = Augment.of(Affine.flip(), Affine.crop(4), new Noise(0.02), new Erase(8, 0, 0.5));
 * }</pre>
 *
 * @param steps in their order; affine ones that follow each other with the same reading and surroundings have been made one
 */
public record Augment(List<Augmentation> steps) {
  /** Puts affine neighbours together. */
  public Augment {
    Checks.require(!steps.isEmpty(), "augment", "there is nothing to change: give at least one augmentation");
    var joined = new ArrayList<Augmentation>();
    for (Augmentation step : steps) {
      if (step instanceof Affine b && !joined.isEmpty() && joined.getLast() instanceof Affine a && a.reading() == b.reading()
          && a.outside() == b.outside()) {
        joined.set(joined.size() - 1, a.then(b));
      } else {
        joined.add(step);
      }
    }
    steps = List.copyOf(joined);
  }

  /** These changes, in this order. */
  public static Augment of(Augmentation... steps) {
    return new Augment(List.of(steps));
  }

  /**
   * The batch changed, of the same shape and type.
   *
   * @param x float {@code [N, …]}, not changed itself
   * @param generator on the device of x; moves on by as many numbers as are drawn
   * @return owned by the innermost open scope, where it is not x
   */
  public Tensor apply(Tensor x, Generator generator) {
    Checks.require(generator.device() == x.device(), "augment",
        () -> "the generator draws on " + generator.device() + ", x lies on " + x.device());
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = x;
      for (Augmentation step : steps) {
        y = step.apply(y, generator);
      }
      return temporaries.keep(y);
    }
  }
}
