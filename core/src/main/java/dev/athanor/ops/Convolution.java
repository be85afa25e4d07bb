package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Layouts;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Convolution (cross-correlation, as deep learning uses the word) and its two gradients. The three are closed under
 * differentiation: each one's gradients are the other two. The gradient with respect to the input is also the transposed
 * convolution.
 */
public final class Convolution {
  private Convolution() {}

  /**
   * {@code y[n, o, p] = bias[o] + Σ x[n, c, p·stride + k·dilation − pad]·w[o, c, k]}. The result lies channels-last if x does,
   * or if the device prefers that.
   *
   * @param x {@code [N, C, spatial…]}
   * @param w {@code [O, C/groups, kernel…]}
   * @param bias {@code [O]} or null
   */
  public static Tensor convolution(Tensor x, Tensor w, Tensor bias, Window window) {
    return convolution(x, w, bias, window, null);
  }

  /**
   * A {@link #convolution(Tensor, Tensor, Tensor, Window) convolution} with an activation on its result.
   *
   * @param activation or null; fused where its gradient can be computed from its output
   */
  public static Tensor convolution(Tensor x, Tensor w, Tensor bias, Window window, Unary activation) {
    if (activation != null && activation.op().saves() != UnaryOp.Saves.OUTPUT) {
      return Elementwise.unary(activation, convolution(x, w, bias, window, null));
    }
    String name = "convolution";
    check(name, x, w, window);
    Shape ys = outputShape(name, x.shape(), w.dim(0), window);
    if (bias != null) {
      Checks.sameType(name, w, bias);
      Checks.shape(name, "the bias", bias, Shape.of(w.dim(0)));
    }
    Tensor y = result(name, x, ys);
    x.device().fused().convolution(x.view(), w.view(), bias == null ? null : bias.view(), window, activation, y.view());
    if (Tape.wants(x, w, bias)) {
      Saved sx = Saved.of(x);
      Saved sw = Saved.of(w);
      Saved sy = activation == null ? null : Saved.of(y);
      Shape xs = x.shape();
      Shape ws = w.shape();
      Tape.record(name, y, (dy, g) -> {
        Tensor dz = dense(sy == null ? dy : Derivatives.through(activation, sy.get(), dy, g.differentiable()));
        if (g.wants(0)) {
          g.give(0, inputGrad(dz, sw.get(), window, xs));
        }
        if (g.wants(1)) {
          Tensor sum = g.accumulator(1);
          if (sum != null) {
            dz.device().fused().convolutionWeightGrad(sx.get().view(), dz.view(), window, 1, sum.view());
            sum.changed("backward");
          } else {
            g.give(1, weightGrad(sx.get(), dz, window, ws));
          }
        }
        if (g.wants(2)) {
          g.give(2, dz.sum(allBut(1, dz.rank())));
        }
      }, t -> {
        Tensor dz = TangentRule.sum(t[0] == null ? null : convolution(t[0], w, null, window),
            t[1] == null ? null : convolution(x, t[1], null, window),
            t[2] == null ? null : t[2].reshape(t[2].shape().concat(ones(window.rank()))));
        return activation == null ? dz : Derivatives.of(activation, y).mul(dz);
      }, new Tensor[] {x, w, bias}, Saved.present(sx, sw, sy));
    }
    return y;
  }

  /**
   * The gradient of a convolution with respect to its input; the transposed convolution of {@code dy}.
   *
   * @param dy {@code [N, O, spatial…]}
   * @param w {@code [O, C/groups, kernel…]}
   * @param inputShape {@code [N, C, spatial…]}
   */
  public static Tensor inputGrad(Tensor dy, Tensor w, Window window, Shape inputShape) {
    String name = "convolutionInputGrad";
    checkGradient(name, dy, inputShape, w.shape(), window);
    Tensor dx = result(name, dy, inputShape);
    dy.device().fused().convolutionInputGrad(dy.view(), w.view(), window, dx.view());
    if (Tape.wants(dy, w)) {
      Saved sy = Saved.of(dy);
      Saved sw = Saved.of(w);
      Shape ws = w.shape();
      Tape.record(name, dx, (broadcast, g) -> {
        Tensor ddx = dense(broadcast);
        if (g.wants(0)) {
          g.give(0, convolution(ddx, sw.get(), null, window));
        }
        if (g.wants(1)) {
          g.give(1, weightGrad(ddx, sy.get(), window, ws));
        }
      }, TangentRule.parts(t -> inputGrad(t, w, window, inputShape), t -> inputGrad(dy, t, window, inputShape)), dy, w, sy, sw);
    }
    return dx;
  }

