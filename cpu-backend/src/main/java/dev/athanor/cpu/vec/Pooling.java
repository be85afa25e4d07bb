package dev.athanor.cpu.vec;

import dev.athanor.backend.Window;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/**
 * Pooling of float32 {@code x[N, C, H, W]} of any strides, plane by plane. Gradients of windows that overlap are added in the
 * order of the windows.
 */
public final class Pooling {
  private Pooling() {}

  /** Whether the operands are two-dimensional images of float32 that are not empty. */
  public static boolean takes(View x, View y) {
    return x.dtype() == DType.FLOAT32 && x.rank() == 4 && x.size() > 0 && y.size() > 0;
  }

  /** One plane's windows. */
  interface Plane {
    void run(long image, long channel);
  }

  static void planes(WorkPool pool, View y, Plane plane) {
    long n = y.dim(0) * y.dim(1);
    long channels = y.dim(1);
    long each = y.dim(2) * y.dim(3);
    long group = Math.max(1, Math.max(n / 64, 4096 / each));
    pool.parallelFor((int) ((n + group - 1) / group), chunk -> {
      for (long i = chunk * group; i < Math.min(n, (chunk + 1) * group); i++) {
        plane.run(i / channels, i % channels);
      }
    });
  }

  /** The geometry of one spatial pair of axes, unpacked. */
  record Grid(int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw, int h, int w, int oh, int ow) {
    static Grid of(Window window, View x, View y) {
      return new Grid((int) window.kernel()[0], (int) window.kernel()[1], (int) window.stride()[0], (int) window.stride()[1],
          (int) window.padLow()[0], (int) window.padLow()[1], (int) window.dilation()[0], (int) window.dilation()[1],
          (int) x.dim(2), (int) x.dim(3), (int) y.dim(2), (int) y.dim(3));
    }

    /** Whether no two windows share an element. */
    boolean apart() {
      return (kh - 1) * dh < sh && (kw - 1) * dw < sw;
    }

    /** Whether each element of the image lies in exactly one window. */
    boolean covers() {
      return apart() && dh == 1 && dw == 1 && kh == sh && kw == sw && ph == 0 && pw == 0 && oh * sh == h && ow * sw == w;
    }
  }

  static long plane(View v, long image, long channel) {
    return CpuBuffer.of(v) + 4 * (image * v.stride(0) + channel * v.stride(1));
  }

  /** See {@link dev.athanor.backend.FusedOps#maxPool}. */
  public static void max(WorkPool pool, View x, Window window, View y, View indices) {
    Grid g = Grid.of(window, x, y);
    if (ChannelPooling.takes(x, y, indices)) {
      ChannelPooling.max(pool, x, g, y, indices);
    } else {
      MaxPooling.run(pool, x, g, y, indices);
    }
  }

  /** See {@link dev.athanor.backend.FusedOps#maxPoolGrad}. */
  public static void maxGrad(WorkPool pool, View dy, View indices, Window window, View dx) {
    Grid g = Grid.of(window, dx, dy);
    if (ChannelPooling.takes(dx, dy, indices)) {
      ChannelPooling.maxGrad(pool, dy, indices, g, dx);
      return;
    }
    Elementwise.fill(pool, dx, 0);
    int[] down = new int[g.kh * g.kw];
    int[] right = new int[g.kh * g.kw];
    for (int k = 0; k < down.length; k++) {
      down[k] = k / g.kw * g.dh - g.ph;
      right[k] = k % g.kw * g.dw - g.pw;
    }
    long xh = 4 * dx.stride(2);
    long xw = 4 * dx.stride(3);
    long yh = 4 * dy.stride(2);
    long yw = 4 * dy.stride(3);
    long ih = 4 * indices.stride(2);
    long iw = 4 * indices.stride(3);
    planes(pool, dy, (image, channel) -> {
      long px = plane(dx, image, channel);
      long py = plane(dy, image, channel);
      long pi = plane(indices, image, channel);
      for (int i = 0; i < g.oh; i++) {
        for (int j = 0; j < g.ow; j++) {
          int index = Memory.getInt(pi + i * ih + j * iw);
          int row = i * g.sh + down[index];
          int column = j * g.sw + right[index];
          if (row >= 0 && row < g.h && column >= 0 && column < g.w) { // a window of padding alone has no winner
            add(px + row * xh + column * xw, Memory.getFloat(py + i * yh + j * yw));
          }
        }
      }
    });
  }

