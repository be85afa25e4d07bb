package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Indexing.Sorted;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Sorting and running sums. */
public final class Order {
  private Order() {}

  /** Stable sort along an axis. */
  public static Sorted sort(Tensor x, int axis, boolean descending) {
    Checks.numeric("sort", x);
    int at = Checks.axis("sort", axis, x.rank());
    Tensor values = x.device().result("sort", x.dtype(), x.shape());
    Tensor indices = x.device().result("sort", DType.INT64, x.shape());
    x.device().fused().sort(x.view(), at, descending, values.view(), indices.view());
    if (x.dtype().isFloat() && Tape.wants(x)) {
      Saved saved = Saved.of(indices);
      Shape shape = x.shape();
      Tape.record("sort", values,
          (dy, g) -> g.give(0, Gather.scatterAdd(dy.device().zeros(dy.dtype(), shape), at, saved.get(), dy)),
          TangentRule.linear(t -> Gather.gather(t, at, indices)), x, saved);
    }
    return new Sorted(values, indices);
  }

  /** The k largest. */
  public static Sorted topK(Tensor x, long k, int axis) {
    int at = Checks.axis("topK", axis, x.rank());
    Checks.require(k >= 0 && k <= x.dim(at), "topK", () -> "k = " + k + " is outside axis " + axis + " of x " + x.shape());
    Sorted all = sort(x, at, true);
    return new Sorted(all.values().slice(at, 0, k), all.indices().slice(at, 0, k));
  }

  /** The running sum along an axis. */
  public static Tensor cumSum(Tensor x, int axis) {
    Checks.numeric("cumSum", x);
    return cumSum(x, Checks.axis("cumSum", axis, x.rank()), false);
  }

  private static Tensor cumSum(Tensor x, int axis, boolean reverse) {
    Tensor y = x.device().result("cumSum", x.dtype(), x.shape());
    x.device().fused().cumulativeSum(x.view(), axis, reverse, y.view());
    if (x.dtype().isFloat() && Tape.wants(x)) {
      Tape.record("cumSum", y, (dy, g) -> g.give(0, cumSum(dy, axis, !reverse)),
          TangentRule.linear(t -> cumSum(t, axis, reverse)), x);
    }
    return y;
  }
}
