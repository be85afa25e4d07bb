package dev.athanor.ops;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/** Images of another size: {@code x[N, C, spatial…]} read at other places. Positions are computed on the device. */
public final class Resampling {
  private Resampling() {}

  /**
   * Each output takes the element {@code ⌊i·in/out⌋} of every spatial axis, in whole numbers; PyTorch's "nearest".
   *
   * @param sizes one for each spatial axis
   */
  public static Tensor nearest(Tensor x, long... sizes) {
    check("nearest", x, sizes);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor y = x;
      for (int i = 0; i < sizes.length; i++) {
        long in = x.dim(i + 2);
        if (sizes[i] % in == 0) {
          y = repeated(y, i + 2, sizes[i] / in);
        } else {
          y = y.take(i + 2, x.device().arange(DType.INT64, sizes[i]).mul(in).div(sizes[i]));
        }
      }
      return y == x ? x : temporaries.keep(y);
    }
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

  private static Tensor linearAlong(Tensor x, int axis, boolean alignCorners, long size) {
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
    long[] along = new long[x.rank()];
    Arrays.fill(along, 1);
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
