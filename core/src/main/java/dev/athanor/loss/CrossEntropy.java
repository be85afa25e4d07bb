package dev.athanor.loss;

import dev.athanor.ops.Softmax;
import dev.athanor.tensor.Checks;
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
    Checks.require(target.dtype().isInteger(), "CrossEntropy", () -> "the target must be classes, int32 or int64 [N], not "
        + Checks.show("target", target) + "; for yes or no use BinaryCrossEntropy, for numbers MeanSquaredError");
    return reduction.of(Softmax.crossEntropy(logits, target));
  }
}
