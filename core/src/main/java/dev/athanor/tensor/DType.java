package dev.athanor.tensor;

/**
 * The type of a tensor's elements. Arithmetic is offered for {@link #FLOAT32}, {@link #FLOAT64}, {@link #INT32} and {@link #INT64},
 * logic for {@link #BOOL}. {@link #BFLOAT16} and {@link #FLOAT16} are storage types: they are cast to compute.
 */
public enum DType {
  /** IEEE-754 binary32. */
  FLOAT32(4, Kind.FLOAT),
  /** IEEE-754 binary64. */
  FLOAT64(8, Kind.FLOAT),
  /** The upper half of a binary32. */
  BFLOAT16(2, Kind.HALF),
  /** IEEE-754 binary16. */
  FLOAT16(2, Kind.HALF),
  /** Two's complement, 32 bits. */
  INT32(4, Kind.INTEGER),
  /** Two's complement, 64 bits. */
  INT64(8, Kind.INTEGER),
  /** One byte, 0 or 1. */
  BOOL(1, Kind.BOOL);

  private enum Kind { FLOAT, HALF, INTEGER, BOOL }

  private final int bytes;
  private final Kind kind;
  private final String text;

  DType(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
    this.text = name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether this is {@link #FLOAT32} or {@link #FLOAT64}: the types that gradients exist for. */
  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /** Whether this is {@link #INT32} or {@link #INT64}. */
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }

  /** Whether arithmetic is defined: float32, float64, int32, int64. */
  public boolean isNumeric() {
    return isFloat() || isInteger();
  }

  /**
   * The bits of {@code value} as an element of this type, in the low bytes of a long: rounded to nearest for floats,
   * truncated toward zero and saturated for integers, {@code value != 0} for bool.
   */
  public long bits(double value) {
    return switch (this) {
      case FLOAT32 -> Float.floatToRawIntBits((float) value) & 0xFFFFFFFFL;
      case FLOAT64 -> Double.doubleToRawLongBits(value);
      case BFLOAT16 -> bfloat16((float) value) & 0xFFFFL;
      case FLOAT16 -> Float.floatToFloat16((float) value) & 0xFFFFL;
      case INT32 -> (int) value & 0xFFFFFFFFL;
      case INT64 -> (long) value;
      case BOOL -> value != 0 ? 1 : 0;
    };
  }

  /** As {@link #bits(double)} for an integer value; int64 keeps all 64 bits, int32 the low 32. */
  public long bits(long value) {
    return switch (this) {
      case INT64 -> value;
      case INT32 -> value & 0xFFFFFFFFL;
      case FLOAT32, FLOAT64, BFLOAT16, FLOAT16, BOOL -> bits((double) value);
    };
  }

  /** The number that {@code bits} stand for in this type; int64 beyond 2⁵³ is rounded. */
  public double value(long bits) {
    return switch (this) {
      case FLOAT32 -> Float.intBitsToFloat((int) bits);
      case FLOAT64 -> Double.longBitsToDouble(bits);
      case BFLOAT16 -> Float.intBitsToFloat((int) bits << 16);
      case FLOAT16 -> Float.float16ToFloat((short) bits);
      case INT32 -> (int) bits;
      case INT64 -> bits;
      case BOOL -> bits & 1;
    };
  }

  /** The bfloat16 nearest to {@code value} (ties to even); NaN stays NaN. */
  public static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  /** The lower-case name: {@code float32}. */
  @Override
  public String toString() {
    return text;
  }
}
