package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The staging memory of a {@link DataLoader}: a ring of batches, filled in order by one background thread and taken in order by
 * the consumer. Without prefetching it is a single batch that the consumer's own thread fills.
 *
 * <p>The consumer holds the batch it took last; the thread fills the others and waits when they are full. It is woken when half
 * of them are free, not at every batch: waking a thread costs more than copying a small batch.
 */
final class BatchRing {
  private static final long ALIGNMENT = 64;
  /** Philox's stream of the first epoch's order; those that follow take the next ones. */
  private static final long STREAM = 0x4C4F4144_00000000L;

  private final Dataset data;
  private final int batchSize;
  private final int batches;
  private final boolean shuffled;
  private final Arena arena = Arena.ofShared();
  private final Slot[] slots;
  private final Shape fullFeatures;
  private final Shape fullTargets;

  // Touched only by the thread that fills: the indices in the order of one epoch.
  private final int[] order;
  private long orderSeed;
  private int orderEpoch = -1;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition freed = lock.newCondition();
  private final Condition idle = lock.newCondition();
  // Guarded by the lock.
  private final Thread thread;
  private boolean started;
  private boolean closed;
  private boolean busy;
  private boolean holding;
  private boolean restarting;
  private int ready;
  private int take;
  private int fill;
  private long seed;
  private int epoch;
  private int batch;
  private Throwable failure;

  private record Slot(MemorySegment features, MemorySegment targets) {}

  BatchRing(Dataset data, int batchSize, int batches, boolean shuffled, int ahead, DataLoader.State start) {
    this.data = data;
    this.batchSize = batchSize;
    this.batches = batches;
    this.shuffled = shuffled;
    this.fullFeatures = batched(batchSize, data.featureShape());
    this.fullTargets = batched(batchSize, data.target().shape());
    this.slots = new Slot[ahead + 1];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot(arena.allocate(fullFeatures.size() * Float.BYTES, ALIGNMENT),
          arena.allocate(batchSize * data.target().bytes(), ALIGNMENT));
    }
    this.order = new int[data.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    this.seed = start.seed();
    this.thread = ahead == 0 ? null : Thread.ofPlatform().daemon().name("athanor-data-" + data.name()).unstarted(this::fillAhead);
  }

  /** The next batch; frees the one taken before. */
  Batch take() {
    return thread == null ? takeOwn() : takeFilled();
  }

  /** The batch that {@link #take} gives next, if it was filled already, else null. Its memory holds it until it was taken. */
  Batch peek() {
    if (thread == null) {
      return null;
    }
    lock.lock();
    try {
      if (ready == 0) {
        return null;
      }
      long ahead = (long) epoch * batches + batch - ready;
      return batch(slots[(take + (holding ? 1 : 0)) % slots.length], (int) (ahead / batches), (int) (ahead % batches));
    } finally {
      lock.unlock();
    }
  }

  /** Goes to another place; whatever was filled ahead is dropped. */
  void restart(DataLoader.State at) {
    lock.lock();
    try {
      restarting = true;
      while (busy) {
        idle.awaitUninterruptibly();
      }
      restarting = false;
      ready = 0;
      take = 0;
      fill = 0;
      holding = false;
      failure = null;
      seed = at.seed();
      epoch = at.epoch();
      batch = at.nextBatch();
      normalise();
      freed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread and frees the memory. */
  void close() {
    lock.lock();
    try {
      closed = true;
      freed.signal();
    } finally {
      lock.unlock();
    }
    if (thread != null && started) {
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException _) {
          interrupted = true; // the memory must not go while the thread writes to it
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    arena.close();
  }

  private Batch takeOwn() {
    try {
      fill(slots[0], seed, epoch, batch);
    } catch (Throwable t) {
      throw failed(t, epoch, batch);
    }
    Batch result = batch(slots[0], epoch, batch);
    advance();
    return result;
  }

  private Batch takeFilled() {
    lock.lock();
    try {
      if (!started) {
        started = true;
        thread.start();
      }
      if (holding) {
        holding = false;
        take = (take + 1) % slots.length;
        if (free() >= Math.max(1, slots.length / 2)) {
          freed.signal();
        }
      }
      while (ready == 0 && failure == null) {
        filled.awaitUninterruptibly();
      }
      if (ready == 0) {
        throw failed(failure, epoch, batch);
      }
      // The thread is at (epoch, batch), and `ready` batches ahead of the consumer.
      long ahead = (long) epoch * batches + batch - ready;
      ready--;
      holding = true;
      return batch(slots[take], (int) (ahead / batches), (int) (ahead % batches));
    } finally {
      lock.unlock();
    }
  }

  private int free() {
    return slots.length - ready - (holding ? 1 : 0);
  }

  private void fillAhead() {
    while (true) {
      int e;
      int b;
      long s;
      Slot slot;
      lock.lock();
      try {
        while (!closed && (restarting || free() == 0 || failure != null)) {
          freed.awaitUninterruptibly();
        }
        if (closed) {
          return;
        }
        s = seed;
        e = epoch;
        b = batch;
        slot = slots[fill];
        busy = true;
      } finally {
        lock.unlock();
      }
      Throwable error = null;
      try {
        fill(slot, s, e, b);
      } catch (Throwable t) {
        error = t;
      }
      lock.lock();
      try {
        busy = false;
        if (error == null) {
          ready++;
          fill = (fill + 1) % slots.length;
          advance();
        } else {
          failure = error;
        }
        filled.signal();
        idle.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  private void advance() {
    batch++;
    normalise();
  }

  private void normalise() {
    if (batch == batches) {
      batch = 0;
      epoch++;
    }
  }

  private void fill(Slot slot, long seed, int epoch, int batch) {
    if (shuffled && (epoch != orderEpoch || seed != orderSeed)) {
      orderEpoch = -1; // until the array holds one order again
      Permutation.fill(order, seed, STREAM + epoch);
      orderEpoch = epoch;
      orderSeed = seed;
    }
    data.copyBatch(order, batch * batchSize, count(batch), slot.features, slot.targets);
  }

  private int count(int batch) {
    return Math.min(batchSize, data.size() - batch * batchSize);
  }

  private Batch batch(Slot slot, int epoch, int batch) {
    int n = count(batch);
    if (n == batchSize) {
      return new Batch(epoch, batch, n, slot.features, fullFeatures, slot.targets, fullTargets);
    }
    Shape features = batched(n, data.featureShape());
    return new Batch(epoch, batch, n, slot.features.asSlice(0, features.size() * Float.BYTES), features,
        slot.targets.asSlice(0, n * data.target().bytes()), batched(n, data.target().shape()));
  }

  private static Shape batched(int n, Shape one) {
    return one.insert(0, n);
  }

  /** A fault of the data stays one that the user can mend; anything else is a fault of the program, whose stack trace matters. */
  private RuntimeException failed(Throwable cause, int epoch, int batch) {
    String where = "batch " + batch + " of epoch " + epoch + " of " + data.name();
    return cause instanceof AthanorException
        ? new AthanorException(cause.getMessage() + " (while loading " + where + ")", cause)
        : new IllegalStateException("loading " + where + " failed: " + cause, cause);
  }
}
