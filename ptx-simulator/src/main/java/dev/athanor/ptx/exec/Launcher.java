package dev.athanor.ptx.exec;

import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.SimulationFault;
import dev.athanor.ptx.isa.Code;
import dev.athanor.ptx.machine.Counters;
import dev.athanor.ptx.machine.LaunchState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs launches on all threads of a device. The registers and shared memory a launch needed are kept for the next one of the same
 * kernel, because a training run makes the same small launches again and again.
 */
public final class Launcher implements AutoCloseable {
  /** Idle block runners that are kept. */
  private static final int KEPT = 64;

  /**
   * What a block runner is made for.
   *
   * @param kernel           name of the kernel
   * @param code             its code
   * @param addresses        addresses of module variables by register
   * @param block            threads of a block
   * @param sharedBytes      static and dynamic shared memory of a block
   * @param instructionLimit instructions a warp may execute
   */
  public record Setup(String kernel, Code code, Map<Integer, Long> addresses, Dim3 block, int sharedBytes,
      long instructionLimit) {
    private boolean same(Setup o) {
      return code == o.code && block.equals(o.block) && sharedBytes == o.sharedBytes && instructionLimit == o.instructionLimit;
    }

    /** Code is told apart by identity: comparing it would mean comparing programs. */
    @Override
    public boolean equals(Object o) {
      return o instanceof Setup s && same(s);
    }

    @Override
    public int hashCode() {
      return Objects.hash(System.identityHashCode(code), block, sharedBytes);
    }
  }

  private final int threads;
  private final Map<Setup, ArrayDeque<BlockRunner>> idle = new LinkedHashMap<>(16, 0.75f, true);
  private int kept;
  private ExecutorService pool;

  /** @param threads workers, the caller's thread included */
  public Launcher(int threads) {
    this.threads = threads;
  }

  /** A launch in progress. */
  private static final class Job {
    final Setup setup;
    final LaunchState launch;
    final Dim3 grid;
    final AtomicLong next = new AtomicLong();
    private final Map<Long, SimulationFault> faults = new HashMap<>();

    Job(Setup setup, LaunchState launch, Dim3 grid) {
      this.setup = setup;
      this.launch = launch;
      this.grid = grid;
    }

    synchronized void fault(long block, SimulationFault f) {
      faults.put(block, f);
      next.set(grid.count());
    }

    /** Of several faults found at once, that of the lowest block. */
    synchronized void check() {
      faults.keySet().stream().min(Long::compare).ifPresent(b -> {
        throw faults.get(b);
      });
    }
  }

  /**
   * Runs all blocks of a launch, the caller's thread among the workers.
   *
   * @throws SimulationFault the first error found
   */
  public Counters run(Setup setup, LaunchState launch, Dim3 grid) {
    Job job = new Job(setup, launch, grid);
    int workers = (int) Math.min(threads, grid.count());
    List<Future<Counters>> others = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      others.add(pool().submit(() -> work(job)));
    }
    Counters sum = new Counters(OpClass.values().length);
    RuntimeException unexpected = null;
    try {
      sum.add(work(job));
    } catch (RuntimeException e) {
      unexpected = e;
      job.next.set(grid.count());
    }
    for (Future<Counters> f : others) {
      try {
        sum.add(f.get());
      } catch (ExecutionException e) {
        unexpected = e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        unexpected = new IllegalStateException("interrupted while a kernel ran", e);
      }
    }
    job.check();
    if (unexpected != null) {
      throw unexpected;
    }
    return sum;
  }

  private Counters work(Job job) {
    Counters counters = new Counters(OpClass.values().length);
    BlockRunner runner = take(job.setup);
    runner = runner == null ? new BlockRunner(job.setup, job.launch) : runner;
    runner.prepare(job.launch, job.grid, counters);
    long blocks = job.grid.count();
    for (long b = job.next.getAndIncrement(); b < blocks; b = job.next.getAndIncrement()) {
      try {
        runner.run(b);
      } catch (SimulationFault f) {
        job.fault(b, f);
        return counters;
      }
    }
    keep(job.setup, runner);
    return counters;
  }

  private synchronized BlockRunner take(Setup setup) {
    ArrayDeque<BlockRunner> q = idle.get(setup);
    BlockRunner r = q == null ? null : q.poll();
    kept -= r == null ? 0 : 1;
    return r;
  }

  /** Keeps a runner; drops the ones that were not used for longest. */
  private synchronized void keep(Setup setup, BlockRunner runner) {
    idle.computeIfAbsent(setup, _ -> new ArrayDeque<>()).add(runner);
    kept++;
    for (Iterator<ArrayDeque<BlockRunner>> i = idle.values().iterator(); kept > KEPT && i.hasNext();) {
      kept -= i.next().size();
      i.remove();
    }
  }

  private ExecutorService pool() {
    if (pool == null) {
      pool = Executors.newFixedThreadPool(threads - 1, r -> {
        Thread t = new Thread(r, "ptx-simulator");
        t.setDaemon(true);
        return t;
      });
    }
    return pool;
  }

  @Override
  public synchronized void close() {
    if (pool != null) {
      pool.shutdown();
      pool = null;
    }
    idle.clear();
    kept = 0;
  }
}
