package dev.athanor.tensor;

import dev.athanor.backend.ReduceOp;
import dev.athanor.ops.Reduce;

/**
 * Reductions over any axes. No axes means all of them. With {@code keepDims} the reduced axes stay, of size 1; without it they are
 * dropped. The order of additions is fixed by shape and layout, so results are the same bits on any number of threads.
 */
public interface Reductions {
  private Tensor self() {
    return (Tensor) this;
  }

  /** The sum; 0 over nothing. */
  default Tensor sum(int... axes) {
    return Reduce.reduce(ReduceOp.SUM, self(), false, axes);
  }

  /** The sum; 0 over nothing. */
  default Tensor sum(boolean keepDims, int... axes) {
    return Reduce.reduce(ReduceOp.SUM, self(), keepDims, axes);
  }

  /** The arithmetic mean; NaN over nothing. */
  default Tensor mean(int... axes) {
    return Reduce.reduce(ReduceOp.MEAN, self(), false, axes);
  }

  /** The arithmetic mean; NaN over nothing. */
  default Tensor mean(boolean keepDims, int... axes) {
    return Reduce.reduce(ReduceOp.MEAN, self(), keepDims, axes);
  }

  /** The product; 1 over nothing. First derivatives are exact at zeros, second ones are not. */
  default Tensor prod(int... axes) {
    return Reduce.reduce(ReduceOp.PROD, self(), false, axes);
  }

  /** The product; 1 over nothing. */
  default Tensor prod(boolean keepDims, int... axes) {
    return Reduce.reduce(ReduceOp.PROD, self(), keepDims, axes);
  }

  /** The largest element; NaN if any is. Equal ones share the gradient. */
  default Tensor max(int... axes) {
    return Reduce.reduce(ReduceOp.MAX, self(), false, axes);
  }

  /** The largest element; NaN if any is. Equal ones share the gradient. */
  default Tensor max(boolean keepDims, int... axes) {
    return Reduce.reduce(ReduceOp.MAX, self(), keepDims, axes);
  }

  /** The smallest element; NaN if any is. Equal ones share the gradient. */
  default Tensor min(int... axes) {
    return Reduce.reduce(ReduceOp.MIN, self(), false, axes);
  }

  /** The smallest element; NaN if any is. Equal ones share the gradient. */
  default Tensor min(boolean keepDims, int... axes) {
    return Reduce.reduce(ReduceOp.MIN, self(), keepDims, axes);
  }

  /** Whether any is true, of bools. */
  default Tensor any(int... axes) {
    return Reduce.reduce(ReduceOp.ANY, self(), false, axes);
  }

  /** Whether all are true, of bools. */
  default Tensor all(int... axes) {
    return Reduce.reduce(ReduceOp.ALL, self(), false, axes);
  }

  /** The index of the largest element along an axis, int64, the first of equals; NaN counts as the largest. */
  default Tensor argMax(int axis) {
    return Reduce.arg(true, self(), axis, false);
  }

  /** The index of the smallest element along an axis, int64, the first of equals; NaN counts as the smallest. */
  default Tensor argMin(int axis) {
    return Reduce.arg(false, self(), axis, false);
  }

  /** {@link #argMax(int)} with or without the axis. */
  default Tensor argMax(int axis, boolean keepDims) {
    return Reduce.arg(true, self(), axis, keepDims);
  }

  /** {@link #argMin(int)} with or without the axis. */
  default Tensor argMin(int axis, boolean keepDims) {
    return Reduce.arg(false, self(), axis, keepDims);
  }

  /**
   * The variance Σ(x − mean)²/(n − correction), in two passes.
   *
   * @param correction 0 for the biased, 1 for the unbiased estimate
   */
  default Tensor variance(int correction, boolean keepDims, int... axes) {
    return Reduce.variance(self(), correction, keepDims, axes);
  }

  /** The square root of {@link #variance}. */
  default Tensor std(int correction, boolean keepDims, int... axes) {
    return Reduce.variance(self(), correction, keepDims, axes).sqrt();
  }

  /** ln Σ eˣ, without overflow. */
  default Tensor logSumExp(boolean keepDims, int... axes) {
    return Reduce.logSumExp(self(), keepDims, axes);
  }

  /** The Euclidean norm √Σx² over all axes; the gradient at 0 is 0. */
  default Tensor norm() {
    return Reduce.norm(self(), 2, false);
  }

  /** The p-norm (Σ|x|ᵖ)^(1/p), p ≥ 1; infinity gives the largest |x|. */
  default Tensor norm(double p, boolean keepDims, int... axes) {
    return Reduce.norm(self(), p, keepDims, axes);
  }
}
