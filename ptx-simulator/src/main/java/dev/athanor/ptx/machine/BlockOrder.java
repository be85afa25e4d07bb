package dev.athanor.ptx.machine;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * What happened before what, seen from one running block. The race check keeps, for memory cells, records of who touched them
 * last; this class makes such records and says whether the access they tell of is ordered before a new one.
 *
 * <p>A record is a long: ticket of the block (31 bits), the block's time (19), a mark for atomic accesses, how many threads it
 * stands for (2 bits: one, several of one warp, several of one block, several blocks) and the thread in the block (10). Tickets
 * count blocks over all launches of a device, so a record of an earlier launch is recognised by its small ticket and nothing
 * needs clearing between launches. Time advances at each barrier. Zero means no access.
 *
 * <p>Order comes from: program order; barriers of the block (all threads, or the warps of a counted barrier); {@code
 * bar.warp.sync}; and, between blocks, a fence followed by an atomic that another block's atomic then reads (per block, see
 * {@link SyncLog}).
 */
public final class BlockOrder {
  static final int ONE = 0;
  static final int WARP = 1;
  static final int BLOCK = 2;
  static final int GRID = 3;
  private static final long ATOMIC = 1L << 12;
  private static final int MAX_TIME = (1 << 19) - 1;

  private long launchBase;
  private long ticket;
  private long stamp;
  private long fullStamp;
  private long launchStamp;
  private int time;
  private int fullTime;
  private int fencedTime = -1;
  private final int[] warpTime = new int[32];
  private int[][] laneClock;
  private int[] warpClock;
  private Map<SyncLog, Integer> acquired;
  /** After a conflict was found: whether the earlier access was a read. */
  boolean conflictWasRead;

  /** Begins a block. */
  public void begin(long newLaunchBase, long newTicket) {
    launchBase = newLaunchBase;
    ticket = newTicket;
    time = 0;
    fullTime = 0;
    fencedTime = -1;
    Arrays.fill(warpTime, 0);
    laneClock = null;
    warpClock = null;
    acquired = null;
    stamp = ticket << 32;
    fullStamp = stamp;
    launchStamp = launchBase << 32;
  }

  private void tick() {
    if (time == MAX_TIME) {
      throw new UnsupportedOperationException("more than " + MAX_TIME + " barriers in one block: switch the race checks off");
    }
    time++;
    stamp = ticket << 32 | (long) time << 13;
  }

  /** All threads of the block have met. */
  public void blockBarrier() {
    tick();
    fullTime = time;
    fullStamp = stamp;
  }

  /** Warps have met at a counted barrier: what {@code arrived} did before is ordered before what {@code released} do next. */
  public void partialBarrier(int arrived, int released) {
    tick();
    if (warpClock == null) {
      warpClock = new int[32 * 32];
    }
    for (int v = 0; v < 32; v++) {
      if ((released >>> v & 1) != 0) {
        for (int u = 0; u < 32; u++) {
          if ((arrived >>> u & 1) != 0) {
            warpClock[v * 32 + u] = time;
            for (int x = 0; x < 32; x++) {
              warpClock[v * 32 + x] = Math.max(warpClock[v * 32 + x], warpClock[u * 32 + x]);
            }
          }
        }
      }
    }
  }

  /** Lanes of a warp have met at {@code bar.warp.sync}. */
  public void warpBarrier(int warp, int lanes, int live) {
    tick();
    if ((lanes & live) == live) {
      warpTime[warp] = time;
      return;
    }
    if (laneClock == null) {
      laneClock = new int[32][];
    }
    int[] clock = laneClock[warp] == null ? laneClock[warp] = new int[32 * 32] : laneClock[warp];
    int[] joined = new int[32];
    for (int u = 0; u < 32; u++) {
      if ((lanes >>> u & 1) != 0) {
        for (int x = 0; x < 32; x++) {
          joined[x] = Math.max(joined[x], (lanes >>> x & 1) != 0 ? time : clock[u * 32 + x]);
        }
      }
    }
    for (int v = 0; v < 32; v++) {
      if ((lanes >>> v & 1) != 0) {
        System.arraycopy(joined, 0, clock, v * 32, 32);
      }
    }
  }

  /** A fence at device scope: what the block did so far can be published by its next atomic. */
  public void fence() {
    fencedTime = time;
  }

  /** Time up to which a release publishes, or -1 if there was no fence. */
  int fencedTime() {
    return fencedTime;
  }

  long ticket() {
    return ticket;
  }

  Map<SyncLog, Integer> acquired() {
    return acquired == null ? Map.of() : acquired;
  }

  /** The block has seen a log up to a length. */
  void acquire(SyncLog log, int length) {
    if (acquired == null) {
      acquired = new IdentityHashMap<>();
    }
    acquired.put(log, length);
  }

