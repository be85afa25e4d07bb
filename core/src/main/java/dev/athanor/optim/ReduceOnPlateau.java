package dev.athanor.optim;

import dev.athanor.tensor.Checks;
import java.util.List;

/**
 * Multiplies the learning rate by {@code factor} when a value has not become better for more than {@code patience} epochs in a
 * row, as PyTorch's scheduler of this name with a relative threshold.
 *
 * @param monitor {@code loss} (smaller is better) or the name of a metric; judged on validation data where there are any
 * @param factor above 0 and below 1
 * @param patience epochs without improvement that are borne
 * @param threshold how much better, as a share of the best value, counts as better
 * @param cooldown epochs after a reduction that do not count
 * @param lowest the product of all reductions stays at or above this
 */
public record ReduceOnPlateau(String monitor, double factor, int patience, double threshold, int cooldown, double lowest) {
  /** Checks the ranges. */
  public ReduceOnPlateau {
    Checks.require(factor > 0 && factor < 1, "reduce on plateau", "the factor must be above 0 and below 1: " + factor);
    Checks.require(patience >= 0 && cooldown >= 0, "reduce on plateau", "patience and cool-down must not be negative: " + patience
        + ", " + cooldown);
    Checks.require(threshold >= 0 && lowest >= 0 && lowest <= 1, "reduce on plateau",
        "the threshold must not be negative and the "
        + "lowest factor between 0 and 1: " + threshold + ", " + lowest);
  }

  /** By loss, with a threshold of 10⁻⁴ and no cool-down. */
  public ReduceOnPlateau(double factor, int patience) {
    this("loss", factor, patience, 1e-4, 0, 0);
  }

  /**
   * What has been seen so far.
   *
   * @param best the best value
   * @param bad epochs in a row without a better one
   * @param cooling epochs of the cool-down that are left
   * @param scale the product of all reductions
   */
  public record State(double best, int bad, int cooling, double scale) {
    /** The numbers in a form that gives back the same bits. */
    public List<Long> bits() {
      return List.of(Double.doubleToRawLongBits(best), (long) bad, (long) cooling, Double.doubleToRawLongBits(scale));
    }

    /** From {@link #bits}. */
    public static State of(List<?> bits) {
      return new State(Double.longBitsToDouble((Long) bits.get(0)), Math.toIntExact((Long) bits.get(1)),
          Math.toIntExact((Long) bits.get(2)), Double.longBitsToDouble((Long) bits.get(3)));
    }
  }

  /** Before the first epoch. */
  public State start(boolean larger) {
    return new State(larger ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY, 0, 0, 1);
  }

  /**
   * After an epoch that came to a value; a value that is no number counts as none better.
   *
   * @param larger whether larger values are better
   */
  public State next(State now, double value, boolean larger) {
    boolean better = larger ? value > now.best + threshold * Math.abs(now.best) || now.best == Double.NEGATIVE_INFINITY
        : value < now.best - threshold * Math.abs(now.best) || now.best == Double.POSITIVE_INFINITY;
    better &= !Double.isNaN(value);
    int bad = better ? 0 : now.bad + 1;
    int cooling = now.cooling;
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    double scale = now.scale;
    if (bad > patience) {
      scale = Math.max(lowest, scale * factor);
      cooling = cooldown;
      bad = 0;
    }
    return new State(better ? value : now.best, bad, cooling, scale);
  }
}
