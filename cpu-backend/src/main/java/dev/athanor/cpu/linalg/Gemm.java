package dev.athanor.cpu.linalg;

import dev.athanor.backend.CallRecorder;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.onednn.Matmul;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Batched matrix products of views of any strides, cut into {@link Tiles} that the pool shares. */
public final class Gemm {
  /** What is done to a finished part of the result while it is still in the cache. */
  @FunctionalInterface
  public interface Finish {
    /** Works on {@code rows} rows of {@code columns} neighbouring elements; {@code pitch} is the rows' distance in bytes. */
    void apply(long address, long rows, long columns, long pitch);
  }

  /** The multiplications up to which {@link #betterInJava} says so. */
  private static final long SMALL = 1 << 17;

  private final WorkPool pool;
  private final boolean library;

  /**
   * Products over a pool.
   *
   * @param library whether oneDNN computes the float32 tiles
   */
  public Gemm(WorkPool pool, boolean library) {
    this.pool = pool;
    this.library = library;
  }

  /** {@code c = alpha · a·b + beta · c}; see {@link dev.athanor.backend.Backend#gemm}. */
  public void run(double alpha, View a, View b, double beta, View c) {
    if (c.size() == 0) {
      return;
    }
    int rank = c.rank();
    if (a.dim(rank - 1) == 0 || alpha == 0) {
      scale(c, beta);
      return;
    }
    switch (c.dtype()) {
      case FLOAT32 -> floats((float) alpha, a, b, (float) beta, c, 0, false, null);
      case FLOAT64, INT32, INT64 -> PlainGemm.run(pool, alpha, a, b, beta, c);
      case BOOL, BFLOAT16, FLOAT16 -> throw new IllegalArgumentException("no matrix product of " + c.dtype());
    }
  }

  /**
   * {@code c[m, n] = relu?(a[m, k]·b[k, n] + bias)} in float32, and then {@code finish} on each part of c.
   *
   * @param bias the address of n elements, or 0
   * @param finish or null
   */
  public void linear(View a, View b, long bias, boolean relu, View c, Finish finish) {
    floats(1, a, b, 0, c, bias, relu, finish);
  }

  /** Whether {@link #linear} takes a result of this layout: neighbouring columns. */
  public static boolean rowsOf(View c) {
    int r = c.rank();
    return c.dim(r - 1) == 1 || c.stride(r - 1) == 1;
  }

  private void scale(View c, double beta) {
    if (beta == 0) {
      dev.athanor.cpu.vec.Elementwise.fill(pool, c, 0);
    } else if (beta != 1) {
      dev.athanor.cpu.vec.Elementwise.scale(pool, c, beta);
    }
  }

  /**
   * {@link #run} over these operands as they lie, with all decisions taken; to be run by one thread at a time.
   *
   * @return null for what is no float32 product of something
   */
  public CallRecorder.Call prepare(double alpha, View a, View b, double beta, View c) {
    return c.dtype() != DType.FLOAT32 || c.size() == 0 || a.dim(c.rank() - 1) == 0 || alpha == 0 ? null
        : product((float) alpha, a, b, (float) beta, c, 0, false, null).prepared();
  }

  /** {@link #linear} over these operands as they lie, with all decisions taken; to be run by one thread at a time. */
  public CallRecorder.Call prepareLinear(View a, View b, long bias, boolean relu, View c, Finish finish) {
    return product(1, a, b, 0, c, bias, relu, finish).prepared();
  }

  private void floats(float alpha, View a, View b, float beta, View c, long bias, boolean relu, Finish finish) {
    product(alpha, a, b, beta, c, bias, relu, finish).run();
  }

  private Product product(float alpha, View a, View b, float beta, View c, long bias, boolean relu, Finish finish) {
    int rank = c.rank();
    Operand oa = Operand.of(a);
    Operand ob = Operand.of(b);
    Operand oc = Operand.of(c);
    if (oc.s1 != 1 && oc.s0 == 1 && bias == 0) { // the result is column-major: compute its transpose
      Operand t = oa.transposed();
      oa = ob.transposed();
      ob = t;
      oc = oc.transposed();
    }
    long batch = 1;
    for (int i = 0; i < rank - 2; i++) {
      batch *= c.dim(i);
    }
    Tiles tiles = Tiles.of(batch, oc.rows, oc.columns, oa.columns);
    boolean fits = library && oc.s1 == 1 && Matmul.takes(oc.rows, oc.columns, oc.s0, oc.s1);
    return fits && !betterInJava(batch, oc.rows, oc.columns, oa.columns)
        ? new Native(tiles, alpha, oa, ob, beta, oc, batch, bias, relu, finish)
        : new Java(tiles, alpha, oa, ob, beta, oc, batch, bias, relu, finish);
  }

  /**
   * Small products of enough columns to fill vectors take half as long in Java: the library repacks operands that lie transposed,
   * and so small a product does not earn that back. So small, the loops before the JIT has compiled them cost little either.
   */
  private static boolean betterInJava(long batch, long m, long n, long k) {
    return batch == 1 && n >= 16 && m * n * k <= SMALL;
  }

