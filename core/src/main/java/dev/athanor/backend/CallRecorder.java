package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Stands in for a backend and its fused operations while a function is recorded: what it is asked to do is taken down, not done,
 * as a flat list of calls with fixed views. {@link #cut} hands out what was taken down so far as a {@link Replay}.
 *
 * <p>What cannot be replayed is refused with a {@link NotCapturableException}: reading from the device, since no value exists yet
 * and a decision of the host would be frozen; uploading, since the host's memory will hold something else by then; memory of
 * one's own.
 *
 * <p>This class serves any backend. One that can do better extends it: either it overrides {@link #call}, and runs each call at
 * once while its device captures (a CUDA graph), or it overrides operations and takes down a prepared form of the call, whose
 * {@link Call#run} costs less than the operation itself.
 */
public class CallRecorder implements Backend, FusedOps {
  /** One call, with all it needs. */
  @FunctionalInterface
  public interface Call {
    /** Does it, once more. */
    void run();
  }

  /** The backend recorded for. */
  protected final Backend target;
  /** Its fused operations. */
  protected final FusedOps ops;
  private final Set<Buffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
  private List<Call> calls = new ArrayList<>();
  private NotCapturableException refused;

  /** A recorder of calls to the given backend and its fused operations, neither of which it owns. */
  public CallRecorder(Backend target, FusedOps ops) {
    this.target = target;
    this.ops = ops;
  }

  // ---- what a backend may do better

  /** Takes down a call. */
  protected void call(Call call) {
    calls.add(call);
  }

  /** Ends a stretch of calls and begins the next. */
  public Replay cut() {
    CallList list = new CallList(calls.toArray(Call[]::new));
    calls = new ArrayList<>();
    return list;
  }

  /** Ends recording; what was taken down since the last {@link #cut} is forgotten. */
  public void end() {
    calls.clear();
  }

  // ---- what core asks

  /** The memory that the calls so far read or write. */
  public final Collection<Buffer> buffers() {
    return buffers;
  }

  /** What was refused first, or null. */
  public final NotCapturableException refused() {
    return refused;
  }

  /** Refuses; the recording cannot be used even where the exception is caught. */
  public final NotCapturableException refuse(String what, String why) {
    NotCapturableException e = new NotCapturableException("plan: " + what + " cannot be recorded: " + why);
    if (refused == null) {
      refused = e;
    }
    return e;
  }

  /** Notes the memory of a call's views; null entries do not count. */
  protected final void uses(View... views) {
    for (View v : views) {
      if (v != null) {
        buffers.add(v.buffer());
      }
    }
  }

  /** Notes the memory of a call's views. */
  protected final void uses(List<View> views) {
    views.forEach(v -> buffers.add(v.buffer()));
  }

  /** Takes down a call over these views; null entries do not count. */
  protected final void take(Call call, View... views) {
    uses(views);
    call(call);
  }

  private static final class CallList implements Replay {
    private final Call[] calls;

    private CallList(Call[] calls) {
      this.calls = calls;
    }

    @Override
    public void run() {
      for (Call c : calls) {
        c.run();
      }
    }

    @Override
    public int calls() {
      return calls.length;
    }

    @Override
    public void close() {}
  }

  // ---- memory

  @Override
  public String name() {
    return target.name();
  }

  @Override
  public String description() {
    return target.description();
  }

  @Override
  public Buffer allocate(long bytes) {
    throw refuse("an allocation of " + bytes + " bytes from the device", "memory comes from the plan's own pool; make tensors by"
        + " operations, or before the plan");
  }

  @Override
  public void release(Buffer buffer) {
    throw refuse("giving memory back to the device", "the recorded calls may use it");
  }

  @Override
  public void upload(MemorySegment source, Buffer to, long targetByteOffset) {
    throw refuse("an upload from the host (" + source.byteSize() + " bytes)", "the host's memory will hold something else when"
        + " the plan is replayed; pass the tensor as an input, or make it before the plan");
  }

  @Override
  public boolean overlapsUploads() {
    return target.overlapsUploads();
  }

  @Override
  public long uploadAhead(MemorySegment source, Buffer to, long targetByteOffset) {
    upload(source, to, targetByteOffset);
    return 0;
  }

  @Override
  public void awaitUpload(long ticket) {
    throw refuse("waiting for an upload", "the upload is not part of what is replayed; pass its tensor as an input");
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment to) {
    throw refuse("reading from the device (item(), toFloats(), printing, …)", "the recorded work has not been done yet, and a"
        + " decision of the host would be frozen; return the tensor from the plan and read it afterwards, or use Plan.onHost");
  }

  @Override
  public void synchronize() {
    throw refuse("waiting for the device", "the recorded work has not been done yet");
  }

  @Override
  public void matmulPrecision(MatmulPrecision precision) {
    throw refuse("a change of the precision of matrix products", "it is a setting of the device; make it before the plan is"
        + " called");
  }

  @Override
  public MatmulPrecision matmulPrecision() {
    return target.matmulPrecision();
  }

  @Override
  public DeviceMemory deviceMemory() {
    return target.deviceMemory();
  }

  @Override
  public Readback readback(long bytes) {
    return target.readback(bytes);
  }

  @Override
  public FusedOps fused(Workspace workspace) {
    return this;
  }

  @Override
  public CallRecorder recorder(FusedOps fused) {
    throw refuse("another plan", "plans do not nest; call the function itself");
  }

  /** Does nothing: the backend is not owned. */
  @Override
  public void close() {}

  // ---- primitives

  @Override
  public void fill(View out, long bits) {
    take(() -> target.fill(out, bits), out);
  }

  @Override
  public void copy(View x, View out) {
    take(() -> target.copy(x, out), x, out);
  }

  @Override
  public void unary(Unary fn, View x, View out) {
    take(() -> target.unary(fn, x, out), x, out);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    take(() -> target.unaryGrad(fn, x, y, dy, dx), x, y, dy, dx);
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    take(() -> target.binary(op, a, b, out), a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    take(() -> target.select(condition, a, b, out), condition, a, b, out);
  }

  @Override
  public void cast(View x, View out) {
    take(() -> target.cast(x, out), x, out);
  }

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    take(() -> target.reduce(op, x, out), x, out);
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    take(() -> target.argReduce(largest, x, axis, out), x, out);
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    take(() -> target.gemm(alpha, a, b, beta, c), a, b, c);
  }

  @Override
  public void gather(View x, int axis, View index, View out) {
    take(() -> target.gather(x, axis, index, out), x, index, out);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    take(() -> target.scatterAdd(x, axis, index, out), x, index, out);
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    take(() -> target.random(kind, state, delta, out), state, out);
  }

  // ---- fused operations

  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    take(() -> ops.linear(x, w, bias, activation, out), x, w, bias, out);
  }

  @Override
  public void softmax(View x, int axis, boolean log, View y) {
    take(() -> ops.softmax(x, axis, log, y), x, y);
  }

  @Override
  public void softmaxGrad(View y, View dy, int axis, boolean log, View dx) {
    take(() -> ops.softmaxGrad(y, dy, axis, log, dx), y, dy, dx);
  }

  @Override
  public void crossEntropy(View x, View target, View loss, View grad) {
    take(() -> ops.crossEntropy(x, target, loss, grad), x, target, loss, grad);
  }

  @Override
  public void batchNorm(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y) {
    take(() -> ops.batchNorm(x, gamma, beta, runningMean, runningVariance, momentum, epsilon, mean, invStd, y),
        x, gamma, beta, runningMean, runningVariance, mean, invStd, y);
  }

  @Override
  public void batchNormInference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    take(() -> ops.batchNormInference(x, gamma, beta, mean, variance, epsilon, y), x, gamma, beta, mean, variance, y);
  }

  @Override
  public void batchNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    take(() -> ops.batchNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta), x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
  }

  @Override
  public void layerNorm(View x, View gamma, View beta, double epsilon, View mean, View invStd, View y) {
    take(() -> ops.layerNorm(x, gamma, beta, epsilon, mean, invStd, y), x, gamma, beta, mean, invStd, y);
  }

  @Override
  public void layerNormGrad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    take(() -> ops.layerNormGrad(x, gamma, mean, invStd, dy, dx, dgamma, dbeta), x, gamma, mean, invStd, dy, dx, dgamma, dbeta);
  }

  @Override
  public void dropout(View x, View state, long delta, double p, View y) {
    take(() -> ops.dropout(x, state, delta, p, y), x, state, y);
  }

  @Override
  public boolean prefersChannelsLast() {
    return ops.prefersChannelsLast();
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, View y) {
    take(() -> ops.convolution(x, w, bias, window, y), x, w, bias, y);
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, Unary activation, View y) {
    take(() -> ops.convolution(x, w, bias, window, activation, y), x, w, bias, y);
  }

  @Override
  public void convolutionInputGrad(View dy, View w, Window window, View dx) {
    take(() -> ops.convolutionInputGrad(dy, w, window, dx), dy, w, dx);
  }

  @Override
  public void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw) {
    take(() -> ops.convolutionWeightGrad(x, dy, window, beta, dw), x, dy, dw);
  }

  @Override
  public void maxPool(View x, Window window, View y, View indices) {
    take(() -> ops.maxPool(x, window, y, indices), x, y, indices);
  }

  @Override
  public void maxPoolGrad(View dy, View indices, Window window, View dx) {
    take(() -> ops.maxPoolGrad(dy, indices, window, dx), dy, indices, dx);
  }

  @Override
  public void avgPool(View x, Window window, boolean countPadding, View y) {
    take(() -> ops.avgPool(x, window, countPadding, y), x, y);
  }

  @Override
  public void avgPoolGrad(View dy, Window window, boolean countPadding, View dx) {
    take(() -> ops.avgPoolGrad(dy, window, countPadding, dx), dy, dx);
  }

  @Override
  public void cumulativeSum(View x, int axis, boolean reverse, View y) {
    take(() -> ops.cumulativeSum(x, axis, reverse, y), x, y);
  }

  @Override
  public void sort(View x, int axis, boolean descending, View values, View indices) {
    take(() -> ops.sort(x, axis, descending, values, indices), x, values, indices);
  }

  @Override
  public void optimizerStep(OptimizerStep step) {
    uses(step.parameters());
    uses(step.gradients());
    step.states().forEach(this::uses);
    take(() -> ops.optimizerStep(step), step.hyper());
  }

  @Override
  public void globalNorm(List<View> gradients, View out) {
    uses(gradients);
    take(() -> ops.globalNorm(gradients, out), out);
  }

  @Override
  public void clipToNorm(List<View> gradients, View norm, double maxNorm) {
    uses(gradients);
    take(() -> ops.clipToNorm(gradients, norm, maxNorm), norm);
  }
}