  /** The record of an access now. */
  long record(int thread, boolean atomic) {
    return stamp | (atomic ? ATOMIC | thread : thread);
  }

  static boolean atomic(long record) {
    return (record & ATOMIC) != 0;
  }

  static int level(long record) {
    return (int) (record >>> 10) & 3;
  }

  /** Ticket of the block an access belongs to. */
  private static long ticket(long record) {
    return record >>> 32;
  }

  private static int time(long record) {
    return (int) (record >>> 13) & MAX_TIME;
  }

  /** Whether a recorded access happened before whatever a thread of this block does now. */
  boolean ordered(long record, int thread) {
    long t = record >>> 32;
    if (t < launchBase) {
      return true;
    }
    if (t != ticket) {
      return level(record) != GRID && acquired != null && known(t, time(record));
    }
    int when = time(record);
    int level = level(record);
    if (level == GRID) {
      return false;
    }
    return when < fullTime || level == ONE && ((int) record & 1023) == thread || partlyOrdered(record, level, when, thread);
  }

  /**
   * Records below this are of earlier blocks or from before the last barrier of this one: on shared memory they are ordered
   * before everything this block does now, and most are.
   */
  long fullStamp() {
    return fullStamp;
  }

  /** Records below this are of earlier launches. */
  long launchStamp() {
    return launchStamp;
  }

  /** The record of an access now, but for the thread. */
  long stamp() {
    return stamp;
  }

  /** Whether a barrier of part of a warp has set the lanes of a warp apart. */
  public boolean lanesDiffer() {
    return laneClock != null;
  }

  /** As {@link #ordered}, for shared memory: a record of another block is one of the past. */
  boolean orderedHere(long record, int thread) {
    return record < fullStamp || ordered(record, thread);
  }

  /**
   * Order by barriers of a part of the block. Of a record that stands for several threads it is not known which ones; where
   * barriers of parts are used, one of them that is ordered must do, so that a correct kernel gives no false alarm.
   */
  private boolean partlyOrdered(long record, int level, int when, int thread) {
    int u = (int) record & 1023;
    int warp = thread >>> 5;
    if (level != BLOCK && u >>> 5 == warp) {
      if (when < warpTime[warp]) {
        return true;
      }
      int[] clock = laneClock == null ? null : laneClock[warp];
      int row = (thread & 31) * 32;
      return clock != null && when < (level == ONE ? clock[row + (u & 31)] : latest(clock, row, thread & 31));
    }
    if (warpClock == null) {
      return false;
    }
    return when < (level == BLOCK ? latest(warpClock, warp * 32, warp) : warpClock[warp * 32 + (u >>> 5)]);
  }

  /** The latest entry of a row of a clock, but for the one of its owner. */
  private static int latest(int[] clock, int row, int owner) {
    int max = 0;
    for (int x = 0; x < 32; x++) {
      max = x == owner ? max : Math.max(max, clock[row + x]);
    }
    return max;
  }

  private boolean known(long other, int when) {
    for (Map.Entry<SyncLog, Integer> e : acquired.entrySet()) {
      if (e.getKey().covers(other, when, e.getValue())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a record already stands for several threads among which the one of another record of the same time is. */
  static boolean includes(long old, long me) {
    if ((old ^ me) >>> 12 != 0) {
      return false;
    }
    int level = level(old);
    return level == BLOCK || level == WARP && ((old ^ me) & 0x3E0) == 0;
  }

  /** One record for an earlier read and one more, by another thread, that nothing orders. */
  static long merge(long old, long me) {
    long atomic = old & me & ATOMIC;
    long base = me & ~ATOMIC & ~(3L << 10) | atomic;
    if (ticket(old) != ticket(me)) {
      return base | (long) GRID << 10;
    }
    int level = level(old);
    boolean sameWarp = level <= WARP && (old & 1023) >>> 5 == (me & 1023) >>> 5;
    if (level == GRID) {
      return old & ~ATOMIC | atomic;
    }
    return sameWarp ? base & ~31L | (long) WARP << 10 : base & ~1023L | (long) BLOCK << 10;
  }

  /** A race in words, after a conflict was found. */
  public String describe(long record, boolean write) {
    boolean elsewhere = ticket(record) != ticket;
    String who = switch (level(record)) {
      case ONE -> "thread " + ((int) record & 1023);
      case WARP -> "threads of warp " + (((int) record & 1023) >>> 5);
      case BLOCK -> "several threads";
      default -> "threads of several blocks";
    };
    String where = level(record) == GRID ? "" : elsewhere ? " of block " + (ticket(record) - launchBase) : " of the same block";
    return (write ? "write" : "read") + " that nothing orders against the earlier " + (atomic(record) ? "atomic " : "")
        + (conflictWasRead ? "read" : "write") + " by " + who + where;
  }
}
