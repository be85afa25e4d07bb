package dev.athanor.ptx.exec;

import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.SimulationFault;
import dev.athanor.ptx.isa.Code;
import dev.athanor.ptx.machine.Counters;
import dev.athanor.ptx.machine.LaunchState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Runs the blocks of a launch on all threads of a device. */
public final class Launcher {
  private final String kernel;
  private final Code code;
  private final Map<Integer, Long> addresses;
  private final LaunchState launch;
  private final Dim3 grid;
  private final Dim3 block;
  private final int sharedBytes;
  private final long instructionLimit;
  private final AtomicLong next = new AtomicLong();
  private long faultyBlock = Long.MAX_VALUE;
  private SimulationFault fault;

  /**
   * @param addresses        addresses of module variables by register
   * @param sharedBytes      static and dynamic shared memory of a block
   * @param instructionLimit instructions a warp may execute
   */
  public Launcher(String kernel, Code code, Map<Integer, Long> addresses, LaunchState launch, Dim3 grid, Dim3 block, int sharedBytes,
      long instructionLimit) {
    this.kernel = kernel;
    this.code = code;
    this.addresses = addresses;
    this.launch = launch;
    this.grid = grid;
    this.block = block;
    this.sharedBytes = sharedBytes;
    this.instructionLimit = instructionLimit;
  }

  /**
   * Runs all blocks, the caller's thread among the workers.
   *
   * @param pool    further threads; null for none
   * @param threads workers, the caller included
   * @throws SimulationFault the first error found; of several found at once that of the lowest block
   */
  public Counters run(ExecutorService pool, int threads) {
    int workers = (int) Math.min(threads, grid.count());
    List<Future<Counters>> others = new ArrayList<>();
    for (int i = 1; i < workers; i++) {
      others.add(pool.submit(this::work));
    }
    RuntimeException unexpected = null;
    Counters sum = null;
    try {
      sum = work();
    } catch (RuntimeException e) {
      unexpected = e;
      next.set(grid.count());
    }
    for (Future<Counters> f : others) {
      try {
        Counters c = f.get();
        if (sum != null) {
          sum.add(c);
        }
      } catch (ExecutionException e) {
        unexpected = e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        unexpected = new IllegalStateException("interrupted while a kernel ran", e);
      }
    }
    if (fault != null) {
      throw fault;
    }
    if (unexpected != null) {
      throw unexpected;
    }
    return sum;
  }

  private Counters work() {
    Counters counters = new Counters(OpClass.values().length);
    BlockRunner runner = new BlockRunner(kernel, code, addresses, launch, grid, block, sharedBytes, instructionLimit, counters);
    long blocks = grid.count();
    for (long b = next.getAndIncrement(); b < blocks; b = next.getAndIncrement()) {
      try {
        runner.run(b);
      } catch (SimulationFault f) {
        report(b, f);
        next.set(blocks);
      }
    }
    return counters;
  }

  private synchronized void report(long b, SimulationFault f) {
    if (b < faultyBlock) {
      faultyBlock = b;
      fault = f;
    }
  }
}
