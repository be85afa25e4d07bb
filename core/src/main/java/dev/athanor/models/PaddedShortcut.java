package dev.athanor.models;

import dev.athanor.nn.Layer;
import dev.athanor.tensor.Tensor;

/** The input at every stride-th place, between as many zero channels below as above (option A of the paper). */
final class PaddedShortcut extends Layer {
  private final long channels;
  private final long stride;

  PaddedShortcut(long channels, long stride) {
    this.channels = channels;
    this.stride = stride;
  }

  @Override
  protected Tensor forward(Tensor x) {
    long more = channels - x.dim(1);
    Tensor y = x.slice(2, 0, x.dim(2), stride).slice(3, 0, x.dim(3), stride);
    return y.pad(1, more / 2, more - more / 2, 0);
  }

  @Override
  public String toString() {
    return "PaddedShortcut(" + channels + ", stride=" + stride + ")";
  }
}
