package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.machine.Page;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Space;

/** {@code st}: stores one element or a vector of two or four from registers. */
final class Store extends Memory {
  private final int[] from;
  private final boolean release;

  Store(Space space, int size, int[] from, int base, long offset, boolean strong, boolean release) {
    super(space, base, offset, size, from.length, strong);
    this.from = from;
    this.release = release;
  }

  @Override
  public void execute(WarpState w, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(base, mask, "the address");
    }
    if (w.launch.counters) {
      count(w, mask, true);
    }
    if (space == Space.GLOBAL && !strong) {
      storeGlobal(w, mask);
      return;
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = address(w, lane);
      Space in = spaceOf(address);
      Region r = region(w, lane, in, address);
      int at = place(w, lane, in, r, address);
      check(w, lane, in, r, at, address);
      if (strong && in == Space.GLOBAL) {
        synchronized (w.launch.lock(address)) {
          if (release) {
            w.order.fence();
          }
          w.launch.synchronize(address, w.order, true, false);
          put(w, lane, r, at);
        }
      } else {
        put(w, lane, r, at);
      }
    }
  }

  private void storeGlobal(WarpState w, int mask) {
    Page p = null;
    long page = -1;
    boolean wide = size == 8;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = w.r64[base][lane] + offset;
      if (address >>> Page.BITS != page) {
        p = (Page) region(w, lane, Space.GLOBAL, address);
        page = address >>> Page.BITS;
      }
      int at = place(w, lane, Space.GLOBAL, p, address);
      check(w, lane, Space.GLOBAL, p, at, address);
      if (count == 1 && !wide) {
        int[] narrow = w.r32[from[0]];
        p.store(at, size, narrow != null ? narrow[lane] : w.r64[from[0]][lane]);
      } else {
        put(w, lane, p, at);
      }
    }
  }

  private void check(WarpState w, int lane, Space in, Region r, int at, long address) {
    if (in == Space.PARAM || r instanceof Page p && p.owner.readOnly) {
      throw new Trap(FaultKind.READ_ONLY, lane, "store to " + (in == Space.PARAM ? "a kernel parameter" : ((Page) r).owner));
    }
    if (in == Space.GLOBAL && w.anyUndefined) {
      for (int f : from) {
        w.requireDefined(f, 1 << lane, "the value stored to global address 0x" + Long.toHexString(address));
      }
    }
    if (races(w, in)) {
      race(w, lane, in, r, at, size * count, true, address);
    }
  }

  /** Shared and local memory take undefined values; they then count as not written. */
  private void put(WarpState w, int lane, Region r, int at) {
    for (int k = 0; k < count; k++) {
      r.store(at + k * size, size, w.get(from[k], lane));
      if (w.anyUndefined && (w.undefined[from[k]] >>> lane & 1) != 0) {
        r.unwrite(at + k * size, size);
      }
    }
  }
}
