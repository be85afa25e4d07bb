package dev.athanor.cuda;

import dev.athanor.backend.MatmulPrecision;
import dev.athanor.ptx.SimDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * cuDNN's convolutions by plain loops that sum in float64, over the memory of the simulated device. Factors are rounded to TF32
 * where that is allowed. The gradient of filters asks for working memory and writes all of it, so that memory too small or used
 * twice shows. As cuDNN does, it refuses some: grouped convolutions of channels-last images.
 */
final class SimulatedCudnn implements Cudnn {
  private final SimDevice device;
  private final Consumer<Runnable> stream;

  /** A library that gives its work to a stream. */
  SimulatedCudnn(SimDevice device, Consumer<Runnable> stream) {
    this.device = device;
    this.stream = stream;
  }

  @Override
  public String description() {
    return "simulated cuDNN";
  }

  @Override
  public long workspace(Pass pass, Convolution c) {
    if (c.channelsLast() && c.groups() > 1) {
      return -1;
    }
    return pass == Pass.FILTER_GRADIENT ? 4L * c.filterElements() : 0;
  }

  @Override
  public boolean run(Pass pass, Convolution c, long x, long w, long y, boolean add, long workspace) {
    stream.accept(() -> compute(pass, c, x, w, y, add, workspace));
    return true;
  }

  private void compute(Pass pass, Convolution c, long x, long w, long y, boolean add, long workspace) {
    long room = workspace(pass, c);
    if (room > 0) {
      device.fill(workspace, room, (byte) 0xFF);
    }
    int inputs = c.n() * c.c() * c.h() * c.w();
    int outputs = c.n() * c.k() * c.p() * c.q();
    float[] xs = pass == Pass.INPUT_GRADIENT ? null : factors(c, x, inputs);
    float[] ws = pass == Pass.FILTER_GRADIENT ? null : factors(c, w, c.filterElements());
    float[] ys = pass == Pass.FORWARD ? null : factors(c, y, outputs);
    double[] sums;
    switch (pass) {
      case FORWARD -> {
        sums = start(add, y, outputs);
        meet(c, (i, f, o) -> sums[o] += (double) xs[i] * ws[f]);
        store(sums, y);
      }
      case INPUT_GRADIENT -> {
        sums = start(add, x, inputs);
        meet(c, (i, f, o) -> sums[i] += (double) ys[o] * ws[f]);
        store(sums, x);
      }
      case FILTER_GRADIENT -> {
        sums = start(add, w, c.filterElements());
        meet(c, (i, f, o) -> sums[f] += (double) xs[i] * ys[o]);
        store(sums, w);
      }
    }
  }

  /** An element of x, one of w and one of y that meet. */
  private interface Meeting {
    void at(int x, int w, int y);
  }

  private static void meet(Convolution c, Meeting meeting) {
    int inGroup = c.c() / c.groups();
    int outGroup = c.k() / c.groups();
    for (int n = 0; n < c.n(); n++) {
      for (int k = 0; k < c.k(); k++) {
        for (int p = 0; p < c.p(); p++) {
          for (int q = 0; q < c.q(); q++) {
            int output = at(c.channelsLast(), n, k, p, q, c.k(), c.p(), c.q());
            for (int r = 0; r < c.r(); r++) {
              int h = p * c.strideH() - c.padH() + r * c.dilationH();
              for (int s = 0; s < c.s() && h >= 0 && h < c.h(); s++) {
                int w = q * c.strideW() - c.padW() + s * c.dilationW();
                for (int i = 0; i < inGroup && w >= 0 && w < c.w(); i++) {
                  meeting.at(at(c.channelsLast(), n, k / outGroup * inGroup + i, h, w, c.c(), c.h(), c.w()),
                      at(c.channelsLast(), k, i, r, s, inGroup, c.r(), c.s()), output);
                }
              }
            }
          }
        }
      }
    }
  }

  private static int at(boolean channelsLast, int n, int c, int h, int w, int channels, int height, int width) {
    return channelsLast ? ((n * height + h) * width + w) * channels + c : ((n * channels + c) * height + h) * width + w;
  }

  private float[] read(long address, int count) {
    float[] values = new float[count];
    device.read(address, MemorySegment.ofArray(values));
    return values;
  }

  private float[] factors(Convolution c, long address, int count) {
    float[] values = read(address, count);
    if (c.reduced()) {
      for (int i = 0; i < count; i++) {
        values[i] = MatmulPrecision.TF32.round(values[i]);
      }
    }
    return values;
  }

  private double[] start(boolean add, long address, int count) {
    double[] sums = new double[count];
    if (add) {
      float[] before = read(address, count);
      Arrays.setAll(sums, i -> before[i]);
    }
    return sums;
  }

  private void store(double[] sums, long address) {
    MemorySegment bytes = MemorySegment.ofArray(new int[sums.length]);
    for (int i = 0; i < sums.length; i++) {
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) sums[i]);
    }
    device.write(address, bytes);
  }

  @Override
  public void close() {}
}
