package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The temporaries of one composed operation, and the primitives as expressions over them: each method that returns a view takes
 * it from the workspace; closing returns them all, also when something was thrown.
 */
final class Scratch implements AutoCloseable {
  final Backend backend;
  private final Workspace workspace;
  private final List<View> taken = new ArrayList<>();

  Scratch(Backend backend, Workspace workspace) {
    this.backend = backend;
    this.workspace = workspace;
  }

  /** A scratch of its own for an inner loop, so that each round returns its memory. */
  Scratch nested() {
    return new Scratch(backend, workspace);
  }

  View take(DType dtype, Shape shape) {
    View view = workspace.take(dtype, shape);
    taken.add(view);
    return view;
  }

  /** A scalar of the given value; broadcast it with {@link View#expand}. */
  View constant(DType dtype, double value) {
    View view = take(dtype, Shape.SCALAR);
    backend.fill(view, dtype.bits(value));
    return view;
  }

  View unary(UnaryOp op, View x) {
    View out = take(op.givesBool() ? DType.BOOL : x.dtype(), x.shape());
    backend.unary(Unary.of(op), x, out);
    return out;
  }

  /** op(a, b), broadcast to each other. */
  View binary(BinaryOp op, View a, View b) {
    View out = take(op.givesBool() ? DType.BOOL : a.dtype(), Shape.broadcast(a.shape(), b.shape()));
    binary(op, a, b, out);
    return out;
  }

  View binary(BinaryOp op, View a, double b) {
    return binary(op, a, constant(a.dtype(), b));
  }

  /** out = op(a, b), both broadcast to out. */
  void binary(BinaryOp op, View a, View b, View out) {
    backend.binary(op, a.expand(out.shape()), b.expand(out.shape()), out);
  }

  /** a · factor + b, broadcast to each other. */
  View scaledSum(View a, double factor, View b) {
    return binary(BinaryOp.ADD, binary(BinaryOp.MUL, a, factor), b);
  }

  /** out = condition ? a : b, all broadcast to out. */
  void select(View condition, View a, View b, View out) {
    backend.select(condition.expand(out.shape()), a.expand(out.shape()), b.expand(out.shape()), out);
  }

  /** Reduces the given axes, which stay with size 1. */
  View reduce(ReduceOp op, View x, int... axes) {
    Shape shape = x.shape();
    for (int axis : axes) {
      shape = shape.with(axis, 1);
    }
    View out = take(x.dtype(), shape);
    backend.reduce(op, x, out);
    return out;
  }

  /** The sum of all elements as a scalar. */
  View sum(View x) {
    long[] ones = new long[x.rank()];
    Arrays.fill(ones, 1);
    View out = take(x.dtype(), Shape.of(ones));
    backend.reduce(ReduceOp.SUM, x, out);
    return out.with(Shape.SCALAR, new long[0], out.offset());
  }

  /** x in another type; x itself if it has that type. */
  View cast(View x, DType dtype) {
    if (x.dtype() == dtype) {
      return x;
    }
    View out = take(dtype, x.shape());
    backend.cast(x, out);
    return out;
  }

  /** A row-major copy. */
  View copy(View x) {
    View out = take(x.dtype(), x.shape());
    backend.copy(x, out);
    return out;
  }

  /** The elements in row-major order under another shape: the same memory where strides can say it, else a copy. */
  View reshape(View x, Shape shape) {
    View view = x.reshapeOrNull(shape);
    return view != null ? view : copy(x).reshapeOrNull(shape);
  }

  @Override
  public void close() {
    for (int i = taken.size() - 1; i >= 0; i--) {
      workspace.give(taken.get(i));
    }
    taken.clear();
  }
}
