package dev.athanor.kernels;

/** The type of one kernel parameter as it lies in the parameter block. */
public enum ParameterType {
  /** A device address, 8 bytes. */
  POINTER(8, ".u64"),
  /** A signed 64-bit number, usually a count of elements. */
  INT64(8, ".u64"),
  /** A 32-bit number: a small count, or bits. */
  INT32(4, ".u32"),
  /** A float32 scalar. */
  FLOAT32(4, ".f32"),
  /** A float64 scalar. */
  FLOAT64(8, ".f64"),
  /** A structure by value, aligned to 8 bytes: a {@link Layout}, a {@link Divisor} or what a family defines. */
  STRUCT(0, ".b8");

  private final int bytes;
  private final String ptx;

  ParameterType(int bytes, String ptx) {
    this.bytes = bytes;
    this.ptx = ptx;
  }

  /** Bytes of a scalar of this type; 0 for {@link #STRUCT}, whose size stands in its {@link Parameter}. */
  public int bytes() {
    return bytes;
  }

  /** The PTX type this parameter is declared with. */
  public String ptx() {
    return ptx;
  }
}
