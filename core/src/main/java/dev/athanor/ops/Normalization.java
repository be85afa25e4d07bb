package dev.athanor.ops;

import dev.athanor.autograd.GradSink;
import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;

/** Normalisation by statistics of the data. Formulas stand at {@link dev.athanor.backend.FusedOps}. */
public final class Normalization {
  private Normalization() {}

  /**
   * Batch normalisation with the batch's own statistics; moves the running estimates in place.
   *
   * @param x {@code [N, C, …]}
   * @param gamma {@code [C]} or null
   * @param beta {@code [C]} or null
   * @param runningMean {@code [C]} or null
   * @param runningVariance {@code [C]} or null
   * @param momentum how far the running estimates move
   */
  public static Tensor batch(Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, double momentum,
      double epsilon) {
    String name = "batchNorm";
    checkChannels(name, x, gamma, beta, runningMean, runningVariance);
    long count = x.dim(1) == 0 ? 0 : x.size() / x.dim(1);
    Checks.require(count > 1, name, () -> "training needs more than one value per channel, x is " + x.shape()
        + "; use larger batches, or evaluation mode");
    Device device = x.device();
    Shape channels = Shape.of(x.dim(1));
    Tensor mean = device.result(name, x.dtype(), channels);
    Tensor invStd = device.result(name, x.dtype(), channels);
    Tensor y = device.resultLike(name, x.dtype(), x.view());
    device.fused().batchNorm(x.view(), view(gamma), view(beta), view(runningMean), view(runningVariance), momentum, epsilon,
        mean.view(), invStd.view(), y.view());
    if (runningMean != null) {
      runningMean.changed(name);
    }
    if (runningVariance != null) {
      runningVariance.changed(name);
    }
    if (Tape.wants(x, gamma, beta)) {
      Saved sx = Saved.of(x);
      Saved sg = gamma == null ? null : Saved.of(gamma);
      Saved sm = Saved.of(mean);
      Saved si = Saved.of(invStd);
      int[] axes = Convolution.allBut(1, x.rank());
      Tape.record(name, y, (dy, g) -> {
        Tensor scale = sg == null ? null : sg.get();
        if (g.differentiable()) {
          composedGrad(g, dy, sx.get(), scale == null ? null : perChannel(scale, dy.rank()), axes, axes, channels, epsilon);
          return;
        }
        Tensor dx = g.wants(0) ? device.resultLike(name, dy.dtype(), sx.get().view()) : null;
        Tensor dgamma = device.result(name, dy.dtype(), channels);
        Tensor dbeta = device.result(name, dy.dtype(), channels);
        device.fused().batchNormGrad(sx.get().view(), view(scale), sm.get().view(), si.get().view(), dy.view(), view(dx),
            dgamma.view(), dbeta.view());
        giveAll(g, dx, dgamma, dbeta);
      }, t -> tangent(x, gamma == null ? null : perChannel(gamma, x.rank()), t[0],
          t[1] == null ? null : perChannel(t[1], x.rank()), t[2] == null ? null : perChannel(t[2], x.rank()), axes, epsilon),
          new Tensor[] {x, gamma, beta}, sg == null ? new Saved[] {sx, sm, si} : new Saved[] {sx, sg, sm, si});
    }
    mean.close();
    invStd.close();
    return y;
  }

  /** Batch normalisation with given statistics, as in evaluation. */
  public static Tensor batchInference(Tensor x, Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double epsilon) {
    String name = "batchNorm";
    checkChannels(name, x, gamma, beta, mean, variance);
    if (Tape.wants(x, gamma, beta, mean, variance)) {
      int rank = x.rank();
      Tensor y = x.sub(perChannel(mean, rank)).mul(perChannel(variance.add(epsilon).rsqrt(), rank));
      y = gamma == null ? y : y.mul(perChannel(gamma, rank));
      return beta == null ? y : y.add(perChannel(beta, rank));
    }
    Tensor y = x.device().resultLike(name, x.dtype(), x.view());
    x.device().fused().batchNormInference(x.view(), view(gamma), view(beta), mean.view(), variance.view(), epsilon, y.view());
    return y;
  }

