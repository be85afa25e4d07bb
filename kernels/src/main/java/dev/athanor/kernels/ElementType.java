package dev.athanor.kernels;

import java.util.List;

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

  /** The types arithmetic with fractions is done in. */
  public static final List<ElementType> FLOATS = List.of(FLOAT32, FLOAT64);
  /** The types arithmetic is done in. */
  public static final List<ElementType> NUMBERS = List.of(FLOAT32, FLOAT64, INT32, INT64);
  /** The types anything is computed in: all but those for storage only. */
  public static final List<ElementType> COMPUTED = List.of(FLOAT32, FLOAT64, INT32, INT64, BOOL);

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

  /** Elements that one thread of an elementwise kernel over these two types handles in one turn: {@code perTurn} in CUDA. */
  static int perTurn(ElementType one, ElementType other) {
    int wide = Math.max(one.bytes, other.bytes);
    int narrow = Math.min(one.bytes, other.bytes);
    return Math.max(16 / wide, Math.min(16 / narrow, 4));
  }
}
