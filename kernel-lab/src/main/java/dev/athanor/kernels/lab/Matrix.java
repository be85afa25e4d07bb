package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import java.util.Arrays;

/**
 * The n elements of an elementwise experiment. Contiguous launches take them as they are; strided ones read their inputs as the
 * transpose of a matrix and write its rows.
 */
record Matrix(int n, boolean strided) {
  private int rows() {
    int r = Math.max(1, (int) Math.sqrt(n));
    while (n % r != 0) {
      r--;
    }
    return r;
  }

  /** Logical order to the order in which an input lies in memory. */
  double[] inOrder(double[] x) {
    if (!strided || n == 0) {
      return x.clone();
    }
    int rows = rows();
    int cols = n / rows;
    double[] y = new double[n];
    for (int i = 0; i < n; i++) {
      y[i % cols * rows + i / cols] = x[i];
    }
    return y;
  }

  /** Adds the layout of so many operands, the result last, where the kernel takes one, and launches. */
  void launch(Bench bench, Kernel kernel, ParameterBlock block, int operands) {
    if (strided) {
      int rows = n == 0 ? 1 : rows();
      int cols = n / rows;
      Layout layout = new Layout(operands).begin();
      long[] outer = new long[operands];
      long[] inner = new long[operands];
      Arrays.fill(outer, 1);
      Arrays.fill(inner, rows);
      outer[operands - 1] = cols;
      inner[operands - 1] = 1;
      block.layout(layout.dimension(rows, outer).dimension(cols, inner).end());
    }
    bench.launch(kernel, n);
  }
}
