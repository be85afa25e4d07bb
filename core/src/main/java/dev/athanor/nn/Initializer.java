package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Draws the first values of a parameter. The same generator gives the same values on every backend. {@link Initializers} finds
 * those that need no choice by name.
 */
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
    return (g, dtype, shape, in, out) -> low == high ? g.device().full(dtype, shape, low) : g.uniform(dtype, shape, low, high);
  }

  /**
   * Normal between two bounds: what falls outside is drawn again.
   *
   * @param low below {@code high}; the bounds must leave a part of the distribution that is not all but empty
   */
  static Initializer truncatedNormal(double mean, double std, double low, double high) {
    return new TruncatedNormal(mean, std, low, high);
  }

  /** Normal with variance 2/fanIn, for ReLU networks. Source: K. He et al., ICCV 2015. */
  static Initializer heNormal() {
    return new VarianceScaling(2, VarianceScaling.Fan.IN, VarianceScaling.Distribution.NORMAL);
  }

  /** Uniform with variance 2/fanIn: in ±√(6/fanIn). Source: K. He et al., ICCV 2015. */
  static Initializer heUniform() {
    return new VarianceScaling(2, VarianceScaling.Fan.IN, VarianceScaling.Distribution.UNIFORM);
  }

  /**
   * He's rule for any activation: normal or uniform with variance {@code gain²/fan}.
   *
   * @param activation what follows the layer, see {@link VarianceScaling#gain}
   */
  static Initializer he(Unary activation, VarianceScaling.Fan fan, VarianceScaling.Distribution distribution) {
    double gain = VarianceScaling.gain(activation);
    return new VarianceScaling(gain * gain, fan, distribution);
  }

  /** Normal with variance 2/(fanIn + fanOut). Source: X. Glorot and Y. Bengio, AISTATS 2010. */
  static Initializer glorotNormal() {
    return new VarianceScaling(1, VarianceScaling.Fan.AVERAGE, VarianceScaling.Distribution.NORMAL);
  }

  /** Uniform with variance 2/(fanIn + fanOut): in ±√(6/(fanIn + fanOut)). Source: X. Glorot and Y. Bengio, AISTATS 2010. */
  static Initializer glorotUniform() {
    return new VarianceScaling(1, VarianceScaling.Fan.AVERAGE, VarianceScaling.Distribution.UNIFORM);
  }

  /** Normal with variance 1/fanIn, for SELU networks. Source: Y. LeCun et al., Efficient BackProp, 1998. */
  static Initializer lecunNormal() {
    return new VarianceScaling(1, VarianceScaling.Fan.IN, VarianceScaling.Distribution.NORMAL);
  }

  /** Uniform with variance 1/fanIn: in ±√(3/fanIn). Source: Y. LeCun et al., Efficient BackProp, 1998. */
  static Initializer lecunUniform() {
    return new VarianceScaling(1, VarianceScaling.Fan.IN, VarianceScaling.Distribution.UNIFORM);
  }

  /**
   * A random orthogonal matrix times a gain: as a matrix {@code [first axis, all others]}, its rows or its columns, whichever are
   * fewer, are orthonormal. Source: A. Saxe et al., ICLR 2014.
   */
  static Initializer orthogonal(double gain) {
    return (g, dtype, shape, in, out) -> Matrices.orthogonal(g, dtype, shape, gain);
  }

  /**
   * Normal with mean 0 where each output keeps some of its inputs, chosen at random, and 0 elsewhere. Source: J. Martens, ICML
   * 2010.
   *
   * @param sparsity the share of zeros in [0, 1], rounded up to whole inputs
   */
  static Initializer sparse(double sparsity, double std) {
    Checks.require(sparsity >= 0 && sparsity <= 1, "sparse", () -> "the share of zeros must be in [0, 1], not " + sparsity);
    Checks.require(std >= 0, "sparse", () -> "the standard deviation must not be negative: " + std);
    return (g, dtype, shape, in, out) -> Matrices.sparse(g, dtype, shape, sparsity, std);
  }

  /**
   * The identity: output i is input i, for as many as there are of both. Of a convolution's weight {@code [out, in, kernel…]} the
   * kernel's centre, so that the layer passes its input on where padding keeps the size.
   */
  static Initializer identity() {
    return (g, dtype, shape, in, out) -> Matrices.identity(g, dtype, shape);
  }

  /** Uniform in ±1/√fanIn: what PyTorch's Linear and Conv2d start weights and biases with, and ours too. */
  static Initializer fanInUniform() {
    return (g, dtype, shape, in, out) -> g.uniform(dtype, shape, -1 / Math.sqrt(in), 1 / Math.sqrt(in));
  }
}
