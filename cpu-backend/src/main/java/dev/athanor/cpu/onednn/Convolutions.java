package dev.athanor.cpu.onednn;

import dev.athanor.backend.Window;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.onednn.ConvolutionProblem.Kind;
import dev.athanor.cpu.onednn.ConvolutionProblem.Layout;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.cpu.vec.Elementwise;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Layouts;
import dev.athanor.tensor.View;

/**
 * Convolutions through oneDNN, cut into groups of images that the pool shares. How many images a group has depends on the problem
 * alone. The weight gradient of each group is computed apart, and they are added in order.
 */
public final class Convolutions {
  /** Multiplications worth a group of their own: some 10 µs. */
  private static final double GROUP = 1 << 20;
  private static final int MOST_GROUPS = 16;
  /** Pixels of a group at least: each group reads all the weights. */
  private static final long FEWEST_PIXELS = 64;
  /** Bytes of a weight gradient from which groups of output channels share the work instead of groups of images. */
  private static final long LARGE_WEIGHTS = 1 << 18;
  /** Output channels of such a group. */
  private static final long CHANNELS = 32;
  /** Memory for partial weight gradients. */
  private static final long MOST_PARTIAL = 1L << 26;

  private final WorkPool pool;

  /** Convolutions over a pool. */
  public Convolutions(WorkPool pool) {
    this.pool = pool;
  }

  /** Whether oneDNN serves operands like these. */
  public static boolean takes(View x, View w, View y) {
    return x.dtype() == DType.FLOAT32 && x.size() > 0 && w.size() > 0 && y.size() > 0 && x.rank() <= 5
        && Layout.of(x).describable() && Layout.of(y).describable() && Layout.of(w).describable();
  }

  private static ConvolutionProblem problem(Kind kind, View x, View w, View y, boolean bias, Window window) {
    return new ConvolutionProblem(kind, x.dim(0), bias, Layout.of(x), Layout.of(w).grouped(window.groups()), Layout.of(y),
        window);
  }

  /** The images of a group. */
  private static long group(View w, View y, long most) {
    double work = (double) y.size() * w.size() / w.dim(0);
    long n = y.dim(0);
    long groups = (long) Math.max(1, Math.min(Math.min(n, most), work / GROUP));
    return Math.max((n + groups - 1) / groups, Math.min(n, (FEWEST_PIXELS * n * y.dim(1) + y.size() - 1) / y.size()));
  }

  /** Something done in place to {@code n} neighbouring float32 numbers. */
  @FunctionalInterface
  public interface Rows {
    /** Does it. */
    void run(long address, long n);
  }

  /**
   * See {@link dev.athanor.backend.FusedOps#convolution}; false if oneDNN has no implementation.
   *
   * @param finish what is done to the result, or null
   */
  public boolean forward(View x, View w, View bias, Window window, Rows finish, View y) {
    return images(Kind.FORWARD, x, w, bias, window, finish, y);
  }

  /** See {@link dev.athanor.backend.FusedOps#convolutionInputGrad}; false if oneDNN has no implementation. */
  public boolean inputGrad(View dy, View w, Window window, View dx) {
    if (ColumnGradient.takes(dy, window, dx)) {
      ColumnGradient.run(pool, dy, w, window, dx);
      return true;
    }
    return images(Kind.INPUT_GRAD, dx, w, null, window, null, dy);
  }

  /** Both directions that keep images apart. */
  private boolean images(Kind kind, View x, View w, View bias, Window window, Rows finish, View y) {
    if (finish != null && !y.isContiguous() && !Layouts.isChannelsLast(y)) {
      return false;
    }
    long n = x.dim(0);
    long size = group(w, y, MOST_GROUPS);
    long rest = n % size;
    ConvolutionProblem problem = problem(kind, x, w, y, bias != null, window);
    CompiledConvolution main = CompiledConvolution.of(problem.images(size));
    CompiledConvolution last = rest == 0 ? main : CompiledConvolution.of(problem.images(rest));
    if (main == null || last == null) {
      return false;
    }
    long given = CpuBuffer.of(w);
    long space = main.weightBytes() + 63 & -64L;
    long packed = Scratch.take(Scratch.WEIGHTS, space + last.weightBytes() + 64);
    long mainWeights = weights(main, given, packed);
    long lastWeights = last == main ? mainWeights : weights(last, given, packed + space);
    long px = CpuBuffer.of(x);
    long py = CpuBuffer.of(y);
    long pb = bias == null ? 0 : CpuBuffer.of(bias);
    long xStep = 4 * size * x.stride(0);
    long yStep = 4 * size * y.stride(0);
    pool.parallelFor((int) ((n + size - 1) / size), chunk -> {
      boolean tail = chunk == n / size;
      (tail ? last : main).run(px + chunk * xStep, tail ? lastWeights : mainWeights, py + chunk * yStep, pb);
      if (finish != null) {
        finish.run(py + chunk * yStep, (tail ? rest : size) * y.stride(0));
      }
    });
    return true;
  }

  private static long weights(CompiledConvolution convolution, long given, long to) {
    if (convolution.weightBytes() == 0) {
      return given;
    }
    convolution.packWeights(given, to);
    return to;
  }

