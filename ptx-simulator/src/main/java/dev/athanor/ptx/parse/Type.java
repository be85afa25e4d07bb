package dev.athanor.ptx.parse;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The fundamental types of PTX, with their size and their kind. */
public enum Type {
  B8(1, Kind.BITS), B16(2, Kind.BITS), B32(4, Kind.BITS), B64(8, Kind.BITS),
  U8(1, Kind.UNSIGNED), U16(2, Kind.UNSIGNED), U32(4, Kind.UNSIGNED), U64(8, Kind.UNSIGNED),
  S8(1, Kind.SIGNED), S16(2, Kind.SIGNED), S32(4, Kind.SIGNED), S64(8, Kind.SIGNED),
  F16(2, Kind.FLOAT), F32(4, Kind.FLOAT), F64(8, Kind.FLOAT), BF16(2, Kind.FLOAT),
  F16X2(4, Kind.FLOAT), BF16X2(4, Kind.FLOAT), TF32(4, Kind.FLOAT),
  PRED(1, Kind.PREDICATE);

  /** How the bits are to be read. */
  public enum Kind { BITS, UNSIGNED, SIGNED, FLOAT, PREDICATE }

  private static final Map<String, Type> BY_NAME = new HashMap<>();

  static {
    for (Type t : values()) {
      BY_NAME.put(t.ptx(), t);
    }
  }

  private final int bytes;
  private final Kind kind;

  Type(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
  }

  /** The type of that name without its dot ({@code "u32"}), or null. */
  public static Type of(String name) {
    return BY_NAME.get(name);
  }

  /** Size in bytes in memory. */
  public int bytes() {
    return bytes;
  }

  /** How the bits are to be read. */
  public Kind kind() {
    return kind;
  }

  /** The name in PTX, without its dot. */
  public String ptx() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a register of this type holds 64 bits. */
  public boolean wide() {
    return bytes == 8;
  }
}
