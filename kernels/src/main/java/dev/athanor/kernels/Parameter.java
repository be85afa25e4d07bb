package dev.athanor.kernels;

/**
 * One parameter of a kernel.
 *
 * @param name what the parameter is called in the CUDA source and in messages
 * @param type its type
 * @param bytes how many bytes it takes in the parameter block
 */
public record Parameter(String name, ParameterType type, int bytes) {

  /** A device address. */
  public static Parameter pointer(String name) {
    return new Parameter(name, ParameterType.POINTER, 8);
  }

  /** A signed 64-bit number. */
  public static Parameter int64(String name) {
    return new Parameter(name, ParameterType.INT64, 8);
  }

  /** A 32-bit number. */
  public static Parameter int32(String name) {
    return new Parameter(name, ParameterType.INT32, 4);
  }

  /** A float32 scalar. */
  public static Parameter float32(String name) {
    return new Parameter(name, ParameterType.FLOAT32, 4);
  }

  /** A float64 scalar. */
  public static Parameter float64(String name) {
    return new Parameter(name, ParameterType.FLOAT64, 8);
  }

  /** A scalar of a kernel's own floating type: float32, or float64 for {@link ElementType#FLOAT64}. */
  public static Parameter scalar(String name, ElementType type) {
    return type == ElementType.FLOAT64 ? float64(name) : float32(name);
  }

  /** A {@link Layout} over this many operands. */
  public static Parameter layout(String name, int operands) {
    return new Parameter(name, ParameterType.STRUCT, Layout.bytes(operands));
  }

  /** A {@link Divisor}. */
  public static Parameter divisor(String name) {
    return new Parameter(name, ParameterType.STRUCT, Divisor.BYTES);
  }

  /** A structure of this many bytes, a multiple of 8. */
  public static Parameter struct(String name, int bytes) {
    return new Parameter(name, ParameterType.STRUCT, bytes);
  }

  /** The alignment of this parameter in the block: a scalar's own size, 8 for a structure. */
  public int alignment() {
    return type == ParameterType.STRUCT ? 8 : bytes;
  }

  /** How PTX declares this parameter, without its name: {@code .u64}, or {@code .align 8 .b8 [264]}. */
  public String ptx() {
    return type == ParameterType.STRUCT ? ".align 8 .b8 [" + bytes + "]" : type.ptx();
  }
}
