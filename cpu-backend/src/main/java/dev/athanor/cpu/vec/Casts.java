package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import dev.athanor.tensor.DType;

/** Conversions between element types, one element at a time; {@code type} is a constant where these are called. */
final class Casts {
  /** A conversion. */
  record Pair(DType from, DType to) {}

  private Casts() {}

  static double getReal(DType type, long address) {
    return switch (type) {
      case FLOAT32 -> Memory.getFloat(address);
      case FLOAT64 -> Memory.getDouble(address);
      case BFLOAT16 -> Float.intBitsToFloat(Memory.getShort(address) << 16);
      case FLOAT16 -> Float.float16ToFloat(Memory.getShort(address));
      case INT32, INT64, BOOL -> throw new IllegalArgumentException(type + " is not a real type");
    };
  }

  static void putReal(DType type, long address, double value) {
    switch (type) {
      case FLOAT32 -> Memory.putFloat(address, (float) value);
      case FLOAT64 -> Memory.putDouble(address, value);
      case BFLOAT16 -> Memory.putShort(address, DType.bfloat16((float) value));
      case FLOAT16 -> Memory.putShort(address, Float.floatToFloat16((float) value));
      case INT32 -> Memory.putInt(address, (int) value);
      case INT64 -> Memory.putLong(address, (long) value);
      case BOOL -> Memory.putByte(address, value != 0 ? (byte) 1 : 0);
    }
  }

  static void putWhole(DType type, long address, long value) {
    switch (type) {
      case FLOAT32 -> Memory.putFloat(address, value);
      case FLOAT64 -> Memory.putDouble(address, value);
      case BFLOAT16 -> Memory.putShort(address, DType.bfloat16((float) value));
      case FLOAT16 -> Memory.putShort(address, Float.floatToFloat16((float) value));
      case INT32 -> Memory.putInt(address, (int) value);
      case INT64 -> Memory.putLong(address, value);
      case BOOL -> Memory.putByte(address, value != 0 ? (byte) 1 : 0);
    }
  }
}
