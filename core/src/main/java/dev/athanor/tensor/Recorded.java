package dev.athanor.tensor;

import dev.athanor.backend.Replay;
import dev.athanor.memory.Pool;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A function that was {@link Recording recorded} and can be replayed. */
public final class Recorded implements AutoCloseable {
  private final Pool pool;
  private final Runnable[] steps;
  private final List<Replay> replays;
  private final Stepped[] stepped;
  private final List<Storage> kept;
  private final Storage[] changed;
  private final BooleanSupplier[] watched;

  Recorded(Pool pool, List<Runnable> steps, List<Replay> replays, List<Stepped> stepped, List<Storage> kept,
      List<Storage> changed, List<BooleanSupplier> watched) {
    this.pool = pool;
    this.steps = steps.toArray(Runnable[]::new);
    this.replays = replays;
    this.stepped = stepped.toArray(Stepped[]::new);
    this.kept = kept;
    this.changed = changed.toArray(Storage[]::new);
    this.watched = watched.toArray(BooleanSupplier[]::new);
  }

  /** Whether every switch that the function looked at stands as it did. */
  public boolean applies() {
    for (BooleanSupplier w : watched) {
      if (!w.getAsBoolean()) {
        return false;
      }
    }
    return true;
  }

  /** Whether memory it uses was given up by its owner: it must not be replayed any more. */
  public boolean isStale() {
    return pool.hasLost();
  }

  /** The number of calls to the backend that one replay stands for. */
  public int calls() {
    return replays.stream().mapToInt(Replay::calls).sum();
  }

  /** Replays the function on what its inputs hold now. May return before the work is done. */
  public void run() {
    for (Stepped s : stepped) {
      s.prepare();
    }
    boolean complete = false;
    try {
      for (Runnable step : steps) {
        step.run();
      }
      complete = true;
    } finally {
      for (Stepped s : stepped) {
        if (complete) {
          s.advanced();
        } else {
          s.failed();
        }
      }
      for (Storage s : changed) {
        s.changed("a replayed plan");
      }
    }
  }

  /** Releases what is held for replaying. */
  @Override
  public void close() {
    replays.forEach(Replay::close);
    kept.forEach(Storage::release);
  }
}
