package dev.athanor.metric;

import dev.athanor.tensor.Tensor;

/** A number that tells people how good predictions are: a mean over examples. */
public interface Metric {
  /** The name in reports, such as {@code accuracy}. */
  String name();

  /**
   * The mean over a batch, a scalar on the device. Called without recording of gradients. In training it may be part of a
   * recorded step, see {@link dev.athanor.exec.Plan}: one that depends on more than its arguments calls {@link
   * dev.athanor.exec.Plan#forbid} first.
   *
   * @param prediction what the model gave, {@code [N, …]}
   * @param target what was expected
   */
  Tensor of(Tensor prediction, Tensor target);

  /** Whether larger is better. */
  default boolean isBetterWhenLarger() {
    return true;
  }
}
