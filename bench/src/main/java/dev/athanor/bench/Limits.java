package dev.athanor.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What this machine can do at most, measured by loops that do nothing else. */
public final class Limits {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 2_000_000;
  /** Keeps the loops' results alive. */
  static final AtomicReference<FloatVector> SINK = new AtomicReference<>();

  private Limits() {}

  /** The best rate of fused multiply-adds from registers on all threads, in GFLOP/s. */
  public static double gigaflops(int threads) {
    double best = 0;
    for (int i = 0; i < 8; i++) {
      double seconds = onAll(threads, Limits::multiplyAdd);
      best = Math.max(best, 2.0 * 12 * SPECIES.length() * ROUNDS * threads / seconds / 1e9);
    }
    return best;
  }

  private static void multiplyAdd() {
    FloatVector x = FloatVector.broadcast(SPECIES, 0.999f);
    FloatVector y = FloatVector.broadcast(SPECIES, 0.001f);
    // Twelve independent chains: enough to fill two units of latency four.
    FloatVector a = y;
    FloatVector b = y;
    FloatVector c = y;
    FloatVector d = y;
    FloatVector e = y;
    FloatVector f = y;
    FloatVector g = y;
    FloatVector h = y;
    FloatVector k = y;
    FloatVector l = y;
    FloatVector m = y;
    FloatVector n = y;
    for (int i = 0; i < ROUNDS; i++) {
      a = a.fma(x, y);
      b = b.fma(x, y);
      c = c.fma(x, y);
      d = d.fma(x, y);
      e = e.fma(x, y);
      f = f.fma(x, y);
      g = g.fma(x, y);
      h = h.fma(x, y);
      k = k.fma(x, y);
      l = l.fma(x, y);
      m = m.fma(x, y);
      n = n.fma(x, y);
    }
    SINK.set(a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(k).add(l).add(m).add(n));
  }

  /**
   * The best rate of copying, read plus written, in GB/s.
   *
   * @param bytes the size of each thread's source; small ones stay in the caches
   */
  public static double copyBandwidth(int threads, long bytes) {
    double best = 0;
    int repeats = (int) Math.max(1, (256L << 20) / bytes);
    for (int i = 0; i < 6; i++) {
      double seconds = onAll(threads, () -> {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment from = arena.allocate(bytes, 64);
          MemorySegment to = arena.allocate(bytes, 64);
          MemorySegment.copy(from, 0, to, 0, bytes);
          long start = System.nanoTime();
          for (int r = 0; r < repeats; r++) {
            MemorySegment.copy(from, 0, to, 0, bytes);
          }
          COPY.set((System.nanoTime() - start) / 1e9);
        }
      }, true);
      best = Math.max(best, 2.0 * bytes * repeats * threads / seconds / 1e9);
    }
    return best;
  }

  private static final ThreadLocal<Double> COPY = ThreadLocal.withInitial(() -> 0.0);

  private static double onAll(int threads, Runnable work) {
    return onAll(threads, work, false);
  }

  /** Runs the work on all threads; the slowest one's time, as it measured itself where {@code own}. */
  private static double onAll(int threads, Runnable work, boolean own) {
    double[] seconds = new double[threads];
    CountDownLatch done = new CountDownLatch(threads);
    for (int i = 0; i < threads; i++) {
      int me = i;
      Thread.ofPlatform().start(() -> {
        long start = System.nanoTime();
        work.run();
        seconds[me] = own ? COPY.get() : (System.nanoTime() - start) / 1e9;
        done.countDown();
      });
    }
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return java.util.Arrays.stream(seconds).max().orElse(0);
  }
}
