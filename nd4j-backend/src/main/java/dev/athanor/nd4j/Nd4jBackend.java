package dev.athanor.nd4j;

import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;

/**
 * The primitives by ND4J: memory from its allocator, views as its arrays, arithmetic by its operations where their results are
 * those
 * that {@link Backend} asks for. What is computed by plain loops instead, and why, is listed in {@code docs/nd4j.md}. Work is
 * done
 * when a call returns. Several backends share ND4J's threads and nothing else.
 */
public final class Nd4jBackend implements Backend {
  private final String description;

  /** A backend; ND4J's native library is loaded. */
  public Nd4jBackend() {
    this.description = Nd4jLibrary.load();
  }

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public String description() {
    return description;
  }

  // ---- memory

  @Override
  public Buffer allocate(long bytes) {
    return new Nd4jBuffer(bytes);
  }

  @Override
  public void release(Buffer buffer) {
    ((Nd4jBuffer) buffer).release();
  }

  @Override
  public void upload(MemorySegment source, Buffer target, long targetByteOffset) {
    MemorySegment.copy(source, 0, ((Nd4jBuffer) target).memory(), targetByteOffset, source.byteSize());
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment target) {
    MemorySegment.copy(((Nd4jBuffer) source).memory(), sourceByteOffset, target, 0, target.byteSize());
  }

  @Override
  public void fill(View out, long bits) {
    Elementwise.fill(out, bits);
  }

  @Override
  public void copy(View x, View out) {
    Elementwise.copy(x, out);
  }

  // ---- elementwise

  @Override
  public void unary(Unary fn, View x, View out) {
    Elementwise.unary(fn, x, out);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    Slopes.unaryGrad(fn, x, y, dy, dx);
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    Binary.binary(op, a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    Elementwise.select(condition, a, b, out);
  }

  @Override
  public void cast(View x, View out) {
    Casts.cast(x, out);
  }

  // ---- reductions and products

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    Reductions.reduce(op, x, out);
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    Reductions.argReduce(largest, x, axis, out);
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    Products.gemm(alpha, a, b, beta, c);
  }

  // ---- indexing and random numbers

  @Override
  public void gather(View x, int axis, View index, View out) {
    Indexing.gather(x, axis, index, out);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    Indexing.scatterAdd(x, axis, index, out);
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    Random.fill(kind, state, delta, out);
  }

  // ---- execution

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
