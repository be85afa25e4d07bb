package dev.athanor.ops;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Elements between the host and a device. */
public final class Transfer {
  private Transfer() {}

  /** A tensor from a Java array of the type's elements. */
  public static Tensor upload(Device device, DType dtype, Object array, long length, long[] dims) {
    Shape shape = dims.length == 0 ? Shape.of(length) : Shape.of(dims);
    Checks.require(shape.size() == length, "tensor", () -> "the shape " + shape + " has " + shape.size()
        + " elements, the array has " + length);
    return upload(device, dtype, segment(array), shape);
  }

  /** A tensor from bytes. */
  public static Tensor upload(Device device, DType dtype, MemorySegment bytes, Shape shape) {
    Checks.require(bytes.byteSize() == shape.size() * dtype.bytes(), "tensor", () -> dtype + "" + shape + " takes "
        + shape.size() * dtype.bytes() + " bytes, the source has " + bytes.byteSize());
    Tensor t = device.result("tensor", dtype, shape);
    if (bytes.byteSize() > 0) {
      device.backend().upload(bytes, t.view().buffer(), 0);
    }
    return t;
  }

  private static MemorySegment segment(Object array) {
    return switch (array) {
      case float[] a -> MemorySegment.ofArray(a);
      case double[] a -> MemorySegment.ofArray(a);
      case int[] a -> MemorySegment.ofArray(a);
      case long[] a -> MemorySegment.ofArray(a);
      case byte[] a -> MemorySegment.ofArray(a);
      default -> throw new IllegalArgumentException("no array of numbers: " + array.getClass());
    };
  }

  /** 0 and 1. */
  public static byte[] bytes(boolean[] data) {
    byte[] bytes = new byte[data.length];
    for (int i = 0; i < data.length; i++) {
      bytes[i] = (byte) (data[i] ? 1 : 0);
    }
    return bytes;
  }

  /** Copies the elements, row-major, into host memory of exactly their size. */
  public static void download(Tensor x, MemorySegment target) {
    Checks.require(target.byteSize() == x.size() * x.dtype().bytes(), "download", () -> Checks.show("x", x) + " takes "
        + x.size() * x.dtype().bytes() + " bytes, the target has " + target.byteSize());
    if (x.size() == 0) {
      return;
    }
    View v = x.view();
    if (v.isContiguous()) {
      x.device().download(v.buffer(), v.byteOffset(), target);
    } else {
      try (Tensor copy = Elementwise.copy(x.detach())) {
        x.device().download(copy.view().buffer(), 0, target);
      }
    }
  }

  /** The length of a Java array for the elements, {@code per} entries each. */
  private static int length(Tensor x, int per) {
    Checks.require(x.size() <= (Integer.MAX_VALUE - 8) / per, "download", () -> Checks.show("x", x)
        + " does not fit a Java array; slice it, or download it to a MemorySegment");
    return (int) x.size() * per;
  }

  private static MemorySegment bytes(Tensor x) {
    MemorySegment s = MemorySegment.ofArray(new byte[length(x, x.dtype().bytes())]);
    download(x, s);
    return s;
  }

  /** The only element. */
  public static double item(Tensor x) {
    return x.dtype().value(onlyBits(x));
  }

  /** The only element. */
  public static long itemLong(Tensor x) {
    Checks.require(x.dtype().isInteger() || x.dtype() == DType.BOOL, "itemLong", () -> "needs int32, int64 or bool, not "
        + x.dtype());
    return x.dtype() == DType.INT64 ? onlyBits(x) : (long) item(x);
  }

  private static long onlyBits(Tensor x) {
    Checks.require(x.size() == 1, "item", () -> "needs exactly one element, not x " + x.shape());
    MemorySegment s = MemorySegment.ofArray(new byte[8]);
    View v = x.view();
    x.device().download(v.buffer(), v.byteOffset(), s.asSlice(0, x.dtype().bytes()));
    return s.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }

  /** float32 elements. */
  public static float[] toFloats(Tensor x) {
    Checks.type("toFloats", "x", x, DType.FLOAT32);
    float[] out = new float[length(x, 1)];
    download(x, MemorySegment.ofArray(out));
    return out;
  }

  /** int32 elements. */
  public static int[] toInts(Tensor x) {
    Checks.type("toInts", "x", x, DType.INT32);
    int[] out = new int[length(x, 1)];
    download(x, MemorySegment.ofArray(out));
    return out;
  }

  /** Whole numbers. */
  public static long[] toLongs(Tensor x) {
    Checks.require(x.dtype().isInteger() || x.dtype() == DType.BOOL, "toLongs", () -> "needs int64, int32 or bool, not "
        + x.dtype());
    if (x.dtype() == DType.INT64) {
      long[] out = new long[length(x, 1)];
      download(x, MemorySegment.ofArray(out));
      return out;
    }
    return Arrays.stream(toDoubles(x)).mapToLong(v -> (long) v).toArray();
  }

  /** Truth values. */
  public static boolean[] toBooleans(Tensor x) {
    Checks.type("toBooleans", "x", x, DType.BOOL);
    MemorySegment s = bytes(x);
    boolean[] out = new boolean[length(x, 1)];
    for (int i = 0; i < out.length; i++) {
      out[i] = s.get(ValueLayout.JAVA_BYTE, i) != 0;
    }
    return out;
  }

  /** Any elements as doubles. */
  public static double[] toDoubles(Tensor x) {
    double[] out = new double[length(x, 1)];
    if (x.dtype() == DType.FLOAT64) {
      download(x, MemorySegment.ofArray(out));
      return out;
    }
    MemorySegment s = bytes(x);
    for (int i = 0; i < out.length; i++) {
      long bits = switch (x.dtype().bytes()) {
        case 1 -> s.get(ValueLayout.JAVA_BYTE, i);
        case 2 -> s.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i);
        case 4 -> s.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
        default -> s.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
      };
      out[i] = x.dtype().value(bits);
    }
    return out;
  }

  /** A copy on another device. */
  public static Tensor to(Tensor x, Device target) {
    if (x.device() == target) {
      return x;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment elements = arena.allocate(x.size() * x.dtype().bytes(), 64);
      download(x, elements);
      return upload(target, x.dtype(), elements, x.shape());
    }
  }
}
