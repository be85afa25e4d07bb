package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Draws the first values of a parameter. */
@FunctionalInterface
public interface Initializer {
  /**
   * Draws a tensor.
   *
   * @param fanIn the number of inputs that one output sums over
   * @param fanOut the number of outputs that one input reaches
   */
  Tensor sample(Generator generator, DType dtype, Shape shape, long fanIn, long fanOut);

  /** Every element the same. */
  static Initializer constant(double value) {
    return (g, dtype, shape, in, out) -> g.device().full(dtype, shape, value);
  }

  /** All zeros. */
  static Initializer zeros() {
    return constant(0);
  }

  /** Normal with the given mean and standard deviation. */
  static Initializer normal(double mean, double std) {
    Checks.require(std >= 0, "normal", "the standard deviation must not be negative: " + std);
    return (g, dtype, shape, in, out) -> g.normal(dtype, shape, mean, std);
  }

  /** Uniform in [low, high). */
  static Initializer uniform(double low, double high) {
    Checks.require(low <= high, "uniform", "the lower bound " + low + " is above the upper bound " + high);
    return (g, dtype, shape, in, out) -> g.uniform(dtype, shape, low, high);
  }

  /** Normal with variance 2/fanIn, for ReLU networks. Source: K. He et al., ICCV 2015. */
  static Initializer heNormal() {
    return (g, dtype, shape, in, out) -> g.normal(dtype, shape, 0, Math.sqrt(2.0 / in));
  }

  /** Uniform with variance 2/fanIn: in ±√(6/fanIn). Source: K. He et al., ICCV 2015. */
  static Initializer heUniform() {
    return (g, dtype, shape, in, out) -> g.uniform(dtype, shape, -Math.sqrt(6.0 / in), Math.sqrt(6.0 / in));
  }

  /** Normal with variance 2/(fanIn + fanOut). Source: X. Glorot and Y. Bengio, AISTATS 2010. */
  static Initializer glorotNormal() {
    return (g, dtype, shape, in, out) -> g.normal(dtype, shape, 0, Math.sqrt(2.0 / (in + out)));
  }

  /** Uniform with variance 2/(fanIn + fanOut): in ±√(6/(fanIn + fanOut)). Source: X. Glorot and Y. Bengio, AISTATS 2010. */
  static Initializer glorotUniform() {
    return (g, dtype, shape, in, out) -> g.uniform(dtype, shape, -Math.sqrt(6.0 / (in + out)), Math.sqrt(6.0 / (in + out)));
  }

  /** Uniform in ±1/√fanIn: what PyTorch's Linear and Conv2d start weights and biases with, and ours too. */
  static Initializer fanInUniform() {
    return (g, dtype, shape, in, out) -> g.uniform(dtype, shape, -1 / Math.sqrt(in), 1 / Math.sqrt(in));
  }
}
