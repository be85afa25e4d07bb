package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;

/** Instructions that compute a register from up to three others, one class per {@link Form}. */
final class Alu {
  private Alu() {}

  /** Registers of the operands; those an operation does not use are the first operand again. */
  private abstract static class Base extends Instruction {
    final int d;
    final int a;
    final int b;
    final int c;

    Base(int d, int[] operands) {
      this.d = d;
      a = operands[0];
      b = operands.length > 1 ? operands[1] : a;
      c = operands.length > 2 ? operands[2] : a;
    }

    final void pass(WarpState w, int mask) {
      if (w.anyUndefined) {
        w.propagate(d, a, b, c, mask);
      }
    }
  }

  static final class I32 extends Base {
    private final Form.Loop32 loop;

    I32(int d, int[] operands, Form.Loop32 loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int[][] r = w.r32;
      loop.run(w.target32(d, mask), r[a], r[b], r[c]);
      w.merge32(d, mask);
      pass(w, mask);
    }
  }

  static final class I64 extends Base {
    private final Form.Loop64 loop;

    I64(int d, int[] operands, Form.Loop64 loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      long[][] r = w.r64;
      loop.run(w.target64(d, mask), r[a], r[b], r[c]);
      w.merge64(d, mask);
      pass(w, mask);
    }
  }

  static final class Widening extends Base {
    private final Form.LoopWiden loop;

    Widening(int d, int[] operands, Form.LoopWiden loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      loop.run(w.target64(d, mask), w.r32[a], w.r32[b], w.r64[c]);
      w.merge64(d, mask);
      pass(w, mask);
    }
  }

  static final class Narrowing extends Base {
    private final Form.LoopNarrow loop;

    Narrowing(int d, int[] operands, Form.LoopNarrow loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      loop.run(w.target32(d, mask), w.r64[a]);
      w.merge32(d, mask);
      pass(w, mask);
    }
  }

  static final class Shifting extends Base {
    private final Form.LoopShift loop;

    Shifting(int d, int[] operands, Form.LoopShift loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      loop.run(w.target64(d, mask), w.r64[a], w.r32[b]);
      w.merge64(d, mask);
      pass(w, mask);
    }
  }

  static final class Division32 extends Base {
    private final int bits;
    private final Form.Loop32 loop;

    Division32(int d, int[] operands, int bits, Form.Loop32 loop) {
      super(d, operands);
      this.bits = bits;
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      if (w.launch.division) {
        int[] divisor = w.r32[b];
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          if ((divisor[lane] & bits) == 0) {
            throw divisionByZero(lane, w.r32[a][lane]);
          }
        }
      }
      loop.run(w.target32(d, mask), w.r32[a], w.r32[b], w.r32[c]);
      w.merge32(d, mask);
      pass(w, mask);
    }
  }

  static final class Division64 extends Base {
    private final Form.Loop64 loop;

    Division64(int d, int[] operands, Form.Loop64 loop) {
      super(d, operands);
      this.loop = loop;
    }

    @Override
    public void execute(WarpState w, int mask) {
      if (w.launch.division) {
        long[] divisor = w.r64[b];
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          if (divisor[lane] == 0) {
            throw divisionByZero(lane, w.r64[a][lane]);
          }
        }
      }
      loop.run(w.target64(d, mask), w.r64[a], w.r64[b], w.r64[c]);
      w.merge64(d, mask);
      pass(w, mask);
    }
  }

  private static Trap divisionByZero(int lane, long dividend) {
    return new Trap(FaultKind.DIVISION_BY_ZERO, lane, "integer division of " + dividend + " by zero");
  }

  static final class ByLane extends Base {
    private final Form.Lane op;

    ByLane(int d, int[] operands, Form.Lane op) {
      super(d, operands);
      this.op = op;
    }

    @Override
    public void execute(WarpState w, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        w.set(d, lane, op.run(w.get(a, lane), w.get(b, lane), w.get(c, lane)));
      }
      pass(w, mask);
    }
  }

  /** Three-input logic: the table has the result for each combination of the operands' bits. */
  static final class Lop3 extends Base {
    private final int table;

    Lop3(int d, int[] operands, int table) {
      super(d, operands);
      this.table = table;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int[] x = w.r32[a];
      int[] y = w.r32[b];
      int[] z = w.r32[c];
      int[] to = w.target32(d, mask);
      for (int i = 0; i < 32; i++) {
        int r = 0;
        for (int k = 0; k < 8; k++) {
          if ((table >>> k & 1) != 0) {
            r |= ((k & 4) != 0 ? x[i] : ~x[i]) & ((k & 2) != 0 ? y[i] : ~y[i]) & ((k & 1) != 0 ? z[i] : ~z[i]);
          }
        }
        to[i] = r;
      }
      w.merge32(d, mask);
      pass(w, mask);
    }
  }
}
