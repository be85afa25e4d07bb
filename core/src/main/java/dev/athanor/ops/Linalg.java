package dev.athanor.ops;

import dev.athanor.autograd.GradSink;
import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;

/** Matrix products and the linear layer. */
public final class Linalg {
  private Linalg() {}

  /** NumPy's {@code @}. */
  public static Tensor matmul(Tensor a, Tensor b) {
    Checks.sameType("matmul", a, b);
    Checks.numeric("matmul", a);
    Checks.require(a.rank() > 0 && b.rank() > 0, "matmul", () -> "a scalar has no inner dimension: a" + a.shape() + " · b"
        + b.shape());
    Checks.require(a.dim(-1) == b.dim(b.rank() == 1 ? 0 : -2), "matmul", () -> "inner dimensions differ: a" + a.shape() + " · b"
        + b.shape() + " ("
        + a.dim(-1) + " ≠ " + b.dim(b.rank() == 1 ? 0 : -2) + ")");
    if (a.rank() == 1) {
      Tensor row = matmul(a.unsqueeze(0), b);
      return row.squeeze(b.rank() == 1 ? 0 : -2);
    }
    if (b.rank() == 1) {
      return matmul(a, b.unsqueeze(1)).squeeze(-1);
    }
    Shape batchA = a.shape().range(0, a.rank() - 2);
    Shape batchB = b.shape().range(0, b.rank() - 2);
    Shape batch = Shape.broadcast(batchA, batchB);
    Checks.require(batch != null, "matmul", () -> "batch axes do not broadcast: a" + a.shape() + " · b" + b.shape());
    Tensor c = a.device().result("matmul", a.dtype(), batch.concat(Shape.of(a.dim(-2), b.dim(-1))));
    View va = a.view().expand(batch.concat(a.shape().range(a.rank() - 2, a.rank())));
    View vb = b.view().expand(batch.concat(b.shape().range(b.rank() - 2, b.rank())));
    a.device().backend().gemm(1, va, vb, 0, c.view());
    if (a.dtype().isFloat() && Tape.wants(a, b)) {
      Saved sa = b.requiresGrad() ? Saved.of(a) : null;
      Saved sb = a.requiresGrad() ? Saved.of(b) : null;
      Shape shapeA = a.shape();
      Shape shapeB = b.shape();
      Tape.record("matmul", c, (dy, g) -> {
        if (g.wants(0)) {
          product(g, 0, dy, sb.get().transpose(), shapeA);
        }
        if (g.wants(1)) {
          product(g, 1, sa.get().transpose(), dy, shapeB);
        }
      }, TangentRule.parts(t -> matmul(t, b), t -> matmul(a, t)), new Tensor[] {a, b}, Saved.present(sa, sb));
    }
    return c;
  }

  /** Gives a·b as the gradient of input i: added in the product itself where a gradient is there already. */
  private static void product(GradSink g, int i, Tensor a, Tensor b, Shape target) {
    if (a.rank() == 2 && b.rank() == 2) {
      Tensor sum = g.accumulator(i);
      if (sum != null) {
        sum.device().backend().gemm(1, a.view(), b.view(), 1, sum.view());
        sum.changed("backward");
        return;
      }
    }
    Tensor c = matmul(a, b);
    g.give(i, target == null ? c : Reduce.sumTo(c, target));
  }

  /**
   * {@code y = activation(x·wᵀ + bias)}.
   *
   * @param x {@code [..., I]}
   * @param w {@code [O, I]}
   * @param bias {@code [O]} or null
   * @param activation or null; fused where its gradient can be computed from its output
   */
  public static Tensor linear(Tensor x, Tensor w, Tensor bias, Unary activation) {
    Checks.sameType("linear", x, w);
    Checks.floating("linear", x);
    Checks.rank("linear", "the weight", w, 2);
    Checks.require(x.rank() > 0 && x.dim(-1) == w.dim(1), "linear", () -> "the input " + x.shape() + " must end in " + w.dim(1)
        + " features, as the weight " + w.shape() + " has [out, in]");
    if (bias != null) {
      Checks.sameType("linear", w, bias);
      Checks.shape("linear", "the bias", bias, Shape.of(w.dim(0)));
    }
    if (activation != null && activation.op().saves() != UnaryOp.Saves.OUTPUT) {
      return Elementwise.unary(activation, linear(x, w, bias, null));
    }
    if (x.rank() != 2) {
      Shape leading = x.shape().range(0, x.rank() - 1);
      return linear(x.reshape(leading.size(), x.dim(-1)), w, bias, activation).reshape(leading.concat(Shape.of(w.dim(0))));
    }
    Tensor y = x.device().result("linear", x.dtype(), Shape.of(x.dim(0), w.dim(0)));
    x.device().fused().linear(x.view(), w.view(), bias == null ? null : bias.view(), activation, y.view());
    if (Tape.wants(x, w, bias)) {
      record(x, w, bias, activation, y);
    }
    return y;
  }

  private static void record(Tensor x, Tensor w, Tensor bias, Unary activation, Tensor y) {
    Saved sx = w.requiresGrad() ? Saved.of(x) : null;
    Saved sw = x.requiresGrad() ? Saved.of(w) : null;
    Saved sy = activation == null ? null : Saved.of(y);
    Tape.record("linear", y, (dy, g) -> {
      Tensor dz = sy == null ? dy : Derivatives.through(activation, sy.get(), dy, g.differentiable());
      if (g.wants(0)) {
        product(g, 0, dz, sw.get(), null);
      }
      if (g.wants(1)) {
        product(g, 1, dz.transpose(), sx.get(), null);
      }
      if (g.wants(2)) {
        g.give(2, dz.sum(0));
      }
    }, t -> {
      Tensor dz = TangentRule.sum(t[0] == null ? null : linear(t[0], w, null, null), t[1] == null ? null
          : linear(x, t[1], null, null),
          t[2]);
      return activation == null ? dz : Derivatives.of(activation, y).mul(dz);
    }, new Tensor[] {x, w, bias}, Saved.present(sx, sw, sy));
  }
}
