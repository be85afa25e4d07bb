package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.machine.Allocation;
import dev.athanor.ptx.machine.DeviceMemory;
import dev.athanor.ptx.machine.GlobalShadow;
import dev.athanor.ptx.machine.Page;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.SharedMemory;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Space;

/**
 * What loads, stores and atomics have in common: finding the memory behind an address, the checks, and the words of a report.
 *
 * <p>Addresses of a space other than generic, global and const count from zero in that space; {@code ld.param} with a register
 * takes a generic address too, because parameters of device functions live in local memory here.
 */
abstract class Memory extends Instruction {
  final Space space;
  final int base;
  final long offset;
  final int size;
  final int count;
  final boolean strong;

  /**
   * @param base   register that holds the address
   * @param offset added to it
   * @param size   bytes of an element
   * @param count  elements (of a vector)
   * @param strong volatile, relaxed, acquire, release or atomic: does not race with its like
   */
  Memory(Space space, int base, long offset, int size, int count, boolean strong) {
    this.space = space;
    this.base = base;
    this.offset = offset;
    this.size = size;
    this.count = count;
    this.strong = strong;
  }

  /** The address of a lane. */
  final long address(WarpState w, int lane) {
    long[] wide = w.r64[base];
    return (wide != null ? wide[lane] : w.r32[base][lane] & 0xFFFF_FFFFL) + offset;
  }

  /** The space an address of this instruction's space lies in; generic addresses are told apart by their windows. */
  final Space spaceOf(long address) {
    if (space == Space.PARAM) {
      return address >>> 32 == DeviceMemory.LOCAL_WINDOW >>> 32 ? Space.LOCAL : Space.PARAM;
    }
    if (space != Space.GENERIC) {
      return space == Space.CONST ? Space.GLOBAL : space;
    }
    return switch ((int) Math.min(address >>> 32, 4)) {
      case 1 -> Space.SHARED;
      case 2 -> Space.LOCAL;
      case 3 -> Space.PARAM;
      default -> Space.GLOBAL;
    };
  }

  /** The memory behind an address. */
  final Region region(WarpState w, int lane, Space in, long address) {
    return switch (in) {
      case SHARED -> w.shared;
      case LOCAL -> w.local.length == 0 ? outOfBounds(w, lane, in, address) : w.local[lane];
      case PARAM -> w.launch.parameters;
      case GLOBAL, CONST, GENERIC -> {
        Page p = w.launch.memory.page(address);
        yield p != null ? p : outOfBounds(w, lane, in, address);
      }
    };
  }

  /** The place of an address in its region. Global memory is cut in pages; windows start at multiples of 2^32. */
  final int place(WarpState w, int lane, Space in, Region r, long address) {
    int bytes = size * count;
    long at = in == Space.GLOBAL ? address & Page.SIZE - 1 : address & 0xFFFF_FFFFL;
    if ((at & bytes - 1) != 0) {
      throw new Trap(FaultKind.MISALIGNED, lane, bytes + "-byte access at " + in.ptx() + " address 0x" + Long.toHexString(address)
          + ", which is not a multiple of " + bytes + nearest(w, in, address));
    }
    if (at + bytes > r.limit) {
      outOfBounds(w, lane, in, address);
    }
    return (int) at;
  }

  final Region outOfBounds(WarpState w, int lane, Space in, long address) {
    throw new Trap(FaultKind.OUT_OF_BOUNDS, lane, size * count + "-byte access at " + in.ptx() + " address 0x"
        + Long.toHexString(address) + nearest(w, in, address));
  }

  private static String nearest(WarpState w, Space in, long address) {
    return switch (in) {
      case SHARED -> "; the block has " + w.shared.limit + " bytes of shared memory";
      case LOCAL -> "; the thread has " + (w.local.length == 0 ? 0 : w.local[0].limit) + " bytes of local memory";
      case PARAM -> "; the kernel has " + w.launch.parameters.limit + " bytes of parameters";
      case GLOBAL, CONST, GENERIC -> {
        Allocation a = w.launch.memory.near(address);
        if (a == null) {
          yield "; no allocation is near" + (address >>> 16 == 0 ? " (null pointer?)" : "");
        }
        long at = address - a.base;
        yield (at >= a.size ? "; " + (at - a.size) + " bytes past the end of " : at < 0 ? "; " + -at + " bytes before "
            : "; inside ")
            + a;
      }
    };
  }

  /** Notes an access in the race check and faults on a race. */
  final void race(WarpState w, int lane, Space in, Region r, int at, int bytes, boolean write, long address) {
    int thread = w.thread(lane);
    long conflict;
    if (in == Space.GLOBAL) {
      conflict = write ? GlobalShadow.write((Page) r, at, bytes, w.order, thread, strong)
          : GlobalShadow.read((Page) r, at, bytes, w.order, thread, strong);
    } else {
      SharedMemory s = (SharedMemory) r;
      conflict = write ? s.write(at, bytes, w.order, thread, strong) : s.read(at, bytes, w.order, thread, strong);
    }
    if (conflict != 0) {
      throw new Trap(FaultKind.RACE, lane, w.order.describe(conflict, write) + " at " + in.ptx() + " address 0x"
          + Long.toHexString(address) + nearest(w, in, address));
    }
  }

  /** Whether races on a space are looked for. */
  static boolean races(WarpState w, Space in) {
    return in == Space.GLOBAL ? w.launch.globalRaces : in == Space.SHARED && w.launch.sharedRaces;
  }

  /** Counts a request to global or shared memory. */
  final void count(WarpState w, int mask, boolean store) {
    if (space == Space.GLOBAL && w.r64[base] != null) {
      w.counters.global(w.r64[base], offset, mask, size * count, store);
    } else if (space == Space.SHARED) {
      w.counters.shared(w.r64[base], w.r32[base], offset, mask, size * count);
    }
  }
}
