package dev.athanor.io;

/**
 * An element type of the safetensors format. The constants stand in the order in which the format's reference implementation lays
 * tensors out: the widest first, so that every tensor starts at a multiple of its element size.
 */
public enum StoredType {
  /** 64-bit signed integer. */
  I64(8),
  /** IEEE 754 binary64. */
  F64(8),
  /** IEEE 754 binary32. */
  F32(4),
  /** 32-bit signed integer. */
  I32(4),
  /** bfloat16: the upper half of a binary32. */
  BF16(2),
  /** IEEE 754 binary16. */
  F16(2),
  /** 16-bit signed integer. */
  I16(2),
  /** 8-bit signed integer. */
  I8(1),
  /** 8-bit unsigned integer. */
  U8(1),
  /** One byte: 0 is false, 1 is true. */
  BOOL(1);

  private final int bytes;

  StoredType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
