package dev.athanor.cpu.vec;

import dev.athanor.backend.CallRecorder;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.View;
import jdk.incubator.vector.VectorMask;

/**
 * Walks operands of any layout and feeds a {@link RowKernel} with rows. Three ways, the first that fits: everything
 * contiguous (or one element) is one row; where the innermost loop steps by 0 or 1 everywhere, its rows; else blocks gathered
 * into scratch memory. Elements are independent, so how the work is cut never shows in the result.
 */
public final class Elementwise {
  /** Elements gathered at a time: a few operands of this size stay in the first-level cache. */
  private static final int BLOCK = 1024;
  /** Rows shorter than this are gathered. */
  private static final int SHORT_ROW = 16;
  private static final int MAX_ROW = 1 << 28;

  private Elementwise() {}

  /** Elements one thread should take at least, so that sharing pays: about 10 µs of work. */
  public static int grain(View out) {
    return out.dtype().isFloat() && out.dtype().bytes() == 8 ? 4096 : 16384;
  }

  /**
   * out = kernel(a, b, c), element by element; absent operands are null.
   *
   * @param grain the fewest elements worth a thread
   * @param scalars whether the kernel takes operands that are one element (only a and b, or all, as it documents)
   */
  public static void run(WorkPool pool, RowKernel kernel, View a, View b, View c, View out, double p, double q, int grain,
      boolean scalars) {
    long n = out.size();
    if (n == 0) {
      return;
    }
    if (out.isContiguous() && simple(a, scalars) && simple(b, scalars) && simple(c, scalars)) {
      flat(pool, kernel, a, b, c, out, p, q, n, grain).run();
    } else {
      new Walk(kernel, a, b, c, out, p, q, scalars).run(pool, n, grain);
    }
  }

  /**
   * {@link #run} over operands as they lie, with all decisions taken; null where there is nothing to do.
   */
  public static CallRecorder.Call prepare(WorkPool pool, RowKernel kernel, View a, View b, View c, View out, double p, double q,
      int grain, boolean scalars) {
    long n = out.size();
    if (n == 0) {
      return null;
    }
    if (out.isContiguous() && simple(a, scalars) && simple(b, scalars) && simple(c, scalars)) {
      return flat(pool, kernel, a, b, c, out, p, q, n, grain);
    }
    Walk walk = new Walk(kernel, a, b, c, out, p, q, scalars);
    return () -> walk.run(pool, n, grain);
  }

  /** {@link #copy} of operands as they lie, with all decisions taken; null for nothing, and for a transpose. */
  public static CallRecorder.Call prepareCopy(WorkPool pool, View x, View out) {
    if (out.size() == 0) {
      return null;
    }
    int bytes = x.dtype().bytes();
    if (x.isContiguous() && out.isContiguous()) {
      return copyFlat(pool, CpuBuffer.of(x), CpuBuffer.of(out), x.size() * bytes);
    }
    return Transpose.takes(Loops.of(true, out, x), bytes) ? null
        : prepare(pool, Strided.mover(bytes), x, null, null, out, 0, 0, 16384, true);
  }

  private static boolean simple(View v, boolean scalars) {
    return v == null || v.isContiguous() || scalars && v.isScalar();
  }

  private static CallRecorder.Call flat(WorkPool pool, RowKernel kernel, View a, View b, View c, View out, double p, double q,
      long n, int grain) {
    long pa = address(a);
    long pb = address(b);
    long pc = address(c);
    long po = CpuBuffer.of(out);
    int sa = step(a);
    int sb = step(b);
    int sc = step(c);
    if (n < 2L * grain || pool.threads() == 1 && n < MAX_ROW) {
      return () -> kernel.run(pa, sa, pb, sb, pc, sc, po, (int) n, p, q);
    }
    long size = Math.max(grain, Math.min(MAX_ROW, (n / 64 + 1023) & -1024L));
    long ea = (long) sa * bytes(a);
    long eb = (long) sb * bytes(b);
    long ec = (long) sc * bytes(c);
    int eo = out.dtype().bytes();
    WorkPool.Task task = chunk -> {
      long at = chunk * size;
      int count = (int) Math.min(size, n - at);
      kernel.run(pa + at * ea, sa, pb + at * eb, sb, pc + at * ec, sc, po + at * eo, count, p, q);
    };
    int chunks = (int) ((n + size - 1) / size);
    return () -> pool.parallelFor(chunks, task);
  }

  private static long address(View v) {
    return v == null ? 0 : CpuBuffer.of(v);
  }

