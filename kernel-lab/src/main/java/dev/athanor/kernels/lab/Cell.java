package dev.athanor.kernels.lab;

import dev.athanor.kernels.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How an element lies in device memory. On the host floats are {@code double}, integers and raw bits {@code long}. */
public enum Cell {
  /** float32. */
  F32(4, true, 0x1p-24),
  /** float64. */
  F64(8, true, 0x1p-53),
  /** One byte, zero-extended. */
  I8(1, false, 0),
  /** Two bytes, zero-extended. */
  I16(2, false, 0),
  /** int32. */
  I32(4, false, 0),
  /** int64. */
  I64(8, false, 0);

  private final int bytes;
  private final boolean floating;
  private final double unit;

  Cell(int bytes, boolean floating, double unit) {
    this.bytes = bytes;
    this.floating = floating;
    this.unit = unit;
  }

  /** The cell of a kernel's element type; float16 and bfloat16 are raw bits. */
  public static Cell of(ElementType type) {
    return switch (type) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case INT32 -> I32;
      case INT64 -> I64;
      case BOOL -> I8;
      case FLOAT16, BFLOAT16 -> I16;
    };
  }

  /** The type named by the last part of a kernel's name that names one: {@code f32} in {@code scan_rows_f32}. */
  public static Cell named(String entry) {
    String[] parts = entry.split("_");
    for (int i = parts.length - 1; i >= 0; i--) {
      switch (parts[i]) {
        case "f32" -> {
          return F32;
        }
        case "f64" -> {
          return F64;
        }
        case "i32", "b32" -> {
          return I32;
        }
        case "i64", "b64" -> {
          return I64;
        }
        case "b8", "bool" -> {
          return I8;
        }
        case "b16", "f16", "bf16" -> {
          return I16;
        }
        default -> { }
      }
    }
    throw new IllegalArgumentException(entry + " names no element type");
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are floats. */
  public boolean floating() {
    return floating;
  }

  /** The unit roundoff: half the distance from 1 to the next float; 0 for integers. */
  public double unit() {
    return unit;
  }

  /** The value this cell would hold. */
  public double round(double x) {
    return this == F32 ? (float) x : x;
  }

  void store(MemorySegment to, long index, double x) {
    if (this == F32) {
      to.set(ValueLayout.JAVA_FLOAT, index * 4, (float) x);
    } else {
      to.set(ValueLayout.JAVA_DOUBLE, index * 8, x);
    }
  }

  void store(MemorySegment to, long index, long x) {
    switch (this) {
      case I8 -> to.set(ValueLayout.JAVA_BYTE, index, (byte) x);
      case I16 -> to.set(ValueLayout.JAVA_SHORT, index * 2, (short) x);
      case I32 -> to.set(ValueLayout.JAVA_INT, index * 4, (int) x);
      case I64 -> to.set(ValueLayout.JAVA_LONG, index * 8, x);
      case F32, F64 -> throw new IllegalArgumentException(this + " holds floats");
    }
  }

  double loadDouble(MemorySegment from, long index) {
    return this == F32 ? from.get(ValueLayout.JAVA_FLOAT, index * 4) : from.get(ValueLayout.JAVA_DOUBLE, index * 8);
  }

  long loadLong(MemorySegment from, long index) {
    return switch (this) {
      case I8 -> from.get(ValueLayout.JAVA_BYTE, index) & 0xffL;
      case I16 -> from.get(ValueLayout.JAVA_SHORT, index * 2) & 0xffffL;
      case I32 -> from.get(ValueLayout.JAVA_INT, index * 4);
      case I64 -> from.get(ValueLayout.JAVA_LONG, index * 8);
      case F32, F64 -> throw new IllegalArgumentException(this + " holds floats");
    };
  }
}