  /** See {@link dev.athanor.backend.FusedOps#convolutionWeightGrad}; false if oneDNN has no implementation. */
  public boolean weightGrad(View x, View dy, Window window, double beta, View dw) {
    long n = x.dim(0);
    long bytes = 4 * dw.size();
    if (bytes >= LARGE_WEIGHTS && window.groups() == 1 && dw.dim(0) % CHANNELS == 0 && dw.dim(0) > CHANNELS) {
      return weightGradByChannels(x, dy, window, beta, dw);
    }
    long size = group(dw, dy, Math.max(1, Math.min(MOST_GROUPS, MOST_PARTIAL / bytes)));
    long rest = n % size;
    // The gradient is computed densely; it is added to dw, of whatever strides, at the end.
    View dense = View.of(dw.buffer(), DType.FLOAT32, dw.shape());
    ConvolutionProblem problem = problem(Kind.WEIGHT_GRAD, x, dense, dy, false, window);
    CompiledConvolution main = CompiledConvolution.of(problem.images(size));
    CompiledConvolution last = rest == 0 ? main : CompiledConvolution.of(problem.images(rest));
    if (main == null || last == null) {
      return false;
    }
    long groups = (n + size - 1) / size;
    long pitch = bytes + 63 & -64L;
    long parts = Scratch.take(Scratch.WEIGHTS, groups * pitch);
    long px = CpuBuffer.of(x);
    long py = CpuBuffer.of(dy);
    long xStep = 4 * size * x.stride(0);
    long yStep = 4 * size * dy.stride(0);
    pool.parallelFor((int) groups, chunk -> {
      CompiledConvolution own = chunk == n / size ? last : main;
      long part = parts + chunk * pitch;
      if (own.weightBytes() == 0) {
        own.run(px + chunk * xStep, part, py + chunk * yStep, 0);
        return;
      }
      long packed = Scratch.take(Scratch.PANEL_A, own.weightBytes());
      own.run(px + chunk * xStep, packed, py + chunk * yStep, 0);
      own.unpackWeights(packed, part);
    });
    Elementwise.sum(pool, parts, pitch, (int) groups, dw.size());
    CpuBuffer sum = new CpuBuffer(parts, bytes);
    View total = View.of(sum, DType.FLOAT32, dw.shape());
    if (beta == 0) {
      Elementwise.copy(pool, total, dw);
    } else {
      Elementwise.add(pool, total, dw);
    }
    sum.surrender();
    return true;
  }

  /**
   * Large weights over small images: partial gradients would cost more than the products. Each group has its channels of dy copied
   * together, and computes its part of the gradient whole.
   */
  private boolean weightGradByChannels(View x, View dy, Window window, double beta, View dw) {
    View part = dw.slice(0, 0, CHANNELS, 1);
    View slice = dy.slice(1, 0, CHANNELS, 1);
    View together = View.of(dy.buffer(), DType.FLOAT32, slice.shape(), Layouts.channelsLast(slice.shape()), 0);
    View dense = View.of(dw.buffer(), DType.FLOAT32, part.shape());
    CompiledConvolution compiled = CompiledConvolution.of(problem(Kind.WEIGHT_GRAD, x, dense, together, false, window));
    if (compiled == null) {
      return false;
    }
    long bytes = 4 * part.size();
    long pitch = bytes + 63 & -64L;
    long groups = dw.dim(0) / CHANNELS;
    boolean direct = beta == 0 && dw.isContiguous();
    long target = direct ? CpuBuffer.of(dw) : Scratch.take(Scratch.WEIGHTS, groups * pitch);
    long sliceBytes = 4 * slice.size() + 63 & -64L;
    long slices = Scratch.take(Scratch.PANEL_B, groups * sliceBytes);
    for (long chunk = 0; chunk < groups; chunk++) {
      CpuBuffer space = new CpuBuffer(slices + chunk * sliceBytes, sliceBytes);
      Elementwise.copy(pool, dy.slice(1, chunk * CHANNELS, CHANNELS, 1), View.of(space, DType.FLOAT32, slice.shape(),
          Layouts.channelsLast(slice.shape()), 0));
      space.surrender();
    }
    pool.parallelFor((int) groups, chunk -> {
      long own = slices + chunk * sliceBytes;
      long to = target + chunk * (direct ? bytes : pitch);
      if (compiled.weightBytes() == 0) {
        compiled.run(CpuBuffer.of(x), to, own, 0);
      } else {
        long packed = Scratch.take(Scratch.PANEL_A, compiled.weightBytes());
        compiled.run(CpuBuffer.of(x), packed, own, 0);
        compiled.unpackWeights(packed, to);
      }
    });
    for (long chunk = 0; !direct && chunk < groups; chunk++) {
      CpuBuffer space = new CpuBuffer(target + chunk * pitch, bytes);
      View from = View.of(space, DType.FLOAT32, part.shape());
      View to = dw.slice(0, chunk * CHANNELS, CHANNELS, 1);
      if (beta == 0) {
        Elementwise.copy(pool, from, to);
      } else {
        Elementwise.add(pool, from, to);
      }
      space.surrender();
    }
    return true;
  }
}
