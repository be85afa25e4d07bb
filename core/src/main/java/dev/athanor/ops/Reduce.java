package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.ReduceOp;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Locale;

/** Reductions over axes. */
public final class Reduce {
  private static final String[] NAMES =
      Arrays.stream(ReduceOp.values()).map(op -> op.name().toLowerCase(Locale.ROOT)).toArray(String[]::new);

  private Reduce() {}

  /** One of the primitive reductions. */
  public static Tensor reduce(ReduceOp op, Tensor x, boolean keepDims, int... axes) {
    String name = NAMES[op.ordinal()];
    switch (op) {
      case SUM, PROD, MAX, MIN -> Checks.numeric(name, x);
      case MEAN -> Checks.floating(name, x);
      case ANY, ALL -> Checks.type(name, "x", x, DType.BOOL);
    }
    boolean[] mask = Checks.axes(name, axes, x.rank());
    Shape kept = keptShape(x.shape(), mask);
    if (op == ReduceOp.MAX || op == ReduceOp.MIN) {
      Checks.require(x.size() > 0 || kept.size() == 0, name, () -> "there is no " + (op == ReduceOp.MAX ? "largest" : "smallest")
          + " element of nothing: x " + x.shape() + " has an empty axis");
    }
    Tensor y = x.device().result(name, x.dtype(), keepDims ? kept : droppedShape(x.shape(), mask));
    x.device().backend().reduce(op, x.view(), y.view().with(kept, kept.rowMajorStrides(), 0));
    Reference.reachabilityFence(x);
    if (x.dtype().isFloat() && Tape.wants(x)) {
      record(op, name, x, y, kept);
    }
    return y;
  }

  private static void record(ReduceOp op, String name, Tensor x, Tensor y, Shape kept) {
    Shape shape = x.shape();
    double count = kept.size() == 0 ? 0 : (double) x.size() / kept.size();
    switch (op) {
      case SUM -> Tape.record(name, y, (dy, g) -> g.give(0, dy.reshape(kept).expand(shape)),
          TangentRule.linear(t -> keptReduce(op, t, kept).reshape(y.shape())), x);
      case MEAN -> Tape.record(name, y, (dy, g) -> g.give(0, dy.reshape(kept).div(count).expand(shape)),
          TangentRule.linear(t -> keptReduce(op, t, kept).reshape(y.shape())), x);
      case MAX, MIN -> {
        Saved in = Saved.of(x);
        Saved extreme = Saved.of(y);
        Tape.record(name, y, (dy, g) -> {
          Tensor winners = in.get().eq(extreme.get().reshape(kept)).cast(dy.dtype());
          Tensor number = sumTo(winners, kept);
          g.give(0, winners.mul(dy.reshape(kept).div(number)));
        }, x, in, extreme);
      }
      case PROD -> {
        Saved in = Saved.of(x);
        Tape.record(name, y, (dy, g) -> {
          // With one zero only it has a gradient, the product of the others; with more there is none.
          Tensor v = in.get();
          Tensor zero = v.eq(0);
          Tensor others = v.maskedFill(zero, 1);
          Tensor product = keptReduce(ReduceOp.PROD, others, kept);
          Tensor zeros = sumTo(zero.cast(v.dtype()), kept);
          Tensor atZero = product.maskedFill(zeros.ne(1), 0);
          Tensor elsewhere = product.div(others).maskedFill(zeros.ne(0), 0);
          g.give(0, dy.reshape(kept).mul(zero.where(atZero, elsewhere)));
        }, x, in);
      }
      case ANY, ALL -> throw new IllegalStateException(name + " has no gradient");
    }
  }

  private static Tensor keptReduce(ReduceOp op, Tensor x, Shape kept) {
    int[] axes = reducedAxes(x.shape(), kept);
    return axes.length == 0 ? x : reduce(op, x, true, axes);
  }

  /** Where {@code kept} has size 1 and {@code shape} may have more. */
  private static int[] reducedAxes(Shape shape, Shape kept) {
    int[] axes = new int[shape.rank()];
    int n = 0;
    for (int i = 0; i < shape.rank(); i++) {
      if (kept.dim(i) != shape.dim(i)) {
        axes[n++] = i;
      }
    }
    return java.util.Arrays.copyOf(axes, n);
  }

  /** The sum over the axes along which {@code shape} was broadcast to x's shape; x itself if there are none. */
  public static Tensor sumTo(Tensor x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    int extra = x.rank() - shape.rank();
    int[] axes = new int[x.rank()];
    int n = 0;
    for (int i = 0; i < x.rank(); i++) {
      if (i < extra || shape.dim(i - extra) == 1 && x.dim(i) != 1) {
        axes[n++] = i;
      }
    }
    Tensor sum = n == 0 ? x : reduce(ReduceOp.SUM, x, true, java.util.Arrays.copyOf(axes, n));
    return extra == 0 ? sum : sum.reshape(shape);
  }

