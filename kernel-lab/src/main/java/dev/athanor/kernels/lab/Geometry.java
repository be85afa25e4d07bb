package dev.athanor.kernels.lab;

import dev.athanor.kernels.WindowShape;

/**
 * A window over images x[n, c, h, w] giving y[n, c, oh, ow], for references and launches. Arrays of the references are in logical
 * order n, c, h, w; {@code channelsLast} says how they lie on the device.
 */
record Geometry(int n, int c, int h, int w, int oh, int ow, int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw,
    boolean channelsLast) {

  /** Images of about {@code size} elements with a window. */
  static Geometry of(int size, int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw, boolean channelsLast) {
    int n = size >= 6 ? 2 : Math.min(size, 1);
    int c = size >= 6 ? 3 : 1;
    int h = size >= 6 ? Math.max(1, (int) Math.sqrt(size / 6.0)) : 1;
    int w = size >= 6 ? Math.max(1, size / (6 * h)) : Math.max(1, size);
    return new Geometry(n, c, h, w, extent(h, kh, sh, ph, dh), extent(w, kw, sw, pw, dw), kh, kw, sh, sw, ph, pw, dh, dw,
        channelsLast);
  }

  /** The same images resized. */
  Geometry resized(int oh, int ow) {
    return new Geometry(n, c, h, w, oh, ow, 1, 1, 1, 1, 0, 0, 1, 1, channelsLast);
  }

  private static int extent(int in, int k, int s, int p, int d) {
    int span = in + 2 * p - d * (k - 1) - 1;
    return span < 0 ? 0 : span / s + 1;
  }

  int inSize() {
    return n * c * h * w;
  }

  int outSize() {
    return n * c * oh * ow;
  }

  int taps() {
    return kh * kw;
  }

  /** The structure for a launch whose threads own elements with this many channels; x and y have their own. */
  WindowShape shape(int inChannels, int outChannels, int threadChannels) {
    WindowShape s = new WindowShape().begin(n, threadChannels, h, w, oh, ow).window(kh, kw).stride(sh, sw).pad(ph, pw)
        .dilation(dh, dw)
        .channelsLast(channelsLast);
    long in = (long) h * w;
    long out = (long) oh * ow;
    if (channelsLast) {
      s.inStrides(in * inChannels, 1, (long) w * inChannels, inChannels);
      s.outStrides(out * outChannels, 1, (long) ow * outChannels, outChannels);
    } else {
      s.inStrides(in * inChannels, in, w, 1);
      s.outStrides(out * outChannels, out, ow, 1);
    }
    return s;
  }

  WindowShape shape() {
    return shape(c, c, c);
  }

  /** Where element i of a logical n, c, h, w order lies on the device. */
  int place(int i, int channels, int height, int width) {
    if (!channelsLast) {
      return i;
    }
    int x = i % width;
    int y = i / width % height;
    int channel = i / (width * height) % channels;
    int image = i / (width * height * channels);
    return ((image * height + y) * width + x) * channels + channel;
  }

  double[] placed(double[] logical, int channels, int height, int width) {
    double[] x = new double[logical.length];
    for (int i = 0; i < x.length; i++) {
      x[place(i, channels, height, width)] = logical[i];
    }
    return x;
  }

  long[] placed(long[] logical, int channels, int height, int width) {
    long[] x = new long[logical.length];
    for (int i = 0; i < x.length; i++) {
      x[place(i, channels, height, width)] = logical[i];
    }
    return x;
  }

  /** What meets a pair (output position, tap) that lies on the input. */
  interface Meeting {
    /**
     * @param out logical index of the output element
     * @param in logical index of the input element
     * @param tap the tap, row-major
     */
    void at(int out, int in, int tap);
  }

  /** Visits every pair of output element and real input element under its window, taps in order. */
  void forEach(Meeting meeting) {
    for (int plane = 0; plane < n * c; plane++) {
      for (int oy = 0; oy < oh; oy++) {
        for (int ox = 0; ox < ow; ox++) {
          for (int tap = 0; tap < taps(); tap++) {
            int y = oy * sh - ph + tap / kw * dh;
            int x = ox * sw - pw + tap % kw * dw;
            if (y >= 0 && y < h && x >= 0 && x < w) {
              meeting.at((plane * oh + oy) * ow + ox, (plane * h + y) * w + x, tap);
            }
          }
        }
      }
    }
  }
}
