package dev.athanor.loss;

import dev.athanor.ops.Softmax;
import dev.athanor.tensor.Tensor;

/**
 * The cross-entropy of a softmax with a class, from logits {@code [N, C]} and int32 or int64 classes {@code [N]}:
 * {@code ln Σ e^x[n, c] − x[n, target[n]]}. The gradient is computed in the same pass.
 *
 * @param reduction over the examples
 */
public record CrossEntropy(Reduction reduction) implements Loss {
  /** The mean over the examples. */
  public CrossEntropy() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor of(Tensor logits, Tensor target) {
    return reduction.of(Softmax.crossEntropy(logits, target));
  }
}
