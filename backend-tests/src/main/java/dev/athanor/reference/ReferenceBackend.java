package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;

/**
 * The smallest complete backend: the primitives alone, in plain loops, computed in float64 and rounded once. Slow, and right: the
 * conformance suite tests it first, and new backends copy its structure. Work is done when a call returns.
 */
public final class ReferenceBackend implements Backend {
  /** A backend of its own; several do not share anything. */
  public ReferenceBackend() {}

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain loops in float64, on one thread";
  }

  // ---- memory

  @Override
  public Buffer allocate(long bytes) {
    return new ReferenceBuffer(bytes);
  }

  @Override
  public void release(Buffer buffer) {
    ((ReferenceBuffer) buffer).release();
  }

  @Override
  public void upload(MemorySegment source, Buffer target, long targetByteOffset) {
    MemorySegment.copy(source, 0, ((ReferenceBuffer) target).memory(), targetByteOffset, source.byteSize());
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment target) {
    MemorySegment.copy(((ReferenceBuffer) source).memory(), sourceByteOffset, target, 0, target.byteSize());
  }

  @Override
  public void fill(View out, long bits) {
    Positions.forEach(out.shape(), at -> ReferenceBuffer.bits(out, at[0], bits), out);
  }

  @Override
  public void copy(View x, View out) {
    Positions.forEach(out.shape(), at -> ReferenceBuffer.bits(out, at[1], ReferenceBuffer.bits(x, at[0])), x, out);
  }

  // ---- elementwise

  @Override
  public void unary(Unary fn, View x, View out) {
    ReferenceElementwise.unary(fn, x, out);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    ReferenceElementwise.unaryGrad(fn, x, y, dy, dx);
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    ReferenceElementwise.binary(op, a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    Positions.forEach(out.shape(), at -> ReferenceBuffer.bits(out, at[3], ReferenceBuffer.bits(condition, at[0]) != 0
        ? ReferenceBuffer.bits(a, at[1]) : ReferenceBuffer.bits(b, at[2])), condition, a, b, out);
  }

  @Override
  public void cast(View x, View out) {
    ReferenceElementwise.cast(x, out);
  }

  // ---- reductions and products

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    ReferenceReduce.reduce(op, x, out);
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    ReferenceReduce.argReduce(largest, x, axis, out);
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    ReferenceReduce.gemm(alpha, a, b, beta, c);
  }

  // ---- indexing and random numbers

  @Override
  public void gather(View x, int axis, View index, View out) {
    ReferenceIndexing.gather(x, axis, index, out);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    ReferenceIndexing.scatterAdd(x, axis, index, out);
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    ReferenceRandom.fill(kind, state, delta, out);
  }

  // ---- execution

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
