package dev.athanor.metric;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Tensor;

/**
 * The share of examples that are right. For class targets {@code [N]} of an integer type: the largest of the logits
 * {@code [N, C]} is the target's. For float targets of the logits' shape: the logit is positive where the target is above ½.
 */
public record Accuracy() implements Metric {
  @Override
  public String name() {
    return "accuracy";
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    if (target.dtype().isInteger()) {
      Checks.rank("Accuracy", "the prediction", prediction, 2);
      Checks.shape("Accuracy", "the target", target, prediction.shape().range(0, 1));
    } else {
      Checks.shape("Accuracy", "the target", target, prediction.shape());
    }
    Tensor right = target.dtype().isInteger() ? prediction.argMax(1).eq(target.cast(DType.INT64))
        : prediction.gt(0).eq(target.gt(0.5));
    return right.cast(DType.FLOAT64).mean();
  }
}
