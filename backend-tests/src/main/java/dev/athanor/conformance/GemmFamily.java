package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** The matrix product. */
final class GemmFamily extends Family {
  private static final int[][] SIZES = {{0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {1, 1, 1}, {1, 33, 31}, {31, 1, 33}, {33, 31, 1},
      {5, 7, 3}, {31, 33, 17}, {64, 48, 130}, {2, 3, 1023}, {1, 1023, 2}, {1023, 1, 2}};
  private static final double[][] FACTORS = {{1, 0}, {1, 1}, {0.5, -2}, {-1.5, 0}};

  GemmFamily(TestDevice device) {
    super(device, "gemm");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      for (int[] s : SIZES) {
        for (double[] f : FACTORS) {
          test(title(dtype, s) + " alpha " + f[0] + " beta " + f[1], t -> product(t, dtype, Shape.SCALAR, s, f[0], f[1],
              Placement.CONTIGUOUS, Placement.CONTIGUOUS, Placement.CONTIGUOUS));
        }
      }
      for (int[] s : List.of(new int[] {31, 33, 17}, new int[] {2, 3, 65}, new int[] {1, 40, 9}, new int[] {40, 1, 9})) {
        for (Placement a : Placement.INPUTS) {
          for (Placement b : Placement.INPUTS) {
            test(title(dtype, s) + " a " + a + " b " + b,
                t -> product(t, dtype, Shape.SCALAR, s, 1, 0, a, b, Placement.CONTIGUOUS));
          }
        }
        for (Placement c : Placement.OUTPUTS) {
          test(title(dtype, s) + " to " + c, t -> product(t, dtype, Shape.SCALAR, s, 1, 0, Placement.CONTIGUOUS,
              Placement.PERMUTED, c));
          test(title(dtype, s) + " added to " + c,
              t -> product(t, dtype, Shape.SCALAR, s, 2, 1, Placement.PERMUTED, Placement.CONTIGUOUS, c));
        }
      }
      for (Shape batch : List.of(Shape.of(3), Shape.of(2, 3), Shape.of(0), Shape.of(2, 1, 2))) {
        for (Placement a : Placement.INPUTS) {
          test(title(dtype, new int[] {5, 9, 7}) + " batch " + batch + " a " + a,
              t -> product(t, dtype, batch, new int[] {5, 9, 7}, 1, 0, a, Placement.CONTIGUOUS, Placement.CONTIGUOUS));
          test(title(dtype, new int[] {5, 9, 7}) + " batch " + batch + " b " + a,
              t -> product(t, dtype, batch, new int[] {5, 9, 7}, 1, 1, Placement.CONTIGUOUS, a, a.forOutput()));
        }
      }
      test(dtype + " one matrix for a whole batch", t -> sharedMatrix(t, dtype));
      test(dtype + " NaN stays in its row", t -> nan(t, dtype));
    }
  }

  private static String title(DType dtype, int[] s) {
    return dtype + " [" + s[0] + ", " + s[2] + "] x [" + s[2] + ", " + s[1] + "]";
  }

  private void product(Trial t, DType dtype, Shape batch, int[] size, double alpha, double beta, Placement pa, Placement pb,
      Placement pc) {
    int m = size[0];
    int n = size[1];
    int inner = size[2];
    HostArray p = pa.adapt(HostArray.random(dtype, batch.concat(Shape.of(m, inner)), 61, -2, 2));
    HostArray q = pb.adapt(HostArray.random(dtype, batch.concat(Shape.of(inner, n)), 67, -2, 2));
    Shape shape = batch.concat(Shape.of(m, n));
    HostArray before = HostArray.random(dtype, shape, 71, -2, 2);
    View a = t.in(p, pa);
    View b = t.in(q, pb);
    View c = beta == 0 ? t.out(dtype, shape, pc) : t.inOut(before, pc);
    t.run(() -> device.backend().gemm(alpha, a, b, beta, c));
    t.expect(c, i -> alpha * dot(p, q, i, n, inner, m, false) + (beta == 0 ? 0 : beta * before.get(i)),
        i -> bound(dtype, inner + 2, Math.abs(alpha) * dot(p, q, i, n, inner, m, true) + Math.abs(beta * before.get(i))));
  }

  private double bound(DType dtype, int terms, double magnitude) {
    return Accuracy.products(dtype, device.backend().matmulPrecision(), terms, magnitude);
  }

  /** Element i of a·b, or of |a|·|b|. */
  private static double dot(HostArray a, HostArray b, int i, int n, int inner, int m, boolean magnitude) {
    int row = i / n;
    int column = i % n + row / m * inner * n;
    double sum = 0;
    for (int k = 0; k < inner; k++) {
      double term = a.get(row * inner + k) * b.get(column + k * n);
      sum += magnitude ? Math.abs(term) : term;
    }
    return sum;
  }

  private void sharedMatrix(Trial t, DType dtype) {
    HostArray p = HostArray.random(dtype, Shape.of(4, 5, 6), 73, -2, 2);
    HostArray q = HostArray.random(dtype, Shape.of(6, 3), 79, -2, 2);
    View a = t.in(p);
    View b = t.in(q).expand(Shape.of(4, 6, 3));
    View c = t.out(dtype, Shape.of(4, 5, 3));
    t.run(() -> device.backend().gemm(1, a, b, 0, c));
    HostArray repeated = HostArray.ofBits(dtype, Shape.of(4, 6, 3), i -> q.bits()[i % 18]);
    t.expect(c, i -> dot(p, repeated, i, 3, 6, 5, false), i -> bound(dtype, 6, dot(p, repeated, i, 3, 6, 5, true)));
  }

  private void nan(Trial t, DType dtype) {
    HostArray p = HostArray.of(dtype, Shape.of(3, 4), i -> i == 5 ? Double.NaN : i == 9 ? Double.POSITIVE_INFINITY : 1);
    HostArray q = HostArray.of(dtype, Shape.of(4, 2), i -> i == 0 ? 0 : 2);
    View a = t.in(p);
    View b = t.in(q);
    View c = t.out(dtype, Shape.of(3, 2));
    t.run(() -> device.backend().gemm(1, a, b, 0, c));
    double[] expected = {6, 8, Double.NaN, Double.NaN, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    t.expect(c, i -> expected[i]);
  }
}
