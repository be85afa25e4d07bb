package dev.athanor.autograd;

import dev.athanor.tensor.Tensor;

/**
 * The gradient rule of one operation: given the gradient of the result, gives those of the inputs (a vector-Jacobian product).
 *
 * <p>A rule is written with tensor operations. Where {@link GradSink#differentiable} is true the caller will differentiate the
 * gradients again: then every operation used must itself be differentiable. Otherwise nothing is recorded and fused backward kernels may
 * be used. Tensors a rule makes are closed after it, apart from what it gave; those it was handed are not its own.
 */
@FunctionalInterface
public interface GradRule {
  /**
   * Computes and gives the gradients.
   *
   * @param dy the gradient of the result, of the result's shape and type
   * @param inputs receives the gradients, by the position of the input
   */
  void backward(Tensor dy, GradSink inputs);
}
