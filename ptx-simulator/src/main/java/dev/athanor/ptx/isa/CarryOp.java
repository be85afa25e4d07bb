package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.WarpState;

/**
 * Extended-precision arithmetic: additions, subtractions and multiply-adds that read or write the condition code {@code CC.CF}.
 * In a subtraction the flag is the borrow.
 */
final class CarryOp extends Instruction {
  /** What is computed before the carry comes in. */
  enum Kind { ADD, SUB, MAD_LO, MAD_HI }

  private final Kind kind;
  private final boolean signed;
  private final boolean wide;
  private final boolean reads;
  private final boolean writes;
  private final int d;
  private final int[] operands;

  CarryOp(Kind kind, boolean signed, boolean wide, boolean reads, boolean writes, int d, int[] operands) {
    this.kind = kind;
    this.signed = signed;
    this.wide = wide;
    this.reads = reads;
    this.writes = writes;
    this.d = d;
    this.operands = operands;
  }

  @Override
  public void execute(WarpState w, int mask) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long a = w.get(operands[0], lane);
      long b = w.get(operands[1], lane);
      long c = operands.length > 2 ? w.get(operands[2], lane) : 0;
      long in = reads ? w.carry >>> lane & 1 : 0;
      boolean out;
      long r;
      if (kind == Kind.SUB) {
        r = a - b - in;
        out = wide ? Long.compareUnsigned(a, b) < 0 || a == b && in != 0 : r < 0;
      } else {
        long x = switch (kind) {
          case ADD, SUB -> a;
          case MAD_LO -> a * b;
          case MAD_HI -> high(a, b);
        };
        long y = kind == Kind.ADD ? b : c;
        x = wide ? x : x & 0xFFFF_FFFFL;
        r = x + y + in;
        out = wide ? Long.compareUnsigned(r, x) < 0 || in != 0 && r == x : r >>> 32 != 0;
      }
      w.set(d, lane, r);
      if (writes) {
        w.carry = w.carry & ~(1 << lane) | (out ? 1 << lane : 0);
      }
    }
    if (w.anyUndefined) {
      w.propagate(d, operands[0], operands[1], operands[operands.length - 1], mask);
    }
  }

  private long high(long a, long b) {
    if (wide) {
      return signed ? Math.multiplyHigh(a, b) : Math.unsignedMultiplyHigh(a, b);
    }
    return signed ? (long) (int) a * (int) b >> 32 : a * b >>> 32;
  }
}
