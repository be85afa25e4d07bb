package dev.athanor.cpu.onednn;

import dev.athanor.backend.Window;
import dev.athanor.tensor.View;
import java.util.Arrays;

/**
 * A convolution as oneDNN sees it: everything that a compiled primitive depends on, but for addresses.
 *
 * @param kind which of the three directions
 * @param images how many images
 * @param bias whether a bias is added
 * @param x dims and strides of the input, of one image and between images
 * @param w dims and strides of the weights, with groups as the first axis if there are several
 * @param y dims and strides of the output
 * @param window the geometry
 */
record ConvolutionProblem(Kind kind, long images, boolean bias, Layout x, Layout w, Layout y, Window window) {
  /** The direction. */
  enum Kind { FORWARD, INPUT_GRAD, WEIGHT_GRAD }

  /** Sizes and strides in elements. */
  record Layout(long[] dims, long[] strides) {
    static Layout of(View v) {
      return new Layout(v.shape().dims(), v.strides());
    }

    /** The same with another size of the first axis. */
    Layout images(long n) {
      long[] d = dims.clone();
      d[0] = n;
      return new Layout(d, strides);
    }

    /** Weights {@code [O, C/G, …]} as {@code [G, O/G, C/G, …]}. */
    Layout grouped(int groups) {
      if (groups == 1) {
        return this;
      }
      long[] d = new long[dims.length + 1];
      long[] s = new long[dims.length + 1];
      System.arraycopy(dims, 0, d, 1, dims.length);
      System.arraycopy(strides, 0, s, 1, strides.length);
      d[0] = groups;
      d[1] /= groups;
      s[0] = s[1] * d[1];
      return new Layout(d, s);
    }

    /** Whether oneDNN can describe it: it knows no strides of 0 and no negative ones. */
    boolean describable() {
      for (int i = 0; i < dims.length; i++) {
        if (strides[i] <= 0 && dims[i] != 1) {
          return false;
        }
      }
      return true;
    }

    /** Images with their channels as neighbours: this layout if it is one, else a dense one of the same sizes. */
    Layout channelsLast() {
      if (strides[1] == 1 || dims[1] == 1) {
        return this;
      }
      long[] s = new long[dims.length];
      s[1] = 1;
      long step = dims[1];
      for (int i = dims.length - 1; i > 1; i--) {
        s[i] = step;
        step *= dims[i];
      }
      s[0] = step;
      return new Layout(dims, s);
    }

    long described() {
      long[] s = strides.clone();
      for (int i = 0; i < s.length; i++) {
        s[i] = dims[i] == 1 ? 1 : s[i]; // means nothing there
      }
      return OneDnn.layout(dims, s);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Layout l && Arrays.equals(dims, l.dims) && Arrays.equals(strides, l.strides);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(dims) + Arrays.hashCode(strides);
    }
  }

  /** This problem for another number of images. */
  ConvolutionProblem images(long n) {
    return new ConvolutionProblem(kind, n, bias, x.images(n), w, y.images(n), window);
  }
}