  /**
   * The gradient of a convolution with respect to its weight.
   *
   * @param x {@code [N, C, spatial…]}
   * @param dy {@code [N, O, spatial…]}
   * @param weightShape {@code [O, C/groups, kernel…]}
   */
  public static Tensor weightGrad(Tensor x, Tensor dy, Window window, Shape weightShape) {
    String name = "convolutionWeightGrad";
    checkGradient(name, dy, x.shape(), weightShape, window);
    Tensor dw = x.device().result(name, x.dtype(), weightShape);
    x.device().fused().convolutionWeightGrad(x.view(), dy.view(), window, 0, dw.view());
    if (Tape.wants(x, dy)) {
      Saved sx = Saved.of(x);
      Saved sy = Saved.of(dy);
      Shape xs = x.shape();
      Tape.record(name, dw, (ddw, g) -> {
        if (g.wants(0)) {
          g.give(0, inputGrad(sy.get(), ddw, window, xs));
        }
        if (g.wants(1)) {
          g.give(1, convolution(sx.get(), ddw, null, window));
        }
      }, TangentRule.parts(t -> weightGrad(t, dy, window, weightShape), t -> weightGrad(x, t, window, weightShape)), x, dy, sx, sy);
    }
    return dw;
  }

  private static void check(String name, Tensor x, Tensor w, Window window) {
    Checks.sameType(name, x, w);
    Checks.floating(name, x);
    Checks.rank(name, "the weight", w, window.rank() + 2);
    Checks.rank(name, "the input [N, C, spatial…]", x, window.rank() + 2);
    int groups = window.groups();
    Checks.require(x.dim(1) == w.dim(1) * groups, name,
        () -> "the input " + x.shape() + " has " + x.dim(1) + " channels, the weight "
        + w.shape() + " takes " + w.dim(1) + (groups > 1 ? " × " + groups + " groups" : ""));
    Checks.require(w.dim(0) % groups == 0, name, () -> w.dim(0) + " output channels cannot be split into " + groups + " groups");
    for (int i = 0; i < window.rank(); i++) {
      Checks.require(w.dim(i + 2) == window.kernel()[i], name,
          () -> "the weight " + w.shape() + " does not fit the window: " + window);
    }
  }

  /** A gradient that sums and means have broadcast, with elements of its own: backends' fast ways take no strides of 0. */
  private static Tensor dense(Tensor dy) {
    for (int i = 0; i < dy.rank(); i++) {
      if (dy.view().stride(i) == 0 && dy.dim(i) > 1) {
        return Elementwise.copy(dy);
      }
    }
    return dy;
  }

  private static void checkGradient(String name, Tensor dy, Shape xs, Shape ws, Window window) {
    Shape expected = outputShape(name, xs, ws.dim(0), window);
    Checks.shape(name, "the gradient of the output", dy, expected);
  }

  /** The shape of a convolution's or pooling's result. */
  static Shape outputShape(String name, Shape xs, long channels, Window window) {
    long[] d = new long[xs.rank()];
    d[0] = xs.dim(0);
    d[1] = channels;
    for (int i = 0; i < window.rank(); i++) {
      d[i + 2] = window.outputSize(i, xs.dim(i + 2));
      Checks.require(d[i + 2] > 0, name, () -> "the window (" + window + ") is larger than the padded input " + xs);
    }
    return Shape.of(d);
  }

  private static Tensor result(String name, Tensor x, Shape shape) {
    return images(name, x, shape, Layouts.isChannelsLast(x.view()) || x.device().fused().prefersChannelsLast());
  }

  /** A result {@code [N, C, spatial…]} of x's type, channels-last or row-major. */
  static Tensor images(String name, Tensor x, Shape shape, boolean channelsLast) {
    return channelsLast ? x.device().result(name, x.dtype(), shape, Layouts.channelsLast(shape))
        : x.device().result(name, x.dtype(), shape);
  }

  private static Shape ones(int rank) {
    long[] d = new long[rank];
    java.util.Arrays.fill(d, 1);
    return Shape.of(d);
  }

  static int[] allBut(int axis, int rank) {
    int[] axes = new int[rank - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i < axis ? i : i + 1;
    }
    return axes;
  }
}