  private static int bytes(View v) {
    return v == null ? 0 : v.dtype().bytes();
  }

  private static int step(View v) {
    return v == null || v.isScalar() && !v.isContiguous() || v.size() == 1 ? 0 : 1;
  }

  /** The general walk; operand 0 of the loops is the output. */
  private static final class Walk {
    private final RowKernel kernel;
    private final double p;
    private final double q;
    private final boolean scalars;
    private final Loops loops;
    private final int count;
    /** Which loop operand each of a, b, c is, or -1. */
    private final int[] slot = new int[3];
    private final long[] base = new long[4];
    private final int[] bytes = new int[4];

    Walk(RowKernel kernel, View a, View b, View c, View out, double p, double q, boolean scalars) {
      this.kernel = kernel;
      this.p = p;
      this.q = q;
      this.scalars = scalars;
      View[] views = {out, a, b, c};
      int n = 0;
      for (int i = 0; i < 4; i++) {
        if (views[i] == null) {
          slot[i - 1] = -1;
          continue;
        }
        if (i > 0) {
          slot[i - 1] = n;
        }
        base[n] = CpuBuffer.of(views[i]);
        bytes[n] = views[i].dtype().bytes();
        views[n++] = views[i];
      }
      count = n;
      loops = Loops.of(true, java.util.Arrays.copyOf(views, n, View[].class));
    }

    void run(WorkPool pool, long n, int grain) {
      boolean rows = loops.inner() >= SHORT_ROW && loops.strides[0][loops.rank - 1] == 1;
      for (int k = 1; k < count; k++) {
        rows &= loops.rowOf(k) && (scalars || loops.strides[k][loops.rank - 1] == 1);
      }
      if (rows) {
        rows(pool, n, grain);
      } else {
        blocks(pool, n, grain);
      }
    }

    private void rows(WorkPool pool, long n, int grain) {
      // A row is cut where it alone is long; else several rows make a chunk.
      long inner = loops.inner();
      long piece = Math.min(inner, 1L << 20);
      long perRow = (inner + piece - 1) / piece;
      long outer = n / inner;
      long rowsPerChunk = Math.max(1, Math.max(grain / inner, outer / 64));
      long chunks = (outer + rowsPerChunk - 1) / rowsPerChunk;
      if (n < 2L * grain) {
        rowRange(0, outer, 0, inner);
      } else if (perRow > 1) {
        pool.parallelFor((int) (outer * perRow), chunk -> {
          long from = chunk % perRow * piece;
          rowRange(chunk / perRow, chunk / perRow + 1, from, Math.min(piece, inner - from));
        });
      } else {
        pool.parallelFor((int) chunks, chunk -> rowRange(chunk * rowsPerChunk, Math.min(outer, (chunk + 1) * rowsPerChunk), 0,
            inner));
      }
    }

    private void rowRange(long from, long to, long start, long length) {
      int outerAxes = loops.rank - 1;
      long[] index = new long[loops.dims.length];
      loops.locate(from, outerAxes, index);
      for (long row = from; row < to; row++) {
        kernel.run(at(slot[0], index, start), step(slot[0]), at(slot[1], index, start), step(slot[1]), at(slot[2], index, start),
            step(slot[2]), at(0, index, start), (int) length, p, q);
        loops.advance(outerAxes, index);
      }
    }

    private int step(int k) {
      return k < 0 ? 0 : (int) loops.strides[k][loops.rank - 1];
    }

    private long at(int k, long[] index, long start) {
      return k < 0 ? 0 : base[k] + (loops.offset(k, loops.rank - 1, index) + start * loops.strides[k][loops.rank - 1]) * bytes[k];
    }

    private void blocks(WorkPool pool, long n, int grain) {
      long blocks = (n + BLOCK - 1) / BLOCK;
      long perChunk = Math.max(Math.max(1, grain / BLOCK), blocks / 64);
      if (n < 2L * grain) {
        blockRange(0, blocks, n);
      } else {
        pool.parallelFor((int) ((blocks + perChunk - 1) / perChunk),
            chunk -> blockRange(chunk * perChunk, Math.min(blocks, (chunk + 1) * perChunk), n));
      }
    }

