package dev.athanor.nd4j;

import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Reading and adding at computed positions. */
final class Indexing {
  private Indexing() {}

  static void gather(View x, int axis, View index, View out) {
    if (out.size() != 0 && movesRows(x, axis, index, out)) {
      rows(x, axis, index, out);
      return;
    }
    View starts = withoutAxis(x, axis, out);
    Loops.forEach(out.shape(), at -> {
      long from = at[0] + checked(index, at[1], x, axis) * x.stride(axis);
      Nd4jBuffer.bits(out, at[2], Nd4jBuffer.bits(x, from));
    }, starts, index, out);
  }

  /** Whether all elements of a row have one index, and whole rows are taken. */
  private static boolean movesRows(View x, int axis, View index, View out) {
    for (int i = 0; i < out.rank(); i++) {
      if (i != axis && (index.dim(i) != 1 && index.stride(i) != 0 || x.dim(i) != out.dim(i))) {
        return false;
      }
    }
    return true;
  }

  /** By ND4J, which does not check the indices. */
  private static void rows(View x, int axis, View index, View out) {
    View each = index.with(Shape.of(index.dim(axis)), new long[] {index.stride(axis)}, index.offset());
    Loops.forEach(each.shape(), at -> checked(each, at[0], x, axis), each);
    try (var work = new Work()) {
      DataType moved = Types.moved(out.dtype());
      Nd4j.exec(DynamicCustomOp.builder("gather")
          .addInputs(Nd4jBuffer.array(work.readable(x), moved), work.in(each))
          .addOutputs(Nd4jBuffer.array(work.writable(out), moved))
          .addIntegerArguments(axis).build());
      work.done();
    }
  }

  /** By a plain loop: ND4J adds in the order that its threads happen to take. */
  static void scatterAdd(View x, int axis, View index, View out) {
    View starts = withoutAxis(out, axis, x);
    boolean real = x.dtype().isFloat();
    Loops.forEach(x.shape(), at -> {
      long to = at[0] + checked(index, at[1], out, axis) * out.stride(axis);
      if (real) {
        Nd4jBuffer.set(out, to, Nd4jBuffer.get(out, to) + Nd4jBuffer.get(x, at[2]));
      } else {
        Nd4jBuffer.bits(out, to, Nd4jBuffer.integer(out, to) + Nd4jBuffer.integer(x, at[2]));
      }
    }, starts, index, x);
  }

  /** The indexed view over another's shape, standing still along the axis that the index replaces. */
  private static View withoutAxis(View indexed, int axis, View other) {
    long[] strides = indexed.strides();
    strides[axis] = 0;
    return indexed.with(other.shape(), strides, indexed.offset());
  }

  private static long checked(View index, long at, View indexed, int axis) {
    long i = Nd4jBuffer.integer(index, at);
    if (i < 0 || i >= indexed.dim(axis)) {
      throw new IndexOutOfBoundsException("index " + i + " is outside axis " + axis + " of size " + indexed.dim(axis));
    }
    return i;
  }
}
