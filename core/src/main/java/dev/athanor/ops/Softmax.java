package dev.athanor.ops;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Softmax, its logarithm, and the cross-entropy of it. */
public final class Softmax {
  private Softmax() {}

  /** Softmax or its logarithm along an axis. */
  public static Tensor softmax(Tensor x, int axis, boolean log) {
    String name = log ? "logSoftmax" : "softmax";
    Checks.floating(name, x);
    int at = Checks.axis(name, axis, x.rank());
    Device device = x.device();
    Tensor y = device.result(name, x.dtype(), x.shape());
    device.fused().softmax(x.view(), at, log, y.view());
    if (Tape.wants(x)) {
      Saved saved = Saved.of(y);
      Tape.record(name, y, (dy, g) -> {
        Tensor out = saved.get();
        if (!g.differentiable()) {
          Tensor dx = device.result(name, dy.dtype(), dy.shape());
          device.fused().softmaxGrad(out.view(), dy.view(), at, log, dx.view());
          g.give(0, dx);
        } else if (log) {
          g.give(0, dy.sub(out.exp().mul(dy.sum(true, at))));
        } else {
          g.give(0, out.mul(dy.sub(out.mul(dy).sum(true, at))));
        }
      }, log ? TangentRule.linear(t -> t.sub(y.exp().mul(t).sum(true, at))) : TangentRule.SYMMETRIC, x, saved);
    }
    return y;
  }

  /**
   * The cross-entropy of each row's softmax with its class: {@code ln Σ e^x[n, c] − x[n, target[n]]}.
   *
   * @param x {@code [N, C]} logits
   * @param target {@code [N]} int32 or int64, each in [0, C)
   * @return {@code [N]}
   */
  public static Tensor crossEntropy(Tensor x, Tensor target) {
    String name = "crossEntropy";
    Checks.floating(name, x);
    Checks.rank(name, "the logits", x, 2);
    Checks.sameDevice(name, x, target);
    Checks.index(name, "the target", target);
    Checks.shape(name, "the target", target, Shape.of(x.dim(0)));
    Device device = x.device();
    boolean wanted = Tape.wants(x);
    Tensor loss = device.result(name, x.dtype(), target.shape());
    Tensor gradient = wanted ? device.result(name, x.dtype(), x.shape()) : null;
    try {
      device.fused().crossEntropy(x.view(), target.view(), loss.view(), wanted ? gradient.view() : null);
    } catch (IndexOutOfBoundsException e) {
      throw new AthanorException("crossEntropy: a label is outside the " + x.dim(1) + " classes (0 to " + (x.dim(1) - 1) + "): "
          + e.getMessage(), e);
    }
    if (wanted) {
      Saved logits = Saved.of(x);
      Saved labels = Saved.of(target);
      Saved computed = Saved.of(gradient);
      gradient.close();
      Tape.record(name, loss, (dy, g) -> {
        Tensor scale = dy.unsqueeze(1);
        if (g.differentiable()) {
          Tensor in = logits.get();
          Tensor hot = labels.get().oneHot(in.dim(1)).cast(in.dtype());
          g.give(0, in.softmax(1).sub(hot).mul(scale));
        } else {
          g.give(0, computed.get().mul(scale));
        }
      }, TangentRule.linear(t -> x.softmax(1).mul(t).sum(1).sub(t.gather(1, target.unsqueeze(1)).squeeze(1))), x, logits, labels, computed);
    }
    return loss;
  }
}
