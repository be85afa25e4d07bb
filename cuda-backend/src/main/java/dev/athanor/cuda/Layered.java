package dev.athanor.cuda;

import dev.athanor.tensor.View;
import java.util.Arrays;

/**
 * The operands of a normalisation by channel as the kernels walk them: {@code [outer, channels, inner]}, all in the order in
 * which x lies in memory, channels before or after the spatial axes.
 *
 * @param x the input, contiguous in that order
 * @param dy the gradient in the same order, or null
 * @param out what the kernel writes, in the same order, or null
 * @param written the same memory in the logical order of the output
 * @param outer images, or images and positions where channels come last
 * @param channels the size of axis 1
 * @param inner positions, or 1 where channels come last
 */
record Layered(View x, View dy, View out, View written, long outer, long channels, long inner) {

  /** Arranges the operands; those that lie otherwise are copied. {@code dy} and {@code out} may be null. */
  static Layered of(View x, View out, View dy, Temporaries t) {
    long channels = x.dim(1);
    boolean last = channelsLastInMemory(x);
    if (!last) {
      View to = t.output(out);
      return new Layered(t.contiguous(x), t.contiguous(dy), to, to, x.dim(0), channels, x.size() / (x.dim(0) * channels));
    }
    View given = dy == null ? null : t.contiguous(channelsLast(dy));
    View to = out == null ? null : t.output(channelsLast(out));
    boolean own = out != null && channelsLast(out).isContiguous();
    View written = own ? out : to == null ? null : channelsSecond(to);
    return new Layered(channelsLast(x), given, to, written, x.size() / channels, channels, 1);
  }

  /** Whether memory holds the channels of one position beside each other, and the whole is dense. */
  static boolean channelsLastInMemory(View x) {
    return !x.isContiguous() && channelsLast(x).isContiguous();
  }

  /** The view with axis 1 moved to the end. */
  static View channelsLast(View x) {
    int[] axes = new int[x.rank()];
    Arrays.setAll(axes, i -> i == 0 ? 0 : i == x.rank() - 1 ? 1 : i + 1);
    return x.permute(axes);
  }

  private static View channelsSecond(View x) {
    int[] axes = new int[x.rank()];
    Arrays.setAll(axes, i -> i == 0 ? 0 : i == 1 ? x.rank() - 1 : i - 1);
    return x.permute(axes);
  }
}
