package dev.athanor.nd4j;

import dev.athanor.backend.Unary;
import dev.athanor.tensor.View;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarSet;
import org.nd4j.linalg.api.ops.impl.transforms.any.Assign;
import org.nd4j.linalg.factory.Nd4j;

/** Functions of single elements, and moving them. */
final class Elementwise {
  private Elementwise() {}

  /** Elements are set as integers of their size: so NaNs keep their bits. */
  static void fill(View out, long bits) {
    if (out.size() == 0) {
      return;
    }
    Number value = switch (out.dtype()) {
      case BOOL -> (byte) bits;
      case BFLOAT16, FLOAT16 -> (short) bits;
      case FLOAT32, INT32 -> (int) bits;
      case FLOAT64, INT64 -> bits;
    };
    if (Work.expressible(out) && (double) value.longValue() == value.longValue() && Math.abs(value.longValue()) < 1L << 52) {
      INDArray z = Nd4jBuffer.array(out, Types.moved(out.dtype()));
      Nd4j.exec(new ScalarSet(z, null, z, value));
    } else { // ND4J takes scalars through a float64
      Loops.forEach(out.shape(), at -> Nd4jBuffer.bits(out, at[0], bits), out);
    }
  }

  static void copy(View x, View out) {
    if (out.size() == 0) {
      return;
    }
    if (Work.expressible(x) && Work.expressible(out)) {
      Nd4j.exec(new Assign(Nd4jBuffer.array(x, Types.moved(x.dtype())), Nd4jBuffer.array(out, Types.moved(out.dtype()))));
    } else {
      Loops.copy(x, out);
    }
  }

  static void unary(Unary fn, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    if (UnaryOps.known(fn, x.dtype())) {
      try (var work = new Work()) {
        Op op = UnaryOps.of(fn, work.in(x), work.out(out));
        Nd4j.exec(op);
        work.done();
      }
    } else if (x.dtype().isFloat()) {
      Loops.forEach(out.shape(), at -> Nd4jBuffer.set(out, at[1], Functions.value(fn, Nd4jBuffer.get(x, at[0]))), x, out);
    } else {
      Loops.forEach(out.shape(),
          at -> Nd4jBuffer.bits(out, at[1], Functions.integer(fn, Nd4jBuffer.integer(x, at[0]))), x, out);
    }
  }

  static void select(View condition, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    try (var work = new Work()) {
      DataType moved = Types.moved(out.dtype());
      custom("select", Nd4jBuffer.array(work.writable(out), moved), work.in(condition), Nd4jBuffer.array(work.readable(a), moved),
          Nd4jBuffer.array(work.readable(b), moved));
      work.done();
    }
  }

  /** Runs one of ND4J's custom operations by name. */
  static void custom(String name, INDArray out, INDArray... in) {
    Nd4j.exec(DynamicCustomOp.builder(name).addInputs(in).addOutputs(out).build());
  }
}