  private static void add(long at, float v) {
    Memory.putFloat(at, Memory.getFloat(at) + v);
  }

  /** See {@link dev.athanor.backend.FusedOps#avgPool}. */
  public static void average(WorkPool pool, View x, Window window, boolean countPadding, View y) {
    Grid g = Grid.of(window, x, y);
    if (ChannelPooling.takes(x, y)) {
      ChannelPooling.average(pool, x, g, countPadding, y);
      return;
    }
    planes(pool, y, (image, channel) -> {
      long px = plane(x, image, channel);
      long py = plane(y, image, channel);
      for (int i = 0; i < g.oh; i++) {
        for (int j = 0; j < g.ow; j++) {
          float sum = 0;
          int count = 0;
          for (int a = 0; a < g.kh; a++) {
            int row = i * g.sh - g.ph + a * g.dh;
            if (row < 0 || row >= g.h) {
              continue;
            }
            for (int b = 0; b < g.kw; b++) {
              int column = j * g.sw - g.pw + b * g.dw;
              if (column >= 0 && column < g.w) {
                sum += Memory.getFloat(px + 4 * (row * x.stride(2) + column * x.stride(3)));
                count++;
              }
            }
          }
          Memory.putFloat(py + 4 * (i * y.stride(2) + j * y.stride(3)), sum / (countPadding ? g.kh * g.kw : Math.max(count, 1)));
        }
      }
    });
  }

  /** See {@link dev.athanor.backend.FusedOps#avgPoolGrad}. */
  public static void averageGrad(WorkPool pool, View dy, Window window, boolean countPadding, View dx) {
    Grid g = Grid.of(window, dx, dy);
    if (ChannelPooling.takes(dx, dy)) {
      ChannelPooling.averageGrad(pool, dy, g, countPadding, dx);
      return;
    }
    Elementwise.fill(pool, dx, 0);
    planes(pool, dy, (image, channel) -> {
      long px = plane(dx, image, channel);
      long py = plane(dy, image, channel);
      for (int i = 0; i < g.oh; i++) {
        int rows = countPadding ? g.kh : reached(i * g.sh - g.ph, g.kh, g.dh, g.h);
        for (int j = 0; j < g.ow; j++) {
          int columns = countPadding ? g.kw : reached(j * g.sw - g.pw, g.kw, g.dw, g.w);
          float share = Memory.getFloat(py + 4 * (i * dy.stride(2) + j * dy.stride(3))) / Math.max(1, rows * columns);
          for (int a = 0; a < g.kh; a++) {
            int row = i * g.sh - g.ph + a * g.dh;
            if (row < 0 || row >= g.h) {
              continue;
            }
            for (int b = 0; b < g.kw; b++) {
              int column = j * g.sw - g.pw + b * g.dw;
              if (column >= 0 && column < g.w) {
                add(px + 4 * (row * dx.stride(2) + column * dx.stride(3)), share);
              }
            }
          }
        }
      }
    });
  }

  /** The first element of a window, along one axis, that is not before the image. */
  static int first(int low, int dilation) {
    return low >= 0 ? 0 : (-low + dilation - 1) / dilation;
  }

  /** The end of a window's elements that are not behind the image. */
  static int end(int low, int kernel, int dilation, int size) {
    return size <= low ? 0 : Math.min(kernel, (size - 1 - low) / dilation + 1);
  }

  /** How many elements of a window lie inside the image, along one axis. */
  private static int reached(int low, int kernel, int dilation, int size) {
    return Math.max(0, end(low, kernel, dilation, size) - first(low, dilation));
  }
}