  /** The index of the largest or smallest element. */
  public static Tensor arg(boolean largest, Tensor x, int axis, boolean keepDims) {
    String name = largest ? "argMax" : "argMin";
    Checks.numeric(name, x);
    int at = Checks.axis(name, axis, x.rank());
    Checks.require(x.dim(at) > 0 || x.shape().without(at).size() == 0, name, () -> "axis " + axis + " of x " + x.shape()
        + " is empty");
    Shape kept = x.shape().with(at, 1);
    Tensor y = x.device().result(name, DType.INT64, keepDims ? kept : x.shape().without(at));
    if (kept.size() > 0) {
      x.device().backend().argReduce(largest, x.view(), at, y.view().with(kept, kept.rowMajorStrides(), 0));
      Reference.reachabilityFence(x);
    }
    return y;
  }

  /** The variance with n − correction in the denominator. */
  public static Tensor variance(Tensor x, int correction, boolean keepDims, int... axes) {
    Checks.floating("variance", x);
    boolean[] mask = Checks.axes("variance", axes, x.rank());
    Shape kept = keptShape(x.shape(), mask);
    double count = kept.size() == 0 ? 0 : (double) x.size() / kept.size();
    Checks.require(correction >= 0, "variance", () -> "the correction must not be negative: " + correction);
    int[] list = axesOf(mask);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor squares = x.sub(reduce(ReduceOp.MEAN, x, true, list)).square();
      Tensor sum = reduce(ReduceOp.SUM, squares, keepDims, list);
      return temporaries.keep(sum.div(Math.max(0, count - correction)));
    }
  }

  /** ln Σ eˣ. */
  public static Tensor logSumExp(Tensor x, boolean keepDims, int... axes) {
    Checks.floating("logSumExp", x);
    int[] list = axesOf(Checks.axes("logSumExp", axes, x.rank()));
    Checks.require(x.size() > 0, "logSumExp", () -> "there is nothing to sum: x " + x.shape() + " has an empty axis");
    try (Scope temporaries = x.device().internalScope()) {
      Tensor max = reduce(ReduceOp.MAX, x.detach(), true, list);
      // An infinite maximum is left out of the difference, so that all −∞ gives −∞ and not NaN.
      Tensor shift = max.maskedFill(max.isInf(), 0);
      Tensor sum = reduce(ReduceOp.SUM, x.sub(shift).exp(), true, list).log().add(shift);
      return temporaries.keep(keepDims ? sum : sum.reshape(droppedShape(x.shape(), Checks.axes("logSumExp", axes, x.rank()))));
    }
  }

  /** The p-norm. */
  public static Tensor norm(Tensor x, double p, boolean keepDims, int... axes) {
    Checks.floating("norm", x);
    Checks.require(p >= 1, "norm", () -> "p must be at least 1, not " + p);
    try (Scope temporaries = x.device().internalScope()) {
      if (p == 1) {
        return temporaries.keep(reduce(ReduceOp.SUM, x.abs(), keepDims, axes));
      }
      if (p == Double.POSITIVE_INFINITY) {
        return temporaries.keep(reduce(ReduceOp.MAX, x.abs(), keepDims, axes));
      }
      Tensor powers = p == 2 ? x.square() : x.abs().pow(p);
      Tensor sum = reduce(ReduceOp.SUM, powers, keepDims, axes);
      // The root's slope at 0 is infinite; there the norm's gradient is taken as 0, so the root is taken of 1 and replaced.
      Tensor zero = sum.eq(0);
      Tensor root = sum.maskedFill(zero, 1).pow(1 / p);
      return temporaries.keep(root.maskedFill(zero, 0));
    }
  }

  private static int[] axesOf(boolean[] mask) {
    int[] axes = new int[mask.length];
    int n = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        axes[n++] = i;
      }
    }
    return java.util.Arrays.copyOf(axes, n);
  }

  private static Shape keptShape(Shape shape, boolean[] mask) {
    long[] d = shape.dims();
    for (int i = 0; i < d.length; i++) {
      d[i] = mask[i] ? 1 : d[i];
    }
    return Shape.of(d);
  }

  private static Shape droppedShape(Shape shape, boolean[] mask) {
    long[] d = new long[shape.rank()];
    int n = 0;
    for (int i = 0; i < mask.length; i++) {
      if (!mask[i]) {
        d[n++] = shape.dim(i);
      }
    }
    return Shape.of(java.util.Arrays.copyOf(d, n));
  }
}
