package dev.athanor.bench.track;

import java.util.List;

/**
 * A part of a network, as plain data from which each contestant builds its own. Images are {@code [N, C, H, W]} in what follows.
 */
public sealed interface Part {
  /** {@code y = x·wᵀ + b}; weights {@code [out, in]} and {@code [out]}. */
  record Linear(int in, int out) implements Part {}

  /** A square convolution; weights {@code [out, in, kernel, kernel]} and, with a bias, {@code [out]}. */
  record Conv(int in, int out, int kernel, int stride, int padding, boolean bias) implements Part {}

  /** Batch normalisation per channel, ε = 10⁻⁵, momentum 0.1 of the new value; scale 1 and shift 0 at first. */
  record BatchNorm(int channels) implements Part {}

  /** Layer normalisation of the last axis, ε = 10⁻⁵; scale 1 and shift 0 at first. */
  record LayerNorm(int features) implements Part {}

  /** Functions without parameters. */
  enum Simple implements Part {
    /** max(x, 0). */
    RELU,
    /** x·Φ(x), with the error function. */
    GELU,
    /** Softmax over the last axis. */
    SOFTMAX,
    /** The largest of each 2 × 2 pixels. */
    MAX_POOL_2,
    /** The mean of each channel, {@code [N, C]}. */
    GLOBAL_AVERAGE,
    /** {@code [N, C·H·W]}. */
    FLATTEN
  }

  /** {@code body(x) + shortcut(x)}; an empty shortcut is x itself. */
  record Residual(List<Part> body, List<Part> shortcut) implements Part {}
}
