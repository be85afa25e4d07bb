package dev.athanor.metric;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/** The mean of |prediction − target|, which have one shape and type. */
public record MeanAbsoluteError() implements Metric {
  @Override
  public String name() {
    return "mae";
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.shape("MeanAbsoluteError", "the target", target, prediction.shape());
    return prediction.sub(target).abs().mean();
  }

  @Override
  public boolean isBetterWhenLarger() {
    return false;
  }
}
