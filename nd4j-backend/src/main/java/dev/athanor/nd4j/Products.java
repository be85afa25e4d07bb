package dev.athanor.nd4j;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.Arrays;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.factory.Nd4j;

/** The matrix product: OpenBLAS, by way of ND4J's {@code matmul}, one call for each matrix of a batch. */
final class Products {
  private Products() {}

  static void gemm(double alpha, View a, View b, double beta, View c) {
    if (c.size() == 0) {
      return;
    }
    int rank = c.rank();
    if (a.dim(rank - 1) == 0) {
      scale(beta, c);
      return;
    }
    try (var work = new Work()) {
      View x = isMatrix(a) ? a : work.copy(a);
      View y = isMatrix(b) ? b : work.copy(b);
      View z = isMatrix(c) ? c : work.copyOfOutput(c);
      long[] batch = new long[rank - 2];
      System.arraycopy(c.shape().dims(), 0, batch, 0, rank - 2);
      Loops.forEach(Shape.of(batch), at -> product(alpha, matrix(x, at[0]), matrix(y, at[1]), beta, matrix(z, at[2])),
          outer(x, batch), outer(y, batch), outer(z, batch));
      work.done();
    }
  }

  /** The batch's axes alone. */
  private static View outer(View view, long[] batch) {
    long[] strides = Arrays.copyOf(view.strides(), batch.length);
    return view.with(Shape.of(batch), strides, view.offset());
  }

  /**
   * Whether BLAS takes a view's last two axes as they are: rows or columns without gaps, not overlapping, no negative strides.
   */
  private static boolean isMatrix(View view) {
    int rows = view.rank() - 2;
    int columns = view.rank() - 1;
    return Work.expressible(view) && (isMatrix(view, rows, columns) || isMatrix(view, columns, rows));
  }

  private static boolean isMatrix(View view, int lines, int along) {
    return (view.dim(along) == 1 || view.stride(along) == 1) && (view.dim(lines) == 1 || view.stride(lines) >= view.dim(along));
  }

  /** One matrix of a batch. Axes of size 1 get the stride they would have in a dense matrix: BLAS asks for no less. */
  private static View matrix(View view, long offset) {
    int rank = view.rank();
    long m = view.dim(rank - 2);
    long n = view.dim(rank - 1);
    long down = view.stride(rank - 2);
    long right = view.stride(rank - 1);
    if (n == 1) {
      right = m == 1 || down == 1 ? m : 1;
    }
    if (m == 1) {
      down = n == 1 || right == 1 ? n : 1;
    }
    return view.with(Shape.of(m, n), new long[] {down, right}, offset);
  }

  private static void product(double alpha, View a, View b, double beta, View c) {
    Nd4j.exec(new Mmul(Nd4jBuffer.array(a), Nd4jBuffer.array(b), Nd4jBuffer.array(c), alpha, beta, MMulTranspose.allFalse()));
  }

  /** c = beta·c; with beta = 0, whatever c holds. */
  private static void scale(double beta, View c) {
    if (beta == 0) {
      Elementwise.fill(c, 0);
    } else if (beta != 1) {
      try (var work = new Work()) {
        INDArray z = work.out(c);
        Nd4j.exec(new ScalarMultiplication(z, null, z, beta));
        work.done();
      }
    }
  }
}
