package dev.athanor.ops;

import dev.athanor.backend.Window;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Layouts;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Images of another size: {@code x[N, C, spatial…]} read at other places. By whole factors this is made
 * of slices and pooling; else positions come from the host, which a recorded step ({@link dev.athanor.exec.Plan}) refuses.
 */
public final class Resampling {
  private Resampling() {}

  /**
   * Each output takes the element {@code ⌊i·in/out⌋} of every spatial axis, in whole numbers; PyTorch's "nearest".
   *
   * @param sizes one for each spatial axis
   */
  public static Tensor nearest(Tensor x, long... sizes) {
    check("nearest", x, sizes);
    int rank = sizes.length;
    long[] times = new long[rank];
    Arrays.setAll(times, i -> sizes[i] % x.dim(i + 2) == 0 ? sizes[i] / x.dim(i + 2) : 0);
    long product = Arrays.stream(times).reduce(1, (a, b) -> a * b);
    try (Scope temporaries = x.device().internalScope()) {
      if (product > 1 && Long.bitCount(product) == 1) {
        // The gradient of a mean over windows spreads each element over its window; a power of two divides without rounding.
        long[] ones = filled(rank, 1);
        Window window = new Window(times, times, new long[rank], new long[rank], ones, 1);
        Shape shape = x.shape().range(0, 2).concat(Shape.of(sizes));
        return temporaries.keep(Pooling.averageGrad(x, window, true, shape, Layouts.isChannelsLast(x.view())).mul(product));
      }
      Tensor y = x;
      for (int i = 0; i < rank; i++) {
        y = times[i] > 0 ? repeated(y, i + 2, times[i])
            : y.take(i + 2, x.device().arange(DType.INT64, sizes[i]).mul(x.dim(i + 2)).div(sizes[i]));
      }
      return y == x ? x : temporaries.keep(y);
    }
  }

  private static long[] filled(int rank, long value) {
    long[] values = new long[rank];
    Arrays.fill(values, value);
    return values;
  }

  /** Each element {@code times} times. */
  private static Tensor repeated(Tensor x, int axis, long times) {
    if (times == 1) {
      return x;
    }
    Tensor each = x.unsqueeze(axis + 1);
    return each.expand(each.shape().with(axis + 1, times)).reshape(x.shape().with(axis, x.dim(axis) * times));
  }

  /**
   * Linear interpolation along every spatial axis (bilinear for two, trilinear for three): output i of an axis reads between the
   * elements around {@code p = (i + ½)·in/out − ½}, not below 0, or {@code p = i·(in − 1)/(out − 1)} with aligned corners; as
   * PyTorch does.
   *
   * @param alignCorners whether the first and last elements keep their places
   * @param sizes one for each spatial axis
   */
  public static Tensor linear(Tensor x, boolean alignCorners, long... sizes) {
    check("linear", x, sizes);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = x;
      for (int i = 0; i < sizes.length; i++) {
        if (sizes[i] != x.dim(i + 2)) {
          y = linearAlong(y, i + 2, alignCorners, sizes[i]);
        }
      }
      return y == x ? x : temporaries.keep(y);
    }
  }

  /** By a whole factor: output i·factor + j stands at i + d, one d for each j, between slices of x with its edges repeated. */
  private static Tensor linearByPhases(Tensor x, int axis, long factor) {
    long in = x.dim(axis);
    Tensor edged = Padding.pad(x, axis, 1, 1, Padding.Mode.REPLICATE, 0);
    List<Tensor> phases = new ArrayList<>();
    for (long j = 0; j < factor; j++) {
      double d = (j + 0.5) / factor - 0.5;
      if (d == 0) {
        phases.add(x);
      } else {
        Tensor neighbour = d < 0 ? edged.slice(axis, 0, in) : edged.slice(axis, 2, in + 2);
        phases.add(neighbour.mul(Math.abs(d)).add(x.mul(1 - Math.abs(d))));
      }
    }
    return Joining.stack(axis + 1, phases).reshape(x.shape().with(axis, in * factor));
  }

  private static Tensor linearAlong(Tensor x, int axis, boolean alignCorners, long size) {
    if (!alignCorners && size % x.dim(axis) == 0) {
      return linearByPhases(x, axis, size / x.dim(axis));
    }
    Device device = x.device();
    long in = x.dim(axis);
    Tensor place = device.arange(DType.FLOAT64, size);
    if (alignCorners) {
      place = place.mul(size == 1 ? 0 : (double) (in - 1) / (size - 1));
    } else {
      place = place.add(0.5).mul((double) in / size).sub(0.5).clamp(0, in - 1);
    }
    Tensor low = place.floor().clamp(0, in - 1);
    Tensor high = low.add(1).clamp(0, in - 1);
    long[] along = filled(x.rank(), 1);
    along[axis] = size;
    Tensor share = place.sub(low).cast(x.dtype()).reshape(along);
    Tensor before = x.take(axis, low.cast(DType.INT64));
    Tensor after = x.take(axis, high.cast(DType.INT64));
    return before.mul(share.rsub(1)).add(after.mul(share));
  }

  private static void check(String name, Tensor x, long[] sizes) {
    Checks.floating(name, x);
    Checks.rank(name, "the input [N, C, spatial…]", x, sizes.length + 2);
    for (int i = 0; i < sizes.length; i++) {
      Checks.require(sizes[i] > 0 && x.dim(i + 2) > 0, name, () -> "sizes must be positive: from " + x.shape() + " to "
          + Arrays.toString(sizes));
    }
  }
}
