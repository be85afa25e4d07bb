package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Images read at other places: each element of the result looks up where it comes from. */
public final class Warp {
  /** How a place between elements is read. */
  public enum Reading {
    /** The nearest element; halfway, the one with the even index. */
    NEAREST,
    /** Linear between the four around it; differentiable with respect to image and matrix. */
    BILINEAR
  }

  /** What lies outside an image. */
  public enum Outside {
    /** Zeros. */
    ZERO,
    /** The nearest element of the edge. */
    EDGE
  }

  private Warp() {}

  /**
   * Affine images. With u and v counted from the middle of the image in pixels, to the right and downwards, the result at (u, v)
   * is x at {@code (a·u + b·v + s, c·u + d·v + t)} for the example's matrix {@code [[a, b, s], [c, d, t]]}. As PyTorch's {@code
   * affine_grid} and {@code grid_sample} with {@code align_corners = False}, which measure in halves of the image's sides instead
   * of pixels.
   *
   * @param x images, float {@code [N, C, H, W]}
   * @param matrices from places of the result to places of x, of its type {@code [N, 2, 3]}, finite
   * @return of the shape of x, owned by the innermost open scope
   */
  public static Tensor affine(Tensor x, Tensor matrices, Reading reading, Outside outside) {
    String name = "affine";
    Checks.floating(name, x);
    images(name, x);
    Checks.sameType(name, x, matrices);
    Checks.sameDevice(name, x, matrices);
    Checks.shape(name, "the matrices", matrices, Shape.of(x.dim(0), 2, 3));
    long h = x.dim(2);
    long w = x.dim(3);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor u = counted(x.device(), x.dtype(), w).sub((w - 1) / 2.0);
      Tensor v = counted(x.device(), x.dtype(), h).sub((h - 1) / 2.0).unsqueeze(1);
      // Beyond one pixel outside nothing changes: clamped, places are safe to convert to indices.
      Tensor px = row(matrices, 0, u, v).add((w - 1) / 2.0).clamp(-1, w);
      Tensor py = row(matrices, 1, u, v).add((h - 1) / 2.0).clamp(-1, h);
      return temporaries.keep(reading == Reading.NEAREST ? nearest(x, px, py, outside) : bilinear(x, px, py, outside));
    }
  }

  /** 0, 1, …, n − 1, made on the device, so that it may be recorded. */
  static Tensor counted(Device device, DType dtype, long n) {
    return device.ones(dtype, Shape.of(n)).cumSum(0).sub(1);
  }

  static void images(String name, Tensor x) {
    Checks.require(x.rank() == 4 && x.dim(2) > 0 && x.dim(3) > 0, name, () -> "needs images [N, C, H, W], not " + x.shape());
  }

  /** {@code [N, H, W]}. */
  private static Tensor row(Tensor matrices, int row, Tensor u, Tensor v) {
    Tensor m = matrices.select(1, row).unsqueeze(-1).unsqueeze(-1);
    return u.mul(m.select(1, 0)).add(v.mul(m.select(1, 1))).add(m.select(1, 2));
  }

  private static Tensor nearest(Tensor x, Tensor px, Tensor py, Outside outside) {
    Tensor xi = px.detach().round();
    Tensor yi = py.detach().round();
    Tensor read = read(x, xi, yi);
    return outside == Outside.EDGE ? read : read.mul(inside(xi, x.dim(3)).mul(inside(yi, x.dim(2))).unsqueeze(1));
  }

  /** The four elements around a place in one read, weighed by (1 − |Δx|)·(1 − |Δy|). */
  private static Tensor bilinear(Tensor x, Tensor px, Tensor py, Outside outside) {
    long n = x.dim(0);
    long h = x.dim(2);
    long w = x.dim(3);
    Tensor step = counted(x.device(), x.dtype(), 2).reshape(1, 2, 1, 1);
    Tensor xi = px.detach().floor().unsqueeze(1).add(step); // [N, 2, H, W]
    Tensor yi = py.detach().floor().unsqueeze(1).add(step);
    Tensor wx = px.unsqueeze(1).sub(xi).abs().rsub(1);
    Tensor wy = py.unsqueeze(1).sub(yi).abs().rsub(1);
    if (outside == Outside.ZERO) {
      wx = wx.mul(inside(xi, w));
      wy = wy.mul(inside(yi, h));
    }
    Tensor weights = wy.unsqueeze(2).mul(wx.unsqueeze(1)).reshape(n, 1, 4, h, w); // [N, 2 (y), 2 (x), H, W]
    Shape taps = Shape.of(n, 2, 2, h, w);
    Tensor read = read(x, xi.unsqueeze(1).expand(taps).reshape(n, 4 * h, w), yi.unsqueeze(2).expand(taps).reshape(n, 4 * h, w));
    return read.reshape(n, x.dim(1), 4, h, w).mul(weights).sum(2);
  }

  /** 1 where an index is one of the image, else 0. */
  private static Tensor inside(Tensor index, long size) {
    return index.eq(index.clamp(0, size - 1)).cast(index.dtype());
  }

  /** The elements at {@code [N, P, Q]} places, those outside at the edge: {@code [N, C, P, Q]}. */
  private static Tensor read(Tensor x, Tensor xi, Tensor yi) {
    long n = x.dim(0);
    long c = x.dim(1);
    long h = x.dim(2);
    long w = x.dim(3);
    Tensor column = xi.clamp(0, w - 1).cast(DType.INT64);
    Tensor line = yi.clamp(0, h - 1).cast(DType.INT64);
    long places = xi.dim(1) * xi.dim(2);
    Tensor index = line.mul(w).add(column).reshape(n, 1, places).expand(n, c, places);
    return x.reshape(n, c, h * w).gather(2, index).reshape(n, c, xi.dim(1), xi.dim(2));
  }
}
