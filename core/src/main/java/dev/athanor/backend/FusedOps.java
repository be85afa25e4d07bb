package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.util.List;

/**
 * Operations that run faster in one piece than as a chain of primitives. {@link ComposedOps} gives each a default made of the
 * primitives alone; a backend overrides those it does better, and the conformance suite compares the two. Contracts of {@link Backend}
 * hold: core has checked shapes and types and allocated the outputs. Views are float32 or float64, of any strides unless said.
 */
public interface FusedOps {

  // ---- linear layers

  /**
   * {@code out[N, O] = activation(x[N, I] · wᵀ + bias)}.
   *
   * @param w {@code [O, I]}
   * @param bias {@code [O]} or null
   * @param activation applied to the sum, or null for none
   */
  void linear(View x, View w, View bias, Unary activation, View out);

  // ---- softmax

  /** Softmax, or its logarithm, along one axis: {@code y = e^(x − max) / Σ e^(x − max)}. */
  void softmax(View x, int axis, boolean log, View y);

  /** The gradient from the result {@code y} of {@link #softmax}: {@code dx = y·(dy − Σ y·dy)}, or {@code dy − e^y·Σ dy} for the log. */
  void softmaxGrad(View y, View dy, int axis, boolean log, View dx);

  /**
   * Cross-entropy of softmax from logits: {@code loss[n] = ln Σ e^x[n, c] − x[n, target[n]]}, and where {@code grad} is given its gradient
   * {@code softmax(x) − onehot(target)}, in one pass.
   *
   * @param x {@code [N, C]} logits
   * @param target {@code [N]} int64 or int32 class indices
   * @param loss {@code [N]}
   * @param grad {@code [N, C]} or null
   * @throws IndexOutOfBoundsException if a target is outside [0, C), see {@link Backend#gather}
   */
  void crossEntropy(View x, View target, View loss, View grad);

  // ---- normalisation

