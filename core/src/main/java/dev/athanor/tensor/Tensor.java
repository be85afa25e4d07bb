package dev.athanor.tensor;

import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.Node;
import dev.athanor.autograd.Tape;
import dev.athanor.ops.Elementwise;
import dev.athanor.ops.Linalg;
import dev.athanor.ops.Transfer;

/**
 * An n-dimensional array on a {@link Device}. Its shape and type never change; its elements do only through the methods that say
 * "in place". Operations are grouped by family in the interfaces this one extends:
 * {@link Arithmetic}, {@link Functions}, {@link Reductions}, {@link Shaping} and {@link Indexing}.
 *
 * <p>Results belong to the innermost open {@link Scope} of the device, see there; without one, to whoever holds them. Views share their base's
 * memory, and keep it alive. {@link #close} gives memory back at once; using a closed tensor is an error.
 *
 * <p>A tensor may be read by several threads at once; changes in place and closing need the caller's own ordering.
 */
public sealed interface Tensor extends Arithmetic, Functions, Reductions, Shaping, Indexing, AutoCloseable permits TensorImpl {

  // ---- what it is

  /** The sizes of the axes. */
  @Override
  Shape shape();

  /** The type of the elements. */
  DType dtype();

  /** The device it lies on. */
  Device device();

  /** The number of axes. */
  default int rank() {
    return shape().rank();
  }

  /** The size of one axis; a negative axis counts from the end. */
  default long dim(int axis) {
    return shape().dim(axis);
  }

  /** The number of elements. */
  default long size() {
    return shape().size();
  }

  // ---- its elements

  /** The only element, as a double. Waits for the device. */
  default double item() {
    return Transfer.item(this);
  }

  /** The only element, as a long; exact for int64. Waits for the device. */
  default long itemLong() {
    return Transfer.itemLong(this);
  }

  /** The elements in row-major order; float32 only. */
  default float[] toFloats() {
    return Transfer.toFloats(this);
  }

  /** The elements in row-major order, converted to double. */
  default double[] toDoubles() {
    return Transfer.toDoubles(this);
  }

  /** The elements in row-major order; int32 only. */
  default int[] toInts() {
    return Transfer.toInts(this);
  }

  /** The elements in row-major order; int64, int32 and bool. */
  default long[] toLongs() {
    return Transfer.toLongs(this);
  }

  /** The elements in row-major order; bool only. */
  default boolean[] toBooleans() {
    return Transfer.toBooleans(this);
  }

  /** A copy in the row-major layout, in memory of its own. */
  default Tensor copy() {
    return Elementwise.copy(this);
  }

  /** This tensor if its elements lie in row-major order, else a copy where they do. */
  default Tensor contiguous() {
    return view().isContiguous() ? this : copy();
  }

  /** The elements converted to another type (this tensor if it is of that type); see {@link dev.athanor.backend.Backend#cast}. */
  default Tensor cast(DType type) {
    return Elementwise.cast(this, type);
  }

  /** A copy on another device, or this tensor if it lies there. Not recorded for gradients. */
  default Tensor to(Device target) {
    return Transfer.to(this, target);
  }

  // ---- changes in place

  /**
   * Copies the elements of {@code source}, broadcast to this shape, into this tensor, in place.
   *
   * @throws dev.athanor.AthanorException if this tensor takes part in a recorded computation (do it under {@link Tape#noGrad})
   */
  default Tensor assign(Tensor source) {
    return Elementwise.assign(this, source);
  }

  /** Sets every element, in place; see {@link #assign} for gradients. */
  default Tensor fill(double value) {
    return Elementwise.fill(this, value);
  }

  /** Adds {@code other}, broadcast to this shape, in place; see {@link #assign} for gradients. */
  default Tensor addInPlace(Tensor other) {
    return Elementwise.inPlace(dev.athanor.backend.BinaryOp.ADD, this, other);
  }

  /** Multiplies by {@code other}, broadcast to this shape, in place; see {@link #assign} for gradients. */
  default Tensor mulInPlace(Tensor other) {
    return Elementwise.inPlace(dev.athanor.backend.BinaryOp.MUL, this, other);
  }

  // ---- matrix products

  /**
   * The matrix product, as NumPy's {@code @}: {@code a[…, M, K] · b[…, K, N] = c[…, M, N]} with broadcast batch axes; a vector counts as a row
   * on the left and as a column on the right, and its axis is dropped from the result.
   */
  default Tensor matmul(Tensor b) {
    return Linalg.matmul(this, b);
  }

  // ---- gradients

  /** Makes this tensor a leaf whose gradient is collected (float types only), or stops that. Returns this tensor. */
  default Tensor requiresGrad(boolean wanted) {
    if (wanted) {
      Tape.watch(this);
    } else {
      Checks.require(node() == null || node().isLeaf(), "requiresGrad", "only a leaf can stop; use detach() for a result");
      attach(null);
    }
    return this;
  }

  /** Whether gradients flow to this tensor: it is a leaf that collects them, or was computed from one. */
  default boolean requiresGrad() {
    return node() != null;
  }

  /** The gradient collected by backward passes, or null. Owned by this leaf: {@link #zeroGrad} drops it. */
  default Tensor grad() {
    return node() == null ? null : node().gradient();
  }

  /** Drops the collected gradient. */
  default void zeroGrad() {
    if (node() != null) {
      node().gradient(null);
    }
  }

  /** Computes the gradients of this single element and adds them to the leaves', see {@link Autograd#backward}. */
  default void backward() {
    Autograd.backward(this);
  }

  /** The same elements without their history: no gradient flows through the result. Shares memory. */
  Tensor detach();

  // ---- lifetime

  /** Gives this tensor's hold on its memory back; the memory is free when nothing else shares it. Closing again does nothing. */
  @Override
  void close();

  /** Whether it was closed. */
  boolean isClosed();

  /** Moves this tensor out of every scope: it lives until it is closed or unreachable. Returns this tensor. */
  Tensor persist();

  // ---- for authors of operations and backends

  /**
   * The buffer and layout, for a backend.
   *
   * @throws dev.athanor.AthanorException if this tensor was closed
   */
  View view();

  /** A tensor over the same memory under another layout, without history. */
  Tensor alias(View layout);

  /** A tensor over the same memory and at the same place in the graph that no scope owns: the caller closes it. */
  Tensor unownedAlias();

  /** Whether nothing else shares the memory. */
  boolean isExclusive();

  /** The place in the recorded graph, or null. */
  Node node();

  /** Sets the place in the recorded graph; called by {@link Tape}. */
  void attach(Node graphNode);

  /** How often the memory was changed in place. */
  int version();

  /** The operation that last changed the memory in place, or null. */
  String lastChange();

  /** Notes a change in place by {@code op}. */
  void changed(String op);

  /** The elements as NumPy prints them, shortened beyond 1,000; waits for the device. */
  @Override
  String toString();
}
