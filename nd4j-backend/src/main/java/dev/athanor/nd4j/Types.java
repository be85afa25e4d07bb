package dev.athanor.nd4j;

import dev.athanor.AthanorException;
import dev.athanor.tensor.DType;
import org.bytedeco.javacpp.BooleanPointer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataType;

/** The element types that both know: each of Athanor's has one of ND4J's of the same bits. */
final class Types {
  private Types() {}

  static DataType of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> DataType.FLOAT;
      case FLOAT64 -> DataType.DOUBLE;
      case BFLOAT16 -> DataType.BFLOAT16;
      case FLOAT16 -> DataType.FLOAT16;
      case INT32 -> DataType.INT32;
      case INT64 -> DataType.INT64;
      case BOOL -> DataType.BOOL;
    };
  }

  /**
   * Athanor's type of the same bits.
   *
   * @throws AthanorException if there is none
   */
  static DType of(DataType type) {
    return switch (type) {
      case FLOAT -> DType.FLOAT32;
      case DOUBLE -> DType.FLOAT64;
      case BFLOAT16 -> DType.BFLOAT16;
      case HALF -> DType.FLOAT16;
      case INT -> DType.INT32;
      case LONG -> DType.INT64;
      case BOOL -> DType.BOOL;
      case SHORT, BYTE, UBYTE, UINT16, UINT32, UINT64, UTF8, COMPRESSED, UNKNOWN -> throw new AthanorException(
          "an ND4J array of type " + type + " has no tensor of the same type; cast it first, for example castTo(DataType.INT)");
    };
  }

  /** An integer type of as many bytes: elements that are only moved keep their bits. */
  static DataType moved(DType dtype) {
    return switch (dtype) {
      case BOOL -> DataType.INT8;
      case BFLOAT16, FLOAT16 -> DataType.INT16;
      case FLOAT32, INT32 -> DataType.INT32;
      case FLOAT64, INT64 -> DataType.INT64;
    };
  }

  /** The pointer as one to elements of a type. */
  static Pointer pointer(Pointer start, DataType type) {
    return switch (type) {
      case FLOAT -> new FloatPointer(start);
      case DOUBLE -> new DoublePointer(start);
      case BFLOAT16, HALF, SHORT -> new ShortPointer(start);
      case INT -> new IntPointer(start);
      case LONG -> new LongPointer(start);
      case BOOL -> new BooleanPointer(start);
      case BYTE -> new BytePointer(start);
      case UBYTE, UINT16, UINT32, UINT64, UTF8, COMPRESSED, UNKNOWN -> throw new IllegalArgumentException(
          "no elements of " + type);
    };
  }
}
