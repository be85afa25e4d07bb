package dev.athanor.nn;

import dev.athanor.tensor.Tensor;

/** Merges all axes but the first: {@code [N, …]} becomes {@code [N, features]}. */
public final class Flatten extends Layer {
  /** The layer has no settings. */
  public Flatten() {}

  @Override
  protected Tensor forward(Tensor x) {
    return x.rank() < 2 ? x : x.flatten(1, -1);
  }
}
