package dev.athanor.loss;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Tensor;

/** What a classifier's output stands for. */
public enum Scores {
  /** Numbers before the softmax or the logistic function: loss and function are one fused step that never overflows. */
  LOGITS,
  /** Logarithms of probabilities, as a log-softmax gives. */
  LOG_PROBABILITIES,
  /**
   * Probabilities, as a softmax or the logistic function gives. Where one is 0 the logarithm is cut off, and with it the
   * gradient.
   */
  PROBABILITIES;

  /** What stands for the logarithm of 0, as in PyTorch's binary cross-entropy. */
  private static final double LOWEST = -100;

  /** ln p, and −100 with gradient 0 where p is below the normal range. */
  static Tensor log(Tensor p) {
    double tiny = p.dtype() == DType.FLOAT64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    Tensor none = p.lt(tiny);
    return p.maskedFill(none, 1).log().maskedFill(none, LOWEST).clamp(LOWEST, 0);
  }
}
