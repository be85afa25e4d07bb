package dev.athanor.tensor;

import dev.athanor.ops.Gather;
import dev.athanor.ops.Order;

/** Selection by index, order and scans. Indices are int32 or int64; one outside its axis is an error. */
public interface Indexing {
  private Tensor self() {
    return (Tensor) this;
  }

  /**
   * {@code out[i…] = this[i… with i_axis replaced by index[i…]]}, as PyTorch's gather. The index has this tensor's rank, and off the axis
   * sizes no larger than this tensor's.
   */
  default Tensor gather(int axis, Tensor index) {
    return Gather.gather(self(), axis, index);
  }

  /** Whole slices by index: {@code index} of any shape takes the place of the axis, as NumPy's take. Rows of a table for axis 0. */
  default Tensor take(int axis, Tensor index) {
    return Gather.take(self(), axis, index);
  }

  /** A copy with {@code source} added at the indexed places: {@code out[i… with i_axis = index[i…]] += source[i…]}; the same bits every time. */
  default Tensor scatterAdd(int axis, Tensor index, Tensor source) {
    return Gather.scatterAdd(self(), axis, index, source);
  }

  /** For indices of any shape: float32 {@code [shape…, classes]} with 1 at the index and 0 elsewhere. */
  default Tensor oneHot(long classes) {
    return Gather.oneHot(self(), classes);
  }

  /** The values in order along an axis, stably; NaN counts as the largest. The indices say where each stood. */
  default Sorted sort(int axis, boolean descending) {
    return Order.sort(self(), axis, descending);
  }

  /** The {@code k} largest elements along an axis, largest first, the earlier of equals first. */
  default Sorted topK(long k, int axis) {
    return Order.topK(self(), k, axis);
  }

  /** The running sum along an axis. */
  default Tensor cumSum(int axis) {
    return Order.cumSum(self(), axis);
  }

  /**
   * The result of a sort.
   *
   * @param values the values in order
   * @param indices int64, where each value stood along the axis
   */
  record Sorted(Tensor values, Tensor indices) {}
}