  /**
   * Batch normalisation in training: per channel (axis 1 of {@code x[N, C, …]}) mean and biased variance over all other axes,
   * {@code y = gamma·(x − mean)·invStd + beta} with {@code invStd = 1/√(variance + epsilon)}. The running estimates move by
   * {@code momentum} toward the mean and the <em>unbiased</em> variance, as PyTorch keeps them. An empty batch leaves the running
   * estimates alone; one element per channel has no unbiased variance (NaN: core refuses it). Source: S. Ioffe and C. Szegedy,
   * ICML 2015.
   *
   * @param gamma {@code [C]} or null for 1
   * @param beta {@code [C]} or null for 0
   * @param runningMean {@code [C]}, updated, or null
   * @param runningVariance {@code [C]}, updated, or null
   * @param mean {@code [C]}, written for the backward pass
   * @param invStd {@code [C]}, written for the backward pass
   */
  void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y);

  /** Batch normalisation with given statistics: {@code y = gamma·(x − mean)/√(variance + epsilon) + beta}. */
  void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y);

  /**
   * The gradients of {@link #batchNorm}: with x̂ = (x − mean)·invStd and m elements per channel,
   * {@code dbeta = Σ dy}, {@code dgamma = Σ dy·x̂}, {@code dx = gamma·invStd·(dy − dbeta/m − x̂·dgamma/m)}.
   *
   * @param dx like x, or null if not wanted
   * @param dgamma {@code [C]}, always written
   * @param dbeta {@code [C]}, always written
   */
  void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta);

  /**
   * Layer normalisation of each row of {@code x[R, D]}: {@code y = gamma·(x − mean)·invStd + beta} with mean and biased variance of the row.
   * Source: J. Ba et al., 2016.
   *
   * @param gamma {@code [D]} or null
   * @param beta {@code [D]} or null
   * @param mean {@code [R]}, written for the backward pass
   * @param invStd {@code [R]}, written for the backward pass
   */
  void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y);

  /**
   * The gradients of {@link #layerNorm}: with g = gamma·dy and x̂ = (x − mean)·invStd,
   * {@code dx = invStd·(g − mean(g) − x̂·mean(g·x̂))}, {@code dgamma = Σ_rows dy·x̂}, {@code dbeta = Σ_rows dy}.
   *
   * @param dx like x, or null if not wanted
   * @param dgamma {@code [D]} or null if not wanted
   * @param dbeta {@code [D]} or null if not wanted
   */
  void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta);

  // ---- dropout

  /**
   * Inverted dropout: with u the {@link RandomKind#UNIFORM} float32 number of each element (counted in row-major order over x's
   * shape), {@code y = u ≥ (float) p ? x·(float)(1/(1 − p)) : 0}. The backward pass is the same call on dy with the same state and delta.
   *
   * @param state generator state, see {@link Backend#random}
   */
  void dropout(View x, View state, long delta, double p, View y);

  // ---- convolution and pooling over x[N, C, spatial…]

  /**
   * Whether convolutions are fastest on images whose channels are innermost in memory. Their results are then laid out so,
   * whatever the operand's layout, and stay so through what follows.
   */
  default boolean prefersChannelsLast() {
    return false;
  }

  /**
   * Cross-correlation: {@code y[n, o, p] = bias[o] + Σ_{c, k} x[n, g·C/G + c, p·stride + k·dilation − pad]·w[o, c, k]}, g the group of o.
   *
   * @param w {@code [O, C/groups, kernel…]}
   * @param bias {@code [O]} or null
   * @param y {@code [N, O, spatial…]}
   */
  void convolution(View x, View w, View bias, Window window, View y);

  /**
   * The same with an activation on the result, {@code y = activation(convolution)}.
   *
   * @param activation or null
   */
  void convolution(View x, View w, View bias, Window window, Unary activation, View y);

  /** The gradient of {@link #convolution} with respect to x (also the transposed convolution of dy). */
  void convolutionInputGrad(View dy, View w, Window window, View dx);

  /** The gradient of {@link #convolution} with respect to w: {@code dw = gradient + beta·dw}, beta 0 or 1. */
  void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw);

  /**
   * The largest element of each window (padding never wins; NaN does). A window over padding alone gives −∞ and any index, which
   * the gradient ignores.
   *
   * @param indices int32 like y: where it stood, as the row-major index within the window's kernel
   */
  void maxPool(View x, Window window, View y, View indices);

  /** The gradient of {@link #maxPool}: each dy goes to the element that won. */
  void maxPoolGrad(View dy, View indices, Window window, View dx);

  /**
   * The mean of each window; padding counts as zeros if {@code countPadding}, else only real elements are counted and a window
   * over padding alone gives 0.
   */
  void avgPool(View x, Window window, boolean countPadding, View y);

  /** The gradient of {@link #avgPool}. */
  void avgPoolGrad(View dy, Window window, boolean countPadding, View dx);

  // ---- order and scans

  /** The running sum along an axis, in the order of the axis (or from its end where {@code reverse}). */
  void cumulativeSum(View x, int axis, boolean reverse, View y);

  /**
   * Sorts along an axis, stably; NaN is the largest of all.
   *
   * @param values like x
   * @param indices int64 like x: where each value stood
   */
  void sort(View x, int axis, boolean descending, View values, View indices);

  // ---- optimizers

  /** One step of an optimizer over all its parameters. */
  void optimizerStep(OptimizerStep step);

  /** {@code out[] = √Σ g²} over all elements of all gradients (one type), without a host round trip. */
  void globalNorm(List<View> gradients, View out);

  /**
   * Scales all gradients in place by {@code min(1, maxNorm/(norm + 1e-6))}, as PyTorch's clip_grad_norm_ does.
   *
   * @param norm a scalar from {@link #globalNorm}
   */
  void clipToNorm(List<View> gradients, View norm, double maxNorm);
}
