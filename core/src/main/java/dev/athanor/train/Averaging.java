package dev.athanor.train;

import dev.athanor.nn.Layer;
import dev.athanor.optim.WeightAverage;
import dev.athanor.tensor.Checks;

/**
 * Which running average of the weights a trainer keeps. At the end of training the model gets it.
 *
 * @param kind of which kind
 * @param decay of {@link Kind#EXPONENTIAL}
 * @param fromEpoch of {@link Kind#STOCHASTIC}: the first epoch, from 1, whose end is averaged
 */
public record Averaging(Kind kind, double decay, int fromEpoch) {
  /** What is averaged. */
  public enum Kind {
    /** An exponential average after every step; validation, early stopping and the end take it. */ EXPONENTIAL,
    /** The mean of the ends of the last epochs; at the end, statistics of batch normalization are computed anew (SWA)
    . */ STOCHASTIC
  }

  /** Checks the ranges. */
  public Averaging {
    Checks.require(kind != Kind.EXPONENTIAL || decay >= 0 && decay < 1, "averaging", "the decay must be at least 0 and below 1: "
        + decay);
    Checks.require(kind != Kind.STOCHASTIC || fromEpoch >= 1, "averaging", "epochs count from 1: " + fromEpoch);
  }

  /** w̄ ← decay·w̄ + (1 − decay)·w after every step. */
  public static Averaging exponential(double decay) {
    return new Averaging(Kind.EXPONENTIAL, decay, 0);
  }

  /** The mean of the weights at the ends of epoch {@code fromEpoch} and those after it. */
  public static Averaging stochastic(int fromEpoch) {
    return new Averaging(Kind.STOCHASTIC, 0, fromEpoch);
  }

  WeightAverage begin(Layer model) {
    return switch (kind) {
      case EXPONENTIAL -> WeightAverage.exponential(model, decay);
      case STOCHASTIC -> WeightAverage.equal(model);
    };
  }
}
