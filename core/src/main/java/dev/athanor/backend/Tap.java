package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.List;

/**
 * One element of a window's kernel, and where it meets real elements while the window slides: output positions
 * {@code outFirst, outFirst + 1, …} read input positions {@code inFirst, inFirst + stride, …}, {@code count} of them per spatial
 * axis.
 *
 * @param index the row-major index within the kernel
 * @param at its position along each kernel axis
 */
record Tap(int index, long[] at, long[] outFirst, long[] inFirst, long[] count, long[] stride) {

  /** The taps that meet at least one real element, in row-major order. {@code x[N, C, in…]}, {@code y[N, C, out…]}. */
  static List<Tap> of(Window window, View x, View y) {
    List<Tap> taps = new ArrayList<>();
    int rank = window.rank();
    long size = window.kernelSize();
    long[] at = new long[rank];
    for (int index = 0; index < size; index++) {
      Tap tap = new Tap(index, at.clone(), new long[rank], new long[rank], new long[rank], window.stride());
      if (tap.fit(window, x, y)) {
        taps.add(tap);
      }
      for (int i = rank - 1; i >= 0 && ++at[i] == window.kernel()[i]; i--) {
        at[i] = 0;
      }
    }
    return taps;
  }

  private boolean fit(Window window, View x, View y) {
    for (int i = 0; i < at.length; i++) {
      long shift = at[i] * window.dilation()[i] - window.padLow()[i]; // output p reads input p * stride + shift
      long step = stride[i];
      outFirst[i] = Math.max(0, Math.ceilDiv(-shift, step));
      long outLast = Math.min(y.dim(i + 2) - 1, Math.floorDiv(x.dim(i + 2) - 1 - shift, step));
      count[i] = outLast - outFirst[i] + 1;
      if (count[i] <= 0) {
        return false;
      }
      inFirst[i] = outFirst[i] * step + shift;
    }
    return true;
  }

  /** The elements of {@code x[N, C, in…]} that this tap reads. */
  View in(View x) {
    View part = x;
    for (int i = 0; i < at.length; i++) {
      part = part.slice(i + 2, inFirst[i], count[i], stride[i]);
    }
    return part;
  }

  /** The elements of {@code y[N, C, out…]} whose windows meet a real element here. */
  View out(View y) {
    View part = y;
    for (int i = 0; i < at.length; i++) {
      part = part.slice(i + 2, outFirst[i], count[i], 1);
    }
    return part;
  }
}
