package dev.athanor.exec;

import dev.athanor.autograd.Tape;
import dev.athanor.backend.NotCapturableException;
import dev.athanor.memory.Pool;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Recorded;
import dev.athanor.tensor.Recording;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A function of tensors that runs as it is written at its first call, is recorded at its second, and replayed from then on: the
 * same calls to the device with the same memory, without the checks, layouts, allocations and graph that led to them. On a GPU a
 * replay is one launch of a captured graph. Replayed and written function come to the same bits.
 *
 * <pre>{@code
 * try (Plan step = Plan.of(device, in -> {
 *   Tensor loss = new CrossEntropy().of(model.apply(in.get(0)), in.get(1));
 *   loss.backward();
 *   optimizer.step();
 *   optimizer.zeroGrad();
 *   return List.of(loss);
 * })) {
 *   for (…) {
 *     double loss = step.run(x, target).getFirst().item();
 *   }
 * }
 * }</pre>
 *
 * <p><b>Inputs</b> are copied into tensors of the plan. A call with other types, shapes or layouts, or with a layer switched
 * between training and evaluation, is another recording; at most {@value #MOST} are kept, and what does not fit runs as it is
 * written. <b>Results</b> belong to the plan and hold until its next call. Everything else that the function uses, such as
 * parameters, is used where it lies: it may change its values between calls, but not its place. Learning rates, step counts and
 * the positions of random generators move on as if the function had run.
 *
 * <p><b>What cannot be recorded</b> is refused with a {@link NotCapturableException} that names it: reading from the device
 * inside the function, making tensors from host arrays, closing what was made before, results that still expect a gradient,
 * tensors (such as gradients) left behind. Nothing has happened then: parameters, generators and counts are where they were
 * before the call. Java statements of the function run once, while it is recorded; {@link #onHost} runs some at each call.
 *
 * <p>Used by one thread at a time. Close it before the tensors it uses, or their memory stays reserved until it is closed.
 */
public final class Plan implements AutoCloseable {
  /** Recordings kept at a time. */
  private static final int MOST = 8;
  /** Recordings made in all, before a plan whose tensors are closed again and again gives up. */
  private static final int MOST_EVER = 64;

  private final Device device;
  private final UnaryOperator<List<Tensor>> function;
  private final Consumer<NotCapturableException> refusal;
  private final List<Entry> entries = new ArrayList<>();
  private Pool pool;
  private List<Tensor> lastResults = List.of();
  private int recordings;
  private long replays;
  private boolean eager;
  private boolean closed;

  /** One signature: run once, or recorded. */
  private static final class Entry {
    private final List<Tensor> inputs;
    private Recorded recorded;
    private List<Tensor> results;

    private Entry(List<Tensor> inputs) {
      this.inputs = inputs;
    }

    private boolean takes(Input[] given) {
      if (given.length != inputs.size()) {
        return false;
      }
      for (int i = 0; i < given.length; i++) {
        if (!given[i].fits(inputs.get(i))) {
          return false;
        }
      }
      return recorded == null || recorded.applies();
    }

    private void fill(Input[] given) {
      for (int i = 0; i < given.length; i++) {
        given[i].fill(inputs.get(i));
      }
    }

    private void close() {
      if (recorded != null) {
        recorded.close();
        results.forEach(Tensor::close);
      }
      inputs.forEach(Tensor::close);
    }
  }

  private Plan(Device device, UnaryOperator<List<Tensor>> function, Consumer<NotCapturableException> refusal) {
    this.device = device;
    this.function = function;
    this.refusal = refusal;
    this.pool = device.allocator().pool();
  }

  /** A plan of a function, which throws what cannot be recorded. */
  public static Plan of(Device device, UnaryOperator<List<Tensor>> function) {
    return new Plan(device, function, null);
  }

  /**
   * A plan of a function, which runs as it is written, now and from then on, where it cannot be recorded.
   *
   * @param refusal hears once why
   */
  public static Plan orEager(Device device, UnaryOperator<List<Tensor>> function, Consumer<NotCapturableException> refusal) {
    return new Plan(device, function, refusal);
  }

  /**
   * Does something on the host at this place of a function on a device: at once where the function runs as it is written, at each
   * replay where it is being recorded. It may throw, to break the call off before what follows. On a GPU, it divides the captured
   * graph.
   */
  public static void onHost(Device device, Runnable action) {
    Recording recording = device.recording();
    if (recording == null) {
      action.run();
    } else {
      recording.host(action);
    }
  }

  /**
   * Looks at a tensor of a function at this place, as {@link #onHost(Device, Runnable)}.
   *
   * @param action gets the tensor, without history; may read it, such as by {@code item()}, which waits for the device
   */
  public static void onHost(Tensor tensor, Consumer<Tensor> action) {
    Recording recording = tensor.device().recording();
    if (recording == null) {
      action.accept(tensor.detach());
    } else {
      Tensor kept = recording.keep(tensor);
      recording.host(() -> action.accept(kept));
    }
  }

  /**
   * Says that what follows cannot be recorded: for layers, losses and metrics whose course changes with what the host knows, such
   * as by a counter of their own. Does nothing while nothing is recorded.
   *
   * @param what names it, such as {@code "a schedule by epoch"}
   * @throws NotCapturableException while a function is recorded
   */
  public static void forbid(Device device, String what) {
    Recording recording = device.recording();
    if (recording != null) {
      throw recording.recorder().refuse(what, "it says so itself: what it does changes from call to call");
    }
  }

  /** Calls the function with tensors on the plan's device. */
  public List<Tensor> run(Tensor... inputs) {
    Input[] all = new Input[inputs.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = new Input.OnDevice(inputs[i]);
    }
    return run(all);
  }

  /**
   * Calls the function.
   *
   * @return its results, without history; they belong to the plan and hold until its next call
   * @throws NotCapturableException at the second call of a signature, if the function cannot be recorded; the call did nothing
   */
  public List<Tensor> run(Input... inputs) {
    Checks.require(!closed, "plan", "it was closed");
    if (device.recording() != null) {
      throw device.recording().recorder().refuse("another plan", "plans do not nest; call the function itself");
    }
    for (int i = 0; i < inputs.length; i++) {
      check(i, inputs[i]);
    }
    if (pool.hasLost()) {
      forget();
    }
    Entry entry = eager ? null : find(inputs);
    if (entry == null) {
      return runAsWritten(inputs);
    }
    if (entry.recorded == null) {
      try {
        record(entry);
      } catch (NotCapturableException e) {
        entries.remove(entry);
        entry.close();
        if (refusal == null) {
          throw e;
        }
        eager = true;
        refusal.accept(e);
        return runAsWritten(inputs);
      }
    }
    entry.fill(inputs);
    dropLastResults(); // after they were read: they may be inputs
    entry.recorded.run();
    replays++;
    return entry.results;
  }

  private void check(int i, Input input) {
    switch (input) {
      case Input.OnDevice d -> {
        Checks.require(d.tensor().device() == device, "plan", () -> "input " + i + " lies on " + d.tensor().device()
            + ", the plan is for " + device);
        Checks.require(!Tape.wants(d.tensor()), "plan", () -> "input " + i + " expects a gradient, which a replay would not give"
            + " it; detach() it, or use it in the function without passing it");
      }
      case Input.OnHost h -> {
        long bytes = h.shape().size() * h.dtype().bytes();
        Checks.require(h.bytes().byteSize() == bytes, "plan", () -> "input " + i + ", " + h.dtype() + h.shape() + ", takes " + bytes
            + " bytes, not " + h.bytes().byteSize());
      }
    }
  }

  /** The recording for these inputs, one to be made now, or null where the function runs as written. */
  private Entry find(Input[] inputs) {
    for (Entry e : entries) {
      if (e.takes(inputs)) {
        return e;
      }
    }
    if (entries.size() < MOST && recordings < MOST_EVER) {
      List<Tensor> stable = new ArrayList<>(inputs.length);
      pool.enter();
      try (Scope _ = device.scope()) {
        for (Input in : inputs) {
          stable.add(in.stable(device).persist());
        }
      } finally {
        pool.leave();
      }
      entries.add(new Entry(stable));
    }
    return null;
  }

  private List<Tensor> runAsWritten(Input[] inputs) {
    List<Tensor> results;
    try (Scope _ = device.scope()) {
      List<Tensor> tensors = new ArrayList<>(inputs.length);
      for (Input in : inputs) {
        tensors.add(in.tensor(device));
      }
      results = keep(function.apply(tensors));
    }
    dropLastResults();
    lastResults = results;
    return results;
  }

  private void record(Entry entry) {
    recordings++;
    Recording recording = device.record(pool);
    List<Tensor> results = List.of();
    boolean complete = false;
    try {
      try (Scope _ = device.scope()) {
        List<Tensor> given = function.apply(entry.inputs);
        requireNoGraph(given);
        results = keep(given);
      }
      var kept = new ArrayList<>(entry.inputs);
      kept.addAll(results);
      entry.recorded = recording.end(kept);
      entry.results = results;
      complete = true;
    } finally {
      if (!complete) {
        recording.abandon();
        results.forEach(Tensor::close);
      }
    }
  }

  private static void requireNoGraph(List<Tensor> results) {
    for (int i = 0; i < results.size(); i++) {
      Tensor t = results.get(i);
      if (t.node() != null && t.node().inputCount() > 0) {
        throw new NotCapturableException("plan: result " + i + " (" + t.dtype() + t.shape() + ", made by " + t.node().op()
            + ") still expects a backward pass, whose graph would not be replayed: call backward() inside the function, or run it"
            + " under Tape.noGrad()");
      }
    }
  }

  /** The same tensors, without history and owned by no scope. */
  private static List<Tensor> keep(List<Tensor> results) {
    List<Tensor> kept = new ArrayList<>(results.size());
    for (Tensor t : results) {
      kept.add(t.detach().unownedAlias().persist());
    }
    return List.copyOf(kept);
  }

  private void dropLastResults() {
    lastResults.forEach(Tensor::close);
    lastResults = List.of();
  }

  /** How many calls were replays. */
  public long replays() {
    return replays;
  }

  /** How many recordings are kept now. */
  public int recordings() {
    return (int) entries.stream().filter(e -> e.recorded != null).count();
  }

  /** The calls to the device that the latest recording stands for; 0 without one. */
  public int calls() {
    return entries.stream().filter(e -> e.recorded != null).mapToInt(e -> e.recorded.calls()).reduce((_, last) -> last).orElse(0);
  }

  /** The device memory set apart for the recordings, in bytes. */
  public long bytes() {
    return pool.bytes();
  }

  /** Something the recordings use was closed: they cannot be replayed any more. */
  private void forget() {
    release();
    pool = device.allocator().pool();
  }

  private void release() {
    entries.forEach(Entry::close);
    entries.clear();
    pool.close();
  }

  /** Gives the memory back, results of the latest call included. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      dropLastResults();
      release();
    }
  }
}
