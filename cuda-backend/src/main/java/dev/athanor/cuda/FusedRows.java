package dev.athanor.cuda;

import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ReducePlan;
import dev.athanor.kernels.RowPath;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Softmax, cross-entropy, and normalisation by row or by channel: contiguous operands, in the order of the kernels. */
final class FusedRows {
  private final CudaStream stream;
  private final Layout kept = new Layout(3);
  private final Layout reduced = new Layout(2);
  private final Layout keptStates = new Layout(2);
  private final Layout reducedStates = new Layout(1);
  private final ReducePlan plan = new ReducePlan();

  FusedRows(CudaStream stream) {
    this.stream = stream;
  }

  // ---- softmax

  /** Along the middle of {@code [outer, n, inner]}. */
  void softmax(View x, long outer, long n, long inner, boolean log, View y) {
    RowPath path = RowPath.of(n, inner);
    stream.begin((log ? "log_softmax_" : "softmax_") + Names.of(x.dtype()) + "_" + path.suffix()).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(y)).int64(outer).int64(n).int64(inner);
    stream.launch(path.work(outer, inner));
  }

  void softmaxGrad(View y, View dy, long outer, long n, long inner, boolean log, View dx) {
    RowPath path = RowPath.of(n, inner);
    stream.begin((log ? "log_softmax_grad_" : "softmax_grad_") + Names.of(y.dtype()) + "_" + path.suffix())
        .pointer(CudaBuffer.address(y)).pointer(CudaBuffer.address(dy)).pointer(CudaBuffer.address(dx)).int64(outer).int64(n)
        .int64(inner);
    stream.launch(path.work(outer, inner));
  }

  void crossEntropy(View x, View target, View loss, View grad) {
    RowPath path = RowPath.of(x.dim(1));
    long ignored = Long.MIN_VALUE; // no row is skipped
    stream.begin("cross_entropy_" + Names.of(target.dtype()) + "_" + Names.of(x.dtype()) + "_" + path.suffix())
        .pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(target)).pointer(0).pointer(0)
        .pointer(CudaBuffer.address(loss)).pointer(CudaBuffer.orNull(grad)).pointer(stream.reportTo("crossEntropy"))
        .int64(x.dim(0)).int64(x.dim(1)).int64(1).int64(ignored).scalar(0);
    stream.launch(path.work(x.dim(0), 1));
  }

  // ---- rows

  void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    RowPath path = RowPath.of(x.dim(1));
    stream.begin("layer_norm_" + Names.of(x.dtype()) + "_" + path.suffix()).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.orNull(gamma)).pointer(CudaBuffer.orNull(beta)).pointer(CudaBuffer.address(y))
        .pointer(CudaBuffer.address(mean)).pointer(CudaBuffer.address(invStd)).int64(x.dim(0)).int64(x.dim(1)).scalar(epsilon);
    stream.launch(path.work(x.dim(0), 1));
  }

  void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx) {
    RowPath path = RowPath.of(x.dim(1));
    stream.begin("layer_norm_grad_" + Names.of(x.dtype()) + "_" + path.suffix()).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(dy)).pointer(CudaBuffer.orNull(gamma)).pointer(CudaBuffer.address(mean))
        .pointer(CudaBuffer.address(invStd)).pointer(CudaBuffer.address(dx)).int64(x.dim(0)).int64(x.dim(1));
    stream.launch(path.work(x.dim(0), 1));
  }

  /** dgamma and dbeta of layer norm: sums down the rows of {@code x[R, D]}; either may be null. */
  void layerNormSums(View x, View mean, View invStd, View dy, View dgamma, View dbeta) {
    long rows = x.dim(0);
    long columns = x.dim(1);
    kept.begin().dimension(columns, 1, 0, 1).end();
    reduced.begin().dimension(rows, columns, 1).end();
    sums(x, mean, invStd, dy, dgamma, dbeta, plan.setChannels(rows, columns, 1));
  }

  private void sums(View x, View mean, View invStd, View dy, View dgamma, View dbeta, ReducePlan plan) {
    String kernel = "norm_sums_" + Names.of(x.dtype()) + "_";
    long bytes = plan.partials() * 2 * x.dtype().bytes();
    long partials = stream.take(bytes);
    stream.begin(kernel + plan.path().suffix()).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(dy))
        .pointer(CudaBuffer.address(mean)).pointer(CudaBuffer.address(invStd)).pointer(partials).int64(plan.outputs())
        .int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).layout(kept).layout(reduced);
    stream.launch(plan.tasks());
    stream.begin(kernel + "final").pointer(partials).pointer(CudaBuffer.orNull(dgamma)).pointer(CudaBuffer.orNull(dbeta))
        .int64(plan.outputs()).int64(plan.chunks());
    stream.launch(plan.outputs());
    stream.give(partials, bytes);
  }

  // ---- channels of [outer, channels, inner]

  void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y, long outer, long channels, long inner) {
    DType dtype = x.dtype();
    String type = Names.of(dtype);
    plan.setChannels(outer, channels, inner);
    keptStates.begin().dimension(channels, inner, 1).end();
    reducedStates.begin().dimension(outer, channels * inner).dimension(inner, 1).end();
    long bytes = plan.partials() * Kernels.reduceStateBytes("variance", Names.type(dtype));
    long states = stream.take(bytes);
    stream.begin("reduce_variance_" + type + "_" + plan.path().suffix()).pointer(CudaBuffer.address(x)).pointer(0).pointer(states)
        .int64(plan.outputs()).int64(plan.count()).int64(plan.chunk()).int64(plan.chunks()).int64(0).layout(keptStates)
        .layout(reducedStates);
    stream.launch(plan.tasks());
    stream.begin("batch_norm_finish_" + type).pointer(states).pointer(CudaBuffer.address(mean))
        .pointer(CudaBuffer.address(invStd)).pointer(CudaBuffer.orNull(runningMean))
        .pointer(CudaBuffer.orNull(runningVariance)).int64(channels).int64(outer * inner).int64(plan.chunks()).scalar(momentum).scalar(epsilon);
    stream.launch(channels);
    stream.give(states, bytes);
    stream.begin("batch_norm_apply_" + type).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.orNull(gamma))
        .pointer(CudaBuffer.orNull(beta)).pointer(CudaBuffer.address(mean)).pointer(CudaBuffer.address(invStd))
        .pointer(CudaBuffer.address(y)).int64(x.size()).divisor(inner, x.size()).divisor(channels, x.size());
    stream.launch(x.size());
  }

  void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y, long channels,
      long inner) {
    stream.begin("batch_norm_inference_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.orNull(gamma))
        .pointer(CudaBuffer.orNull(beta)).pointer(CudaBuffer.address(mean)).pointer(CudaBuffer.address(variance))
        .pointer(CudaBuffer.address(y)).int64(x.size()).divisor(inner, x.size()).divisor(channels, x.size()).scalar(epsilon);
    stream.launch(x.size());
  }

  void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta, long outer,
      long channels, long inner) {
    kept.begin().dimension(channels, inner, 1, 1).end();
    reduced.begin().dimension(outer, channels * inner, 0).dimension(inner, 1, 0).end();
    sums(x, mean, invStd, dy, dgamma, dbeta, plan.setChannels(outer, channels, inner));
    if (dx == null) {
      return;
    }
    stream.begin("batch_norm_grad_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x)).pointer(CudaBuffer.address(dy))
        .pointer(CudaBuffer.orNull(gamma)).pointer(CudaBuffer.address(mean)).pointer(CudaBuffer.address(invStd))
        .pointer(CudaBuffer.address(dgamma)).pointer(CudaBuffer.address(dbeta)).pointer(CudaBuffer.address(dx)).int64(x.size())
        .divisor(inner, x.size()).divisor(channels, x.size()).int64(outer * inner);
    stream.launch(x.size());
  }
}
