package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * First values that have a structure as matrices {@code [first axis, all others]}. Made once per parameter, on the host where
 * need be.
 */
final class Matrices {
  private Matrices() {}

  /** Host numbers as a tensor; both distributions and structures come from float64, whatever the parameter's type. */
  static Tensor upload(Generator g, DType dtype, Shape shape, double[] values) {
    try (Scope temporaries = g.device().scope()) {
      return temporaries.keep(g.device().tensor(values).cast(dtype).reshape(shape).contiguous());
    }
  }

  private static int rows(String name, Shape shape) {
    Checks.require(shape.rank() >= 2, name, () -> "needs a weight of two axes or more, not " + shape
        + "; for a bias use zeros or a constant");
    return Math.toIntExact(shape.dim(0));
  }

  static Tensor orthogonal(Generator g, DType dtype, Shape shape, double gain) {
    int rows = rows("orthogonal", shape);
    int columns = Math.toIntExact(shape.size() / Math.max(1, rows));
    double[] drawn;
    try (Scope _ = g.device().scope()) {
      drawn = g.normal(DType.FLOAT64, Shape.of(rows, columns)).toDoubles();
    }
    boolean wide = rows <= columns;
    double[][] vectors = new double[wide ? rows : columns][wide ? columns : rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        (wide ? vectors[i] : vectors[j])[wide ? j : i] = drawn[i * columns + j];
      }
    }
    orthonormalize(vectors);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        drawn[i * columns + j] = gain * (wide ? vectors[i] : vectors[j])[wide ? j : i];
      }
    }
    return upload(g, dtype, shape, drawn);
  }

  /**
   * Gram and Schmidt, each vector twice, which is orthogonal to rounding (L. Giraud et al., 2005). As the factor R has a positive
   * diagonal so, normal vectors give orthogonal ones without a preferred direction.
   */
  private static void orthonormalize(double[][] vectors) {
    for (int i = 0; i < vectors.length; i++) {
      double[] v = vectors[i];
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          double along = dot(v, vectors[j]);
          for (int k = 0; k < v.length; k++) {
            v[k] -= along * vectors[j][k];
          }
        }
      }
      double length = Math.sqrt(dot(v, v));
      for (int k = 0; k < v.length; k++) {
        v[k] /= length;
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  static Tensor sparse(Generator g, DType dtype, Shape shape, double sparsity, double std) {
    int rows = rows("sparse", shape);
    long columns = shape.size() / Math.max(1, rows);
    long kept = columns - (long) Math.ceil(sparsity * columns);
    if (kept == 0) {
      return g.device().zeros(dtype, shape);
    }
    try (Scope temporaries = g.device().scope()) {
      Tensor keys = g.uniform(DType.FLOAT64, Shape.of(rows, columns));
      Tensor least = keys.topK(kept, 1).values().slice(1, kept - 1, kept);
      Tensor values = g.normal(dtype, Shape.of(rows, columns), 0, std).maskedFill(keys.lt(least), 0);
      return temporaries.keep(values.reshape(shape).contiguous());
    }
  }

  static Tensor identity(Generator g, DType dtype, Shape shape) {
    int rows = rows("identity", shape);
    long kernel = shape.range(2, shape.rank()).size();
    long centre = 0;
    for (int axis = 2; axis < shape.rank(); axis++) {
      centre = centre * shape.dim(axis) + shape.dim(axis) / 2;
    }
    double[] values = new double[Math.toIntExact(shape.size())];
    for (long i = 0; i < Math.min(rows, shape.dim(1)); i++) {
      values[Math.toIntExact((i * shape.dim(1) + i) * kernel + centre)] = 1;
    }
    return upload(g, dtype, shape, values);
  }
}
