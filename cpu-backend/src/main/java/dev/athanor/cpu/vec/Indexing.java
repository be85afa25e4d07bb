package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Reading and adding by index along one axis. */
public final class Indexing {
  private Indexing() {}

  /** The operands of both: {@code table} is indexed, {@code items} are the elements read or added. */
  private record Job(Loops outer, long n) {
    /** The loops' operands: the items, the index, and the table standing still along the indexed axis. */
    static Job of(View table, int axis, View index, View items) {
      long[] strides = table.strides();
      strides[axis] = 0;
      View rest = table.with(items.shape(), strides, table.offset());
      return new Job(Loops.of(false, items, index, rest), items.size());
    }

    /** Whether the innermost loop moves whole rows: one index for all its elements, which are neighbours. */
    boolean rows() {
      int last = outer.rank - 1;
      return outer.strides[1][last] == 0 && outer.strides[0][last] == 1 && outer.strides[2][last] == 1;
    }
  }

  private static long at(View index, long address, long limit) {
    long i = index.dtype() == DType.INT32 ? Memory.getInt(address) : Memory.getLong(address);
    if (i < 0 || i >= limit) {
      throw new IndexOutOfBoundsException("index " + i + " is outside [0, " + limit + ")");
    }
    return i;
  }

  /** See {@link dev.athanor.backend.Backend#gather}. */
  public static void gather(WorkPool pool, View x, int axis, View index, View out) {
    if (out.size() == 0) {
      return;
    }
    Job job = Job.of(x, axis, index, out);
    Loops loops = job.outer;
    int axes = job.rows() ? loops.rank - 1 : loops.rank;
    long run = job.rows() ? loops.inner() : 1;
    long count = job.n / run;
    long perChunk = Math.max(Math.max(1, 8192 / run), count / 64);
    int bytes = x.dtype().bytes();
    int indexBytes = index.dtype().bytes();
    long px = CpuBuffer.of(x);
    long pi = CpuBuffer.of(index);
    long po = CpuBuffer.of(out);
    long limit = x.dim(axis);
    long step = x.stride(axis);
    pool.parallelFor((int) ((count + perChunk - 1) / perChunk), chunk -> {
      long[] at = new long[loops.dims.length];
      loops.locate(chunk * perChunk, axes, at);
      for (long i = chunk * perChunk; i < Math.min(count, (chunk + 1) * perChunk); i++) {
        long which = at(index, pi + indexBytes * loops.offset(1, axes, at), limit);
        long from = px + bytes * (loops.offset(2, axes, at) + which * step);
        long to = po + bytes * loops.offset(0, axes, at);
        if (run > 1) {
          Memory.copy(from, to, run * bytes);
        } else {
          LongLoops.put(bytes, to, LongLoops.get(bytes, from));
        }
        loops.advance(axes, at);
      }
    });
  }

  /** See {@link dev.athanor.backend.Backend#scatterAdd}. One thread: the order of additions is that of the elements. */
  public static void scatterAdd(View x, int axis, View index, View out) {
    if (x.size() == 0) {
      return;
    }
    Job job = Job.of(out, axis, index, x);
    Loops loops = job.outer;
    boolean rows = job.rows() && x.dtype() == DType.FLOAT32;
    int axes = rows ? loops.rank - 1 : loops.rank;
    long run = rows ? loops.inner() : 1;
    int bytes = x.dtype().bytes();
    int indexBytes = index.dtype().bytes();
    long px = CpuBuffer.of(x);
    long pi = CpuBuffer.of(index);
    long po = CpuBuffer.of(out);
    long limit = out.dim(axis);
    long step = out.stride(axis);
    RowKernel add = Kernels.binary(dev.athanor.backend.BinaryOp.ADD, x.dtype());
    long[] at = new long[loops.dims.length];
    for (long i = 0; i < job.n / run; i++) {
      long which = at(index, pi + indexBytes * loops.offset(1, axes, at), limit);
      long to = po + bytes * (loops.offset(2, axes, at) + which * step);
      add.run(to, 1, px + bytes * loops.offset(0, axes, at), 1, 0, 0, to, (int) run, 0, 0);
      loops.advance(axes, at);
    }
  }
}
