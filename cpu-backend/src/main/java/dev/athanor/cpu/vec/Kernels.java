package dev.athanor.cpu.vec;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/** The elementwise loops by operation and type, made at first use and kept. */
public final class Kernels {
  private static final int TYPES = DType.values().length;
  private static final AtomicReferenceArray<RowKernel> UNARY = table(UnaryOp.values().length);
  private static final AtomicReferenceArray<RowKernel> GRAD = table(UnaryOp.values().length);
  private static final AtomicReferenceArray<RowKernel> BINARY = table(BinaryOp.values().length);
  private static final AtomicReferenceArray<RowKernel> CAST = table(TYPES);
  private static final AtomicReferenceArray<RowKernel> SELECT = new AtomicReferenceArray<>(9);

  private Kernels() {}

  private static AtomicReferenceArray<RowKernel> table(int operations) {
    return new AtomicReferenceArray<>(operations * TYPES);
  }

  private static RowKernel get(AtomicReferenceArray<RowKernel> table, int index, IntFunction<RowKernel> make) {
    RowKernel k = table.getPlain(index);
    if (k == null) {
      k = table.getAcquire(index);
      if (k == null) {
        k = make.apply(index);
        table.setRelease(index, k); // two threads may both make one: either is good
      }
    }
    return k;
  }

  /** The loop of a function of one operand. */
  public static RowKernel unary(UnaryOp op, DType type) {
    return get(UNARY, op.ordinal() * TYPES + type.ordinal(), _ -> switch (type) {
      case FLOAT32 -> FloatOps.kernel(op);
      case FLOAT64 -> DoubleLoops.unary(op);
      case INT32, INT64, BOOL -> LongLoops.unary(op, type.bytes());
      case BFLOAT16, FLOAT16 -> throw storageOnly(type);
    });
  }

  /** The loop of a derivative: operands x, y, dy. */
  public static RowKernel grad(UnaryOp op, DType type) {
    return get(GRAD, op.ordinal() * TYPES + type.ordinal(), _ -> switch (type) {
      case FLOAT32 -> FloatGrads.kernel(op);
      case FLOAT64 -> DoubleLoops.grad(op);
      case INT32, INT64, BOOL, BFLOAT16, FLOAT16 -> throw storageOnly(type);
    });
  }

  /** The loop of a function of two operands. */
  public static RowKernel binary(BinaryOp op, DType type) {
    return get(BINARY, op.ordinal() * TYPES + type.ordinal(), _ -> switch (type) {
      case FLOAT32 -> FloatPairs.kernel(op);
      case FLOAT64 -> DoubleLoops.binary(op);
      case INT32, INT64, BOOL -> LongLoops.binary(op, type.bytes());
      case BFLOAT16, FLOAT16 -> throw storageOnly(type);
    });
  }

  /** The loop of a conversion. */
  public static RowKernel cast(DType from, DType to) {
    return get(CAST, from.ordinal() * TYPES + to.ordinal(),
        _ -> Specialize.loop(CastLoop.class, new Casts.Pair(from, to), RowKernel.class));
  }

  /** The loop that chooses between two operands of {@code bytes} bytes by a bool. */
  public static RowKernel select(int bytes) {
    return get(SELECT, bytes, _ -> Specialize.loop(SelectLoop.class, bytes, RowKernel.class));
  }

  private static IllegalArgumentException storageOnly(DType type) {
    return new IllegalArgumentException(type + " has no arithmetic; cast it first");
  }
}
