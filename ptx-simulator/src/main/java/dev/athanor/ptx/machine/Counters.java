package dev.athanor.ptx.machine;

import java.util.Arrays;

/** What a worker counted while it ran blocks; the workers' counters are added at the end of a launch. */
public final class Counters {
  /** Thread-instructions by {@code dev.athanor.ptx.OpClass}. */
  public final long[] byClass;
  /** Instructions as issued to warps. */
  public long warpInstructions;
  /** Warp requests to global memory that read. */
  public long loadRequests;
  /** 32-byte sectors those requests touched. */
  public long loadSectors;
  /** Sectors the same bytes need if packed. */
  public long loadIdeal;
  /** Warp requests to global memory that wrote. */
  public long storeRequests;
  /** 32-byte sectors those requests touched. */
  public long storeSectors;
  /** Sectors the same bytes need if packed. */
  public long storeIdeal;
  /** Atomic operations on global memory, by thread. */
  public long atomics;
  /** Warp requests to shared memory. */
  public long sharedRequests;
  /** Passes beyond the first that bank conflicts cost. */
  public long bankConflicts;
  /** Barriers, counted once per warp. */
  public long barriers;
  /** Conditional branches executed by warps. */
  public long branches;
  /** Branches at which the threads of a warp parted. */
  public long divergentBranches;

  private final long[] seen = new long[128];
  private final int[] bankUse = new int[32];

  /** @param classes number of instruction classes */
  public Counters(int classes) {
    byClass = new long[classes];
  }

  /** Adds another worker's counters. */
  public void add(Counters o) {
    for (int i = 0; i < byClass.length; i++) {
      byClass[i] += o.byClass[i];
    }
    warpInstructions += o.warpInstructions;
    loadRequests += o.loadRequests;
    loadSectors += o.loadSectors;
    loadIdeal += o.loadIdeal;
    storeRequests += o.storeRequests;
    storeSectors += o.storeSectors;
    storeIdeal += o.storeIdeal;
    atomics += o.atomics;
    sharedRequests += o.sharedRequests;
    bankConflicts += o.bankConflicts;
    barriers += o.barriers;
    branches += o.branches;
    divergentBranches += o.divergentBranches;
  }

  /** Counts a warp's request to global memory: {@code size} bytes at an address per lane. */
  public void global(long[] addresses, long offset, int mask, int size, boolean store) {
    int sectors = 0;
    long last = -1;
    int lanes = Integer.bitCount(mask);
    for (int m = mask; m != 0; m &= m - 1) {
      long sector = addresses[Integer.numberOfTrailingZeros(m)] + offset >>> 5;
      if (sector != last) {
        last = sector;
        int i = 0;
        while (i < sectors && seen[i] != sector) {
          i++;
        }
        if (i == sectors) {
          seen[sectors++] = sector;
        }
      }
    }
    int ideal = Math.min(sectors, (lanes * size + 31) / 32);
    if (store) {
      storeRequests++;
      storeSectors += sectors;
      storeIdeal += ideal;
    } else {
      loadRequests++;
      loadSectors += sectors;
      loadIdeal += ideal;
    }
  }

  /**
   * Counts a warp's request to shared memory. There are 32 banks of 4 bytes; lanes that read the same word share a pass. Wider
   * accesses are served by half or quarter warps, as the hardware does.
   */
  public void shared(long[] addresses, int[] narrow, long offset, int mask, int size) {
    sharedRequests++;
    int group = size <= 4 ? 32 : 128 / size;
    for (int begin = 0; begin < 32; begin += group) {
      int part = group == 32 ? mask : mask & (1 << group) - 1 << begin;
      if (part != 0) {
        bankConflicts += passes(addresses, narrow, offset, part, Math.max(1, size / 4)) - 1;
      }
    }
  }

  private int passes(long[] addresses, int[] narrow, long offset, int mask, int words) {
    Arrays.fill(bankUse, 0);
    int most = 1;
    int count = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long first = (addresses != null ? addresses[lane] : narrow[lane]) + offset >>> 2;
      for (int k = 0; k < words; k++) {
        long word = first + k;
        int bank = (int) word & 31;
        if (bankUse[bank] != 0 && contains(word, count)) {
          continue;
        }
        seen[count++] = word;
        most = Math.max(most, ++bankUse[bank]);
      }
    }
    return most;
  }

  private boolean contains(long word, int count) {
    for (int i = 0; i < count; i++) {
      if (seen[i] == word) {
        return true;
      }
    }
    return false;
  }
}
