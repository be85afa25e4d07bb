package dev.athanor.cpu.onednn;

import dev.athanor.backend.CallRecorder;

/** Float32 matrix products on one thread by compiled oneDNN primitives. */
public final class Matmul {
  /**
   * A product {@code c[m, n] = relu?(alpha · a[m, k] · b[k, n] + bias + beta · c)} with the strides of each in elements.
   *
   * @param c0 the stride of c's rows; its columns are neighbours
   */
  record Problem(long m, long n, long k, long a0, long a1, long b0, long b1, long c0, float alpha, float beta, boolean bias,
      boolean relu) {}

  private static final PrimitiveCache<Problem, Primitive> CACHE = new PrimitiveCache<>(Matmul::compile);
  private static final int[] PLAIN = {OneDnn.ARG_SRC, OneDnn.ARG_WEIGHTS, OneDnn.ARG_DST};
  private static final int[] WITH_BIAS = {OneDnn.ARG_SRC, OneDnn.ARG_WEIGHTS, OneDnn.ARG_DST, OneDnn.ARG_BIAS};

  private Matmul() {}

  /**
   * Whether {@link #run} takes a matrix with these strides: neighbours along one axis, rows (or columns) apart along the other.
   */
  public static boolean takes(long rows, long columns, long stride0, long stride1) {
    return stride1 == 1 && stride0 >= columns || stride0 == 1 && stride1 >= rows;
  }

  /**
   * One product of float32 matrices at the given addresses, in the calling thread. All sizes are at least 1; the strides of a and
   * b fit {@link #takes}, c has neighbouring columns.
   *
   * @param bias n elements added to each row, or 0 for none
   */
  public static void run(long m, long n, long k, float alpha, long a, long a0, long a1, long b, long b0, long b1, float beta,
      long c, long c0, long bias, boolean relu) {
    Primitive p = CACHE.get(new Problem(m, n, k, a0, a1, b0, b1, c0, alpha, beta, bias != 0, relu));
    if (p == null) {
      throw new IllegalStateException("oneDNN has no matrix product of " + m + "x" + k + "x" + n);
    }
    p.run(a, b, c, bias);
  }

  /** {@link #run} on memory that stays where it is, for one thread at a time. */
  public static CallRecorder.Call prepare(long m, long n, long k, float alpha, long a, long a0, long a1, long b, long b0, long b1,
      float beta, long c, long c0, long bias, boolean relu) {
    Primitive p = CACHE.get(new Problem(m, n, k, a0, a1, b0, b1, c0, alpha, beta, bias != 0, relu));
    if (p == null) {
      throw new IllegalStateException("oneDNN has no matrix product of " + m + "x" + k + "x" + n);
    }
    return p.bind(a, b, c, bias);
  }

  private static Primitive compile(Problem q) {
    long a = OneDnn.layout(new long[] {q.m, q.k}, new long[] {q.a0, q.a1});
    long b = OneDnn.layout(new long[] {q.k, q.n}, new long[] {q.b0, q.b1});
    long c = OneDnn.layout(new long[] {q.m, q.n}, new long[] {q.c0, 1});
    long bias = q.bias ? OneDnn.layout(new long[] {1, q.n}, new long[] {q.n, 1}) : 0;
    long attributes = OneDnn.attributes(q.alpha, q.beta, q.relu);
    try {
      long description = OneDnn.create("dnnl_matmul_primitive_desc_create " + q,
          out -> (int) OneDnn.MATMUL.invokeExact(out, OneDnn.ENGINE, a, b, bias, c, attributes));
      return q.bias ? new Primitive(description, WITH_BIAS, new long[] {a, b, c, bias})
          : new Primitive(description, PLAIN, new long[] {a, b, c});
    } finally {
      OneDnn.destroyAttributes(attributes);
    }
  }
}