    private void blockRange(long from, long to, long n) {
      long scratch = Scratch.take(Scratch.OPERANDS, 4L * BLOCK * 8);
      boolean[] linear = new boolean[count];
      for (int k = 0; k < count; k++) {
        linear[k] = loops.linear(k);
      }
      long[] index = new long[loops.dims.length];
      long[] operand = new long[count];
      for (long block = from; block < to; block++) {
        long first = block * BLOCK;
        int length = (int) Math.min(BLOCK, n - first);
        for (int k = 0; k < count; k++) {
          operand[k] = linear[k] ? base[k] + first * bytes[k] : scratch + (long) k * BLOCK * 8;
          if (!linear[k] && k > 0) {
            loops.locate(first, loops.rank, index);
            Strided.gather(loops, k, index, base[k], operand[k], length, bytes[k]);
          }
        }
        kernel.run(pick(operand, 0), row(0), pick(operand, 1), row(1), pick(operand, 2), row(2), operand[0], length, p, q);
        if (!linear[0]) {
          loops.locate(first, loops.rank, index);
          Strided.scatter(loops, 0, index, operand[0], base[0], length, bytes[0]);
        }
      }
    }

    private int row(int i) {
      return slot[i] < 0 ? 0 : 1;
    }

    private long pick(long[] operand, int i) {
      return slot[i] < 0 ? 0 : operand[slot[i]];
    }
  }

  /** Copies elements between two layouts of one shape and type. */
  public static void copy(WorkPool pool, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    int bytes = x.dtype().bytes();
    if (x.isContiguous() && out.isContiguous()) {
      copyFlat(pool, CpuBuffer.of(x), CpuBuffer.of(out), x.size() * bytes).run();
      return;
    }
    Loops loops = Loops.of(true, out, x);
    if (Transpose.takes(loops, bytes)) {
      Transpose.copy(pool, loops, x, out, x.size());
    } else {
      run(pool, Strided.mover(bytes), x, null, null, out, 0, 0, 16384, true);
    }
  }

  private static CallRecorder.Call copyFlat(WorkPool pool, long from, long to, long total) {
    long piece = Math.max(1 << 17, (total / 64 + 63) & -64L);
    if (total < 2 * piece) {
      return () -> Memory.copy(from, to, total);
    }
    WorkPool.Task task = chunk -> Memory.copy(from + chunk * piece, to + chunk * piece, Math.min(piece, total - chunk * piece));
    int chunks = (int) ((total + piece - 1) / piece);
    return () -> pool.parallelFor(chunks, task);
  }

  /** Sets every element to the low bytes of {@code bits}. */
  public static void fill(WorkPool pool, View out, long bits) {
    run(pool, Strided.filler(out.dtype().bytes(), bits), null, null, null, out, 0, 0, 32768, true);
  }

  /** Multiplies every element by a number. */
  public static void scale(WorkPool pool, View out, double factor) {
    CpuBuffer constant = new CpuBuffer(Memory.allocate(8), 8);
    try {
      View one = View.of(constant, out.dtype(), dev.athanor.tensor.Shape.SCALAR);
      LongLoops.put(out.dtype().bytes(), constant.address(), out.dtype().bits(factor));
      RowKernel mul = Kernels.binary(dev.athanor.backend.BinaryOp.MUL, out.dtype());
      run(pool, mul, out, one.expand(out.shape()), null, out, 0, 0, grain(out), true);
    } finally {
      Memory.free(constant.surrender());
    }
  }

  /** Adds x to out. */
  public static void add(WorkPool pool, View x, View out) {
    run(pool, Kernels.binary(dev.athanor.backend.BinaryOp.ADD, x.dtype()), out, x, null, out, 0, 0, grain(out), true);
  }

  /** Adds {@code n} float32 numbers to as many others, in the calling thread. */
  public static void addRow(long x, long to, int n) {
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      Vec.store(Vec.load(to + 4L * i).add(Vec.load(x + 4L * i)), to + 4L * i);
    }
    if (i < n) {
      VectorMask<Float> m = Vec.tail(n - i);
      Vec.store(Vec.load(to + 4L * i, m).add(Vec.load(x + 4L * i, m)), to + 4L * i, m);
    }
  }

  /** Adds float32 rows to the first of them, in order; they begin {@code pitch} bytes apart. */
  public static void sum(WorkPool pool, long rows, long pitch, int count, long n) {
    if (count == 1) {
      return;
    }
    int size = 4096;
    pool.parallelFor((int) ((n + size - 1) / size), chunk -> {
      long at = rows + 4L * chunk * size;
      Folds.SUM.columns(at, pitch, at, 0, count, (int) Math.min(size, n - (long) chunk * size), 0, at, false);
    });
  }
}