  /**
   * Layer normalisation over the last axes.
   *
   * @param x {@code [..., D…]}
   * @param gamma of shape {@code D…}, or null
   * @param beta of shape {@code D…}, or null
   * @param axes how many last axes are normalised together, at least 1
   */
  public static Tensor layer(Tensor x, Tensor gamma, Tensor beta, int axes, double epsilon) {
    String name = "layerNorm";
    Checks.floating(name, x);
    Checks.require(axes >= 1 && axes <= x.rank(), name, () -> "cannot normalise the last " + axes + " axes of x " + x.shape());
    Shape inner = x.shape().range(x.rank() - axes, x.rank());
    for (Tensor t : new Tensor[] {gamma, beta}) {
      if (t != null) {
        Checks.sameType(name, x, t);
        Checks.shape(name, "gamma and beta", t, inner);
      }
    }
    long d = inner.size();
    Checks.require(d > 0, name, () -> "the normalised axes " + inner + " are empty");
    Tensor flat = x.reshape(x.size() / d, d);
    Tensor y = layerRows(name, flat, gamma == null ? null : gamma.reshape(d), beta == null ? null : beta.reshape(d), epsilon);
    return y.reshape(x.shape());
  }

  private static Tensor layerRows(String name, Tensor x, Tensor gamma, Tensor beta, double epsilon) {
    Device device = x.device();
    Shape rows = Shape.of(x.dim(0));
    Shape features = Shape.of(x.dim(1));
    Tensor mean = device.result(name, x.dtype(), rows);
    Tensor invStd = device.result(name, x.dtype(), rows);
    Tensor y = device.result(name, x.dtype(), x.shape());
    device.fused().layerNorm(x.view(), view(gamma), view(beta), epsilon, mean.view(), invStd.view(), y.view());
    if (Tape.wants(x, gamma, beta)) {
      Saved sx = Saved.of(x);
      Saved sg = gamma == null ? null : Saved.of(gamma);
      Saved sm = Saved.of(mean);
      Saved si = Saved.of(invStd);
      Tape.record(name, y, (dy, g) -> {
        Tensor scale = sg == null ? null : sg.get();
        if (g.differentiable()) {
          composedGrad(g, dy, sx.get(), scale, new int[] {1}, new int[] {0}, features, epsilon);
          return;
        }
        Tensor dx = g.wants(0) ? device.result(name, dy.dtype(), dy.shape()) : null;
        Tensor dgamma = g.wants(1) ? device.result(name, dy.dtype(), features) : null;
        Tensor dbeta = g.wants(2) ? device.result(name, dy.dtype(), features) : null;
        device.fused().layerNormGrad(sx.get().view(), view(scale), sm.get().view(), si.get().view(), dy.view(), view(dx),
            view(dgamma), view(dbeta));
        giveAll(g, dx, dgamma, dbeta);
      }, t -> tangent(x, gamma, t[0], t[1], t[2], new int[] {1}, epsilon), new Tensor[] {x, gamma, beta}, sg == null ? new Saved[] {sx, sm, si} : new Saved[] {sx, sg, sm, si});
    }
    mean.close();
    invStd.close();
    return y;
  }

