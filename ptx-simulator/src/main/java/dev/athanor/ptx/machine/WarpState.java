package dev.athanor.ptx.machine;

import dev.athanor.ptx.FaultKind;
import java.util.Arrays;

/**
 * The registers of a warp and the memory it sees.
 *
 * <p>Registers are numbered over all types; a register is an array with one element per lane: of {@code int} for types of up to
 * 32 bits (floats as their bits, 16-bit values in the low half), of {@code long} for 64-bit types. A predicate is a bit per lane.
 *
 * <p>Beside each register lies a mask of the lanes whose value is undefined because it comes from memory nobody wrote. Operations
 * pass it on; a branch, an address or a store to global memory that depends on it is a fault. Copying such a value is none.
 */
public final class WarpState {
  /** Where an undefined value came from, in words that end "... which nobody wrote". */
  public record Origin(String text) {}

  /** Registers of up to 32 bits; null for others. */
  public final int[][] r32;
  /** Registers of 64 bits; null for others. */
  public final long[][] r64;
  /** Predicates, a bit per lane. */
  public final int[] pred;
  /** Lanes with an undefined value, by register. */
  public final int[] undefined;
  /** Where undefined values came from, by register. */
  public final Origin[] origin;
  /** Whether any register may hold an undefined value. */
  public boolean anyUndefined;
  /** The condition code, a bit per lane: carry out of the last {@code .cc} instruction. */
  public int carry;
  /** Results before they are merged under a mask. */
  public final int[] scratch32 = new int[32];
  /** Results before they are merged under a mask. */
  public final long[] scratch64 = new long[32];

  /** Lanes that have not left the kernel. */
  public int live;
  /** Lanes the block has threads for. */
  public int present;
  /** Number of the warp in its block. */
  public final int index;
  /** The launch; set before its first block. */
  public LaunchState launch;
  /** Order of the running block. */
  public final BlockOrder order;
  /** Shared memory of the running block. */
  public final SharedMemory shared;
  /** Local memory by lane; empty if the kernel uses none. */
  public final Region[] local;
  /** Counters of the worker; set before the first block of a launch. */
  public Counters counters;
  private AsyncQueue async;
  /** Instructions issued so far; what the clock registers read. */
  public long clock;

  /**
   * @param widths     size of each register: 4, 8, or 0 for a predicate
   * @param index      number of the warp in its block
   * @param order      order of the running block
   * @param shared     shared memory of the running block
   * @param localBytes local memory of each thread
   * @param track      whether to remember which bytes of local memory were written
   */
  public WarpState(byte[] widths, int index, BlockOrder order, SharedMemory shared, int localBytes, boolean track) {
    this.index = index;
    this.order = order;
    this.shared = shared;
    int n = widths.length;
    r32 = new int[n][];
    r64 = new long[n][];
    pred = new int[n];
    undefined = new int[n];
    origin = new Origin[n];
    for (int i = 0; i < n; i++) {
      if (widths[i] == 4) {
        r32[i] = new int[32];
      } else if (widths[i] == 8) {
        r64[i] = new long[32];
      }
    }
    local = new Region[localBytes == 0 ? 0 : 32];
    Arrays.setAll(local, _ -> new Region(localBytes, track));
  }

  /** Asynchronous copies nobody has waited for. */
  public AsyncQueue async() {
    if (async == null) {
      async = new AsyncQueue();
    }
    return async;
  }

  /** Number in the block of a lane's thread. */
  public int thread(int lane) {
    return index << 5 | lane;
  }

  /** Prepares for a new block: all lanes live, local memory unwritten. */
  public void begin() {
    live = present;
    if (async != null) {
      async.clear();
    }
    carry = 0;
    if (anyUndefined) {
      Arrays.fill(undefined, 0);
      anyUndefined = false;
    }
    for (Region r : local) {
      r.forget();
    }
  }

  /** Whether an operation may write all lanes because those outside the mask have left. */
  public boolean whole(int mask) {
    return (mask | ~live) == -1;
  }

  /** Where to put a 32-bit result so that {@link #merge32} can complete it. */
  public int[] target32(int register, int mask) {
    return whole(mask) ? r32[register] : scratch32;
  }

  /** Where to put a 64-bit result so that {@link #merge64} can complete it. */
  public long[] target64(int register, int mask) {
    return whole(mask) ? r64[register] : scratch64;
  }

  /** Moves the lanes of a mask from the scratch area, if the result went there. */
  public void merge32(int register, int mask) {
    if (!whole(mask)) {
      int[] d = r32[register];
      for (int m = mask; m != 0; m &= m - 1) {
        int i = Integer.numberOfTrailingZeros(m);
        d[i] = scratch32[i];
      }
    }
  }

  /** Moves the lanes of a mask from the scratch area, if the result went there. */
  public void merge64(int register, int mask) {
    if (!whole(mask)) {
      long[] d = r64[register];
      for (int m = mask; m != 0; m &= m - 1) {
        int i = Integer.numberOfTrailingZeros(m);
        d[i] = scratch64[i];
      }
    }
  }

  /** Sets the bits of a mask in a predicate. */
  public void setPredicate(int register, int mask, int bits) {
    pred[register] = pred[register] & ~mask | bits & mask;
  }

  /** The bits of a register's lane, zero-extended. */
  public long get(int register, int lane) {
    int[] narrow = r32[register];
    return narrow != null ? narrow[lane] & 0xFFFF_FFFFL : r64[register][lane];
  }

  /** Sets a register's lane from the low bits of a value. */
  public void set(int register, int lane, long value) {
    int[] narrow = r32[register];
    if (narrow != null) {
      narrow[lane] = (int) value;
    } else {
      r64[register][lane] = value;
    }
  }

  /** Marks lanes of a register undefined, and the other lanes of the mask defined. */
  public void define(int register, int mask, int undefinedLanes, Origin from) {
    if (undefinedLanes != 0) {
      anyUndefined = true;
      origin[register] = from;
    }
    undefined[register] = undefined[register] & ~mask | undefinedLanes & mask;
  }

  /** Passes undefined lanes on from operands to a result. Call it only if {@link #anyUndefined}. */
  public void propagate(int d, int a, int b, int c, int mask) {
    int u = undefined[a] | undefined[b] | undefined[c];
    define(d, mask, u & mask, undefined[a] != 0 ? origin[a] : undefined[b] != 0 ? origin[b] : origin[c]);
  }

  /** Faults if a register is undefined in one of the lanes. */
  public void requireDefined(int register, int mask, String use) {
    int u = undefined[register] & mask;
    if (u != 0) {
      Origin from = origin[register];
      throw new Trap(FaultKind.UNWRITTEN, Integer.numberOfTrailingZeros(u),
          use + " comes from " + (from == null ? "memory" : from.text()) + ", which nobody wrote");
    }
  }
}
