package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.machine.Page;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;

/**
 * {@code atom} and {@code red}: a read-modify-write of one word. Lanes act one after the other in lane order; blocks are kept
 * apart by a lock per address. Atomics do not race with each other, but do with ordinary accesses.
 */
final class Atomic extends Memory {
  /** What is done to the word. */
  enum Op { ADD, MIN, MAX, AND, OR, XOR, EXCH, CAS, INC, DEC }

  private final Op op;
  private final Type type;
  private final int d;
  private final int b;
  private final int c;
  private final boolean release;

  /** d is -1 for {@code red}; c is the second operand of {@code cas}, else b again. */
  Atomic(Op op, Space space, Type type, int d, int base, long offset, int b, int c, boolean release) {
    super(space, base, offset, type.bytes(), 1, true);
    this.op = op;
    this.type = type;
    this.d = d;
    this.b = b;
    this.c = c;
    this.release = release;
  }

  @Override
  public void execute(WarpState w, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(base, mask, "the address");
      w.requireDefined(b, mask, "the operand of the atomic");
      w.requireDefined(c, mask, "the operand of the atomic");
    }
    if (d >= 0 && w.anyUndefined) {
      w.define(d, mask, 0, null);
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long address = address(w, lane);
      Space in = spaceOf(address);
      Region r = region(w, lane, in, address);
      int at = place(w, lane, in, r, address);
      if (r instanceof Page p && p.owner.readOnly || in == Space.PARAM) {
        throw new Trap(FaultKind.READ_ONLY, lane, "atomic on read-only memory");
      }
      if (in == Space.GLOBAL) {
        w.counters.atomics++;
        synchronized (w.launch.lock(address)) {
          update(w, lane, in, r, at, address);
          if (release) {
            w.order.fence();
          }
          w.launch.synchronize(address, w.order, true, true);
        }
      } else {
        update(w, lane, in, r, at, address);
      }
    }
  }

  private void update(WarpState w, int lane, Space in, Region r, int at, long address) {
    if (races(w, in)) {
      race(w, lane, in, r, at, size, true, address);
    }
    if (!r.isWritten(at, size) && op != Op.EXCH) {
      throw new Trap(FaultKind.UNWRITTEN, lane, "the atomic reads " + in.ptx() + " address 0x" + Long.toHexString(address)
          + ", which nobody wrote");
    }
    long old = r.load(at, size);
    r.store(at, size, apply(old, w.get(b, lane), w.get(c, lane)));
    if (d >= 0) {
      w.set(d, lane, old);
    }
  }

  private long apply(long old, long x, long y) {
    long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
    boolean floating = type.kind() == Type.Kind.FLOAT;
    return switch (op) {
      case ADD -> floating ? add(old, x) : old + x;
      case MIN -> less(old, x) ? old : x;
      case MAX -> less(old, x) ? x : old;
      case AND -> old & x;
      case OR -> old | x;
      case XOR -> old ^ x;
      case EXCH -> x;
      case CAS -> (old & mask) == (x & mask) ? y : old;
      case INC -> Long.compareUnsigned(old, x & mask) >= 0 ? 0 : old + 1;
      case DEC -> old == 0 || Long.compareUnsigned(old, x & mask) > 0 ? x : old - 1;
    };
  }

  /** Atomics on single precision in global memory flush nothing here; the hardware keeps subnormals too. */
  private long add(long a, long b) {
    return switch (type) {
      case F64 -> Double.doubleToRawLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b));
      case F32 -> Float.floatToRawIntBits(Float.intBitsToFloat((int) a) + Float.intBitsToFloat((int) b));
      case F16X2, BF16X2 -> half(a, b) | half(a >>> 16, b >>> 16) << 16;
      default -> half(a, b);
    };
  }

  private long half(long a, long b) {
    boolean bf = type == Type.BF16 || type == Type.BF16X2;
    return HalfOps.fromDouble(bf, (double) HalfOps.toFloat(bf, (int) a) + HalfOps.toFloat(bf, (int) b));
  }

  private boolean less(long a, long b) {
    long x = ConvertOps.extend(type, a);
    long y = ConvertOps.extend(type, b);
    return type.kind() == Type.Kind.SIGNED ? x < y : Long.compareUnsigned(x, y) < 0;
  }
}
