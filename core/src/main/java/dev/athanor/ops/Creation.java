package dev.athanor.ops;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/** Tensors from nothing. */
public final class Creation {
  private Creation() {}

  /** Every element the same. */
  public static Tensor full(Device device, DType dtype, Shape shape, double value) {
    Tensor t = device.result("full", dtype, shape);
    device.backend().fill(t.view(), dtype.bits(value));
    return t;
  }

  /** {@code start + i·step} below (for a negative step, above) {@code stop}. */
  public static Tensor arange(Device device, DType dtype, double start, double stop, double step) {
    Checks.require(dtype.isNumeric(), "arange", "makes numbers, not " + dtype);
    Checks.require(step != 0 && Double.isFinite(start) && Double.isFinite(stop) && Double.isFinite(step), "arange",
        "needs finite bounds and a step other than 0: " + start + ", " + stop + ", " + step);
    long n = (long) Math.max(0, Math.ceil((stop - start) / step));
    return sequence(device, dtype, n, start, step);
  }

  /** Evenly spaced, both ends included. */
  public static Tensor linspace(Device device, DType dtype, double start, double stop, long count) {
    Checks.require(dtype.isFloat(), "linspace", "makes float32 or float64, not " + dtype);
    Checks.require(count >= 0, "linspace", "the count must not be negative: " + count);
    double[] v = new double[Math.toIntExact(count)];
    for (int i = 0; i < v.length; i++) {
      // From both ends, so that the last is exactly the stop.
      v[i] = 2L * i < count ? start + i * ((stop - start) / (count - 1)) : stop - (count - 1 - i) * ((stop - start) / (count - 1));
    }
    if (count == 1) {
      v[0] = start;
    }
    return device.tensor(v).cast(dtype);
  }

  private static Tensor sequence(Device device, DType dtype, long n, double start, double step) {
    int count = Math.toIntExact(n);
    return switch (dtype) {
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, BOOL -> {
        double[] v = new double[count];
        for (int i = 0; i < count; i++) {
          v[i] = start + i * step;
        }
        yield device.tensor(v).cast(dtype);
      }
      case INT32, INT64 -> {
        long[] v = new long[count];
        for (int i = 0; i < count; i++) {
          v[i] = (long) start + i * (long) step;
        }
        yield device.tensor(v).cast(dtype);
      }
    };
  }

  /** The identity matrix. */
  public static Tensor eye(Device device, DType dtype, long n) {
    Tensor t = full(device, dtype, Shape.of(n, n), 0);
    device.backend().fill(t.view().with(Shape.of(n), new long[] {n + 1}, 0), dtype.bits(1.0));
    return t;
  }
}
