package dev.athanor.backend;

import dev.athanor.AthanorException;
import java.util.Arrays;

/**
 * The geometry of a sliding window over the spatial axes of {@code x[N, C, spatial…]}, for convolution and pooling. All arrays
 * have one entry per spatial axis.
 *
 * @param kernel the window's size
 * @param stride the step between windows, ≥ 1
 * @param padLow padding before the first element
 * @param padHigh padding after the last element
 * @param dilation the distance between the window's own elements, ≥ 1
 * @param groups for convolutions: the channel groups, ≥ 1; 1 for pooling
 */
public record Window(long[] kernel, long[] stride, long[] padLow, long[] padHigh, long[] dilation, int groups) {

  /** Checks the arrays' lengths and ranges. */
  public Window {
    int n = kernel.length;
    if (stride.length != n || padLow.length != n || padHigh.length != n || dilation.length != n) {
      throw new AthanorException("window: kernel, stride, padding and dilation need one entry per spatial axis (" + n + ")");
    }
    for (int i = 0; i < n; i++) {
      if (kernel[i] < 1 || stride[i] < 1 || dilation[i] < 1 || padLow[i] < 0 || padHigh[i] < 0) {
        throw new AthanorException("window: kernel " + Arrays.toString(kernel) + ", stride " + Arrays.toString(stride)
            + " and dilation " + Arrays.toString(dilation) + " must be at least 1, padding " + Arrays.toString(padLow)
            + " at least 0");
      }
    }
    if (groups < 1) {
      throw new AthanorException("window: groups must be at least 1, not " + groups);
    }
  }

  /** The number of spatial axes. */
  public int rank() {
    return kernel.length;
  }

  /** The elements of one window. */
  public long kernelSize() {
    long n = 1;
    for (long k : kernel) {
      n *= k;
    }
    return n;
  }

  /** The number of windows along spatial axis {@code i} for an input of size {@code in}; may be ≤ 0 where none fits. */
  public long outputSize(int i, long in) {
    long span = in + padLow[i] + padHigh[i] - dilation[i] * (kernel[i] - 1) - 1;
    return span < 0 ? 0 : span / stride[i] + 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Window w && groups == w.groups && Arrays.equals(kernel, w.kernel) && Arrays.equals(stride, w.stride)
        && Arrays.equals(padLow, w.padLow) && Arrays.equals(padHigh, w.padHigh) && Arrays.equals(dilation, w.dilation);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(new int[] {Arrays.hashCode(kernel), Arrays.hashCode(stride), Arrays.hashCode(padLow),
        Arrays.hashCode(padHigh), Arrays.hashCode(dilation), groups});
  }

  @Override
  public String toString() {
    return "kernel " + Arrays.toString(kernel) + " stride " + Arrays.toString(stride) + " padding " + Arrays.toString(padLow)
        + "/" + Arrays.toString(padHigh) + " dilation " + Arrays.toString(dilation) + " groups " + groups;
  }
}
