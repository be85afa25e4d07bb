package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LE;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.View;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Pooling where channels are neighbours: a vector holds channels of one place, and a window is walked with its result in registers.
 * Elements of a window are taken row by row; gradients of windows that overlap are added in the order of the windows.
 */
final class ChannelPooling {
  private final Pooling.Grid grid;
  private final int channels;
  /** The images that windows look at, and what there is one of for each window, and for max pooling where it stood. */
  private final Image wide;
  private final Image narrow;
  private final Image where;

  /** Addresses of {@code [N, C, H, W]} in bytes. */
  private record Image(long base, long image, long row, long column) {
    static Image of(View v) {
      return v == null ? null : new Image(CpuBuffer.of(v), 4 * v.stride(0), 4 * v.stride(2), 4 * v.stride(3));
    }

    long at(long n, int i, int j) {
      return base + n * image + i * row + j * column;
    }
  }

  private ChannelPooling(View wide, View narrow, View where, Pooling.Grid grid) {
    this.grid = grid;
    this.channels = (int) wide.dim(1);
    this.wide = Image.of(wide);
    this.narrow = Image.of(narrow);
    this.where = Image.of(where);
  }

  /** Whether channels are neighbours in all of them, and enough of them for vectors. */
  static boolean takes(View... views) {
    for (View v : views) {
      if (v.stride(1) != 1 || v.dim(1) < 4) {
        return false;
      }
    }
    return true;
  }

  /** One line of windows of one image. */
  private interface Line {
    void run(long image, int i);
  }

  private void lines(WorkPool pool, long images, Line line) {
    long n = images * grid.oh();
    long group = Math.max(1, Math.max(n / 64, 4096 / ((long) grid.ow() * channels)));
    pool.parallelFor((int) ((n + group - 1) / group), chunk -> {
      for (long k = chunk * group; k < Math.min(n, (chunk + 1) * group); k++) {
        line.run(k / grid.oh(), (int) (k % grid.oh()));
      }
    });
  }

  /** Gradients: lines of windows that share elements of an image are walked one after the other. */
  private void gradients(WorkPool pool, View dx, Line line) {
    if (!grid.covers()) {
      Elementwise.fill(pool, dx, 0);
    }
    if (grid.apart()) {
      lines(pool, dx.dim(0), line);
    } else {
      pool.parallelFor((int) dx.dim(0), image -> {
        for (int i = 0; i < grid.oh(); i++) {
          line.run(image, i);
        }
      });
    }
  }

  static void max(WorkPool pool, View x, Pooling.Grid grid, View y, View indices) {
    ChannelPooling p = new ChannelPooling(x, y, indices, grid);
    p.lines(pool, x.dim(0), p::maxLine);
  }

  private void maxLine(long image, int i) {
    Pooling.Grid g = grid;
    int top = i * g.sh() - g.ph();
    int a0 = Pooling.first(top, g.dh());
    int a1 = Pooling.end(top, g.kh(), g.dh(), g.h());
    for (int c = 0; c < channels; c += Vec.W) {
      VectorMask<Float> m = Vec.tail(channels - c);
      for (int j = 0; j < g.ow(); j++) {
        int left = j * g.sw() - g.pw();
        int b0 = Pooling.first(left, g.dw());
        int b1 = Pooling.end(left, g.kw(), g.dw(), g.w());
        maxWindow(wide.at(image, top, left) + 4L * c, a0, a1, b0, b1, narrow.at(image, i, j) + 4L * c,
            where.at(image, i, j) + 4L * c, m);
      }
    }
  }

  /** A window without elements gets −∞ and index 0. Positions are floats until the end, which have the vectors' shape. */
  private void maxWindow(long from, int a0, int a1, int b0, int b1, long best, long index, VectorMask<Float> m) {
    long down = grid.dh() * wide.row;
    long right = grid.dw() * wide.column;
    FloatVector most = Vec.MINUS_INFINITY;
    FloatVector at = Vec.ZERO;
    if (a0 < a1 && b0 < b1) {
      most = Vec.load(from + a0 * down + b0 * right, m);
      at = Vec.of(a0 * grid.kw() + b0);
    }
    for (int a = a0; a < a1; a++) {
      for (int b = b0; b < b1; b++) {
        FloatVector v = Vec.load(from + a * down + b * right, m);
        VectorMask<Float> wins = most.compare(EQ, most).andNot(v.compare(LE, most)); // larger, or the first NaN
        most = most.blend(v, wins);
        at = at.blend(Vec.of(a * grid.kw() + b), wins);
      }
    }
    Vec.store(most, best, m);
    Vec.store(((IntVector) at.convert(VectorOperators.F2I, 0)).viewAsFloatingLanes(), index, m);
  }

