package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The geometry of windows that slide over {@code x[N, C, H, W]}, for the families {@code convolution}, {@code pooling} and
 * {@code resampling} (which leave the window's fields alone). It travels by value as the CUDA structure {@code WindowShape}. One
 * instance is filled again for every launch and allocates nothing; it is not thread-safe.
 *
 * <p>{@link #begin} resets it to contiguous {@code [N, C, H, W]} tensors and a window of one element; strides given later replace
 * those.
 */
public final class WindowShape {
  /** Bytes of the structure in a parameter block. */
  public static final int BYTES = 2 * 32 + 14 * 4 + 7 * Divisor.BYTES;

  private final long[] in = new long[4];
  private final long[] out = new long[4];
  private final int[] kernel = new int[2];
  private final int[] stride = new int[2];
  private final int[] pad = new int[2];
  private final int[] dilation = new int[2];
  private long batch;
  private int channels;
  private int inHeight;
  private int inWidth;
  private int outHeight;
  private int outWidth;
  private boolean channelsLast;

  /**
   * Starts over.
   *
   * @param batch N
   * @param channels C of the space whose elements the threads own: the output, or in gradients of x the input
   * @param inHeight H of x
   * @param inWidth W of x
   * @param outHeight H of y
   * @param outWidth W of y
   */
  public WindowShape begin(long batch, int channels, int inHeight, int inWidth, int outHeight, int outWidth) {
    this.batch = batch;
    this.channels = channels;
    this.inHeight = inHeight;
    this.inWidth = inWidth;
    this.outHeight = outHeight;
    this.outWidth = outWidth;
    channelsLast = false;
    window(1, 1).stride(1, 1).pad(0, 0).dilation(1, 1);
    long inPlane = (long) inHeight * inWidth;
    long outPlane = (long) outHeight * outWidth;
    return inStrides(channels * inPlane, inPlane, inWidth, 1).outStrides(channels * outPlane, outPlane, outWidth, 1);
  }

  /** The size of the window. */
  public WindowShape window(int height, int width) {
    return set(kernel, height, width, 1, "the window");
  }

  /** The step between windows. */
  public WindowShape stride(int height, int width) {
    return set(stride, height, width, 1, "the stride");
  }

  /** Padding before the first row and column; how much follows the last one is a matter of the output's size. */
  public WindowShape pad(int height, int width) {
    return set(pad, height, width, 0, "the padding");
  }

  /** The distance between the window's own elements. */
  public WindowShape dilation(int height, int width) {
    return set(dilation, height, width, 1, "the dilation");
  }

  /** Strides of x in elements. */
  public WindowShape inStrides(long n, long c, long h, long w) {
    return set(in, n, c, h, w);
  }

  /** Strides of y (or of the column matrix) in elements. */
  public WindowShape outStrides(long n, long c, long h, long w) {
    return set(out, n, c, h, w);
  }

  /** Whether threads walk the elements with the channels innermost: right where memory lies so. */
  public WindowShape channelsLast(boolean channelsLast) {
    this.channelsLast = channelsLast;
    return this;
  }

  /** N C OH OW. */
  public long outElements() {
    return batch * channels * outHeight * outWidth;
  }

  /** N C H W. */
  public long inElements() {
    return batch * channels * inHeight * inWidth;
  }

  /** The elements of one window. */
  public int taps() {
    return kernel[0] * kernel[1];
  }

  /** Writes the structure as the next parameter. */
  public void write(ParameterBlock block) {
    long at = block.struct(BYTES);
    MemorySegment to = block.memory();
    for (int d = 0; d < 4; d++) {
      to.set(ValueLayout.JAVA_LONG, at + 8L * d, in[d]);
      to.set(ValueLayout.JAVA_LONG, at + 32 + 8L * d, out[d]);
    }
    long next = ints(to, at + 64, channels, inHeight);
    next = ints(to, next, inWidth, outHeight);
    next = ints(to, next, outWidth, kernel[0]);
    next = ints(to, next, kernel[1], stride[0]);
    next = ints(to, next, stride[1], pad[0]);
    next = ints(to, next, pad[1], dilation[0]);
    next = ints(to, next, dilation[1], channelsLast ? 1 : 0);
    long largest = Math.max(inElements(), outElements());
    next = divisor(to, next, channels, largest);
    next = divisor(to, next, inHeight, largest);
    next = divisor(to, next, inWidth, largest);
    next = divisor(to, next, outHeight, largest);
    next = divisor(to, next, outWidth, largest);
    next = divisor(to, next, stride[0], Integer.MAX_VALUE);
    divisor(to, next, stride[1], Integer.MAX_VALUE);
  }

  private static long ints(MemorySegment to, long at, int a, int b) {
    to.set(ValueLayout.JAVA_INT, at, a);
    to.set(ValueLayout.JAVA_INT, at + 4, b);
    return at + 8;
  }

  private static long divisor(MemorySegment to, long at, int value, long largest) {
    Divisor.write(to, at, Math.max(1, value), largest);
    return at + Divisor.BYTES;
  }

  private WindowShape set(int[] field, int height, int width, int least, String what) {
    if (height < least || width < least) {
      throw new IllegalArgumentException(what + " must be at least " + least + ", not " + height + " x " + width);
    }
    field[0] = height;
    field[1] = width;
    return this;
  }

  private WindowShape set(long[] field, long n, long c, long h, long w) {
    field[0] = n;
    field[1] = c;
    field[2] = h;
    field[3] = w;
    return this;
  }
}
