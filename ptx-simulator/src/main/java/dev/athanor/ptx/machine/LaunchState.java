package dev.athanor.ptx.machine;

import dev.athanor.ptx.Check;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What all blocks of a launch share. */
public final class LaunchState {
  private static final Object[] LOCKS = new Object[256];

  static {
    Arrays.setAll(LOCKS, _ -> new Object());
  }

  /** Global memory. */
  public final DeviceMemory memory;
  /** The kernel's parameters. */
  public final Region parameters;
  /** Ticket of the first block; see {@link BlockOrder}. */
  public final long ticketBase;
  /** Whether reads of memory nobody wrote are followed. */
  public final boolean unwritten;
  /** Whether races on global memory are looked for. */
  public final boolean globalRaces;
  /** Whether races on shared memory are looked for. */
  public final boolean sharedRaces;
  /** Whether threads that miss a barrier are reported. */
  public final boolean barriers;
  /** Whether division by zero is reported. */
  public final boolean division;
  /** Whether transactions and bank conflicts are counted. */
  public final boolean counters;
  private final ConcurrentHashMap<Long, SyncLog> logs = new ConcurrentHashMap<>();
  private volatile boolean anyLog;

  /** Collects what a launch needs. */
  public LaunchState(DeviceMemory memory, Region parameters, long ticketBase, Set<Check> checks) {
    this.memory = memory;
    this.parameters = parameters;
    this.ticketBase = ticketBase;
    unwritten = checks.contains(Check.UNWRITTEN);
    globalRaces = checks.contains(Check.GLOBAL_RACES);
    sharedRaces = checks.contains(Check.SHARED_RACES);
    barriers = checks.contains(Check.BARRIERS);
    division = checks.contains(Check.DIVISION);
    counters = checks.contains(Check.COUNTERS);
  }

  /** The lock under which atomics on an address of global memory run. */
  public Object lock(long address) {
    return LOCKS[(int) (address >>> 3) * 0x9E3779B9 >>> 24];
  }

  /**
   * An atomic or a release on a global address, while holding its lock: publishes what the block fenced and takes over what other
   * blocks published there.
   */
  public void synchronize(long address, BlockOrder order, boolean release, boolean acquire) {
    if (!globalRaces) {
      return;
    }
    if (release && order.fencedTime() >= 0) {
      logs.computeIfAbsent(address, _ -> new SyncLog()).release(order);
      anyLog = true;
    }
    if (acquire && anyLog) {
      SyncLog log = logs.get(address);
      if (log != null) {
        order.acquire(log, log.length());
      }
    }
  }
}