  static void maxGrad(WorkPool pool, View dy, View indices, Pooling.Grid grid, View dx) {
    ChannelPooling p = new ChannelPooling(dx, dy, indices, grid);
    p.gradients(pool, dx, p::maxGradLine);
  }

  private void maxGradLine(long image, int i) {
    Pooling.Grid g = grid;
    int top = i * g.sh() - g.ph();
    int a0 = Pooling.first(top, g.dh());
    int a1 = Pooling.end(top, g.kh(), g.dh(), g.h());
    for (int j = 0; j < g.ow(); j++) {
      int left = j * g.sw() - g.pw();
      int b0 = Pooling.first(left, g.dw());
      int b1 = Pooling.end(left, g.kw(), g.dw(), g.w());
      long to = wide.at(image, top, left);
      for (int c = 0; c < channels; c += Vec.W) {
        VectorMask<Float> m = Vec.tail(channels - c);
        FloatVector dy = Vec.load(narrow.at(image, i, j) + 4L * c, m);
        IntVector at = Vec.load(where.at(image, i, j) + 4L * c, m).viewAsIntegralLanes();
        for (int a = a0; a < a1; a++) {
          for (int b = b0; b < b1; b++) {
            VectorMask<Float> won = at.compare(EQ, a * g.kw() + b).cast(Vec.F);
            give(Vec.ZERO.blend(dy, won), to + 4L * c + a * g.dh() * wide.row + b * g.dw() * wide.column, m);
          }
        }
      }
    }
  }

  /** Adds to a gradient, which is 0 so far where windows do not share elements. */
  private void give(FloatVector share, long to, VectorMask<Float> m) {
    Vec.store((grid.apart() ? Vec.ZERO : Vec.load(to, m)).add(share), to, m);
  }

  static void average(WorkPool pool, View x, Pooling.Grid grid, boolean countPadding, View y) {
    ChannelPooling p = new ChannelPooling(x, y, null, grid);
    p.lines(pool, x.dim(0), (image, i) -> p.averageLine(image, i, countPadding));
  }

  private void averageLine(long image, int i, boolean countPadding) {
    Pooling.Grid g = grid;
    int top = i * g.sh() - g.ph();
    int a0 = Pooling.first(top, g.dh());
    int a1 = Pooling.end(top, g.kh(), g.dh(), g.h());
    for (int j = 0; j < g.ow(); j++) {
      int left = j * g.sw() - g.pw();
      int b0 = Pooling.first(left, g.dw());
      int b1 = Pooling.end(left, g.kw(), g.dw(), g.w());
      FloatVector count = Vec.of(share(countPadding, a0, a1, b0, b1));
      for (int c = 0; c < channels; c += Vec.W) {
        VectorMask<Float> m = Vec.tail(channels - c);
        FloatVector sum = Vec.ZERO;
        for (int a = a0; a < a1; a++) {
          for (int b = b0; b < b1; b++) {
            sum = sum.add(Vec.load(wide.at(image, top + a * g.dh(), left + b * g.dw()) + 4L * c, m));
          }
        }
        Vec.store(sum.div(count), narrow.at(image, i, j) + 4L * c, m);
      }
    }
  }

  static void averageGrad(WorkPool pool, View dy, Pooling.Grid grid, boolean countPadding, View dx) {
    ChannelPooling p = new ChannelPooling(dx, dy, null, grid);
    p.gradients(pool, dx, (image, i) -> p.averageGradLine(image, i, countPadding));
  }

  private void averageGradLine(long image, int i, boolean countPadding) {
    Pooling.Grid g = grid;
    int top = i * g.sh() - g.ph();
    int a0 = Pooling.first(top, g.dh());
    int a1 = Pooling.end(top, g.kh(), g.dh(), g.h());
    for (int j = 0; j < g.ow(); j++) {
      int left = j * g.sw() - g.pw();
      int b0 = Pooling.first(left, g.dw());
      int b1 = Pooling.end(left, g.kw(), g.dw(), g.w());
      FloatVector count = Vec.of(share(countPadding, a0, a1, b0, b1));
      for (int c = 0; c < channels; c += Vec.W) {
        VectorMask<Float> m = Vec.tail(channels - c);
        FloatVector share = Vec.load(narrow.at(image, i, j) + 4L * c, m).div(count);
        for (int a = a0; a < a1; a++) {
          for (int b = b0; b < b1; b++) {
            give(share, wide.at(image, top + a * g.dh(), left + b * g.dw()) + 4L * c, m);
          }
        }
      }
    }
  }

  /** What a sum is divided by. */
  private float share(boolean countPadding, int a0, int a1, int b0, int b1) {
    return countPadding ? grid.kh() * grid.kw() : Math.max(1, Math.max(0, a1 - a0) * Math.max(0, b1 - b0));
  }
}
