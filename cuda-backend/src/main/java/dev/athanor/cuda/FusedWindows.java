package dev.athanor.cuda;

import dev.athanor.backend.Window;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.kernels.WindowShape;
import dev.athanor.tensor.View;

/**
 * Pooling, im2col and its transpose, and depthwise convolution, over {@code x[N, C, H, W]} or {@code x[N, C, L]} of any strides.
 */
final class FusedWindows {
  private final CudaStream stream;
  private final WindowShape shape = new WindowShape();

  FusedWindows(CudaStream stream) {
    this.stream = stream;
  }

  /** Whether the kernels know windows of this rank and their sizes fit. */
  static boolean fits(Window window, View x, View y) {
    if (window.rank() < 1 || window.rank() > 2) {
      return false;
    }
    for (int i = 1; i < x.rank(); i++) {
      if (x.dim(i) > Integer.MAX_VALUE || y.dim(i) > Integer.MAX_VALUE) {
        return false;
      }
    }
    for (int i = 0; i < window.rank(); i++) {
      // What the kernels add up in 32 bits.
      if (x.dim(i + 2) + window.padLow()[i] + window.padHigh()[i] + window.kernel()[i] * window.dilation()[i] > 1 << 30
          || window.stride()[i] > 1 << 30) {
        return false;
      }
    }
    return true;
  }

  /**
   * Describes the window over the spaces of x and y.
   *
   * @param channels of the space whose elements the threads own
   */
  WindowShape shape(Window w, View x, View y, long channels) {
    boolean flat = w.rank() == 1;
    int h = 2;
    int v = flat ? 2 : 3;
    shape.begin(x.dim(0), (int) channels, flat ? 1 : (int) x.dim(h), (int) x.dim(v), flat ? 1 : (int) y.dim(h), (int) y.dim(v));
    int last = w.rank() - 1;
    shape.window(flat ? 1 : (int) w.kernel()[0], (int) w.kernel()[last])
        .stride(flat ? 1 : (int) w.stride()[0], (int) w.stride()[last])
        .pad(flat ? 0 : (int) w.padLow()[0], (int) w.padLow()[last])
        .dilation(flat ? 1 : (int) w.dilation()[0], (int) w.dilation()[last]);
    shape.inStrides(x.stride(0), x.stride(1), flat ? 0 : x.stride(h), x.stride(v));
    shape.outStrides(y.stride(0), y.stride(1), flat ? 0 : y.stride(h), y.stride(v));
    return shape.channelsLast(x.dim(1) > 1 && Math.abs(x.stride(1)) < Math.abs(x.stride(v)));
  }

  // ---- pooling

  void maxPool(View x, Window window, View y, View indices) {
    ParameterBlock p = stream.begin("pooling_max_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(y)).pointer(CudaBuffer.orNull(indices)).int64(y.size());
    shape(window, x, y, y.dim(1)).write(p);
    stream.launch(y.size());
  }

  void maxPoolGrad(View dy, View indices, Window window, View dx) {
    ParameterBlock p = stream.begin("pooling_max_grad_" + Names.of(dx.dtype())).pointer(CudaBuffer.address(dy))
        .pointer(CudaBuffer.address(indices)).pointer(CudaBuffer.address(dx)).int64(dx.size());
    shape(window, dx, dy, dx.dim(1)).write(p);
    stream.launch(dx.size());
  }

  void avgPool(View x, Window window, boolean countPadding, View y) {
    ParameterBlock p = stream.begin("pooling_avg_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(y)).int64(y.size()).int32(countPadding ? 1 : 0);
    shape(window, x, y, y.dim(1)).write(p);
    stream.launch(y.size());
  }

  void avgPoolGrad(View dy, Window window, boolean countPadding, View dx) {
    ParameterBlock p = stream.begin("pooling_avg_grad_" + Names.of(dx.dtype())).pointer(CudaBuffer.address(dy))
        .pointer(CudaBuffer.address(dx)).int64(dx.size()).int32(countPadding ? 1 : 0);
    shape(window, dx, dy, dx.dim(1)).write(p);
    stream.launch(dx.size());
  }

  // ---- columns

  /**
   * The elements of x under each tap of the window.
   *
   * @param columns {@code [N, C, taps, OH · OW]}, of any strides but contiguous along the last axis
   */
  void im2col(View x, Window window, View y, View columns) {
    long work = x.dim(0) * x.dim(1) * columns.dim(3);
    ParameterBlock p = stream.begin("convolution_im2col_" + Names.bits(x.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(columns)).int64(work).int64(columns.stride(2));
    columns(window, x, y, columns).write(p);
    stream.launch(work);
  }

  /** dx = the sum of the columns' elements that came from each of its own. */
  void col2im(View columns, Window window, View dy, View dx) {
    ParameterBlock p = stream.begin("convolution_col2im_" + Names.of(dx.dtype())).pointer(CudaBuffer.address(columns))
        .pointer(CudaBuffer.address(dx)).int64(dx.size()).int64(columns.stride(2));
    columns(window, dx, dy, columns).write(p);
    stream.launch(dx.size());
  }

  private WindowShape columns(Window window, View x, View y, View columns) {
    long width = y.dim(y.rank() - 1);
    return shape(window, x, y, x.dim(1)).outStrides(columns.stride(0), columns.stride(1), window.rank() == 1 ? 0 : width, 1);
  }

  // ---- depthwise: each output channel looks at one input channel

  void depthwise(View x, View w, View bias, Window window, View y) {
    ParameterBlock p = stream.begin("convolution_depthwise_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(w)).pointer(CudaBuffer.orNull(bias)).pointer(CudaBuffer.address(y)).int64(y.size())
        .divisor(y.dim(1) / x.dim(1), y.dim(1));
    shape(window, x, y, y.dim(1)).write(p);
    stream.launch(y.size());
  }

  void depthwiseInput(View dy, View w, Window window, View dx) {
    ParameterBlock p = stream.begin("convolution_depthwise_input_" + Names.of(dx.dtype())).pointer(CudaBuffer.address(dy))
        .pointer(CudaBuffer.address(w)).pointer(CudaBuffer.address(dx)).int64(dx.size()).int32((int) (dy.dim(1) / dx.dim(1)));
    shape(window, dx, dy, dx.dim(1)).write(p);
    stream.launch(dx.size());
  }

  void depthwiseWeight(View x, View dy, Window window, double beta, View dw) {
    long taps = window.kernelSize();
    long pixels = dy.dim(0) * (dy.size() / Math.max(1, dy.dim(0) * dy.dim(1)));
    ParameterBlock p = stream.begin("convolution_depthwise_weight_" + Names.of(x.dtype())).pointer(CudaBuffer.address(x))
        .pointer(CudaBuffer.address(dy)).pointer(CudaBuffer.address(dw)).int64(dw.size()).int64(pixels).scalar(beta)
        .divisor(dy.dim(1) / x.dim(1), dy.dim(1)).divisor(taps, dw.size());
    shape(window, x, dy, dy.dim(1)).write(p);
    stream.launch(dw.size());
  }
}
