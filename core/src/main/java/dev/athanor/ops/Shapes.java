package dev.athanor.ops;

import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.util.Arrays;

/** Views under another shape or order of axes: no element moves. */
public final class Shapes {
  private Shapes() {}

  /** Reshape with at most one size of −1. */
  public static Tensor reshape(Tensor x, long... dims) {
    long[] d = dims.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < d.length; i++) {
      if (d[i] == -1) {
        Checks.require(unknown < 0, "reshape", () -> "only one size may be -1: " + Arrays.toString(dims));
        unknown = i;
      } else {
        known *= d[i];
      }
    }
    if (unknown >= 0) {
      Checks.require(known > 0 && x.size() % known == 0, "reshape", () -> "the size -1 of " + Arrays.toString(dims)
          + " cannot be inferred for x " + x.shape() + " of " + x.size() + " elements");
      d[unknown] = x.size() / known;
    }
    return reshape(x, Shape.of(d));
  }

  /** A view where strides allow it, else a copy. */
  public static Tensor reshape(Tensor x, Shape target) {
    Checks.require(x.size() == target.size(), "reshape", () -> "x " + x.shape() + " has " + x.size() + " elements, " + target
        + " has "
        + target.size());
    if (x.shape().equals(target)) {
      return x;
    }
    View v = x.view().reshapeOrNull(target);
    if (v == null) {
      return reshape(Elementwise.copy(x), target);
    }
    Tensor y = x.alias(v);
    if (Tape.wants(x)) {
      Shape from = x.shape();
      Tape.record("reshape", y, (dy, g) -> g.give(0, dy.reshape(from)), TangentRule.linear(t -> t.reshape(target)), x);
    }
    return y;
  }

  /** Merges axes. */
  public static Tensor flatten(Tensor x, int first, int last) {
    if (x.rank() == 0) {
      return reshape(x, Shape.of(1));
    }
    int from = Checks.axis("flatten", first, x.rank());
    int to = Checks.axis("flatten", last, x.rank());
    Checks.require(from <= to, "flatten", () -> "axis " + first + " comes after axis " + last);
    long n = 1;
    for (int i = from; i <= to; i++) {
      n *= x.dim(i);
    }
    return reshape(x, x.shape().range(0, from).concat(Shape.of(n)).concat(x.shape().range(to + 1, x.rank())));
  }

  /** Axes in another order. */
  public static Tensor permute(Tensor x, int... order) {
    Checks.require(order.length == x.rank(), "permute", () -> "x " + x.shape() + " has " + x.rank() + " axes, the order "
        + Arrays.toString(order) + " has " + order.length);
    int[] to = new int[order.length];
    int[] inverse = new int[order.length];
    Arrays.fill(inverse, -1);
    for (int i = 0; i < order.length; i++) {
      to[i] = Checks.axis("permute", order[i], x.rank());
      if (inverse[to[i]] >= 0) {
        throw Checks.error("permute", "axis " + order[i] + " stands twice in " + Arrays.toString(order));
      }
      inverse[to[i]] = i;
    }
    Tensor y = x.alias(x.view().permute(to));
    if (Tape.wants(x)) {
      Tape.record("permute", y, (dy, g) -> g.give(0, permute(dy, inverse)), TangentRule.linear(t -> permute(t, to)), x);
    }
    return y;
  }

  /** Two axes exchanged. */
  public static Tensor transpose(Tensor x, int a, int b) {
    int[] order = new int[x.rank()];
    Arrays.setAll(order, i -> i);
    int p = Checks.axis("transpose", a, x.rank());
    int q = Checks.axis("transpose", b, x.rank());
    order[p] = q;
    order[q] = p;
    return permute(x, order);
  }

  /** Broadcast to a larger shape. */
  public static Tensor expand(Tensor x, Shape target) {
    if (x.shape().equals(target)) {
      return x;
    }
    Checks.require(target.equals(Shape.broadcast(x.shape(), target)), "expand", () -> "x " + x.shape()
        + " does not broadcast to " + target);
    Tensor y = x.alias(x.view().expand(target));
    if (Tape.wants(x)) {
      Shape from = x.shape();
      Tape.record("expand", y, (dy, g) -> g.give(0, Reduce.sumTo(dy, from)), TangentRule.linear(t -> expand(t, target)), x);
    }
    return y;
  }

  /** An axis of size 1 dropped. */
  public static Tensor squeeze(Tensor x, int axis) {
    int at = Checks.axis("squeeze", axis, x.rank());
    Checks.require(x.dim(at) == 1, "squeeze", () -> "axis " + axis + " of x " + x.shape() + " has size " + x.dim(at) + ", not 1");
    return reshape(x, x.shape().without(at));
  }

  /** An axis of size 1 added. */
  public static Tensor unsqueeze(Tensor x, int axis) {
    return reshape(x, x.shape().insert(Checks.axis("unsqueeze", axis, x.rank() + 1), 1));
  }

  /** Python's slice of one axis. */
  public static Tensor slice(Tensor x, int axis, long start, long stop, long step) {
    int at = Checks.axis("slice", axis, x.rank());
    Checks.require(step != 0, "slice", "the step must not be 0");
    long n = x.dim(at);
    long first;
    long count;
    if (step > 0) {
      first = Math.clamp(start < 0 ? start + n : start, 0, n);
      long end = Math.clamp(stop < 0 ? stop + n : stop, 0, n);
      count = end <= first ? 0 : (end - first - 1) / step + 1;
    } else {
      first = Math.clamp(start < 0 ? start + n : start, -1, n - 1);
      long end = stop == Long.MIN_VALUE ? -1 : Math.clamp(stop < 0 ? stop + n : stop, -1, n - 1);
      count = end >= first ? 0 : (first - end - 1) / -step + 1;
    }
    return sliceExactly(x, at, first, count, step);
  }

  /** {@code count} elements {@code first, first + step, …} of an axis. */
  static Tensor sliceExactly(Tensor x, int axis, long first, long count, long step) {
    Tensor y = x.alias(x.view().slice(axis, first, count, step));
    if (Tape.wants(x)) {
      Shape from = x.shape();
      Tape.record("slice", y, (dy, g) -> g.give(0, Joining.embed(dy, from, axis, first, step)),
          TangentRule.linear(t -> sliceExactly(t, axis, first, count, step)), x);
    }
    return y;
  }

  /** One index of an axis. */
  public static Tensor select(Tensor x, int axis, long index) {
    int at = Checks.axis("select", axis, x.rank());
    long i = Checks.index("select", index, x.dim(at));
    return squeeze(sliceExactly(x, at, i, 1, 1), at);
  }

  /** Some axes reversed. */
  public static Tensor flip(Tensor x, int... axes) {
    boolean[] mask = Checks.axes("flip", axes, x.rank());
    Tensor y = x;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        y = sliceExactly(y, i, Math.max(0, x.dim(i) - 1), x.dim(i), -1);
      }
    }
    return y;
  }
}
