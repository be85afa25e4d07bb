package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Workspace;
import dev.athanor.cpu.linalg.Gemm;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.onednn.OneDnnLibrary;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.cpu.vec.Elementwise;
import dev.athanor.cpu.vec.Indexing;
import dev.athanor.cpu.vec.Kernels;
import dev.athanor.cpu.vec.Random;
import dev.athanor.cpu.vec.Reduce;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;

/**
 * The primitives on the CPU. Every call has done its work when it returns. Calls from several threads are safe as long as
 * they do not write what others use. Results are the same bits for any number of threads.
 */
public final class CpuBackend implements Backend {
  private final WorkPool pool;
  private final Gemm gemm;
  private final boolean library;

  /**
   * A backend with threads of its own.
   *
   * @param threads how many threads share the work, the caller among them; at least 1
   * @param useLibrary whether oneDNN is used where it can be; without it everything runs in Java
   */
  public CpuBackend(int threads, boolean useLibrary) {
    this.pool = new WorkPool(threads);
    this.library = useLibrary && OneDnnLibrary.available();
    this.gemm = new Gemm(pool, library);
  }

  WorkPool pool() {
    return pool;
  }

  Gemm products() {
    return gemm;
  }

  /** Whether oneDNN computes products and convolutions. */
  public boolean usesLibrary() {
    return library;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return Probe.describe(pool.threads(), library);
  }

  @Override
  public Buffer allocate(long bytes) {
    long address = Memory.allocate(bytes);
    if (address == 0) {
      throw new OutOfDeviceMemoryException(bytes, "the system has no room for " + bytes + " more bytes of memory");
    }
    return new CpuBuffer(address, bytes);
  }

  @Override
  public void release(Buffer buffer) {
    Memory.free(((CpuBuffer) buffer).surrender());
  }

  @Override
  public void upload(MemorySegment source, Buffer target, long targetByteOffset) {
    long to = ((CpuBuffer) target).address() + targetByteOffset;
    MemorySegment.copy(source, 0, Memory.ALL, to, source.byteSize());
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment target) {
    MemorySegment.copy(Memory.ALL, ((CpuBuffer) source).address() + sourceByteOffset, target, 0, target.byteSize());
  }

  @Override
  public void fill(View out, long bits) {
    Elementwise.fill(pool, out, bits);
  }

  @Override
  public void copy(View x, View out) {
    Elementwise.copy(pool, x, out);
  }

  @Override
  public void unary(Unary fn, View x, View out) {
    Elementwise.run(pool, Kernels.unary(fn.op(), x.dtype()), x, null, null, out, fn.a(), fn.b(), Elementwise.grain(x), true);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    if (fn.op().saves() == UnaryOp.Saves.NONE) {
      fill(dx, 0);
      return;
    }
    // The kernels read three rows; one that is not given is not looked at.
    Elementwise.run(pool, Kernels.grad(fn.op(), dx.dtype()), x == null ? dy : x, y == null ? dy : y, dy, dx, fn.a(), fn.b(),
        Elementwise.grain(dx), false);
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    Elementwise.run(pool, Kernels.binary(op, a.dtype()), a, b, null, out, 0, 0, Elementwise.grain(a), true);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    Elementwise.run(pool, Kernels.select(out.dtype().bytes()), condition, a, b, out, 0, 0, Elementwise.grain(out), true);
  }

  @Override
  public void cast(View x, View out) {
    if (x.dtype() == out.dtype()) {
      Elementwise.copy(pool, x, out);
      return;
    }
    Elementwise.run(pool, Kernels.cast(x.dtype(), out.dtype()), x, null, null, out, 0, 0, Elementwise.grain(out), true);
  }

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    Reduce.run(pool, op, x, out);
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    Reduce.arg(pool, largest, x, axis, out);
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    gemm.run(alpha, a, b, beta, c);
  }

  @Override
  public void gather(View x, int axis, View index, View out) {
    Indexing.gather(pool, x, axis, index, out);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    Indexing.scatterAdd(x, axis, index, out);
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    Random.fill(pool, kind, state, delta, out);
  }

  /** Nothing to wait for. */
  @Override
  public void synchronize() {}

  @Override
  public CallRecorder recorder(FusedOps fused) {
    return new CpuRecorder(this, fused);
  }

  @Override
  public FusedOps fused(Workspace workspace) {
    return new CpuFusedOps(this, workspace);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    pool.close();
  }
}