  /** A float32 product with its operands. */
  private abstract static class Product {
    abstract void run();

    /** The same in its fastest form, for one thread at a time. */
    abstract CallRecorder.Call prepared();
  }

  /**
   * One matrix operand: sizes, strides in elements with those of single rows and columns normalised, and where each batch lies.
   */
  private record Operand(View view, boolean swapped, long rows, long columns, long s0, long s1, long base) {
    static Operand of(View v) {
      int r = v.rank();
      return make(v, false, v.dim(r - 2), v.dim(r - 1), v.stride(r - 2), v.stride(r - 1));
    }

    private static Operand make(View v, boolean swapped, long rows, long columns, long s0, long s1) {
      // The stride of an axis of size 1 means nothing; a dense one keeps the cache of primitives small.
      if (columns == 1) {
        s1 = 1;
      }
      if (rows == 1) {
        s0 = s1 == 1 ? columns : 1;
      }
      return new Operand(v, swapped, rows, columns, s0, s1, CpuBuffer.of(v));
    }

    Operand transposed() {
      return new Operand(view, !swapped, columns, rows, s1, s0, base);
    }

    /** The address of matrix {@code index} of the batch. */
    long at(long index) {
      long offset = 0;
      for (int i = view.rank() - 3; i >= 0; i--) {
        offset += index % view.dim(i) * view.stride(i);
        index /= view.dim(i);
      }
      return base + offset * view.dtype().bytes();
    }
  }

  /** Tiles computed by oneDNN. */
  private final class Native extends Product {
    private final Tiles tiles;
    private final float alpha;
    private final Operand a;
    private final Operand b;
    private final float beta;
    private final Operand c;
    private final long batch;
    private final long bias;
    private final boolean relu;
    private final Finish finish;

    Native(Tiles tiles, float alpha, Operand a, Operand b, float beta, Operand c, long batch, long bias, boolean relu,
        Finish finish) {
      this.tiles = tiles;
      this.alpha = alpha;
      this.a = a;
      this.b = b;
      this.beta = beta;
      this.c = c;
      this.batch = batch;
      this.bias = bias;
      this.relu = relu;
      this.finish = finish;
    }

    @Override
    CallRecorder.Call prepared() {
      long m = c.rows;
      long n = c.columns;
      long k = a.columns;
      if (batch != 1 || !Matmul.takes(m, k, a.s0, a.s1) || !Matmul.takes(k, n, b.s0, b.s1)) {
        WorkPool.Task task = task();
        int chunks = chunks();
        return () -> pool.parallelFor(chunks, task);
      }
      long across = Tiles.ceil(n, tiles.columns());
      CallRecorder.Call[] bound = new CallRecorder.Call[(int) (Tiles.ceil(m, tiles.rows()) * across)];
      for (int i = 0; i < bound.length; i++) {
        bound[i] = bind(i / across * tiles.rows(), i % across * tiles.columns());
      }
      if (bound.length == 1) {
        return bound[0];
      }
      WorkPool.Task each = i -> bound[i].run();
      return () -> pool.parallelFor(bound.length, each);
    }

    /** The tile that begins at this row and column, with its addresses. */
    private CallRecorder.Call bind(long row, long column) {
      long m = Math.min(tiles.rows(), c.rows - row);
      long n = Math.min(tiles.columns(), c.columns - column);
      long to = c.base + 4 * (row * c.s0 + column);
      CallRecorder.Call product = Matmul.prepare(m, n, a.columns, alpha, a.base + 4 * row * a.s0, a.s0, a.s1,
          b.base + 4 * column * b.s1, b.s0, b.s1, beta, to, c.s0, bias == 0 ? 0 : bias + 4 * column, relu);
      if (finish == null) {
        return product;
      }
      return () -> {
        product.run();
        finish.apply(to, m, n, 4 * c.s0);
      };
    }

    /** Tiles of one matrix of the batch. */
    private long each() {
      return Tiles.ceil(c.rows, tiles.rows()) * Tiles.ceil(c.columns, tiles.columns());
    }

    /** The matrices in a chunk: small ones of a batch go several to one. */
    private long group() {
      double work = (double) tiles.rows() * tiles.columns() * a.columns;
      return each() > 1 ? 1 : Math.max(1, Math.min(batch, (long) ((1 << 19) / work)));
    }

    private int chunks() {
      return (int) Tiles.ceil(batch * each(), group());
    }

    @Override
    void run() {
      pool.parallelFor(chunks(), task());
    }

    private WorkPool.Task task() {
      long across = Tiles.ceil(c.columns, tiles.columns());
      long each = each();
      long group = group();
      long tasks = batch * each;
      return chunk -> {
        for (long task = chunk * group; task < Math.min(tasks, (chunk + 1) * group); task++) {
          long tile = task % each;
          tile(task / each, tile / across * tiles.rows(), tile % across * tiles.columns(), tiles);
        }
      };
    }

