package dev.athanor.cpu.vec;

import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.ReduceOp;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Reductions over any axes of any layout. The work is cut, and partial results are merged, as the shape and layout say. */
public final class Reduce {
  private Reduce() {}

  /** Reduces the axes where {@code out} has size 1. */
  public static void run(WorkPool pool, ReduceOp op, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    DType type = x.dtype();
    if (x.size() == 0) {
      Elementwise.fill(pool, out, switch (op) {
        case SUM, ANY -> 0;
        case MEAN -> type.bits(Double.NaN);
        case PROD, ALL -> type.bits(1L);
        case MAX, MIN -> throw new IllegalArgumentException(op + " of nothing: x" + x.shape());
      });
      return;
    }
    Split split = Split.of(x, out);
    switch (type) {
      case FLOAT32 -> new FloatReduce(pool, op, split, CpuBuffer.of(x), CpuBuffer.of(out)).run();
      case FLOAT64 -> doubles(pool, op, split, CpuBuffer.of(x), CpuBuffer.of(out));
      case INT32, INT64, BOOL -> integers(pool, op, split, type.bytes(), CpuBuffer.of(x), CpuBuffer.of(out));
      case BFLOAT16, FLOAT16 -> throw new IllegalArgumentException(type + " has no arithmetic; cast it first");
    }
  }

  /** {@link #run} of float32 over these operands as they lie, with all decisions taken; to be run by one thread at a time. */
  public static CallRecorder.Call prepare(WorkPool pool, ReduceOp op, View x, View out) {
    return x.dtype() != DType.FLOAT32 || x.size() == 0 || out.size() == 0 ? null
        : new FloatReduce(pool, op, Split.of(x, out), CpuBuffer.of(x), CpuBuffer.of(out));
  }

  /** The axes of a reduction: those that stay, as operands (x, out), and those that go, as operand (x). */
  record Split(Loops kept, Loops gone, long outputs, long each) {
    static Split of(View x, View out) {
      View keptX = x;
      View keptOut = out;
      View goneX = x;
      long each = 1;
      for (int axis = x.rank() - 1; axis >= 0; axis--) {
        if (x.dim(axis) != 1 && out.dim(axis) == 1) {
          each *= x.dim(axis);
          keptX = keptX.select(axis, 0);
          keptOut = keptOut.select(axis, 0);
        } else {
          goneX = goneX.select(axis, 0);
        }
      }
      return new Split(Loops.of(true, keptX, keptOut), Loops.of(true, goneX), out.size(), each);
    }
  }

  private static void doubles(WorkPool pool, ReduceOp op, Split split, long x, long out) {
    Loops kept = split.kept();
    overOutputs(pool, split, index -> {
      long from = x + 8 * kept.offset(0, kept.rank, index);
      double r = foldDoubles(op, split.gone(), from);
      Memory.putDouble(out + 8 * kept.offset(1, kept.rank, index), op == ReduceOp.MEAN ? r / split.each() : r);
    });
  }

  private static void integers(WorkPool pool, ReduceOp op, Split split, int bytes, long x, long out) {
    Loops kept = split.kept();
    overOutputs(pool, split, index -> {
      long from = x + bytes * kept.offset(0, kept.rank, index);
      LongLoops.put(bytes, out + bytes * kept.offset(1, kept.rank, index), foldIntegers(op, split.gone(), bytes, from));
    });
  }

  private interface Output {
    void at(long[] index);
  }

  private static void overOutputs(WorkPool pool, Split split, Output task) {
    Loops kept = split.kept();
    long perChunk = Math.max(1, Math.max(8192 / split.each(), split.outputs() / 64));
    pool.parallelFor((int) ((split.outputs() + perChunk - 1) / perChunk), chunk -> {
      long[] index = new long[kept.dims.length];
      kept.locate(chunk * perChunk, kept.rank, index);
      for (long i = chunk * perChunk; i < Math.min(split.outputs(), (chunk + 1) * perChunk); i++) {
        task.at(index);
        kept.advance(kept.rank, index);
      }
    });
  }

