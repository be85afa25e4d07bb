package dev.athanor.autograd;

import dev.athanor.tensor.Tensor;

/** Where a {@link GradRule} delivers the gradients of its operation's inputs. */
public interface GradSink {
  /** Whether the gradient of input {@code i} is wanted; if not, it need not be computed. */
  boolean wants(int i);

  /** Whether the gradients will be differentiated again, see {@link GradRule}. */
  boolean differentiable();

  /**
   * Delivers the gradient of input {@code i}, of that input's shape and type. A tensor may be given to several inputs. Ignored if not wanted.
   */
  void give(int i, Tensor gradient);

  /**
   * A gradient of input {@code i} that is there already and may be added to in place (contiguous and of the input's shape), or null. A rule that
   * adds to it does not {@link #give} for that input: a matrix product with beta = 1 saves a pass this way.
   */
  Tensor accumulator(int i);
}
