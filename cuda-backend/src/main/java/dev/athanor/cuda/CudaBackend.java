package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.Readback;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * The CUDA backend: the kernels of {@code athanor-kernels} and cuBLAS on one stream of one device, which may be the simulator.
 * Calls return before the work is done, but for downloads. The same call gives the same bits every time: no kernel uses atomic
 * additions. Not thread-safe.
 */
public final class CudaBackend implements Backend {
  private final String name;
  private final CudaStream stream;
  private final Elementwise elementwise;
  private final Reductions reductions;
  private final MatrixProduct product;
  private final Indexing indexing;

  CudaBackend(String name, Gpu gpu) {
    this.name = name;
    this.stream = new CudaStream(gpu);
    this.elementwise = new Elementwise(stream);
    this.reductions = new Reductions(stream);
    this.product = new MatrixProduct(stream, elementwise);
    this.indexing = new Indexing(stream, elementwise);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return stream.description();
  }

  CudaStream stream() {
    return stream;
  }

  Elementwise elementwise() {
    return elementwise;
  }

  // ---- memory

  @Override
  public Buffer allocate(long bytes) {
    return new CudaBuffer(stream.allocate(Math.max(1, bytes)), bytes);
  }

  @Override
  public void release(Buffer buffer) {
    stream.free(((CudaBuffer) buffer).release(), Math.max(1, buffer.bytes()));
  }

  @Override
  public DeviceMemory deviceMemory() {
    return stream.memory();
  }

  @Override
  public void upload(MemorySegment source, Buffer target, long targetByteOffset) {
    stream.upload(source, ((CudaBuffer) target).address() + targetByteOffset);
  }

  @Override
  public boolean overlapsUploads() {
    return true;
  }

  @Override
  public long uploadAhead(MemorySegment source, Buffer target, long targetByteOffset) {
    return stream.uploadAhead(source, ((CudaBuffer) target).address() + targetByteOffset);
  }

  @Override
  public void awaitUpload(long ticket) {
    stream.awaitUpload(ticket);
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment target) {
    stream.download(((CudaBuffer) source).address() + sourceByteOffset, target);
  }

  @Override
  public void fill(View out, long bits) {
    elementwise.fill(out, bits);
  }

  @Override
  public void copy(View x, View out) {
    elementwise.copy(x, out);
  }

  // ---- elementwise

  @Override
  public void unary(Unary fn, View x, View out) {
    elementwise.unary(fn, x, out);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    elementwise.unaryGrad(fn, x, y, dy, dx);
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    elementwise.binary(op, a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    elementwise.select(condition, a, b, out);
  }

  @Override
  public void cast(View x, View out) {
    elementwise.cast(x, out);
  }

  // ---- reductions and products

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    reductions.reduce(op, x, out);
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    reductions.argReduce(largest, x, axis, out);
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    product.gemm(alpha, a, b, beta, c);
  }

  @Override
  public MatmulPrecision matmulPrecision() {
    return product.precision();
  }

  @Override
  public void matmulPrecision(MatmulPrecision precision) {
    product.precision(precision);
  }

  // ---- indexing and random numbers

  @Override
  public void gather(View x, int axis, View index, View out) {
    indexing.gather(x, axis, index, out);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    indexing.scatterAdd(x, axis, index, out);
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    if (out.size() == 0) {
      return;
    }
    try (Temporaries t = new Temporaries(new Temporaries.StreamWorkspace(stream), elementwise)) {
      stream.begin("random_" + kind.name().toLowerCase(Locale.ROOT) + "_" + Names.of(out.dtype()))
          .pointer(CudaBuffer.address(out)).int64(out.size()).pointer(CudaBuffer.address(t.contiguous(state))).int64(delta);
      stream.launch(out.size());
    }
  }

  // ---- execution

  @Override
  public void synchronize() {
    stream.synchronize();
  }

  @Override
  public CallRecorder recorder(FusedOps fused) {
    return new CudaRecorder(this, fused);
  }

  @Override
  public Readback readback(long bytes) {
    return new CudaReadback(stream, bytes);
  }

  @Override
  public FusedOps fused(Workspace workspace) {
    return new CudaFusedOps(this, workspace);
  }

  @Override
  public void close() {
    stream.close();
  }
}
