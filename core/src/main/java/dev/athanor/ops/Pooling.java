package dev.athanor.ops;

import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Window;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Layouts;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Pooling over windows of {@code x[N, C, spatial…]}. Results and gradients lie channels-last if x does. */
public final class Pooling {
  private Pooling() {}

  /** The largest element of each window; the first of equals gets the gradient. */
  public static Tensor max(Tensor x, Window window) {
    Shape ys = check("maxPool", x, window);
    Device device = x.device();
    boolean last = Layouts.isChannelsLast(x.view());
    Tensor y = Convolution.images("maxPool", x, ys, last);
    Tensor indices = device.resultLike("maxPool", DType.INT32, y.view());
    device.fused().maxPool(x.view(), window, y.view(), indices.view());
    if (Tape.wants(x)) {
      Saved saved = Saved.of(indices);
      Shape xs = x.shape();
      Tape.record("maxPool", y, (dy, g) -> {
        if (g.differentiable()) {
          Tensor zeros = device.zeros(dy.dtype(), Shape.of(xs.dim(0), xs.dim(1), spatial(xs)));
          Tensor at = positions(saved.get(), xs, window);
          g.give(0, zeros.scatterAdd(2, at, dy.reshape(at.shape())).reshape(xs));
        } else {
          Tensor dx = Convolution.images("maxPool", dy, xs, last);
          device.fused().maxPoolGrad(laidOut(dy, last).view(), saved.get().view(), window, dx.view());
          g.give(0, dx);
        }
      }, TangentRule.linear(t -> {
        Tensor at = positions(indices, xs, window);
        return t.reshape(xs.dim(0), xs.dim(1), -1).gather(2, at).reshape(ys);
      }), x, saved);
    }
    indices.close();
    return y;
  }

  /** The mean of each window. */
  public static Tensor average(Tensor x, Window window, boolean countPadding) {
    Shape ys = check("avgPool", x, window);
    boolean last = Layouts.isChannelsLast(x.view());
    Tensor y = Convolution.images("avgPool", x, ys, last);
    x.device().fused().avgPool(x.view(), window, countPadding, y.view());
    if (Tape.wants(x)) {
      Shape xs = x.shape();
      Tape.record("avgPool", y, (dy, g) -> g.give(0, averageGrad(dy, window, countPadding, xs, last)),
          TangentRule.linear(t -> average(t, window, countPadding)), x);
    }
    return y;
  }

