package dev.athanor.tensor;

import dev.athanor.ops.Joining;
import dev.athanor.ops.Shapes;
import java.util.List;

/**
 * Changes of shape. Those that say "view" share memory and cost nothing; all pass gradients. Axes may be negative, counting from
 * the end.
 */
public interface Shaping {
  private Tensor self() {
    return (Tensor) this;
  }

  /** The sizes of the axes. */
  Shape shape();

  /** The same elements under another shape; one size may be −1 and is then inferred. A view where strides allow it, else a copy. */
  default Tensor reshape(long... dims) {
    return Shapes.reshape(self(), dims);
  }

  /** The same elements under another shape. */
  default Tensor reshape(Shape target) {
    return Shapes.reshape(self(), target);
  }

  /** The axes from {@code first} to {@code last} (inclusive) merged into one. */
  default Tensor flatten(int first, int last) {
    return Shapes.flatten(self(), first, last);
  }

  /** A view with the axes in another order: axis i of the result is axis {@code order[i]} of this tensor. */
  default Tensor permute(int... order) {
    return Shapes.permute(self(), order);
  }

  /** A view with two axes exchanged. */
  default Tensor transpose(int a, int b) {
    return Shapes.transpose(self(), a, b);
  }

  /** A view with the last two axes exchanged. */
  default Tensor transpose() {
    return Shapes.transpose(self(), -2, -1);
  }

  /** A view broadcast to a larger shape. */
  default Tensor expand(long... dims) {
    return Shapes.expand(self(), Shape.of(dims));
  }

  /** A view broadcast to a larger shape. */
  default Tensor expand(Shape target) {
    return Shapes.expand(self(), target);
  }

  /** A view without one axis of size 1. */
  default Tensor squeeze(int axis) {
    return Shapes.squeeze(self(), axis);
  }

  /** A view with a new axis of size 1 before position {@code axis} (a negative one counts from after the last). */
  default Tensor unsqueeze(int axis) {
    return Shapes.unsqueeze(self(), axis);
  }

  /**
   * A view of part of an axis, as Python's {@code start:stop:step}: negative bounds count from the end and bounds are cut to the axis.
   *
   * @param step not 0; negative walks backwards from start (inclusive) to stop (exclusive)
   */
  default Tensor slice(int axis, long start, long stop, long step) {
    return Shapes.slice(self(), axis, start, stop, step);
  }

  /** A view of the elements from {@code start} (inclusive) to {@code stop} (exclusive) of an axis, as {@link #slice(int, long, long, long)}. */
  default Tensor slice(int axis, long start, long stop) {
    return Shapes.slice(self(), axis, start, stop, 1);
  }

  /** A view of one index of an axis, which is dropped. */
  default Tensor select(int axis, long index) {
    return Shapes.select(self(), axis, index);
  }

  /** A view with the order of some axes reversed. */
  default Tensor flip(int... axes) {
    return Shapes.flip(self(), axes);
  }

  /** Views of consecutive parts of an axis with the given sizes, which must add up to its size. */
  default List<Tensor> split(int axis, long... sizes) {
    return Joining.split(self(), axis, sizes);
  }

  /**
   * A copy with {@code value} added around an axis.
   *
   * @param low how many before the first element, ≥ 0
   * @param high how many after the last, ≥ 0
   */
  default Tensor pad(int axis, long low, long high, double value) {
    return Joining.pad(self(), axis, low, high, value);
  }

  /** The tensors one after another along an existing axis; all other sizes are equal. */
  static Tensor concat(int axis, Tensor... parts) {
    return Joining.concat(axis, List.of(parts));
  }

  /** The tensors, all of one shape, one after another along a new axis before position {@code axis}. */
  static Tensor stack(int axis, Tensor... parts) {
    return Joining.stack(axis, List.of(parts));
  }

  /** A copy of the elements on and below diagonal {@code k} of the last two axes, 0 above. */
  default Tensor tril(long k) {
    return Joining.triangle(self(), k, true);
  }

  /** A copy of the elements on and above diagonal {@code k} of the last two axes, 0 below. */
  default Tensor triu(long k) {
    return Joining.triangle(self(), k, false);
  }
}
