package dev.athanor.cpu;

import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.backend.Workspace;
import dev.athanor.cpu.linalg.Gemm;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.onednn.Convolutions;
import dev.athanor.cpu.onednn.Convolutions.Rows;
import dev.athanor.cpu.vec.BatchNorm;
import dev.athanor.cpu.vec.Kernels;
import dev.athanor.cpu.vec.LayerNorm;
import dev.athanor.cpu.vec.Norms;
import dev.athanor.cpu.vec.Optimizers;
import dev.athanor.cpu.vec.Pooling;
import dev.athanor.cpu.vec.Random;
import dev.athanor.cpu.vec.RowKernel;
import dev.athanor.cpu.vec.Softmax;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.util.List;

/** The fused operations the CPU does in one piece; the others are composed of the primitives. */
final class CpuFusedOps extends ComposedOps {
  private final CpuBackend backend;
  private final Convolutions convolutions;

  CpuFusedOps(CpuBackend backend, Workspace workspace) {
    super(backend, workspace);
    this.backend = backend;
    this.convolutions = backend.usesLibrary() ? new Convolutions(backend.pool()) : null;
  }

  /** One product; the activation is applied to each tile while it is in the cache. */
  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    if (takesLinear(x, bias, out)) {
      backend.products().linear(x, w.swap(0, 1), bias == null ? 0 : CpuBuffer.of(bias), relu(activation), out, finish(activation));
    } else {
      super.linear(x, w, bias, activation, out);
    }
  }

  /** {@link #linear} with all decisions taken, or null. */
  CallRecorder.Call prepareLinear(View x, View w, View bias, Unary activation, View out) {
    return !takesLinear(x, bias, out) ? null : backend.products().prepareLinear(x, w.swap(0, 1),
        bias == null ? 0 : CpuBuffer.of(bias), relu(activation), out, finish(activation));
  }

  private static boolean takesLinear(View x, View bias, View out) {
    return out.dtype() == DType.FLOAT32 && out.size() > 0 && x.dim(1) > 0 && Gemm.rowsOf(out) && (bias == null || bias.isContiguous());
  }

  /** oneDNN's ReLU turns NaN into 0, which would hide that a run has diverged: with it, ours runs on each part of the result. */
  private boolean relu(Unary activation) {
    return activation != null && activation.op() == UnaryOp.RELU && !backend.usesLibrary();
  }

  private Gemm.Finish finish(Unary activation) {
    if (activation == null || relu(activation)) {
      return null;
    }
    Rows rows = inPlace(activation);
    return (address, lines, columns, pitch) -> {
      for (long i = 0; i < lines; i++) {
        rows.run(address + i * pitch, columns);
      }
    };
  }

  /** An activation of {@code n} neighbouring elements in place. */
  private static Rows inPlace(Unary activation) {
    RowKernel kernel = Kernels.unary(activation.op(), DType.FLOAT32);
    return (address, n) -> kernel.run(address, 1, 0, 0, 0, 0, address, (int) n, activation.a(), activation.b());
  }

  /** oneDNN is faster on them, and only then conversions of images are saved. */
  @Override
  public boolean prefersChannelsLast() {
    return convolutions != null;
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, View y) {
    convolution(x, w, bias, window, null, y);
  }

  /** The activation is applied to each group of images while it is in the cache. */
  @Override
  public void convolution(View x, View w, View bias, Window window, Unary activation, View y) {
    boolean library = convolutions != null && Convolutions.takes(x, w, y) && (bias == null || bias.isContiguous());
    if (!library || !convolutions.forward(x, w, bias, window, activation == null ? null : inPlace(activation), y)) {
      super.convolution(x, w, bias, window, y);
      if (activation != null) {
        backend.unary(activation, y, y);
      }
    }
  }

  @Override
  public void convolutionInputGrad(View dy, View w, Window window, View dx) {
    if (convolutions == null || !Convolutions.takes(dx, w, dy) || !convolutions.inputGrad(dy, w, window, dx)) {
      super.convolutionInputGrad(dy, w, window, dx);
    }
  }

  @Override
  public void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw) {
    if (convolutions == null || !Convolutions.takes(x, dw, dy) || !convolutions.weightGrad(x, dy, window, beta, dw)) {
      super.convolutionWeightGrad(x, dy, window, beta, dw);
    }
  }

  @Override
  public void softmax(View x, int axis, boolean log, View y) {
    if (Softmax.takes(axis, x, y)) {
      Softmax.forward(backend.pool(), x, axis, log, y);
    } else {
      super.softmax(x, axis, log, y);
    }
  }

  @Override
  public void softmaxGrad(View y, View dy, int axis, boolean log, View dx) {
    if (Softmax.takes(axis, y, dy, dx)) {
      Softmax.grad(backend.pool(), y, dy, axis, log, dx);
    } else {
      super.softmaxGrad(y, dy, axis, log, dx);
    }
  }

  @Override
  public void crossEntropy(View x, View target, View loss, View grad) {
    if (Softmax.takes(1, x, grad)) {
      Softmax.crossEntropy(backend.pool(), x, target, loss, grad);
    } else {
      super.crossEntropy(x, target, loss, grad);
    }
  }

  @Override
  public void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y) {
    BatchNorm norm = BatchNorm.of(backend.pool(), x, y);
    if (norm == null) {
      super.batchNorm(x, gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, y);
    } else {
      norm.forward(x, gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, y);
    }
  }

  @Override
  public void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    BatchNorm norm = BatchNorm.of(backend.pool(), x, y);
    if (norm == null) {
      super.batchNormInference(x, gamma, beta, mean, variance, epsilon, y);
    } else {
      norm.inference(x, gamma, beta, mean, variance, epsilon, y);
    }
  }

  @Override
  public void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    BatchNorm norm = BatchNorm.of(backend.pool(), x, dy, dx);
    if (norm == null) {
      super.batchNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    } else {
      norm.grad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    }
  }

  @Override
  public void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    if (LayerNorm.takes(x, gamma, beta, mean, invStd, y)) {
      LayerNorm.forward(backend.pool(), x, gamma, beta, epsilon, mean, invStd, y);
    } else {
      super.layerNorm(x, gamma, beta, epsilon, mean, invStd, y);
    }
  }

  @Override
  public void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    if (LayerNorm.takes(x, gamma, mean, invStd, dy, dx, dgamma, dbeta)) {
      LayerNorm.grad(backend.pool(), x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    } else {
      super.layerNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    }
  }

  @Override
  public void dropout(View x, View state, long delta, double p, View y) {
    if (x.dtype() == DType.FLOAT32 && x.isContiguous() && y.isContiguous() && x.size() > 0) {
      Random.dropout(backend.pool(), x, state, delta, p, y);
    } else {
      super.dropout(x, state, delta, p, y);
    }
  }

  @Override
  public void maxPool(View x, Window window, View y, View indices) {
    if (x.rank() == 3) { // one row is an image of height 1
      maxPool(x.unsqueeze(2), row(window), y.unsqueeze(2), indices.unsqueeze(2));
    } else if (Pooling.takes(x, y)) {
      Pooling.max(backend.pool(), x, window, y, indices);
    } else {
      super.maxPool(x, window, y, indices);
    }
  }

  @Override
  public void maxPoolGrad(View dy, View indices, Window window, View dx) {
    if (dx.rank() == 3) {
      maxPoolGrad(dy.unsqueeze(2), indices.unsqueeze(2), row(window), dx.unsqueeze(2));
    } else if (Pooling.takes(dx, dy)) {
      Pooling.maxGrad(backend.pool(), dy, indices, window, dx);
    } else {
      super.maxPoolGrad(dy, indices, window, dx);
    }
  }

  @Override
  public void avgPool(View x, Window window, boolean countPadding, View y) {
    if (x.rank() == 3) {
      avgPool(x.unsqueeze(2), row(window), countPadding, y.unsqueeze(2));
    } else if (Pooling.takes(x, y)) {
      Pooling.average(backend.pool(), x, window, countPadding, y);
    } else {
      super.avgPool(x, window, countPadding, y);
    }
  }

  @Override
  public void avgPoolGrad(View dy, Window window, boolean countPadding, View dx) {
    if (dx.rank() == 3) {
      avgPoolGrad(dy.unsqueeze(2), row(window), countPadding, dx.unsqueeze(2));
    } else if (Pooling.takes(dx, dy)) {
      Pooling.averageGrad(backend.pool(), dy, window, countPadding, dx);
    } else {
      super.avgPoolGrad(dy, window, countPadding, dx);
    }
  }

  /** A window along one axis as one of height 1. */
  private static Window row(Window w) {
    return new Window(new long[] {1, w.kernel()[0]}, new long[] {1, w.stride()[0]}, new long[] {0, w.padLow()[0]},
        new long[] {0, w.padHigh()[0]}, new long[] {1, w.dilation()[0]}, 1);
  }

  @Override
  public void optimizerStep(OptimizerStep step) {
    if (Optimizers.takes(step)) {
      Optimizers.step(backend.pool(), step);
    } else {
      super.optimizerStep(step);
    }
  }

  @Override
  public void globalNorm(List<View> gradients, View out) {
    if (out.dtype() == DType.FLOAT32 && Norms.takes(gradients)) {
      Norms.global(backend.pool(), gradients, out);
    } else {
      super.globalNorm(gradients, out);
    }
  }

  @Override
  public void clipToNorm(List<View> gradients, View norm, double maxNorm) {
    if (Norms.takes(gradients)) {
      Norms.clip(backend.pool(), gradients, norm, maxNorm);
    } else {
      super.clipToNorm(gradients, norm, maxNorm);
    }
  }
}