  /**
   * Pools {@code x[N, C, spatial…]} to the given sizes: output i of an axis covers the elements from ⌊i·in/out⌋ to ⌈(i +
   * 1)·in/out⌉, as PyTorch divides it. Where sizes divide evenly this is one pass; else one axis after the other.
   *
   * @param max the largest element (the first of equals gets the gradient), else the mean
   * @param sizes one for each spatial axis
   */
  public static Tensor adaptive(Tensor x, boolean max, long... sizes) {
    String name = max ? "adaptiveMaxPool" : "adaptiveAvgPool";
    int rank = sizes.length;
    Checks.floating(name, x);
    Checks.rank(name, "the input [N, C, spatial…]", x, rank + 2);
    boolean even = true;
    for (int i = 0; i < rank; i++) {
      long in = x.dim(i + 2);
      Checks.require(sizes[i] > 0 && in > 0, name, () -> "sizes must be positive: from " + x.shape() + " to "
          + Arrays.toString(sizes));
      even &= in % sizes[i] == 0;
    }
    if (even) {
      long[] kernel = new long[rank];
      Arrays.setAll(kernel, i -> x.dim(i + 2) / sizes[i]);
      return sideBySide(x, max, kernel);
    }
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = x;
      for (int i = rank - 1; i >= 0; i--) { // the last first: of equal elements the first in row-major order wins
        y = adaptive(y, max, i, rank, sizes[i]);
      }
      return y == x ? y : temporaries.keep(y);
    }
  }

  private static Tensor adaptive(Tensor x, boolean max, int axis, int rank, long size) {
    long in = x.dim(axis + 2);
    long[] kernel = new long[rank];
    Arrays.fill(kernel, 1);
    if (in % size == 0) {
      kernel[axis] = in / size;
      return in == size ? x : sideBySide(x, max, kernel);
    }
    List<Tensor> parts = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      long start = i * in / size;
      long stop = Math.ceilDiv((i + 1) * in, size);
      kernel[axis] = stop - start;
      parts.add(sideBySide(x.slice(axis + 2, start, stop), max, kernel.clone()));
    }
    return Joining.concat(axis + 2, parts);
  }

  private static Tensor sideBySide(Tensor x, boolean max, long[] kernel) {
    long[] none = new long[kernel.length];
    long[] ones = new long[kernel.length];
    Arrays.fill(ones, 1);
    Window window = new Window(kernel, kernel, none, none, ones, 1);
    return max ? max(x, window) : average(x, window, true);
  }

  /** A gradient that comes from a flattened tensor is row-major; the layout of the images makes the vectors. */
  private static Tensor laidOut(Tensor dy, boolean channelsLast) {
    return channelsLast && dy.view().isContiguous() ? Elementwise.channelsLast(dy.detach()) : dy;
  }

  /** The gradient of {@link #average}: each element spread evenly over its window of a tensor of shape {@code xs}. */
  static Tensor averageGrad(Tensor dy, Window window, boolean countPadding, Shape xs, boolean last) {
    Tensor dx = Convolution.images("avgPoolGrad", dy, xs, last);
    dy.device().fused().avgPoolGrad(laidOut(dy, last).view(), window, countPadding, dx.view());
    if (Tape.wants(dy)) {
      Tape.record("avgPoolGrad", dx, (ddx, g) -> g.give(0, average(ddx, window, countPadding)),
          TangentRule.linear(t -> averageGrad(t, window, countPadding, xs, last)), dy);
    }
    return dx;
  }

  private static Shape check(String name, Tensor x, Window window) {
    Checks.floating(name, x);
    Checks.rank(name, "the input [N, C, spatial…]", x, window.rank() + 2);
    Checks.require(window.groups() == 1, name, "pooling has no groups");
    for (int i = 0; i < window.rank(); i++) {
      long reach = window.dilation()[i] * (window.kernel()[i] - 1);
      Checks.require(Math.max(window.padLow()[i], window.padHigh()[i]) <= reach, name,
          () -> "padding must be smaller than the window, else a window could lie wholly in it: " + window);
    }
    return Convolution.outputShape(name, x.shape(), x.dim(1), window);
  }

  private static long spatial(Shape xs) {
    return xs.range(2, xs.rank()).size();
  }

  /** From indices within the window to indices in the flattened spatial axes of x: int64 {@code [N, C, windows]}. */
  private static Tensor positions(Tensor indices, Shape xs, Window window) {
    Device device = indices.device();
    Shape ys = indices.shape();
    Tensor rest = indices.contiguous().cast(DType.INT64);
    Tensor flat = device.zeros(DType.INT64, ys);
    long stride = 1;
    for (int i = window.rank() - 1; i >= 0; i--) {
      long k = window.kernel()[i];
      Tensor inKernel = rest.remainder(k);
      rest = rest.div(k);
      long[] along = new long[ys.rank()];
      Arrays.fill(along, 1);
      along[i + 2] = ys.dim(i + 2);
      Tensor start = device.arange(DType.INT64, ys.dim(i + 2)).mul(window.stride()[i]).sub(window.padLow()[i]).reshape(along);
      flat = flat.add(inKernel.mul(window.dilation()[i]).add(start).mul(stride));
      stride *= xs.dim(i + 2);
    }
    return flat.reshape(ys.dim(0), ys.dim(1), -1);
  }
}