  /** Each innermost run has its own partial result, which keeps long sums accurate. */
  private static double foldDoubles(ReduceOp op, Loops gone, long from) {
    long[] index = new long[gone.dims.length];
    int outer = gone.rank - 1;
    long inner = gone.inner();
    long step = 8 * gone.strides[0][outer];
    long rows = 1;
    for (int i = 0; i < outer; i++) {
      rows *= gone.dims[i];
    }
    double total = neutral(op);
    for (long row = 0; row < rows; row++) {
      long at = from + 8 * gone.offset(0, outer, index);
      for (long i = 0; i < inner; i += 512) {
        double part = neutral(op);
        for (long left = Math.min(512, inner - i); left > 0; left--, at += step) {
          part = merge(op, part, Memory.getDouble(at));
        }
        total = merge(op, total, part);
      }
      gone.advance(outer, index);
    }
    return total;
  }

  private static double neutral(ReduceOp op) {
    return switch (op) {
      case SUM, MEAN -> 0;
      case PROD -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
      case ANY, ALL -> throw new IllegalArgumentException(op + " reduces bools");
    };
  }

  static double merge(ReduceOp op, double a, double b) {
    return switch (op) {
      case SUM, MEAN -> a + b;
      case PROD -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case ANY, ALL -> throw new IllegalArgumentException(op + " reduces bools");
    };
  }

  private static long foldIntegers(ReduceOp op, Loops gone, int bytes, long from) {
    long[] index = new long[gone.dims.length];
    int outer = gone.rank - 1;
    long step = bytes * gone.strides[0][outer];
    long rows = 1;
    for (int i = 0; i < outer; i++) {
      rows *= gone.dims[i];
    }
    long total = switch (op) {
      case SUM, ANY -> 0;
      case PROD, ALL -> 1;
      case MAX -> Long.MIN_VALUE;
      case MIN -> Long.MAX_VALUE;
      case MEAN -> throw new IllegalArgumentException("the mean of integers is not an integer; cast first");
    };
    for (long row = 0; row < rows; row++) {
      long at = from + bytes * gone.offset(0, outer, index);
      for (long i = 0; i < gone.inner(); i++, at += step) {
        long v = LongLoops.get(bytes, at);
        total = switch (op) {
          case SUM, MEAN -> total + v;
          case PROD -> total * v;
          case MAX -> Math.max(total, v);
          case MIN -> Math.min(total, v);
          case ANY -> total | v;
          case ALL -> total & v;
        };
      }
      gone.advance(outer, index);
    }
    return total;
  }

  /**
   * The index of the largest or smallest element along an axis, the first of equals; NaN beats everything.
   *
   * @param out int64, of size 1 at {@code axis}
   */
  public static void arg(WorkPool pool, boolean largest, View x, int axis, View out) {
    if (out.size() == 0) {
      return;
    }
    Loops kept = Loops.of(true, x.select(axis, 0), out.select(axis, 0));
    long n = x.dim(axis);
    int bytes = x.dtype().bytes();
    long step = x.stride(axis) * bytes;
    long from = CpuBuffer.of(x);
    long to = CpuBuffer.of(out);
    Split split = new Split(kept, null, out.size(), n);
    overOutputs(pool, split, index -> {
      long at = from + bytes * kept.offset(0, kept.rank, index);
      long best = switch (x.dtype()) {
        case FLOAT32 -> argFloat(largest, at, step, n);
        case FLOAT64 -> argDouble(largest, at, step, n);
        case INT32, INT64, BOOL -> argInteger(largest, at, step, n, bytes);
        case BFLOAT16, FLOAT16 -> throw new IllegalArgumentException(x.dtype() + " has no arithmetic; cast it first");
      };
      Memory.putLong(to + 8 * kept.offset(1, kept.rank, index), best);
    });
  }

  private static long argFloat(boolean largest, long at, long step, long n) {
    float best = Memory.getFloat(at);
    long where = 0;
    for (long i = 1; i < n && best == best; i++) {
      float v = Memory.getFloat(at + i * step);
      if ((largest ? v > best : v < best) || v != v) {
        best = v;
        where = i;
      }
    }
    return where;
  }

  private static long argDouble(boolean largest, long at, long step, long n) {
    double best = Memory.getDouble(at);
    long where = 0;
    for (long i = 1; i < n && best == best; i++) {
      double v = Memory.getDouble(at + i * step);
      if ((largest ? v > best : v < best) || v != v) {
        best = v;
        where = i;
      }
    }
    return where;
  }

  private static long argInteger(boolean largest, long at, long step, long n, int bytes) {
    long best = LongLoops.get(bytes, at);
    long where = 0;
    for (long i = 1; i < n; i++) {
      long v = LongLoops.get(bytes, at + i * step);
      if (largest ? v > best : v < best) {
        best = v;
        where = i;
      }
    }
    return where;
  }
}
