package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.Workspace;
import dev.athanor.kernels.Layout;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Matrix products by cuBLAS. cuBLAS takes matrices whose columns (or, transposed, whose rows) are runs of elements; operands of
 * other strides are copied first. Integers, which cuBLAS does not multiply, are summed one outer product after the other.
 */
final class MatrixProduct {
  private final CudaStream stream;
  private final Elementwise elementwise;
  private final Workspace workspace;
  private final Layout batches = new Layout(3);
  private MatmulPrecision precision = MatmulPrecision.HIGHEST;

  MatrixProduct(CudaStream stream, Elementwise elementwise) {
    this.stream = stream;
    this.elementwise = elementwise;
    this.workspace = new Temporaries.StreamWorkspace(stream);
  }

  /**
   * A matrix as cuBLAS sees it.
   *
   * @param columns whether its columns are runs, else its rows are
   * @param ld elements from one run to the next
   */
  private record Matrix(boolean columns, int ld) {
    /** The last two axes of a view, or null where neither rows nor columns are runs that do not overlap. */
    static Matrix of(View v) {
      long rows = v.dim(v.rank() - 2);
      long cols = v.dim(v.rank() - 1);
      long rowStep = rows == 1 ? Math.max(1, cols) : v.stride(v.rank() - 2);
      long colStep = cols == 1 ? Math.max(1, rows) : v.stride(v.rank() - 1);
      if ((cols == 1 || colStep == 1) && rowStep >= Math.max(1, cols) && rowStep <= Integer.MAX_VALUE) {
        return new Matrix(false, (int) rowStep);
      }
      if ((rows == 1 || rowStep == 1) && colStep >= Math.max(1, rows) && colStep <= Integer.MAX_VALUE) {
        return new Matrix(true, (int) colStep);
      }
      return null;
    }
  }

  MatmulPrecision precision() {
    return precision;
  }

  void precision(MatmulPrecision precision) {
    this.precision = precision;
  }

  void gemm(double alpha, View a, View b, double beta, View c) {
    if (c.size() == 0) {
      return;
    }
    if (!c.dtype().isFloat()) {
      integers(alpha, a, b, beta, c);
    } else if (a.dim(a.rank() - 1) == 0) {
      scale(beta, c);
    } else {
      floats(alpha, a, b, beta, c);
    }
  }

  private void floats(double alpha, View a, View b, double beta, View c) {
    try (Temporaries t = new Temporaries(workspace, elementwise)) {
      View x = Matrix.of(a) != null ? a : t.contiguous(a);
      View y = Matrix.of(b) != null ? b : t.contiguous(b);
      View z = Matrix.of(c) != null ? c : t.output(c);
      if (z != c && beta != 0) {
        elementwise.copy(c, z);
      }
      batched(alpha, x, y, beta, z);
      t.store(z, c);
    }
  }

  /** Adjacent batch axes that all operands walk as one become one batch; the others are looped over. */
  private void batched(double alpha, View a, View b, double beta, View c) {
    batches.begin();
    for (int axis = 0; axis < c.rank() - 2; axis++) {
      batches.stride(0, a.stride(axis)).stride(1, b.stride(axis)).stride(2, c.stride(axis)).dimension(c.dim(axis));
    }
    batches.end();
    int inner = batches.rank() - 1;
    boolean forwards = batches.strideAt(0, inner) >= 0 && batches.strideAt(1, inner) >= 0 && batches.strideAt(2, inner) >= 0
        && batches.size(inner) <= Integer.MAX_VALUE;
    int looped = forwards ? inner : batches.rank();
    long[] at = new long[batches.rank()];
    long bytes = c.dtype().bytes();
    long rounds = 1;
    for (int d = 0; d < looped; d++) {
      rounds *= batches.size(d);
    }
    for (long round = 0; round < rounds; round++) {
      long rest = round;
      long[] shift = new long[3];
      for (int d = looped - 1; d >= 0; d--) {
        at[d] = rest % batches.size(d);
        rest /= batches.size(d);
        for (int k = 0; k < 3; k++) {
          shift[k] += at[d] * batches.strideAt(k, d) * bytes;
        }
      }
      call(alpha, a, shift[0], b, shift[1], beta, c, shift[2], forwards);
    }
  }

  private void call(double alpha, View a, long shiftA, View b, long shiftB, double beta, View c, long shiftC, boolean batch) {
    int m = Math.toIntExact(c.dim(c.rank() - 2));
    int n = Math.toIntExact(c.dim(c.rank() - 1));
    int k = Math.toIntExact(a.dim(a.rank() - 1));
    int inner = batches.rank() - 1;
    int count = batch ? (int) batches.size(inner) : 1;
    long stepA = batch ? batches.strideAt(0, inner) : 0;
    long stepB = batch ? batches.strideAt(1, inner) : 0;
    long stepC = batch ? batches.strideAt(2, inner) : 0;
    long atA = CudaBuffer.address(a) + shiftA;
    long atB = CudaBuffer.address(b) + shiftB;
    long atC = CudaBuffer.address(c) + shiftC;
    Matrix p = Matrix.of(a);
    Matrix q = Matrix.of(b);
    Matrix r = Matrix.of(c);
    boolean wide = c.dtype() == DType.FLOAT64;
    if (r.columns) {
      stream.gemm(new Gpu.Gemm(wide, precision, !p.columns, !q.columns, m, n, k, alpha, atA, p.ld, stepA, atB, q.ld, stepB, beta,
          atC, r.ld, stepC, count));
    } else { // its rows are the columns of the transpose: cᵀ = bᵀ aᵀ
      stream.gemm(new Gpu.Gemm(wide, precision, q.columns, p.columns, n, m, k, alpha, atB, q.ld, stepB, atA, p.ld, stepA, beta,
          atC, r.ld, stepC, count));
    }
  }

  /** c = beta c. */
  private void scale(double beta, View c) {
    if (beta == 0) {
      elementwise.fill(c, 0);
    } else if (beta != 1) {
      try (Temporaries t = new Temporaries(workspace, elementwise); Arena arena = Arena.ofConfined()) {
        View factor = t.take(c.dtype(), Shape.SCALAR);
        MemorySegment bits = arena.allocate(ValueLayout.JAVA_LONG);
        bits.set(ValueLayout.JAVA_LONG, 0, c.dtype().bits(beta));
        stream.upload(bits.asSlice(0, c.dtype().bytes()), CudaBuffer.address(factor));
        elementwise.binary(BinaryOp.MUL, c, factor.expand(c.shape()), c);
      }
    }
  }

  private void integers(double alpha, View a, View b, double beta, View c) {
    if (alpha != 1 || beta != 0 && beta != 1) {
      throw new AthanorException("gemm of " + c.dtype() + ": alpha must be 1 and beta 0 or 1, not " + alpha + " and " + beta);
    }
    if (beta == 0) {
      elementwise.fill(c, 0);
    }
    int rows = c.rank() - 2;
    int columns = c.rank() - 1;
    try (Temporaries t = new Temporaries(workspace, elementwise)) {
      View product = t.take(c.dtype(), c.shape());
      for (long k = 0; k < a.dim(columns); k++) {
        View column = a.slice(columns, k, 1, 1).expand(c.shape());
        View row = b.slice(rows, k, 1, 1).expand(c.shape());
        elementwise.binary(BinaryOp.MUL, column, row, product);
        elementwise.binary(BinaryOp.ADD, c, product, c);
      }
    }
  }
}