    private void tile(long index, long row, long column, Tiles tiles) {
      long m = Math.min(tiles.rows(), c.rows - row);
      long n = Math.min(tiles.columns(), c.columns - column);
      long k = a.columns;
      long pa = a.at(index) + 4 * row * a.s0;
      long pb = b.at(index) + 4 * column * b.s1;
      long pc = c.at(index) + 4 * (row * c.s0 + column);
      long a0 = a.s0;
      long a1 = a.s1;
      if (!Matmul.takes(m, k, a0, a1)) {
        pa = dense(Scratch.PANEL_A, pa, m, k, a0, a1);
        a0 = k;
        a1 = 1;
      }
      long b0 = b.s0;
      long b1 = b.s1;
      if (!Matmul.takes(k, n, b0, b1)) {
        pb = dense(Scratch.PANEL_B, pb, k, n, b0, b1);
        b0 = n;
        b1 = 1;
      }
      Matmul.run(m, n, k, alpha, pa, a0, a1, pb, b0, b1, beta, pc, c.s0, bias == 0 ? 0 : bias + 4 * column, relu);
      if (finish != null) {
        finish.apply(pc, m, n, 4 * c.s0);
      }
    }
  }

  /** A row-major copy in scratch memory. */
  private static long dense(int slot, long from, long rows, long columns, long s0, long s1) {
    long to = Scratch.take(slot, 4 * rows * columns);
    for (long i = 0; i < rows; i++) {
      for (long j = 0; j < columns; j++) {
        Memory.putInt(to + 4 * (i * columns + j), Memory.getInt(from + 4 * (i * s0 + j * s1)));
      }
    }
    return to;
  }

  /** Tiles computed by the Vector API. */
  private final class Java extends Product {
    private final Tiles cut;
    private final float alpha;
    private final Operand a;
    private final Operand b;
    private final float beta;
    private final Operand c;
    private final long batch;
    private final long bias;
    private final boolean relu;
    private final Finish finish;

    Java(Tiles cut, float alpha, Operand a, Operand b, float beta, Operand c, long batch, long bias, boolean relu,
        Finish finish) {
      this.cut = cut;
      this.alpha = alpha;
      this.a = a;
      this.b = b;
      this.beta = beta;
      this.c = c;
      this.batch = batch;
      this.bias = bias;
      this.relu = relu;
      this.finish = finish;
    }

    @Override
    CallRecorder.Call prepared() {
      if (batch != 1) {
        return this::run;
      }
      var packing = new JavaMatmul.Packing(c.columns, a.columns, b.base, b.s0, b.s1);
      if (cut.rows() >= c.rows && cut.columns() >= c.columns) {
        return () -> {
          packing.run(pool);
          JavaMatmul.tile(c.rows, c.columns, a.columns, alpha, a.base, a.s0, a.s1, packing.packed(), beta, c.base, c.s0, c.s1);
          finish(c.base, c.rows, c.columns, bias);
        };
      }
      WorkPool.Task task = task(packing, a.base, c.base);
      int count = count();
      return () -> {
        packing.run(pool);
        pool.parallelFor(count, task);
      };
    }

    /** Tiles begin at a panel of b. */
    private long width() {
      return Tiles.ceil(cut.columns(), 32) * 32;
    }

    private int count() {
      return (int) (Tiles.ceil(c.rows, cut.rows()) * Tiles.ceil(c.columns, width()));
    }

    /** The tiles of one matrix, whose operands begin at these addresses. */
    private WorkPool.Task task(JavaMatmul.Packing packing, long pa, long pc) {
      long k = a.columns;
      long width = width();
      long across = Tiles.ceil(c.columns, width);
      return tile -> {
        long row = tile / across * cut.rows();
        long column = tile % across * width;
        long rows = Math.min(cut.rows(), c.rows - row);
        long columns = Math.min(width, c.columns - column);
        long out = pc + 4 * (row * c.s0 + column * c.s1);
        JavaMatmul.tile(rows, columns, k, alpha, pa + 4 * row * a.s0, a.s0, a.s1, packing.packed() + 4 * column * k, beta, out,
            c.s0, c.s1);
        finish(out, rows, columns, bias == 0 ? 0 : bias + 4 * column);
      };
    }

    private void finish(long out, long rows, long columns, long tileBias) {
      if (bias != 0 || relu) {
        Bias.add(out, rows, columns, 4 * c.s0, tileBias, relu);
      }
      if (finish != null) {
        finish.apply(out, rows, columns, 4 * c.s0);
      }
    }

    @Override
    void run() {
      JavaMatmul.Packing packing = null;
      long last = 0;
      for (long index = 0; index < batch; index++) {
        long pb = b.at(index);
        if (packing == null || pb != last) {
          packing = new JavaMatmul.Packing(c.columns, a.columns, pb, b.s0, b.s1);
          packing.run(pool);
          last = pb;
        }
        pool.parallelFor(count(), task(packing, a.at(index), c.at(index)));
      }
    }
  }
}
