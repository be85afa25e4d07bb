package dev.athanor.cuda;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.Unary;
import dev.athanor.backend.Window;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.Arrays;
import java.util.List;

/**
 * The fused operations that have kernels. The kernels want contiguous operands (pooling and im2col take any strides): others are
 * copied first, or, where that is rare and small, the composed form is used.
 */
final class CudaFusedOps extends ComposedOps {
  private final CudaBackend backend;
  private final Elementwise elementwise;
  private final FusedRows rows;
  private final FusedWindows windows;
  private final FusedConvolution convolution;
  private final CudnnConvolution library;
  private final FusedTensors tensors;
  private final FusedOrder order;
  private final FusedBias biases;
  private final CudaStream stream;

  CudaFusedOps(CudaBackend backend, Workspace workspace) {
    super(backend, workspace);
    this.backend = backend;
    elementwise = backend.elementwise();
    stream = backend.stream();
    rows = new FusedRows(stream);
    windows = new FusedWindows(stream);
    convolution = new FusedConvolution(backend, windows);
    library = new CudnnConvolution(backend);
    tensors = new FusedTensors(stream);
    order = new FusedOrder(stream);
    biases = new FusedBias(stream);
  }

  private Temporaries temporaries() {
    return new Temporaries(workspace, elementwise);
  }

  private static boolean contiguous(View... views) {
    for (View v : views) {
      if (v != null && !v.isContiguous()) {
        return false;
      }
    }
    return true;
  }