  /**
   * Group normalisation of {@code x[N, C, …]}: mean and biased variance of each example's groups of C/groups neighbouring
   * channels, then gamma and beta per channel. With as many groups as channels it is instance normalisation.
   * Sources: Y. Wu and K. He, ECCV 2018; D. Ulyanov et al., 2016.
   *
   * @param gamma {@code [C]} or null
   * @param beta {@code [C]} or null
   */
  public static Tensor group(Tensor x, long groups, Tensor gamma, Tensor beta, double epsilon) {
    String name = "groupNorm";
    checkChannels(name, x, gamma, beta);
    Checks.require(groups > 0 && x.dim(1) % groups == 0, name, () -> "the " + x.dim(1) + " channels of x " + x.shape()
        + " cannot be split into " + groups + " groups");
    long rows = x.dim(0) * groups;
    Checks.require(rows == 0 || x.size() > 0, name, () -> "there is nothing to normalise in x " + x.shape());
    if (rows == 0) {
      return x;
    }
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = layerRows(name, x.reshape(rows, x.size() / rows), null, null, epsilon).reshape(x.shape());
      y = gamma == null ? y : y.mul(perChannel(gamma, x.rank()));
      return temporaries.keep(beta == null ? y : y.add(perChannel(beta, x.rank())));
    }
  }

  /**
   * Normalisation of the last axes by their root mean square: {@code y = gamma·x/√(mean(x²) + epsilon)}.
   * Source: B. Zhang and R. Sennrich, NeurIPS 2019.
   *
   * @param gamma of the shape of the last axes, or null
   * @param axes how many last axes are normalised together, at least 1
   */
  public static Tensor rootMeanSquare(Tensor x, Tensor gamma, int axes, double epsilon) {
    String name = "rmsNorm";
    Checks.floating(name, x);
    Checks.require(axes >= 1 && axes <= x.rank(), name, () -> "cannot normalise the last " + axes + " axes of x " + x.shape());
    Shape inner = x.shape().range(x.rank() - axes, x.rank());
    Checks.require(inner.size() > 0, name, () -> "the normalised axes " + inner + " are empty");
    if (gamma != null) {
      Checks.sameType(name, x, gamma);
      Checks.shape(name, "gamma", gamma, inner);
    }
    int[] last = java.util.stream.IntStream.range(x.rank() - axes, x.rank()).toArray();
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = x.mul(x.square().mean(true, last).add(epsilon).rsqrt());
      return temporaries.keep(gamma == null ? y : y.mul(gamma));
    }
  }

  /**
   * The gradients as tensor operations, so that they can be differentiated again: with t = gamma·dy and x̂ the normalised x,
   * {@code dx = invStd·(t − mean(t) − x̂·mean(t·x̂))}.
   *
   * @param gamma broadcastable to x, or null
   * @param axes over which the statistics are taken
   * @param parameterAxes over which gamma and beta are shared
   */
  private static void composedGrad(GradSink g, Tensor dy, Tensor x, Tensor gamma, int[] axes, int[] parameterAxes,
      Shape parameters, double epsilon) {
    Tensor centred = x.sub(x.mean(true, axes));
    Tensor invStd = centred.square().mean(true, axes).add(epsilon).rsqrt();
    Tensor normal = centred.mul(invStd);
    if (g.wants(0)) {
      Tensor t = gamma == null ? dy : dy.mul(gamma);
      g.give(0, t.sub(t.mean(true, axes)).sub(normal.mul(t.mul(normal).mean(true, axes))).mul(invStd));
    }
    if (g.wants(1)) {
      g.give(1, dy.mul(normal).sum(parameterAxes).reshape(parameters));
    }
    if (g.wants(2)) {
      g.give(2, dy.sum(parameterAxes).reshape(parameters));
    }
  }

  /**
   * The tangent of {@code gamma·x̂ + beta}. The Jacobian of x̂ is symmetric: along dx it gives
   * {@code invStd·(dx − mean(dx) − x̂·mean(dx·x̂))}. Parameters and their tangents broadcast to x; null where there is none.
   */
  private static Tensor tangent(Tensor x, Tensor gamma, Tensor dx, Tensor dgamma, Tensor dbeta, int[] axes, double epsilon) {
    Tensor centred = x.sub(x.mean(true, axes));
    Tensor invStd = centred.square().mean(true, axes).add(epsilon).rsqrt();
    Tensor normal = centred.mul(invStd);
    Tensor t = null;
    if (dx != null) {
      t = dx.sub(dx.mean(true, axes)).sub(normal.mul(dx.mul(normal).mean(true, axes))).mul(invStd);
      t = gamma == null ? t : t.mul(gamma);
    }
    return TangentRule.sum(t, dgamma == null ? null : normal.mul(dgamma), dbeta);
  }

  private static void giveAll(GradSink g, Tensor dx, Tensor dgamma, Tensor dbeta) {
    if (g.wants(0)) {
      g.give(0, dx);
    }
    if (g.wants(1)) {
      g.give(1, dgamma);
    }
    if (g.wants(2)) {
      g.give(2, dbeta);
    }
  }

  private static Tensor perChannel(Tensor t, int rank) {
    long[] d = new long[rank];
    java.util.Arrays.fill(d, 1);
    d[1] = t.size();
    return t.reshape(d);
  }

  private static void checkChannels(String name, Tensor x, Tensor... perChannel) {
    Checks.floating(name, x);
    Checks.require(x.rank() >= 2, name, () -> "needs [N, C, …], not x " + x.shape());
    for (Tensor t : perChannel) {
      if (t != null) {
        Checks.sameType(name, x, t);
        Checks.require(t.rank() == 1 && t.dim(0) == x.dim(1), name, () -> "x " + x.shape() + " has " + x.dim(1)
            + " channels, a parameter or statistic has shape " + t.shape());
      }
    }
  }

  private static View view(Tensor t) {
    return t == null ? null : t.view();
  }
}
