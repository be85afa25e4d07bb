package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.ref.Reference;

/** Reading and adding by index. */
public final class Gather {
  private Gather() {}

  /** One index per element of the result. */
  public static Tensor gather(Tensor x, int axis, Tensor index) {
    int at = checkIndex("gather", x, axis, index);
    Tensor out = x.device().result("gather", x.dtype(), index.shape());
    run("gather", x, at, () -> x.device().backend().gather(x.view(), at, index.view(), out.view()));
    Reference.reachabilityFence(index);
    if (x.dtype().isFloat() && Tape.wants(x)) {
      Saved saved = Saved.of(index);
      Shape shape = x.shape();
      Tape.record("gather", out, (dy, g) -> {
        Tensor zeros = dy.device().zeros(dy.dtype(), shape);
        g.give(0, scatterAdd(zeros, at, saved.get(), dy));
      }, TangentRule.linear(t -> gather(t, at, index)), x, saved);
    }
    return out;
  }

  /** One index per slice. */
  public static Tensor take(Tensor x, int axis, Tensor index) {
    int at = Checks.axis("take", axis, x.rank());
    Checks.index("take", "the index", index);
    Shape before = x.shape().range(0, at);
    Shape after = x.shape().range(at + 1, x.rank());
    Shape flat = before.concat(Shape.of(index.size())).concat(after);
    long[] ones = new long[flat.rank()];
    java.util.Arrays.fill(ones, 1);
    ones[at] = index.size();
    Tensor everywhere = index.reshape(ones).expand(flat);
    return gather(x, at, everywhere).reshape(before.concat(index.shape()).concat(after));
  }

  /** A copy of x with the source added at the indexed places. */
  public static Tensor scatterAdd(Tensor x, int axis, Tensor index, Tensor source) {
    Checks.numeric("scatterAdd", x);
    Checks.sameType("scatterAdd", x, source);
    int at = checkIndex("scatterAdd", x, axis, index);
    Checks.shape("scatterAdd", "the source", source, index.shape());
    Tensor out = x.device().result("scatterAdd", x.dtype(), x.shape());
    x.device().backend().copy(x.view(), out.view());
    run("scatterAdd", x, at, () -> x.device().backend().scatterAdd(source.view(), at, index.view(), out.view()));
    Reference.reachabilityFence(index);
    if (x.dtype().isFloat() && Tape.wants(x, source)) {
      Saved saved = Saved.of(index);
      Tape.record("scatterAdd", out, (dy, g) -> {
        if (g.wants(0)) {
          g.give(0, dy);
        }
        if (g.wants(1)) {
          g.give(1, gather(dy, at, saved.get()));
        }
      }, TangentRule.parts(t -> t, t -> scatterAdd(t.device().zeros(t.dtype(), x.shape()), at, index, t)), x, source, saved);
    }
    return out;
  }

  private static int checkIndex(String op, Tensor x, int axis, Tensor index) {
    Checks.sameDevice(op, x, index);
    Checks.index(op, "the index", index);
    int at = Checks.axis(op, axis, x.rank());
    Checks.require(index.rank() == x.rank(), op, () -> "the index " + index.shape() + " must have as many axes as x "
        + x.shape());
    for (int i = 0; i < x.rank(); i++) {
      if (i != at && index.dim(i) > x.dim(i)) {
        throw Checks.error(op, "the index " + index.shape() + " is longer than x " + x.shape() + " along axis " + i);
      }
    }
    return at;
  }

  private static void run(String op, Tensor x, int axis, Runnable call) {
    try {
      call.run();
    } catch (IndexOutOfBoundsException e) {
      throw new dev.athanor.AthanorException(op + ": an index is outside axis " + axis + " of x " + x.shape() + ": "
          + e.getMessage(), e);
    }
  }

  /** 1 at the index, 0 elsewhere. */
  public static Tensor oneHot(Tensor index, long classes) {
    Checks.index("oneHot", "the index", index);
    Checks.require(classes > 0, "oneHot", () -> "the number of classes must be positive: " + classes);
    Device device = index.device();
    Tensor out = device.zeros(DType.FLOAT32, index.shape().concat(Shape.of(classes)));
    Tensor at = index.unsqueeze(-1);
    View one = device.constant(DType.FLOAT32, 1).view().expand(at.shape());
    try {
      device.backend().scatterAdd(one, out.rank() - 1, at.view(), out.view());
      Reference.reachabilityFence(at);
    } catch (IndexOutOfBoundsException e) {
      throw new dev.athanor.AthanorException("oneHot: an index is outside the " + classes + " classes: " + e.getMessage(), e);
    }
    return out;
  }
}
