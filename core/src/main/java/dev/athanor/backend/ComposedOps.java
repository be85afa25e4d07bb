package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * Every fused operation, composed of a backend's primitives. A backend that has the primitives has these; it overrides those it
 * does better. Operands may have any strides; softmax, normalisation, dropout and their gradients may work in place.
 *
 * <p>Temporaries come from the workspace and go back to it before a method returns or throws. Nothing goes through the host,
 * except {@link #cumulativeSum} and {@link #sort}, which therefore wait for the device and cannot be captured.
 */
public class ComposedOps implements FusedOps {
  /** The backend whose primitives are used. */
  protected final Backend primitives;
  /** Where temporaries come from. */
  protected final Workspace workspace;

  /** Fused operations over the given primitives. Neither argument is owned. */
  public ComposedOps(Backend primitives, Workspace workspace) {
    this.primitives = Objects.requireNonNull(primitives, "primitives");
    this.workspace = Objects.requireNonNull(workspace, "workspace");
  }

  private Scratch scratch() {
    return new Scratch(primitives, workspace);
  }

  // ---- linear layers

  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    primitives.gemm(1, x, w.swap(0, 1), 0, out);
    if (bias != null) {
      primitives.binary(BinaryOp.ADD, out, bias.expand(out.shape()), out);
    }
    if (activation != null) {
      primitives.unary(activation, out, out);
    }
  }

  // ---- softmax

  @Override
  public void softmax(View x, int axis, boolean log, View y) {
    if (y.size() == 0) {
      return; // there is no largest element of nothing
    }
    try (Scratch s = scratch()) {
      View largest = s.reduce(ReduceOp.MAX, x, axis);
      s.binary(BinaryOp.SUB, x, largest, y);
      if (log) {
        View sum = s.reduce(ReduceOp.SUM, s.unary(UnaryOp.EXP, y), axis);
        s.binary(BinaryOp.SUB, y, s.unary(UnaryOp.LOG, sum), y);
      } else {
        primitives.unary(Unary.of(UnaryOp.EXP), y, y);
        s.binary(BinaryOp.DIV, y, s.reduce(ReduceOp.SUM, y, axis), y);
      }
    }
  }

  @Override
  public void softmaxGrad(View y, View dy, int axis, boolean log, View dx) {
    try (Scratch s = scratch()) {
      if (log) {
        View share = s.binary(BinaryOp.MUL, s.unary(UnaryOp.EXP, y), s.reduce(ReduceOp.SUM, dy, axis));
        s.binary(BinaryOp.SUB, dy, share, dx);
      } else {
        View mean = s.reduce(ReduceOp.SUM, s.binary(BinaryOp.MUL, y, dy), axis);
        s.binary(BinaryOp.MUL, y, s.binary(BinaryOp.SUB, dy, mean), dx);
      }
    }
  }

  @Override
  public void crossEntropy(View x, View target, View loss, View grad) {
    if (loss.size() == 0) {
      return;
    }
    if (x.dim(1) == 0) {
      throw new IndexOutOfBoundsException("crossEntropy: there are no classes, so no target can be right: x" + x.shape());
    }
    try (Scratch s = scratch()) {
      View index = target.unsqueeze(1);
      View largest = s.reduce(ReduceOp.MAX, x, 1);
      View shifted = s.binary(BinaryOp.SUB, x, largest);
      View picked = s.take(x.dtype(), index.shape());
      primitives.gather(shifted, 1, index, picked);
      primitives.unary(Unary.of(UnaryOp.EXP), shifted, shifted);
      View sum = s.reduce(ReduceOp.SUM, shifted, 1);
      s.binary(BinaryOp.SUB, s.unary(UnaryOp.LOG, sum), picked, loss.unsqueeze(1));
      if (grad != null) {
        s.binary(BinaryOp.DIV, shifted, sum, grad);
        primitives.scatterAdd(s.constant(x.dtype(), -1).expand(index.shape()), 1, index, grad);
      }
    }
  }

  // ---- normalisation

  @Override
  public void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y) {
    try (Scratch s = scratch()) {
      ComposedNormalization.batchNorm(s, x, gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, y);
    }
  }

  @Override
  public void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    try (Scratch s = scratch()) {
      ComposedNormalization.batchNormInference(s, x, gamma, beta, mean, variance, epsilon, y);
    }
  }

  @Override
  public void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    try (Scratch s = scratch()) {
      ComposedNormalization.batchNormGrad(s, x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    }
  }

  @Override
  public void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    try (Scratch s = scratch()) {
      ComposedNormalization.layerNorm(s, x, gamma, beta, epsilon, mean, invStd, y);
    }
  }

  @Override
  public void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    try (Scratch s = scratch()) {
      ComposedNormalization.layerNormGrad(s, x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
    }
  }

  // ---- dropout

  @Override
  public void dropout(View x, View state, long delta, double p, View y) {
    try (Scratch s = scratch()) {
      View u = s.take(DType.FLOAT32, x.shape());
      primitives.random(RandomKind.UNIFORM, state, delta, u);
      View kept = s.binary(BinaryOp.GE, u, (float) p);
      View scaled = s.binary(BinaryOp.MUL, x, (float) (1 / (1 - p)));
      s.select(kept, scaled, s.constant(x.dtype(), 0), y);
    }
  }

  // ---- convolution and pooling

  @Override
  public void convolution(View x, View w, View bias, Window window, Unary activation, View y) {
    convolution(x, w, bias, window, y);
    if (activation != null) {
      primitives.unary(activation, y, y);
    }
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, View y) {
    try (Scratch s = scratch()) {
      ComposedConvolution.forward(s, x, w, window, y);
      if (bias != null) {
        s.binary(BinaryOp.ADD, y, ComposedNormalization.channels(bias, y.rank()), y);
      }
    }
  }

  @Override
  public void convolutionInputGrad(View dy, View w, Window window, View dx) {
    try (Scratch s = scratch()) {
      ComposedConvolution.inputGrad(s, dy, w, window, dx);
    }
  }

  @Override
  public void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw) {
    try (Scratch s = scratch()) {
      ComposedConvolution.weightGrad(s, x, dy, window, beta, dw);
    }
  }

  @Override
  public void maxPool(View x, Window window, View y, View indices) {
    try (Scratch s = scratch()) {
      ComposedPooling.max(s, x, window, y, indices);
    }
  }

  @Override
  public void maxPoolGrad(View dy, View indices, Window window, View dx) {
    try (Scratch s = scratch()) {
      ComposedPooling.maxGrad(s, dy, indices, window, dx);
    }
  }

  @Override
  public void avgPool(View x, Window window, boolean countPadding, View y) {
    try (Scratch s = scratch()) {
      ComposedPooling.average(s, x, window, countPadding, y);
    }
  }

  @Override
  public void avgPoolGrad(View dy, Window window, boolean countPadding, View dx) {
    try (Scratch s = scratch()) {
      ComposedPooling.averageGrad(s, dy, window, countPadding, dx);
    }
  }

  // ---- order and scans

  @Override
  public void cumulativeSum(View x, int axis, boolean reverse, View y) {
    onHost(x, axis, y, null, (in, lanes, length, out, indices) -> HostScans.sum(x.dtype(), in, lanes, length, reverse, out));
  }

  @Override
  public void sort(View x, int axis, boolean descending, View values, View indices) {
    onHost(x, axis, values, indices,
        (in, lanes, length, out, order) -> HostScans.sort(x.dtype(), in, lanes, length, descending, out, order));
  }

  private interface HostScan {
    /** Works on {@code lanes} rows of {@code length} elements each. */
    void run(MemorySegment in, long lanes, int length, MemorySegment out, MemorySegment indices);
  }

  /** Downloads x with the axis as the last one, works on the rows, and uploads the results. */
  private void onHost(View x, int axis, View values, View indices, HostScan scan) {
    if (x.size() == 0) {
      return;
    }
    int last = x.rank() - 1;
    try (Scratch s = scratch(); var arena = java.lang.foreign.Arena.ofConfined()) {
      View rows = s.copy(x.swap(axis, last));
      int length = Math.toIntExact(x.dim(axis));
      MemorySegment in = arena.allocate(x.size() * x.dtype().bytes(), 8);
      MemorySegment out = arena.allocate(in.byteSize(), 8);
      MemorySegment order = indices == null ? null : arena.allocate(x.size() * 8, 8);
      primitives.download(rows.buffer(), rows.byteOffset(), in);
      scan.run(in, x.size() / length, length, out, order);
      primitives.upload(out, rows.buffer(), rows.byteOffset());
      primitives.copy(rows, values.swap(axis, last));
      if (indices != null) {
        View positions = s.take(DType.INT64, rows.shape());
        primitives.upload(order, positions.buffer(), positions.byteOffset());
        primitives.copy(positions, indices.swap(axis, last));
      }
    }
  }

  // ---- optimizers

  @Override
  public void optimizerStep(OptimizerStep step) {
    try (Scratch s = scratch()) {
      ComposedOptimizers.step(s, step);
    }
  }

  @Override
  public void globalNorm(List<View> gradients, View out) {
    try (Scratch s = scratch()) {
      View total = s.constant(out.dtype(), 0);
      for (View g : gradients) {
        try (Scratch each = s.nested()) {
          s.binary(BinaryOp.ADD, total, each.sum(each.unary(UnaryOp.SQUARE, g)), total);
        }
      }
      primitives.unary(Unary.of(UnaryOp.SQRT), total.expand(out.shape()), out);
    }
  }

  @Override
  public void clipToNorm(List<View> gradients, View norm, double maxNorm) {
    try (Scratch s = scratch()) {
      View limit = s.constant(norm.dtype(), maxNorm);
      View ratio = s.binary(BinaryOp.DIV, limit, s.binary(BinaryOp.ADD, norm, 1e-6));
      View scale = s.binary(BinaryOp.MIN, ratio, 1);
      for (View g : gradients) {
        s.binary(BinaryOp.MUL, g, scale, g);
      }
    }
  }
}
