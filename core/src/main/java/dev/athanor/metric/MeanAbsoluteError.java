package dev.athanor.metric;

import dev.athanor.tensor.Tensor;

/** The mean of |prediction − target|. */
public record MeanAbsoluteError() implements Metric {
  @Override
  public String name() {
    return "mae";
  }

  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    return prediction.sub(target).abs().mean();
  }

  @Override
  public boolean isBetterWhenLarger() {
    return false;
  }
}
