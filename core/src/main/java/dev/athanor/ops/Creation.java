package dev.athanor.ops;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Tensors from nothing. */
public final class Creation {
  private static final int MAX_COUNT = 1 << 28;

  private Creation() {}

  /** Every element the same. */
  public static Tensor full(Device device, DType dtype, Shape shape, double value) {
    Tensor t = device.result("full", dtype, shape);
    device.backend().fill(t.view(), dtype.bits(value));
    return t;
  }

  /** {@code start + i·step} below (for a negative step, above) {@code stop}. */
  public static Tensor arange(Device device, DType dtype, double start, double stop, double step) {
    Checks.require(dtype.isNumeric(), "arange", () -> "makes numbers, not " + dtype);
    Checks.require(step != 0 && Double.isFinite(start) && Double.isFinite(stop) && Double.isFinite(step), "arange",
        () -> "needs finite bounds and a step other than 0: " + start + ", " + stop + ", " + step);
    Checks.require(!dtype.isInteger() || start == Math.rint(start) && step == Math.rint(step), "arange", () -> "start " + start
        + " and step " + step
        + " must be whole numbers for " + dtype);
    double n = Math.max(0, Math.ceil((stop - start) / step));
    Checks.require(n <= MAX_COUNT, "arange", () -> "would have " + n + " elements, at most " + MAX_COUNT
        + " are made on the host");
    return sequence(device, dtype, (int) n, start, step);
  }

  /** Evenly spaced, both ends included. */
  public static Tensor linspace(Device device, DType dtype, double start, double stop, long count) {
    Checks.require(dtype.isFloat(), "linspace", () -> "makes float32 or float64, not " + dtype);
    Checks.require(count >= 0 && count <= MAX_COUNT, "linspace", () -> "the count must be from 0 to " + MAX_COUNT + ", not "
        + count);
    double[] v = new double[(int) count];
    for (int i = 0; i < v.length; i++) {
      // From both ends, so that the last is exactly the stop.
      v[i] = 2L * i < count ? start + i * ((stop - start) / (count - 1))
          : stop - (count - 1 - i) * ((stop - start) / (count - 1));
    }
    if (count == 1) {
      v[0] = start;
    }
    return upload(device, dtype, v);
  }

  private static Tensor sequence(Device device, DType dtype, int count, double start, double step) {
    double[] v = new double[count];
    for (int i = 0; i < count; i++) {
      v[i] = start + i * step; // exact for whole numbers up to 2^53
    }
    return upload(device, dtype, v);
  }

  private static Tensor upload(Device device, DType dtype, double[] values) {
    try (Scope temporaries = device.internalScope()) {
      return temporaries.keep(device.tensor(values).cast(dtype));
    }
  }

  /** The identity matrix. */
  public static Tensor eye(Device device, DType dtype, long n) {
    Tensor t = full(device, dtype, Shape.of(n, n), 0);
    device.backend().fill(t.view().with(Shape.of(n), new long[] {n + 1}, 0), dtype.bits(1.0));
    return t;
  }
}
