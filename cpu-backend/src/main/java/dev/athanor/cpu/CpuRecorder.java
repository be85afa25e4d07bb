package dev.athanor.cpu;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.cpu.vec.Elementwise;
import dev.athanor.cpu.vec.Kernels;
import dev.athanor.cpu.vec.Optimizers;
import dev.athanor.cpu.vec.Reduce;
import dev.athanor.cpu.vec.RowKernel;
import dev.athanor.tensor.View;

/**
 * Takes down calls with all decisions taken: the kernel, the addresses, the compiled product. A replayed call then costs what
 * its arithmetic costs, and tens of nanoseconds. Other calls are taken down as they are.
 */
final class CpuRecorder extends CallRecorder {
  private final CpuBackend backend;
  private final CpuFusedOps fused;

  CpuRecorder(CpuBackend backend, FusedOps ops) {
    super(backend, ops);
    this.backend = backend;
    this.fused = ops instanceof CpuFusedOps f ? f : null;
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    Call prepared = backend.products().prepare(alpha, a, b, beta, c);
    if (prepared == null) {
      super.gemm(alpha, a, b, beta, c);
    } else {
      take(prepared, a, b, c);
    }
  }

  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    Call prepared = fused == null ? null : fused.prepareLinear(x, w, bias, activation, out);
    if (prepared == null) {
      super.linear(x, w, bias, activation, out);
    } else {
      take(prepared, x, w, bias, out);
    }
  }

  private Call elementwise(RowKernel kernel, View a, View b, View c, View out, double p, double q, int grain, boolean scalars) {
    return Elementwise.prepare(backend.pool(), kernel, a, b, c, out, p, q, grain, scalars);
  }

  @Override
  public void unary(Unary fn, View x, View out) {
    RowKernel kernel = Kernels.unary(fn.op(), x.dtype());
    Call prepared = elementwise(kernel, x, null, null, out, fn.a(), fn.b(), Elementwise.grain(x), true);
    if (prepared == null) {
      super.unary(fn, x, out);
    } else {
      take(prepared, x, out);
    }
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    Call prepared = fn.op().saves() == UnaryOp.Saves.NONE ? null
        : elementwise(Kernels.grad(fn.op(), dx.dtype()), x == null ? dy : x, y == null ? dy : y, dy, dx, fn.a(), fn.b(),
            Elementwise.grain(dx), false);
    if (prepared == null) {
      super.unaryGrad(fn, x, y, dy, dx);
    } else {
      take(prepared, x, y, dy, dx);
    }
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    Call prepared = elementwise(Kernels.binary(op, a.dtype()), a, b, null, out, 0, 0, Elementwise.grain(a), true);
    if (prepared == null) {
      super.binary(op, a, b, out);
    } else {
      take(prepared, a, b, out);
    }
  }

  @Override
  public void copy(View x, View out) {
    Call prepared = Elementwise.prepareCopy(backend.pool(), x, out);
    if (prepared == null) {
      super.copy(x, out);
    } else {
      take(prepared, x, out);
    }
  }

  @Override
  public void cast(View x, View out) {
    Call prepared = x.dtype() == out.dtype() ? null
        : elementwise(Kernels.cast(x.dtype(), out.dtype()), x, null, null, out, 0, 0, Elementwise.grain(out), true);
    if (prepared == null) {
      super.cast(x, out);
    } else {
      take(prepared, x, out);
    }
  }

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    Call prepared = Reduce.prepare(backend.pool(), op, x, out);
    if (prepared == null) {
      super.reduce(op, x, out);
    } else {
      take(prepared, x, out);
    }
  }

  @Override
  public void optimizerStep(OptimizerStep step) {
    if (fused == null || !Optimizers.takes(step)) {
      super.optimizerStep(step);
      return;
    }
    uses(step.parameters());
    uses(step.gradients());
    step.states().forEach(this::uses);
    take(Optimizers.prepare(backend.pool(), step), step.hyper());
  }
}
