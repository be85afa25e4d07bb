package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.DeviceMemory;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Space;

/** Moves other than the plain ones: packing and unpacking, clocks, fences, tests of addresses, bit-field insertion. */
final class Move {
  private Move() {}

  /** {@code mov d, {a, b, ...}}: the first element becomes the lowest bits. */
  static final class Pack extends Instruction {
    private final int d;
    private final int[] parts;
    private final int bits;

    Pack(int d, int[] parts, int bits) {
      this.d = d;
      this.parts = parts;
      this.bits = bits;
    }

    @Override
    public void execute(WarpState w, int mask) {
      long part = (1L << bits) - 1;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long v = 0;
        for (int i = 0; i < parts.length; i++) {
          v |= (w.get(parts[i], lane) & part) << i * bits;
        }
        w.set(d, lane, v);
      }
      if (w.anyUndefined) {
        w.propagate(d, parts[0], parts[1], parts[parts.length - 1], mask);
      }
    }
  }

  /** {@code mov {a, b, ...}, s}: a destination of -1 is dropped. */
  static final class Unpack extends Instruction {
    private final int[] parts;
    private final int source;
    private final int bits;

    Unpack(int[] parts, int source, int bits) {
      this.parts = parts;
      this.source = source;
      this.bits = bits;
    }

    @Override
    public void execute(WarpState w, int mask) {
      long part = (1L << bits) - 1;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long v = w.get(source, lane);
        for (int i = 0; i < parts.length; i++) {
          if (parts[i] >= 0) {
            w.set(parts[i], lane, v >>> i * bits & part);
          }
        }
      }
      if (w.anyUndefined) {
        for (int p : parts) {
          if (p >= 0) {
            w.propagate(p, source, source, source, mask);
          }
        }
      }
    }
  }

  /** A read of a clock: it counts the instructions issued to the warp. */
  static final class Clock extends Instruction {
    private final int d;

    Clock(int d) {
      this.d = d;
    }

    @Override
    public void execute(WarpState w, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        w.set(d, Integer.numberOfTrailingZeros(m), w.clock);
      }
      if (w.anyUndefined) {
        w.define(d, mask, 0, null);
      }
    }
  }

  /** An instruction without effect here: prefetches, sleeps, hints. */
  static final class Nothing extends Instruction {
    @Override
    public void execute(WarpState w, int mask) {}
  }

  /** {@code membar} and {@code fence} at device or system scope. */
  static final class Fence extends Instruction {
    @Override
    public void execute(WarpState w, int mask) {
      w.order.fence();
    }
  }

  /** {@code isspacep}: whether a generic address lies in a space. */
  static final class IsSpace extends Instruction {
    private final Space space;
    private final int p;
    private final int a;

    IsSpace(Space space, int p, int a) {
      this.space = space;
      this.p = p;
      this.a = a;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int bits = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long address = w.get(a, lane);
        long window = address >>> 32 << 32;
        boolean yes = switch (space) {
          case SHARED -> window == DeviceMemory.SHARED_WINDOW;
          case LOCAL -> window == DeviceMemory.LOCAL_WINDOW;
          case PARAM -> window == DeviceMemory.PARAM_WINDOW;
          case CONST -> readOnly(w, address);
          case GLOBAL -> window > DeviceMemory.PARAM_WINDOW && !readOnly(w, address);
          case GENERIC -> true;
        };
        bits |= yes ? 1 << lane : 0;
      }
      w.setPredicate(p, mask, bits);
      if (w.anyUndefined) {
        w.propagate(p, a, a, a, mask);
      }
    }

    private static boolean readOnly(WarpState w, long address) {
      var near = w.launch.memory.near(address);
      return near != null && near.readOnly;
    }
  }

  /** {@code bfi}: inserts a bit field. */
  static final class Insert extends Instruction {
    private final int width;
    private final int[] r;

    /** Registers: destination, field, background, position, length. */
    Insert(int width, int[] registers) {
      this.width = width;
      r = registers;
    }

    @Override
    public void execute(WarpState w, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        w.set(r[0], lane, BitOps.insert(w.get(r[1], lane), w.get(r[2], lane), width, w.get(r[3], lane), w.get(r[4], lane)));
      }
      if (w.anyUndefined) {
        w.propagate(r[0], r[1], r[2], r[3], mask);
      }
    }
  }
}
