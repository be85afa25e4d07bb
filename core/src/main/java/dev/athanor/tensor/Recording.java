package dev.athanor.tensor;

import dev.athanor.autograd.Node;
import dev.athanor.backend.Backend;
import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.NotCapturableException;
import dev.athanor.backend.Replay;
import dev.athanor.memory.Pool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A function being recorded on a device by one thread: while it is open, that thread's operations go to a {@link CallRecorder}
 * and its memory comes from a {@link Pool}. Users record with {@link dev.athanor.exec.Plan}; operations that keep state on the
 * host ask {@link Device#recording} and say here what a replay must know.
 */
public final class Recording {
  private final Device device;
  private final Thread thread = Thread.currentThread();
  private final Pool pool;
  private final CallRecorder recorder;
  private final List<Replay> replays = new ArrayList<>();
  private final List<Runnable> steps = new ArrayList<>();
  private final List<Storage> made = new ArrayList<>();
  private final List<Storage> kept = new ArrayList<>();
  private final List<Runnable> fills = new ArrayList<>();
  private final Set<Storage> changed = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Node> leaves = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Object, Stepped> stepped = new LinkedHashMap<>();
  private final List<Watch> watched = new ArrayList<>();
  private int sealed;
  private boolean closed;

  /** A switch that the function looked at. */
  private record Watch(BooleanSupplier now, boolean then) {}

  Recording(Device device, Backend backend, FusedOps fused, Pool pool) {
    this.device = device;
    this.pool = pool;
    this.recorder = backend.recorder(fused);
    MatmulPrecision precision = backend.matmulPrecision();
    watch(() -> backend.matmulPrecision() == precision);
    pool.enter();
  }

  // ---- for operations

  /**
   * Takes part with state that moves on with each run. Called at each use; the state is made at the first.
   *
   * @param owner whose state it is
   * @return the state that takes part for this owner
   */
  @SuppressWarnings("unchecked")
  public <S extends Stepped> S join(Object owner, Supplier<S> state) {
    return (S) stepped.computeIfAbsent(owner, _ -> state.get());
  }

  /** Notes that the function's course depends on a switch: where it stands otherwise, this recording does not apply. */
  public void watch(BooleanSupplier value) {
    watched.add(new Watch(value, value.getAsBoolean()));
  }

  /** Does something on the host at this place of each replay. It may wait for the device, and throw to break the replay off. */
  public void host(Runnable action) {
    cut();
    steps.add(action);
  }

  /** A scalar of the recording's own that every replay finds unchanged. */
  public View constant(DType dtype, double value) {
    return constantBits(dtype, dtype.bits(value)).view();
  }

  TensorImpl constantBits(DType dtype, long bits) {
    pool.leave(); // what lies in the pool may be overwritten by what was recorded with the same memory before
    Storage storage = device.storage("constant", dtype, Shape.SCALAR);
    pool.enter();
    kept.add(storage);
    View view = View.of(storage.buffer, dtype, Shape.SCALAR);
    fills.add(() -> device.backend().fill(view, bits));
    return TensorImpl.share(storage, view, null);
  }

  /** The same tensor without history, which holds its memory as long as the recording. */
  public Tensor keep(Tensor tensor) {
    TensorImpl t = (TensorImpl) tensor;
    kept.add(t.storage());
    return TensorImpl.shareUnowned(t.storage(), t.view(), null);
  }

  /** A leaf's gradient was replaced. */
  public void gradientSet(Node leaf) {
    leaves.add(leaf);
  }

  /** Where calls go. */
  public CallRecorder recorder() {
    return recorder;
  }

  // ---- for storages

  boolean isMine() {
    return thread == Thread.currentThread();
  }

  void made(Storage storage) {
    made.add(storage);
    storage.recording = this;
  }

  void changed(Storage storage) {
    changed.add(storage);
  }

  void freed(Storage storage) {
    if (storage.recording != this) {
      recorder.refuse("closing a tensor made before (by '" + storage.origin + "')", "a replay would find it closed; if it is a"
          + " gradient, let the recorded function drop gradients at its end, not at its start");
    }
  }

  // ---- for Plan

  private void cut() {
    Replay r = recorder.cut();
    if (r.calls() == 0) {
      r.close();
    } else {
      replays.add(r);
      steps.add(r::run);
    }
  }

  /**
   * Ends recording.
   *
   * @param passed the function's inputs and results, which outlive it
   * @throws NotCapturableException if anything was refused, or another tensor outlives the function; abandon the recording then
   */
  public Recorded end(List<Tensor> passed) {
    for (Stepped s : stepped.values()) {
      s.seal(this);
      sealed++;
    }
    cut();
    requireComplete(passed);
    leave();
    pool.hold(recorder.buffers());
    fills.forEach(Runnable::run);
    return new Recorded(pool, List.copyOf(steps), List.copyOf(replays), List.copyOf(stepped.values()), List.copyOf(kept),
        List.copyOf(changed), watched.stream().map(w -> (BooleanSupplier) () -> w.now.getAsBoolean() == w.then).toList());
  }

  private void requireComplete(List<Tensor> passed) {
    if (recorder.refused() != null) {
      throw recorder.refused();
    }
    Set<Storage> expected = Collections.newSetFromMap(new IdentityHashMap<>());
    expected.addAll(kept);
    passed.forEach(t -> expected.add(((TensorImpl) t).storage()));
    for (Storage s : made) {
      if (!s.isFree() && !expected.contains(s)) {
        throw recorder.refuse("a tensor that outlives the function without being a result (made by '" + s.origin + "')",
            "a replay would not make it anew; return it, or let go of it inside: of gradients by zeroGrad() at the end");
      }
    }
  }

  private void leave() {
    if (!closed) {
      closed = true;
      recorder.end();
      pool.leave();
      device.recorded();
      made.forEach(s -> s.recording = null);
    }
  }

  /** Gives the recording up. The device is usable as before, and host state is where it was. */
  public void abandon() {
    leave();
    stepped.values().stream().skip(sealed).forEach(Stepped::undo);
    for (Node leaf : leaves) {
      Tensor g = leaf.gradient();
      if (g != null && !g.isClosed() && made.contains(((TensorImpl) g).storage())) {
        leaf.gradient(null);
      }
    }
    replays.forEach(Replay::close);
    kept.forEach(Storage::release);
  }
}
