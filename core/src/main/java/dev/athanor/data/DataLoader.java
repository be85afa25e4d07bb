package dev.athanor.data;

import dev.athanor.AthanorException;

/**
 * Batches of a data set, epoch after epoch, shuffled or in order, and filled ahead of time by a thread in the background.
 *
 * <pre>{@code
 * try (var loader = DataLoader.of(train).batch(32).shuffle(seed).build()) {
 *   for (int epoch = 0; epoch < epochs; epoch++) {
 *     for (Batch b = loader.next(); b != null; b = loader.next()) {
 *       step(b);
 *     }
 *     loader.nextEpoch();
 *   }
 * }
 * }</pre>
 *
 * <p>Which examples a batch holds depends on nothing but the data set, the batch size, the seed, the epoch and the batch's
 * place in it; prefetching changes nothing but the time. {@link #state} says which batch comes next, and {@link #restore}
 * continues from there exactly.
 *
 * <p>One thread uses a loader at a time. An error while a batch is filled reaches the caller of {@link #next}, with its cause.
 */
public final class DataLoader implements AutoCloseable {
  private final Dataset data;
  private final int batchSize;
  private final int batches;
  private final BatchRing ring;
  private State state;
  private boolean closed;

  private DataLoader(Builder b) {
    this.data = b.data;
    this.batchSize = b.batchSize;
    this.batches = b.batches();
    this.state = new State(b.seed, 0, 0);
    this.ring = new BatchRing(data, batchSize, batches, b.shuffled, b.ahead(), state);
  }

  /**
   * Where a loader stands.
   *
   * @param seed the seed of the epochs' orders; 0 if not shuffled
   * @param epoch the current epoch, from 0
   * @param nextBatch the batch that {@link #next} returns next, from 0; the number of batches once the epoch is over
   */
  public record State(long seed, int epoch, int nextBatch) {}

  /** Begins a loader over a data set, in order, with batches of 32. */
  public static Builder of(Dataset data) {
    return new Builder(data);
  }

  /** The data set. */
  public Dataset data() {
    return data;
  }

  /** The number of examples in every batch but perhaps the last. */
  public int batchSize() {
    return batchSize;
  }

  /** The number of batches in an epoch. */
  public int batchesPerEpoch() {
    return batches;
  }

  /** Where this loader stands; may be saved and given to {@link #restore} of a loader with the same data and settings. */
  public State state() {
    return state;
  }

  /** The current epoch, from 0. */
  public int epoch() {
    return state.epoch;
  }

  /**
   * The next batch of the current epoch.
   *
   * @return the batch, valid until the next call; null once the epoch is over, until {@link #nextEpoch}
   * @throws AthanorException if the data set reported a fault of the data; its cause is that error
   * @throws IllegalStateException if filling the batch failed otherwise (its cause is that error), or this loader is closed
   */
  public Batch next() {
    checkOpen();
    if (state.nextBatch == batches) {
      return null;
    }
    Batch batch = ring.take();
    state = new State(state.seed, state.epoch, state.nextBatch + 1);
    return batch;
  }

  /**
   * The batch that will be the next one, where it lies ready: to look ahead, without taking it. At the end of an epoch it is the
   * first one of the next.
   *
   * @return the batch, valid until it has been taken by {@link #next} and that is called again; null if it is not filled yet, or
   *     this loader does not prefetch
   * @throws IllegalStateException if this loader is closed
   */
  public Batch peek() {
    checkOpen();
    return ring.peek();
  }

  /** Goes to the beginning of the next epoch; batches of the current one that were not taken yet are left out. */
  public void nextEpoch() {
    checkOpen();
    boolean over = state.nextBatch == batches;
    state = new State(state.seed, Math.addExact(state.epoch, 1), 0);
    if (!over) {
      ring.restart(state);
    }
  }

  /**
   * Continues from a saved state: the batches that follow are the same, bit for bit, as those that followed then.
   *
   * @param saved what {@link #state} returned, from a loader with the same data and settings
   * @throws AthanorException if this loader's epochs have fewer batches than the state says
   */
  public void restore(State saved) {
    checkOpen();
    if (saved.epoch < 0 || saved.nextBatch < 0 || saved.nextBatch > batches) {
      throw new AthanorException("data loader of " + data.name() + ": cannot continue at epoch " + saved.epoch + ", batch "
          + saved.nextBatch + ": an epoch has " + batches + " batches of " + batchSize
              + "; use the same data and batch size as before");
    }
    state = saved;
    ring.restart(saved);
  }

  /** Ends the background thread, once it has finished the batch it is at, and frees the staging memory. May be called twice. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      ring.close();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the data loader of " + data.name() + " is closed");
    }
  }

  /** The settings of a loader. */
  public static final class Builder {
    private static final int SMALL_BATCH_BYTES = 1 << 16;

    private final Dataset data;
    private int batchSize = 32;
    private boolean shuffled;
    private long seed;
    private boolean dropLast;
    private int prefetch = -1;

    private Builder(Dataset data) {
      this.data = data;
    }

    /** The number of examples in a batch; 32 if not called. */
    public Builder batch(int size) {
      this.batchSize = size;
      return this;
    }

    /** Puts the examples of every epoch in an order that depends on the seed and the epoch alone. */
    public Builder shuffle(long seed) {
      this.shuffled = true;
      this.seed = seed;
      return this;
    }

    /** Leaves out the last batch of an epoch if it is smaller than the others. */
    public Builder dropLast() {
      this.dropLast = true;
      return this;
    }

    /**
     * How many batches are filled ahead of time; 0 fills each when it is asked for. If not called: 3, or 0 where that is
     * faster, which is for small batches from memory.
     */
    public Builder prefetch(int batches) {
      this.prefetch = batches;
      return this;
    }

    /**
     * The loader; the caller closes it.
     *
     * @throws AthanorException if the batch size is below 1 or above the number of examples (the message says both), or {@code
     *     prefetch} is out of range
     */
    public DataLoader build() {
      if (data.size() == 0) {
        throw new AthanorException(data.name() + ": there are no examples to load");
      }
      if (batchSize < 1) {
        throw new AthanorException(data.name() + ": expected a batch size of at least 1, found " + batchSize);
      }
      if (batchSize > data.size()) {
        throw new AthanorException(data.name() + ": a batch of " + batchSize + " is larger than the data of " + data.size()
            + " examples; choose a batch size of at most " + data.size());
      }
      if (prefetch < -1 || prefetch > 1000) {
        throw new AthanorException(data.name() + ": expected 0 to 1000 batches to prefetch, found " + prefetch);
      }
      return new DataLoader(this);
    }

    private int batches() {
      return dropLast ? data.size() / batchSize : Math.ceilDiv(data.size(), batchSize);
    }

    /** Handing a batch from thread to thread costs some microseconds: as much as copying a small one. */
    private int ahead() {
      if (prefetch >= 0) {
        return prefetch;
      }
      boolean small = batchSize * data.featureShape().size() * Float.BYTES <= SMALL_BATCH_BYTES;
      return small && data.inMemory() ? 0 : 3;
    }
  }
}
