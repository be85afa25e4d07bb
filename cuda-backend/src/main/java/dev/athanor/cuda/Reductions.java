package dev.athanor.cuda;

import dev.athanor.backend.ReduceOp;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ReducePath;
import dev.athanor.kernels.ReducePlan;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Reductions over any axes of any strides, in one stage or two. */
final class Reductions {
  private static final int ARG_MAX = ReduceOp.values().length;
  private static final int ARG_MIN = ARG_MAX + 1;
  /** A kernel for each path, and one that puts the parts of two stages together. */
  private static final int FINAL = ReducePath.values().length;

  private final CudaStream stream;
  private final EntryNames names = new EntryNames((ARG_MIN + 1) * (FINAL + 1));
  private final Layout kept = new Layout(2);
  private final Layout reduced = new Layout(1);
  private final ReducePlan plan = new ReducePlan();
  private final int[] order = new int[16];

  Reductions(CudaStream stream) {
    this.stream = stream;
  }

  void reduce(ReduceOp op, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    kept.begin();
    reduced.begin();
    sort(x);
    for (int i = 0; i < x.rank(); i++) {
      int axis = order[i];
      if (out.dim(axis) == 1) {
        reduced.stride(0, x.stride(axis)).dimension(x.dim(axis));
      } else {
        kept.stride(0, x.stride(axis)).stride(1, out.stride(axis)).dimension(x.dim(axis));
      }
    }
    launch(op.ordinal(), Names.of(op), x, out);
  }

  /** The axes of x, the widest stride first; repeated elements count as widest, as neighbours of themselves they are no run. */
  private void sort(View x) {
    for (int axis = 0; axis < x.rank(); axis++) {
      int at = axis;
      while (at > 0 && width(x, order[at - 1]) < width(x, axis)) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = axis;
    }
  }

  private static long width(View x, int axis) {
    long stride = Math.abs(x.stride(axis));
    return stride == 0 ? Long.MAX_VALUE : stride;
  }

  void argReduce(boolean largest, View x, int axis, View out) {
    if (out.size() == 0) {
      return;
    }
    kept.begin();
    for (int i = 0; i < x.rank(); i++) {
      if (i != axis) {
        kept.stride(0, x.stride(i)).stride(1, out.stride(i)).dimension(x.dim(i));
      }
    }
    reduced.begin().stride(0, x.stride(axis)).dimension(x.dim(axis));
    launch(largest ? ARG_MAX : ARG_MIN, largest ? "arg_max" : "arg_min", x, out);
  }

  private String name(int at, String op, DType dtype, int form, String end) {
    int place = EntryNames.at(at * (FINAL + 1) + form, dtype, dtype, false);
    String name = names.get(place);
    return name != null ? name : names.put(place, "reduce_" + op + "_" + Names.of(dtype) + "_" + end);
  }

  private void launch(int at, String op, View x, View out) {
    plan.set(kept.end(), reduced.end());
    DType dtype = x.dtype();
    boolean whole = plan.chunks() == 1;
    long bytes = whole ? 0 : plan.partials() * Kernels.reduceStateBytes(op, Names.type(dtype));
    long partials = whole ? 0 : stream.take(bytes);
    long to = CudaBuffer.address(out);
    ReducePath path = plan.path();
    stream.begin(name(at, op, dtype, path.ordinal(), path.suffix())).pointer(CudaBuffer.address(x)).pointer(to).pointer(partials)
        .int64(plan.outputs()).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(0).layout(kept).layout(reduced);
    stream.launch(plan.tasks());
    if (!whole) {
      stream.begin(name(at, op, dtype, FINAL, "final")).pointer(partials).pointer(to).int64(plan.outputs()).int64(plan.count())
          .int64(plan.chunks()).int64(0).layout(kept);
      stream.launch(plan.outputs());
      stream.give(partials, bytes);
    }
  }
}
