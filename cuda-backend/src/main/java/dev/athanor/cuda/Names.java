package dev.athanor.cuda;

import dev.athanor.kernels.ElementType;
import dev.athanor.tensor.DType;
import java.util.Locale;

/** What core's types and operations are called in the names of kernels. */
final class Names {
  private static final String[] UNARY = names(dev.athanor.backend.UnaryOp.values());
  private static final String[] BINARY = names(dev.athanor.backend.BinaryOp.values());
  private static final String[] REDUCE = names(dev.athanor.backend.ReduceOp.values());

  private Names() {}

  private static String[] names(Enum<?>[] operations) {
    String[] names = new String[operations.length];
    for (Enum<?> op : operations) {
      names[op.ordinal()] = op.name().toLowerCase(Locale.ROOT);
    }
    return names;
  }

  static String of(dev.athanor.backend.UnaryOp op) {
    return UNARY[op.ordinal()];
  }

  static String of(dev.athanor.backend.BinaryOp op) {
    return BINARY[op.ordinal()];
  }

  static String of(dev.athanor.backend.ReduceOp op) {
    return REDUCE[op.ordinal()];
  }

  /** {@code f32} for float32. */
  static String of(DType dtype) {
    return type(dtype).suffix();
  }

  static ElementType type(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> ElementType.FLOAT32;
      case FLOAT64 -> ElementType.FLOAT64;
      case BFLOAT16 -> ElementType.BFLOAT16;
      case FLOAT16 -> ElementType.FLOAT16;
      case INT32 -> ElementType.INT32;
      case INT64 -> ElementType.INT64;
      case BOOL -> ElementType.BOOL;
    };
  }

  /** {@code b32} for elements of four bytes. */
  static String bits(DType dtype) {
    return switch (dtype.bytes()) {
      case 1 -> "b8";
      case 2 -> "b16";
      case 4 -> "b32";
      default -> "b64";
    };
  }
}
