package dev.athanor.kernels;

/** The element types kernels are built for, and the suffix each has in a kernel's name. */
public enum ElementType {
  /** 32-bit IEEE float. */
  FLOAT32("f32", 4),
  /** 64-bit IEEE float. */
  FLOAT64("f64", 8),
  /** 32-bit signed integer. */
  INT32("i32", 4),
  /** 64-bit signed integer. */
  INT64("i64", 8),
  /** One byte, 0 or 1. */
  BOOL("bool", 1),
  /** 16-bit IEEE float, storage only. */
  FLOAT16("f16", 2),
  /** The upper half of a float32, storage only. */
  BFLOAT16("bf16", 2);

  private final String suffix;
  private final int bytes;

  ElementType(String suffix, int bytes) {
    this.suffix = suffix;
    this.bytes = bytes;
  }

  /** The suffix in kernel names, {@code f32} for one. */
  public String suffix() {
    return suffix;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Elements that one 16-byte access moves. */
  public int perVector() {
    return 16 / bytes;
  }
}