  // ---- linear layers

  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    if (bias == null || !contiguous(bias, out) || out.size() == 0 || !FusedBias.has(activation, out)) {
      super.linear(x, w, bias, activation, out);
      return;
    }
    backend.gemm(1, x, w.swap(0, 1), 0, out);
    biases.apply(out, bias, activation, out.dim(1), 1);
  }

  // ---- softmax

  @Override
  public void softmax(View x, int axis, boolean log, View y) {
    if (y.size() == 0) {
      return;
    }
    try (Temporaries t = temporaries()) {
      View out = t.output(y);
      rows.softmax(t.contiguous(x), outer(x, axis), x.dim(axis), inner(x, axis), log, out);
      t.store(out, y);
    }
  }

  @Override
  public void softmaxGrad(View y, View dy, int axis, boolean log, View dx) {
    if (dx.size() == 0) {
      return;
    }
    try (Temporaries t = temporaries()) {
      View out = t.output(dx);
      rows.softmaxGrad(t.contiguous(y), t.contiguous(dy), outer(y, axis), y.dim(axis), inner(y, axis), log, out);
      t.store(out, dx);
    }
  }

  private static long outer(View x, int axis) {
    long n = 1;
    for (int i = 0; i < axis; i++) {
      n *= x.dim(i);
    }
    return n;
  }

  private static long inner(View x, int axis) {
    long n = 1;
    for (int i = axis + 1; i < x.rank(); i++) {
      n *= x.dim(i);
    }
    return n;
  }

  @Override
  public void crossEntropy(View x, View target, View loss, View grad) {
    if (x.size() == 0) {
      super.crossEntropy(x, target, loss, grad);
      return;
    }
    try (Temporaries t = temporaries()) {
      View losses = t.output(loss);
      View out = t.output(grad);
      rows.crossEntropy(t.contiguous(x), t.contiguous(target), losses, out);
      t.store(losses, loss);
      t.store(out, grad);
    }
  }

  // ---- normalisation

  @Override
  public void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y) {
    if (x.size() == 0 || !contiguous(gamma, beta, runningMean, runningVariance, mean, invStd)) {
      super.batchNorm(x, gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, y);
      return;
    }
    try (Temporaries t = temporaries()) {
      Layered l = Layered.of(x, y, null, t);
      rows.batchNorm(l.x(), gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, l.out(), l.outer(),
          l.channels(), l.inner());
      t.store(l.written(), y);
    }
  }

  @Override
  public void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    if (x.size() == 0 || !contiguous(gamma, beta, mean, variance)) {
      super.batchNormInference(x, gamma, beta, mean, variance, epsilon, y);
      return;
    }
    try (Temporaries t = temporaries()) {
      Layered l = Layered.of(x, y, null, t);
      rows.batchNormInference(l.x(), gamma, beta, mean, variance, epsilon, l.out(), l.channels(), l.inner());
      t.store(l.written(), y);
    }
  }

  @Override
  public void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    if (x.size() == 0 || !contiguous(gamma, mean, invStd, dgamma, dbeta)) {
      super.batchNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
      return;
    }
    try (Temporaries t = temporaries()) {
      Layered l = Layered.of(x, dx, dy, t);
      rows.batchNormGrad(l.x(), gamma, mean, invStd, l.dy(), l.out(), dgamma, dbeta, l.outer(), l.channels(), l.inner());
      if (dx != null) {
        t.store(l.written(), dx);
      }
    }
  }

  @Override
  public void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    if (x.size() == 0 || !contiguous(mean, invStd)) {
      super.layerNorm(x, gamma, beta, epsilon, mean, invStd, y);
      return;
    }
    try (Temporaries t = temporaries()) {
      View out = t.output(y);
      rows.layerNorm(t.contiguous(x), t.contiguous(gamma), t.contiguous(beta), epsilon, mean, invStd, out);
      t.store(out, y);
    }
  }

  @Override
  public void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    if (x.size() == 0 || !contiguous(dgamma, dbeta)) {
      super.layerNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
      return;
    }
    try (Temporaries t = temporaries()) {
      View from = t.contiguous(x);
      View given = t.contiguous(dy);
      View means = t.contiguous(mean);
      View scales = t.contiguous(invStd);
      if (dgamma != null || dbeta != null) { // first: dx may lie where dy or x does
        rows.layerNormSums(from, means, scales, given, dgamma, dbeta);
      }
      if (dx != null) {
        View out = t.output(dx);
        rows.layerNormGrad(from, t.contiguous(gamma), means, scales, given, out);
        t.store(out, dx);
      }
    }
  }

  // ---- dropout

  @Override
  public void dropout(View x, View state, long delta, double p, View y) {
    if (y.size() == 0) {
      return;
    }
    try (Temporaries t = temporaries()) {
      View out = t.output(y);
      View from = t.contiguous(x);
      stream.begin("random_dropout_" + Names.of(x.dtype())).pointer(CudaBuffer.address(from)).pointer(CudaBuffer.address(out))
          .int64(x.size()).float32((float) p).scalar((float) (1 / (1 - p))).pointer(CudaBuffer.address(t.contiguous(state)))
          .int64(delta);
      stream.launch(x.size());
      t.store(out, y);
    }
  }

  // ---- convolution and pooling

  private static boolean convolves(View x, View w, View y, Window window) {
    return x.size() > 0 && w.size() > 0 && y.size() > 0 && FusedWindows.fits(window, x, y);
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, View y) {
    if (!convolve(x, w, bias, window, null, y)) {
      super.convolution(x, w, bias, window, y);
    }
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, Unary activation, View y) {
    if (!convolve(x, w, bias, window, activation, y)) {
      super.convolution(x, w, bias, window, activation, y);
    }
  }

  /** Whether there is a way to do it; bias and activation are one launch more. */
  private boolean convolve(View x, View w, View bias, Window window, Unary activation, View y) {
    if (!convolves(x, w, y, window)) {
      return false;
    }
    try (Temporaries t = temporaries()) {
      View out = t.denseOutput(y);
      if (!library.forward(x, w, window, out, t)) {
        convolution.forward(x, t.contiguous(w), window, out, t);
      }
      boolean together = bias != null && FusedBias.has(activation, out);
      if (bias != null) {
        biases.apply(out, t.contiguous(bias), together ? activation : null, y.dim(1),
            Layered.channelsLastInMemory(out) ? 1 : inner(y, 1));
      }
      if (activation != null && !together) {
        elementwise.unary(activation, out, out);
      }
      t.store(out, y);
    }
    return true;
  }

  @Override
  public void convolutionInputGrad(View dy, View w, Window window, View dx) {
    if (!convolves(dx, w, dy, window)) {
      super.convolutionInputGrad(dy, w, window, dx);
      return;
    }
    try (Temporaries t = temporaries()) {
      if (!library.inputGrad(dy, w, window, dx, t)) {
        convolution.inputGrad(t.dense(dy), t.contiguous(w), window, dx, t);
      }
    }
  }

  @Override
  public void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw) {
    if (!convolves(x, dw, dy, window)) {
      super.convolutionWeightGrad(x, dy, window, beta, dw);
      return;
    }
    try (Temporaries t = temporaries()) {
      if (library.weightGrad(x, dy, window, beta, dw, t)) {
        return;
      }
      View out = t.output(dw);
      if (out != dw && beta != 0) {
        elementwise.copy(dw, out);
      }
      convolution.weightGrad(x, t.dense(dy), window, beta, out, t);
      t.store(out, dw);
    }
  }

  private static boolean pools(View x, View y, Window window) {
    return x.size() > 0 && y.size() > 0 && FusedWindows.fits(window, x, y);
  }

  @Override
  public void maxPool(View x, Window window, View y, View indices) {
    if (!pools(x, y, window)) {
      super.maxPool(x, window, y, indices);
      return;
    }
    try (Temporaries t = temporaries()) {
      boolean alike = Arrays.equals(y.strides(), indices.strides());
      View out = alike ? y : t.output(y);
      View places = alike ? indices : t.output(indices);
      windows.maxPool(x, window, out, places);
      t.store(out, y);
      t.store(places, indices);
    }
  }

  @Override
  public void maxPoolGrad(View dy, View indices, Window window, View dx) {
    if (!pools(dx, dy, window)) {
      super.maxPoolGrad(dy, indices, window, dx);
      return;
    }
    try (Temporaries t = temporaries()) {
      boolean alike = Arrays.equals(dy.strides(), indices.strides());
      windows.maxPoolGrad(alike ? dy : t.contiguous(dy), alike ? indices : t.contiguous(indices), window, dx);
    }
  }

  @Override
  public void avgPool(View x, Window window, boolean countPadding, View y) {
    if (!pools(x, y, window)) {
      super.avgPool(x, window, countPadding, y);
      return;
    }
    windows.avgPool(x, window, countPadding, y);
  }

  @Override
  public void avgPoolGrad(View dy, Window window, boolean countPadding, View dx) {
    if (!pools(dx, dy, window)) {
      super.avgPoolGrad(dy, window, countPadding, dx);
      return;
    }
    windows.avgPoolGrad(dy, window, countPadding, dx);
  }

  // ---- order and scans

  @Override
  public void cumulativeSum(View x, int axis, boolean reverse, View y) {
    if (x.size() == 0 || !x.dtype().isNumeric()) {
      super.cumulativeSum(x, axis, reverse, y);
      return;
    }
    order.cumulativeSum(x, axis, reverse, y);
  }

  @Override
  public void sort(View x, int axis, boolean descending, View values, View indices) {
    if (x.size() == 0 || !x.dtype().isNumeric()) {
      super.sort(x, axis, descending, values, indices);
      return;
    }
    int last = x.rank() - 1;
    try (Temporaries t = temporaries()) {
      View sorted = values.swap(axis, last);
      View places = indices.swap(axis, last);
      View out = t.output(sorted);
      View order = t.output(places);
      this.order.sort(t.contiguous(x.swap(axis, last)), x.dim(axis), descending, out, order, t);
      t.store(out, sorted);
      t.store(order, places);
    }
  }

  // ---- optimizers

  @Override
  public void optimizerStep(OptimizerStep step) {
    if (FusedTensors.kernel(step.rule()) == null) {
      super.optimizerStep(step);
      return;
    }
    try (Temporaries t = temporaries()) {
      tensors.step(step, t.contiguous(step.hyper()));
    }
  }

  @Override
  public void globalNorm(List<View> gradients, View out) {
    if (gradients.isEmpty() || !contiguous(gradients.toArray(View[]::new))) {
      super.globalNorm(gradients, out);
      return;
    }
    try (Temporaries t = temporaries()) {
      View norm = t.take(DType.FLOAT64, Shape.of(2));
      tensors.norm(gradients, gradients.getFirst().dtype(), norm);
      elementwise.cast(norm.with(out.shape(), new long[out.rank()], norm.offset()), out);
    }
  }

  @Override
  public void clipToNorm(List<View> gradients, View norm, double maxNorm) {
    if (gradients.isEmpty() || !contiguous(gradients.toArray(View[]::new))) {
      super.clipToNorm(gradients, norm, maxNorm);
      return;
    }
    try (Temporaries t = temporaries()) {
      View number = t.take(norm.dtype(), norm.shape());
      View scale = t.take(norm.dtype(), norm.shape());
      elementwise.fill(number, norm.dtype().bits(1e-6));
      elementwise.binary(BinaryOp.ADD, norm, number, scale);
      elementwise.fill(number, norm.dtype().bits(maxNorm));
      elementwise.binary(BinaryOp.DIV, number, scale, scale);
      elementwise.fill(number, norm.dtype().bits(1.0));
      elementwise.binary(BinaryOp.MIN, scale, number, scale);
      View factor = t.take(DType.FLOAT64, norm.shape());
      elementwise.cast(scale, factor);
      tensors.scale(gradients, gradients.getFirst().dtype(), factor);
    }
  }
}
