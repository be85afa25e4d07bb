package dev.athanor.backend;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Batch and layer normalisation composed of primitives. The formulas stand at {@link FusedOps}. */
final class ComposedNormalization {
  private ComposedNormalization() {}

  static void batchNorm(Scratch s, View x, View gamma, View beta, View runningMean, View runningVariance, double momentum,
      double epsilon, View mean, View invStd, View y) {
    int rank = x.rank();
    View centre = channels(mean, rank);
    View scale = channels(invStd, rank);
    View variance = statistics(s, x, centre, scale, epsilon, y, gamma, beta, rank, allButChannels(rank));
    long m = perChannel(x);
    if (m == 0) {
      return; // an empty batch says nothing about the data: the running estimates stay
    }
    if (runningMean != null) {
      track(s, channels(runningMean, rank), centre, momentum);
    }
    if (runningVariance != null) {
      View unbiased = s.binary(BinaryOp.MUL, variance, (double) m / (m - 1));
      track(s, channels(runningVariance, rank), unbiased, momentum);
    }
  }

  static void batchNormInference(Scratch s, View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    int rank = x.rank();
    View scale = s.unary(UnaryOp.RSQRT, s.binary(BinaryOp.ADD, channels(variance, rank), epsilon));
    if (gamma != null) {
      scale = s.binary(BinaryOp.MUL, scale, channels(gamma, rank));
    }
    s.binary(BinaryOp.SUB, x, channels(mean, rank), y);
    s.binary(BinaryOp.MUL, y, scale, y);
    if (beta != null) {
      s.binary(BinaryOp.ADD, y, channels(beta, rank), y);
    }
  }

  static void batchNormGrad(Scratch s, View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    int rank = x.rank();
    View scale = channels(invStd, rank);
    View dGamma = channels(dgamma, rank);
    View dBeta = channels(dbeta, rank);
    View normalised = s.binary(BinaryOp.MUL, s.binary(BinaryOp.SUB, x, channels(mean, rank)), scale);
    s.backend.reduce(ReduceOp.SUM, dy, dBeta);
    s.backend.reduce(ReduceOp.SUM, s.binary(BinaryOp.MUL, dy, normalised), dGamma);
    if (dx == null || dx.size() == 0) {
      return;
    }
    double perElement = 1.0 / perChannel(x);
    s.binary(BinaryOp.MUL, normalised, s.binary(BinaryOp.MUL, dGamma, perElement), normalised);
    View rest = s.binary(BinaryOp.SUB, dy, s.binary(BinaryOp.MUL, dBeta, perElement));
    s.binary(BinaryOp.SUB, rest, normalised, rest);
    s.binary(BinaryOp.MUL, rest, gamma == null ? scale : s.binary(BinaryOp.MUL, scale, channels(gamma, rank)), dx);
  }

  static void layerNorm(Scratch s, View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    statistics(s, x, mean.unsqueeze(1), invStd.unsqueeze(1), epsilon, y, gamma, beta, 2, 1);
  }

  static void layerNormGrad(Scratch s, View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    View scale = invStd.unsqueeze(1);
    View normalised = s.binary(BinaryOp.MUL, s.binary(BinaryOp.SUB, x, mean.unsqueeze(1)), scale);
    if (dgamma != null) {
      s.backend.reduce(ReduceOp.SUM, s.binary(BinaryOp.MUL, dy, normalised), dgamma.unsqueeze(0));
    }
    if (dbeta != null) {
      s.backend.reduce(ReduceOp.SUM, dy, dbeta.unsqueeze(0));
    }
    if (dx == null) {
      return;
    }
    View g = gamma == null ? dy : s.binary(BinaryOp.MUL, dy, gamma.unsqueeze(0));
    View meanG = s.reduce(ReduceOp.MEAN, g, 1);
    View meanGx = s.reduce(ReduceOp.MEAN, s.binary(BinaryOp.MUL, g, normalised), 1);
    View rest = s.binary(BinaryOp.SUB, g, meanG);
    s.binary(BinaryOp.SUB, rest, s.binary(BinaryOp.MUL, normalised, meanGx), rest);
    s.binary(BinaryOp.MUL, rest, scale, dx);
  }

  /**
   * Mean and 1/√(variance + epsilon) over some axes, and y = gamma·(x − mean)·invStd + beta. Returns the biased variance.
   * Two passes, because E[x²] − E[x]² cancels where the mean is large against the deviation.
   */
  private static View statistics(Scratch s, View x, View mean, View invStd, double epsilon, View y, View gamma, View beta,
      int rank, int... axes) {
    s.backend.reduce(ReduceOp.MEAN, x, mean);
    View centred = s.binary(BinaryOp.SUB, x, mean);
    View variance = s.reduce(ReduceOp.MEAN, s.unary(UnaryOp.SQUARE, centred), axes);
    s.backend.unary(Unary.of(UnaryOp.RSQRT), s.binary(BinaryOp.ADD, variance, epsilon), invStd);
    s.binary(BinaryOp.MUL, centred, invStd, y);
    if (gamma != null) {
      s.binary(BinaryOp.MUL, y, channels(gamma, rank), y);
    }
    if (beta != null) {
      s.binary(BinaryOp.ADD, y, channels(beta, rank), y);
    }
    return variance;
  }

  /** running += momentum·(now − running). */
  private static void track(Scratch s, View running, View now, double momentum) {
    View change = s.binary(BinaryOp.MUL, s.binary(BinaryOp.SUB, now, running), momentum);
    s.binary(BinaryOp.ADD, running, change, running);
  }

  /** A vector along axis 1 of a tensor of the given rank: {@code [1, C, 1…]}. */
  static View channels(View vector, int rank) {
    Shape shape = Shape.of(1, vector.dim(0));
    long[] strides = new long[rank];
    strides[1] = vector.stride(0);
    for (int i = 2; i < rank; i++) {
      shape = shape.insert(i, 1);
    }
    return vector.with(shape, strides, vector.offset());
  }

  private static int[] allButChannels(int rank) {
    int[] axes = new int[rank - 1];
    for (int i = 1; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return axes;
  }

  /** The elements of one channel. */
  private static long perChannel(View x) {
    long m = x.dim(0);
    for (int i = 2; i < x.rank(); i++) {
      m *= x.dim(i);
    }
    return m;
  }
}
