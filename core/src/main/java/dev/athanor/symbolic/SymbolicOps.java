package dev.athanor.symbolic;

import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.View;

/** Fused operations whose defaults go through the host, or guard against an overflow that formulas do not know. */
final class SymbolicOps extends ComposedOps {
  SymbolicOps(Backend primitives, Workspace workspace) {
    super(primitives, workspace);
  }

  /** Without the largest element taken off first. */
  @Override
  public void softmax(View x, int axis, boolean log, View y) {
    View sum = workspace.take(x.dtype(), x.shape().with(axis, 1));
    View powers = workspace.take(x.dtype(), x.shape());
    primitives.unary(Unary.of(UnaryOp.EXP), x, powers);
    primitives.reduce(ReduceOp.SUM, powers, sum);
    if (log) {
      primitives.unary(Unary.of(UnaryOp.LOG), sum, sum);
      primitives.binary(BinaryOp.SUB, x, sum.expand(x.shape()), y);
    } else {
      primitives.binary(BinaryOp.DIV, powers, sum.expand(x.shape()), y);
    }
    workspace.give(powers);
    workspace.give(sum);
  }

  /** {@code ln Σ eˣ − x[target]}. */
  @Override
  public void crossEntropy(View x, View target, View loss, View grad) {
    View p = workspace.take(x.dtype(), x.shape());
    softmax(x, 1, true, p);
    View chosen = workspace.take(x.dtype(), x.shape().with(1, 1));
    primitives.gather(p, 1, target.unsqueeze(1), chosen);
    primitives.unary(Unary.of(UnaryOp.NEG), chosen.squeeze(1), loss);
    if (grad != null) {
      softmax(x, 1, false, grad);
      primitives.fill(chosen, x.dtype().bits(-1.0));
      primitives.scatterAdd(chosen, 1, target.unsqueeze(1), grad);
    }
    workspace.give(chosen);
    workspace.give(p);
  }

  @Override
  public void cumulativeSum(View x, int axis, boolean reverse, View y) {
    long n = x.dim(axis);
    for (long i = 0; i < n; i++) {
      long at = reverse ? n - 1 - i : i;
      if (i == 0) {
        primitives.copy(x.select(axis, at), y.select(axis, at));
      } else {
        primitives.binary(BinaryOp.ADD, y.select(axis, reverse ? at + 1 : at - 1), x.select(axis, at), y.select(axis, at));
      }
    }
  }
}
