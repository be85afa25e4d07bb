package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Batch and layer normalisation. Both normalise groups of elements: batch normalisation one group per channel, with factors per
 * group; layer normalisation one group per row, with factors per column. The expectations share that form.
 */
final class NormalizationFamily extends FusedFamily {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;
  private static final List<Shape> BATCHES = List.of(Shape.of(2, 1), Shape.of(31, 3), Shape.of(5, 33), Shape.of(4, 3, 7),
      Shape.of(3, 5, 4, 6), Shape.of(2, 3, 2, 3, 4), Shape.of(2, 2, 1023));
  private static final List<Shape> ROWS = List.of(Shape.of(1, 2), Shape.of(31, 33), Shape.of(5, 1023), Shape.of(64, 8),
      Shape.of(3, 1));
  private static final List<Placement> PLACEMENTS = List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST, Placement.PERMUTED,
      Placement.STEPPED, Placement.NEGATIVE);

  NormalizationFamily(TestDevice device) {
    super(device, "normalisation");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      for (Placement placement : PLACEMENTS) {
        for (boolean affine : new boolean[] {true, false}) {
          String how = dtype + " " + placement + (affine ? " affine" : "");
          fused("batchNorm " + how, (t, ops) -> {
            for (Shape shape : BATCHES) {
              batchNorm(t, ops, dtype, shape, placement, affine, 3, false);
              batchNorm(t, ops, dtype, shape, placement, affine, 3, true);
            }
          });
          fused("batchNormInference " + how, (t, ops) -> {
            for (Shape shape : BATCHES) {
              inference(t, ops, dtype, shape, placement, affine);
            }
          });
          fused("batchNormGrad " + how, (t, ops) -> {
            for (Shape shape : BATCHES) {
              batchNormGrad(t, ops, dtype, shape, placement, affine, true);
              batchNormGrad(t, ops, dtype, shape, placement, affine, false);
            }
          });
          fused("layerNorm " + how, (t, ops) -> {
            for (Shape shape : ROWS) {
              layerNorm(t, ops, dtype, shape, placement, affine, 3, false);
              layerNorm(t, ops, dtype, shape, placement, affine, 3, true);
            }
          });
          fused("layerNormGrad " + how, (t, ops) -> {
            for (Shape shape : ROWS) {
              layerNormGrad(t, ops, dtype, shape, placement, affine, true);
              layerNormGrad(t, ops, dtype, shape, placement, affine, false);
            }
          });
        }
      }
      fused("batchNorm " + dtype + " mean far from 0",
          (t, ops) -> batchNorm(t, ops, dtype, Shape.of(64, 3, 5), Placement.CONTIGUOUS, true, 1000, false));
      fused("layerNorm " + dtype + " mean far from 0",
          (t, ops) -> layerNorm(t, ops, dtype, Shape.of(5, 256), Placement.CONTIGUOUS, true, 1000, false));
      fused("batchNorm " + dtype + " empty batch leaves the running estimates", (t, ops) -> emptyBatch(t, ops, dtype));
      fused("batchNormGrad " + dtype + " empty batch", (t, ops) -> emptyGradient(t, ops, dtype));
      fused("layerNorm " + dtype + " no rows", (t, ops) -> noRows(t, ops, dtype));
    }
  }

  /** Group statistics in float64. */
  private record Groups(IntUnaryOperator group, IntUnaryOperator factor, long size, double[] mean, double[] variance,
      double largest) {
    static Groups of(HostArray x, int count, IntUnaryOperator group, IntUnaryOperator factor) {
      long m = x.size() / count;
      double[] mean = new double[count];
      double[] variance = new double[count];
      double largest = 0;
      for (int i = 0; i < x.size(); i++) {
        mean[group.applyAsInt(i)] += x.get(i) / m;
        largest = Math.max(largest, Math.abs(x.get(i)));
      }
      for (int i = 0; i < x.size(); i++) {
        int g = group.applyAsInt(i);
        variance[g] += (x.get(i) - mean[g]) * (x.get(i) - mean[g]) / m;
      }
      return new Groups(group, factor, m, mean, variance, largest);
    }

    double invStd(int g) {
      return 1 / Math.sqrt(variance[g] + EPSILON);
    }

    /**
     * The relative error of a normalised value: sums of {@code size} terms, and the subtraction of a mean that is large against
     * the deviation, which loses as many digits.
     */
    double relative(DType dtype, int g) {
      return Accuracy.unit(dtype) * (2 * size + 32) * (1 + largest * invStd(g));
    }
  }

  private static Groups channels(HostArray x) {
    int c = (int) x.shape().dim(1);
    int inner = inner(x.shape());
    return Groups.of(x, c, i -> i / inner % c, i -> i / inner % c);
  }

  private static Groups rows(HostArray x) {
    int d = (int) x.shape().dim(1);
    return Groups.of(x, (int) x.shape().dim(0), i -> i / d, i -> i % d);
  }

  private static int inner(Shape shape) {
    int inner = 1;
    for (int i = 2; i < shape.rank(); i++) {
      inner *= (int) shape.dim(i);
    }
    return inner;
  }

  private static HostArray factors(DType dtype, long n, boolean affine, int seed) {
    return affine ? HostArray.random(dtype, Shape.of(n), seed, 0.5, 1.5) : HostArray.of(dtype, Shape.of(n),
        i -> seed == 1 ? 1 : 0);
  }

  private static void batchNorm(Trial t, FusedOps ops, DType dtype, Shape shape, Placement placement, boolean affine,
      double centre, boolean inPlace) {
    HostArray values = HostArray.random(dtype, shape, 141, centre - 2, centre + 2);
    long c = shape.dim(1);
    HostArray gammas = factors(dtype, c, affine, 1);
    HostArray betas = factors(dtype, c, affine, 2);
    HostArray means = HostArray.random(dtype, Shape.of(c), 143, -1, 1);
    HostArray variances = HostArray.random(dtype, Shape.of(c), 147, 0.5, 2);
    View x = inPlace ? t.inOut(values, placement) : t.in(values, placement);
    View gamma = affine ? t.in(gammas, Placement.OFFSET) : null;
    View beta = affine ? t.in(betas, Placement.STEPPED) : null;
    View runningMean = affine ? t.inOut(means, Placement.CONTIGUOUS) : null;
    View runningVariance = affine ? t.inOut(variances, Placement.CONTIGUOUS) : null;
    View mean = t.out(dtype, Shape.of(c));
    View invStd = t.out(dtype, Shape.of(c));
    View y = inPlace ? x : t.out(dtype, shape, placement);
    t.run(() -> ops.batchNorm(x, gamma, beta, runningMean, runningVariance, MOMENTUM, EPSILON, mean, invStd, y));
    Groups g = channels(values);
    checkForward(t, values, g, gammas, betas, mean, invStd, y);
    if (affine) {
      double unbiased = (double) g.size / (g.size - 1);
      double u = Accuracy.unit(dtype);
      t.expect(runningMean, k -> (1 - MOMENTUM) * means.get(k) + MOMENTUM * g.mean[k],
          k -> u * (8 + (g.size + 4) * g.largest * MOMENTUM));
      t.expect(runningVariance, k -> (1 - MOMENTUM) * variances.get(k) + MOMENTUM * unbiased * g.variance[k],
          k -> u * 16 + 2 * g.relative(dtype, k) * MOMENTUM * unbiased * (g.variance[k] + EPSILON));
    }
  }

  private static void layerNorm(Trial t, FusedOps ops, DType dtype, Shape shape, Placement placement, boolean affine,
      double centre, boolean inPlace) {
    HostArray values = HostArray.random(dtype, shape, 151, centre - 2, centre + 2);
    HostArray gammas = factors(dtype, shape.dim(1), affine, 1);
    HostArray betas = factors(dtype, shape.dim(1), affine, 2);
    View x = inPlace ? t.inOut(values, placement) : t.in(values, placement);
    View gamma = affine ? t.in(gammas, Placement.OFFSET) : null;
    View beta = affine ? t.in(betas) : null;
    View mean = t.out(dtype, Shape.of(shape.dim(0)));
    View invStd = t.out(dtype, Shape.of(shape.dim(0)));
    View y = inPlace ? x : t.out(dtype, shape, placement);
    t.run(() -> ops.layerNorm(x, gamma, beta, EPSILON, mean, invStd, y));
    checkForward(t, values, rows(values), gammas, betas, mean, invStd, y);
  }

  private static void checkForward(Trial t, HostArray x, Groups g, HostArray gammas, HostArray betas, View mean, View invStd,
      View y) {
    DType dtype = x.dtype();
    double u = Accuracy.unit(dtype);
    t.expect(mean, k -> g.mean[k], k -> Accuracy.sum(dtype, g.size, g.largest));
    t.expect(invStd, g::invStd, k -> g.relative(dtype, k) * g.invStd(k));
    t.expect(y, i -> {
      int k = g.group.applyAsInt(i);
      int f = g.factor.applyAsInt(i);
      return gammas.get(f) * (x.get(i) - g.mean[k]) * g.invStd(k) + betas.get(f);
    }, i -> {
      int k = g.group.applyAsInt(i);
      double normalised = Math.abs(x.get(i) - g.mean[k]) * g.invStd(k);
      return g.relative(dtype, k) * 1.5 * (1 + normalised) + 8 * u;
    });
  }

  private static void inference(Trial t, FusedOps ops, DType dtype, Shape shape, Placement placement, boolean affine) {
    HostArray values = HostArray.random(dtype, shape, 153, -3, 3);
    int c = (int) shape.dim(1);
    int inner = inner(shape);
    HostArray gammas = factors(dtype, c, affine, 1);
    HostArray betas = factors(dtype, c, affine, 2);
    HostArray means = HostArray.random(dtype, Shape.of(c), 155, -1, 1);
    HostArray variances = HostArray.random(dtype, Shape.of(c), 157, 0.5, 2);
    View x = t.in(values, placement);
    View gamma = affine ? t.in(gammas) : null;
    View beta = affine ? t.in(betas) : null;
    View mean = t.in(means, Placement.OFFSET);
    View variance = t.in(variances);
    View y = t.out(dtype, shape, placement);
    t.run(() -> ops.batchNormInference(x, gamma, beta, mean, variance, EPSILON, y));
    t.expect(y, i -> {
      int k = i / inner % c;
      return gammas.get(k) * (values.get(i) - means.get(k)) / Math.sqrt(variances.get(k) + EPSILON) + betas.get(k);
    }, i -> 32 * Accuracy.unit(dtype) * 12); // |x| + |mean| is at most 4, 1/std at most 1.5, gamma at most 1.5, beta below 2
  }

  private static void batchNormGrad(Trial t, FusedOps ops, DType dtype, Shape shape, Placement placement, boolean affine,
      boolean wanted) {
    HostArray values = HostArray.random(dtype, shape, 161, -2, 3);
    HostArray upstream = HostArray.random(dtype, shape, 163, -1, 1);
    int c = (int) shape.dim(1);
    Groups g = channels(values);
    HostArray gammas = factors(dtype, c, affine, 1);
    HostArray means = HostArray.of(dtype, Shape.of(c), k -> g.mean[k]);
    HostArray invStds = HostArray.of(dtype, Shape.of(c), g::invStd);
    View x = t.in(values, placement);
    View dy = t.in(upstream, placement);
    View gamma = affine ? t.in(gammas) : null;
    View mean = t.in(means);
    View invStd = t.in(invStds);
    View dx = wanted ? t.out(dtype, shape, placement) : null;
    View dgamma = t.out(dtype, Shape.of(c));
    View dbeta = t.out(dtype, Shape.of(c));
    t.run(() -> ops.batchNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta));
    double[] sum = new double[c];
    double[] product = new double[c];
    for (int i = 0; i < values.size(); i++) {
      int k = g.group.applyAsInt(i);
      sum[k] += upstream.get(i);
      product[k] += upstream.get(i) * (values.get(i) - means.get(k)) * invStds.get(k);
    }
    double m = g.size;
    t.expect(dbeta, k -> sum[k], k -> Accuracy.sum(dtype, g.size, m));
    t.expect(dgamma, k -> product[k], k -> Accuracy.sum(dtype, g.size + 8, m * 5 * invStds.get(k)));
    if (wanted) {
      t.expect(dx, i -> {
        int k = g.group.applyAsInt(i);
        double normalised = (values.get(i) - means.get(k)) * invStds.get(k);
        return gammas.get(k) * invStds.get(k) * (upstream.get(i) - sum[k] / m - normalised * product[k] / m);
      }, i -> gradientBound(dtype, g.size, invStds.get(g.group.applyAsInt(i))));
    }
  }

  private static void layerNormGrad(Trial t, FusedOps ops, DType dtype, Shape shape, Placement placement, boolean affine,
      boolean wanted) {
    HostArray values = HostArray.random(dtype, shape, 171, -2, 3);
    HostArray upstream = HostArray.random(dtype, shape, 173, -1, 1);
    int n = (int) shape.dim(0);
    int d = (int) shape.dim(1);
    Groups g = rows(values);
    HostArray gammas = factors(dtype, d, affine, 1);
    HostArray means = HostArray.of(dtype, Shape.of(n), k -> g.mean[k]);
    HostArray invStds = HostArray.of(dtype, Shape.of(n), g::invStd);
    View x = t.in(values, placement);
    View dy = t.in(upstream, placement);
    View gamma = affine ? t.in(gammas) : null;
    View mean = t.in(means);
    View invStd = t.in(invStds);
    View dx = wanted ? t.out(dtype, shape, placement) : null;
    View dgamma = wanted && !affine ? null : t.out(dtype, Shape.of(d));
    View dbeta = wanted && !affine ? null : t.out(dtype, Shape.of(d));
    t.run(() -> ops.layerNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta));
    double[] meanG = new double[n];
    double[] meanGx = new double[n];
    double[] sum = new double[d];
    double[] product = new double[d];
    double steepest = 0;
    for (int i = 0; i < values.size(); i++) {
      int row = i / d;
      int f = i % d;
      double normalised = (values.get(i) - means.get(row)) * invStds.get(row);
      meanG[row] += gammas.get(f) * upstream.get(i) / d;
      meanGx[row] += gammas.get(f) * upstream.get(i) * normalised / d;
      sum[f] += upstream.get(i);
      product[f] += upstream.get(i) * normalised;
      steepest = Math.max(steepest, invStds.get(row));
    }
    double largest = steepest;
    if (dgamma != null) {
      t.expect(dbeta, f -> sum[f], f -> Accuracy.sum(dtype, n, n));
      t.expect(dgamma, f -> product[f], f -> Accuracy.sum(dtype, n + 8, n * 5 * largest));
    }
    if (wanted) {
      t.expect(dx, i -> {
        int row = i / d;
        double normalised = (values.get(i) - means.get(row)) * invStds.get(row);
        return invStds.get(row) * (gammas.get(i % d) * upstream.get(i) - meanG[row] - normalised * meanGx[row]);
      }, i -> gradientBound(dtype, g.size, invStds.get(i / d)));
    }
  }

  /** |dy| ≤ 1, |gamma| ≤ 1.5, |x| ≤ 3: each of the three terms is a sum over m, times x̂ where it stands, times invStd. */
  private static double gradientBound(DType dtype, long m, double invStd) {
    double normalised = 1 + 5 * invStd;
    return Accuracy.unit(dtype) * (m + 32) * 1.5 * invStd * (2 + normalised * normalised);
  }

  private static void emptyBatch(Trial t, FusedOps ops, DType dtype) {
    HostArray before = HostArray.random(dtype, Shape.of(3), 181, 0.5, 1);
    View x = t.in(HostArray.of(dtype, Shape.of(0, 3, 4), i -> 0));
    View runningMean = t.inOut(before, Placement.CONTIGUOUS);
    View runningVariance = t.inOut(before, Placement.CONTIGUOUS);
    View mean = t.out(dtype, Shape.of(3));
    View invStd = t.out(dtype, Shape.of(3));
    View y = t.out(dtype, x.shape());
    t.run(() -> ops.batchNorm(x, null, null, runningMean, runningVariance, MOMENTUM, EPSILON, mean, invStd, y));
    t.expectBits(runningMean, before).expectBits(runningVariance, before);
  }

  private static void emptyGradient(Trial t, FusedOps ops, DType dtype) {
    View x = t.in(HostArray.of(dtype, Shape.of(0, 3, 4), i -> 0));
    View dy = t.in(HostArray.of(dtype, Shape.of(0, 3, 4), i -> 0));
    View statistics = t.in(HostArray.of(dtype, Shape.of(3), i -> 1));
    View dx = t.out(dtype, x.shape());
    View dgamma = t.out(dtype, Shape.of(3));
    View dbeta = t.out(dtype, Shape.of(3));
    t.run(() -> ops.batchNormGrad(x, null, statistics, statistics, dy, dx, dgamma, dbeta));
    t.expect(dgamma, k -> 0).expect(dbeta, k -> 0);
  }

  private static void noRows(Trial t, FusedOps ops, DType dtype) {
    View x = t.in(HostArray.of(dtype, Shape.of(0, 5), i -> 0));
    View statistics = t.out(dtype, Shape.of(0));
    View invStd = t.out(dtype, Shape.of(0));
    View y = t.out(dtype, x.shape());
    View dgamma = t.out(dtype, Shape.of(5));
    View dbeta = t.out(dtype, Shape.of(5));
    t.run(() -> {
      ops.layerNorm(x, null, null, EPSILON, statistics, invStd, y);
      ops.layerNormGrad(x, null, statistics, invStd, x, y, dgamma, dbeta);
    });
    t.expect(dgamma, k -> 0).expect(dbeta, k -> 0);
  }
}
