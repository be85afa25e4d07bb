package dev.athanor.cuda;

import dev.athanor.backend.Unary;
import dev.athanor.kernels.Kernels;
import dev.athanor.tensor.View;

/** A bias per channel with an activation, in place. */
final class FusedBias {
  private final CudaStream stream;

  FusedBias(CudaStream stream) {
    this.stream = stream;
  }

  /** Whether there is a kernel for this activation; null is none. */
  static boolean has(Unary activation, View out) {
    return Kernels.has(kernel(activation, out));
  }

  private static String kernel(Unary activation, View out) {
    return "bias_" + (activation == null ? "identity" : Names.of(activation.op())) + "_" + Names.of(out.dtype());
  }

  /** {@code out = f(out + bias)} over contiguous {@code [outer, channels, inner]}. */
  void apply(View out, View bias, Unary activation, long channels, long inner) {
    stream.begin(kernel(activation, out)).pointer(CudaBuffer.address(out)).pointer(CudaBuffer.address(bias)).pointer(0)
        .pointer(CudaBuffer.address(out)).int64(out.size()).divisor(inner, out.size()).divisor(channels, out.size())
        .scalar(activation == null ? 0 : activation.a()).scalar(activation == null ? 0 : activation.b());
    stream.launch(out.size());
  }
}
