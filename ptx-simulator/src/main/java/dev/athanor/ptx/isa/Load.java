package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.Page;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;

/** {@code ld}: loads one element or a vector of two or four into registers, extended to their width by the element's type. */
final class Load extends Memory {
  private final Type type;
  private final int[] to;

  Load(Space space, Type type, int[] to, int base, long offset, boolean strong) {
    super(space, base, offset, type.bytes(), to.length, strong);
    this.type = type;
    this.to = to;
  }

  @Override
  public void execute(WarpState w, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(base, mask, "the address");
    }
    if (w.launch.counters) {
      count(w, mask, false);
    }
    if (space == Space.GLOBAL && count == 1 && size == 4 && !strong && w.r32[to[0]] != null) {
      loadWords(w, mask);
    } else if (space == Space.SHARED && count == 1 && size == 4 && w.r32[to[0]] != null) {
      loadSharedWords(w, mask);
    } else {
      loadAny(w, mask);
    }
  }

  /** The commonest load of all: a word of global memory into a 32-bit register. */
  private void loadWords(WarpState w, int mask) {
    long[] addresses = w.r64[base];
    int[] d = w.r32[to[0]];
    boolean races = w.launch.globalRaces;
    boolean unwritten = w.launch.unwritten;
    Region r = null;
    long page = -1;
    int undefined = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = addresses[lane] + offset;
      if (address >>> Page.BITS != page) {
        r = region(w, lane, Space.GLOBAL, address);
        page = address >>> Page.BITS;
      }
      int at = (int) address & Page.SIZE - 1;
      if ((at & 3) != 0 || at + 4 > r.limit) {
        place(w, lane, Space.GLOBAL, r, address);
      }
      if (races) {
        race(w, lane, Space.GLOBAL, r, at, 4, false, address);
      }
      d[lane] = (int) Region.INT.get(r.data, at);
      if (unwritten && !r.isWritten(at, 4)) {
        undefined |= 1 << lane;
      }
    }
    if (undefined != 0 || w.anyUndefined) {
      w.define(to[0], mask, undefined, undefined == 0 ? null : origin(w, Integer.numberOfTrailingZeros(undefined)));
    }
  }

  /** A word of shared memory into a 32-bit register. */
  private void loadSharedWords(WarpState w, int mask) {
    long[] wide = w.r64[base];
    int[] narrow = w.r32[base];
    int[] d = w.r32[to[0]];
    boolean races = w.launch.sharedRaces;
    boolean unwritten = w.launch.unwritten;
    Region r = w.shared;
    int undefined = 0;
    long previous = -1;
    int repeats = w.order.lanesDiffer() ? Integer.MIN_VALUE : 0;
    int before = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = (wide != null ? wide[lane] : narrow[lane] & 0xFFFF_FFFFL) + offset;
      if (address == previous) {
        // two lanes stand for all that read the same word: one of them is not the writer, and their records include the others
        if (++repeats > 1) {
          d[lane] = d[before];
          undefined |= (undefined >>> before & 1) << lane;
          continue;
        }
      } else {
        previous = address;
        repeats = repeats < 0 ? Integer.MIN_VALUE : 0;
      }
      before = lane;
      int at = (int) address;
      if ((address & 3) != 0 || address < 0 || address + 4 > r.limit) {
        place(w, lane, Space.SHARED, r, address);
      }
      if (races) {
        race(w, lane, Space.SHARED, r, at, 4, false, address);
      }
      d[lane] = (int) Region.INT.get(r.data, at);
      if (unwritten && !r.isWritten(at, 4)) {
        undefined |= 1 << lane;
      }
    }
    if (undefined != 0 || w.anyUndefined) {
      w.define(to[0], mask, undefined, undefined == 0 ? null : origin(w, Integer.numberOfTrailingZeros(undefined)));
    }
  }

  private void loadAny(WarpState w, int mask) {
    int[] undefined = new int[count];
    WarpState.Origin from = null;
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = address(w, lane);
      Space in = spaceOf(address);
      Region r = region(w, lane, in, address);
      int at = place(w, lane, in, r, address);
      if (races(w, in)) {
        race(w, lane, in, r, at, size * count, false, address);
      }
      if (strong && in == Space.GLOBAL) {  // a volatile load acquires too: a fence usually follows it
        synchronized (w.launch.lock(address)) {
          w.launch.synchronize(address, w.order, false, true);
          take(w, lane, r, at, undefined);
        }
      } else {
        take(w, lane, r, at, undefined);
      }
    }
    for (int k = 0; k < count; k++) {
      if (to[k] >= 0 && (undefined[k] != 0 || w.anyUndefined)) {
        if (undefined[k] != 0 && from == null) {
          from = origin(w, Integer.numberOfTrailingZeros(undefined[k]));
        }
        w.define(to[k], mask, undefined[k], from);
      }
    }
  }

  private void take(WarpState w, int lane, Region r, int at, int[] undefined) {
    for (int k = 0; k < count; k++) {
      int from = at + k * size;
      if (to[k] >= 0) {
        w.set(to[k], lane, ConvertOps.extend(type, r.load(from, size)));
        if (!r.isWritten(from, size)) {
          undefined[k] |= 1 << lane;
        }
      }
    }
  }

  private WarpState.Origin origin(WarpState w, int lane) {
    long address = address(w, lane);
    return new WarpState.Origin(spaceOf(address).ptx() + " address 0x" + Long.toHexString(address) + " (read in line " + line()
        + ": "
        + text() + ")" + where(w, address));
  }

  private String where(WarpState w, long address) {
    if (spaceOf(address) != Space.GLOBAL) {
      return "";
    }
    var a = w.launch.memory.near(address);
    return a == null ? "" : ", byte " + (address - a.base) + " of " + a;
  }
}
