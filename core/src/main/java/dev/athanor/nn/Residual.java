package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;

/** {@code body(x) + shortcut(x)}; without a shortcut, {@code body(x) + x}. Source: K. He et al., CVPR 2016. */
public final class Residual extends Layer {
  private final Layer body;
  private final Layer shortcut;

  /** Adds the input itself: the body keeps its shape. */
  public Residual(Layer body) {
    this(body, null);
  }

  /** Adds a mapping of the input, such as a 1×1 convolution where shapes differ; null for the input itself. */
  public Residual(Layer body, Layer shortcut) {
    this.body = child("body", body);
    this.shortcut = shortcut == null ? null : child("shortcut", shortcut);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = body.apply(x);
    Tensor s = shortcut == null ? x : shortcut.apply(x);
    Checks.require(y.shape().equals(s.shape()), "residual", "the body gives " + y.shape() + ", the shortcut " + s.shape()
        + "; pass a shortcut layer that makes them equal");
    return y.add(s);
  }
}
