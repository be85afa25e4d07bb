package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Type;

/** Comparisons, selections and predicate logic. */
final class Compare {
  private Compare() {}

  /** How a predicate operand combines with a comparison. */
  enum Combine { NONE, AND, OR, XOR }

  /** {@code setp}: a comparison into one or two predicates. */
  static final class SetP extends Instruction {
    private final Tests.Test test;
    private final int p;
    private final int q;
    private final int a;
    private final int b;
    private final Combine combine;
    private final int c;
    private final int flip;

    /** q is -1 if there is no second destination; c is a predicate (negated if flip is all ones). */
    SetP(Tests.Test test, int p, int q, int a, int b, Combine combine, int c, int flip) {
      this.test = test;
      this.p = p;
      this.q = q;
      this.a = a;
      this.b = b;
      this.combine = combine;
      this.c = c;
      this.flip = flip;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int t = test.run(w, a, b);
      int other = combine == Combine.NONE ? 0 : w.pred[c] ^ flip;
      int notT = ~t;
      if (w.anyUndefined) {
        undefined(w, mask, t, other);
      }
      if (p >= 0) {
        w.setPredicate(p, mask, combined(t, other));
      }
      if (q >= 0) {
        w.setPredicate(q, mask, combined(notT, other));
      }
    }

    private void undefined(WarpState w, int mask, int t, int other) {
      int u = w.undefined[a] | w.undefined[b];
      int v = combine == Combine.NONE ? 0 : w.undefined[c];
      for (int k = 0; k < 2; k++) {
        int d = k == 0 ? p : q;
        if (d >= 0) {
          w.define(d, mask, undefinedLogic(combine, k == 0 ? t : ~t, u, other, v) & mask,
              w.undefined[a] != 0 ? w.origin[a] : w.undefined[b] != 0 ? w.origin[b] : w.origin[combine == Combine.NONE ? a : c]);
        }
      }
    }

    private int combined(int t, int other) {
      return switch (combine) {
        case NONE -> t;
        case AND -> t & other;
        case OR -> t | other;
        case XOR -> t ^ other;
      };
    }
  }

  /**
   * Lanes in which {@code x op y} is undefined, where x is undefined in u and y in v: a defined false decides an and, a true an
   * or.
   */
  static int undefinedLogic(Combine op, int x, int u, int y, int v) {
    return switch (op) {
      case NONE -> u;
      case AND -> (u | v) & ~(~u & ~x | ~v & ~y);
      case OR -> (u | v) & ~(~u & x | ~v & y);
      case XOR -> u | v;
    };
  }

  /** {@code set}: a comparison into a register: all ones or 1.0 for true, zero for false. */
  static final class Set extends Instruction {
    private final Tests.Test test;
    private final int d;
    private final int a;
    private final int b;
    private final int whenTrue;
    private final Combine combine;
    private final int c;
    private final int flip;

    Set(Tests.Test test, int d, int a, int b, int whenTrue, Combine combine, int c, int flip) {
      this.test = test;
      this.d = d;
      this.a = a;
      this.b = b;
      this.whenTrue = whenTrue;
      this.combine = combine;
      this.c = c;
      this.flip = flip;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int t = test.run(w, a, b);
      int other = combine == Combine.NONE ? 0 : w.pred[c] ^ flip;
      t = switch (combine) {
        case NONE -> t;
        case AND -> t & other;
        case OR -> t | other;
        case XOR -> t ^ other;
      };
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        w.r32[d][lane] = (t >>> lane & 1) != 0 ? whenTrue : 0;
      }
      if (w.anyUndefined) {
        w.propagate(d, a, b, combine == Combine.NONE ? a : c, mask);
      }
    }
  }

  /** {@code testp}: a property of a floating-point number into a predicate. */
  static final class TestP extends Instruction {
    private final String property;
    private final Type type;
    private final int p;
    private final int a;

    TestP(String property, Type type, int p, int a) {
      this.property = property;
      this.type = type;
      this.p = p;
      this.a = a;
    }

    static boolean knows(String property) {
      return java.util.Set.of("finite", "infinite", "number", "notanumber", "normal", "subnormal").contains(property);
    }

    @Override
    public void execute(WarpState w, int mask) {
      int bits = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        double v = ConvertOps.value(type, w.get(a, lane), false);
        double least = type == Type.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        boolean yes = switch (property) {
          case "finite" -> Math.abs(v) <= Double.MAX_VALUE;
          case "infinite" -> Double.isInfinite(v);
          case "number" -> v == v;
          case "notanumber" -> v != v;
          case "normal" -> Math.abs(v) <= Double.MAX_VALUE && Math.abs(v) >= least;
          default -> v != 0 && Math.abs(v) < least;
        };
        bits |= yes ? 1 << lane : 0;
      }
      w.setPredicate(p, mask, bits);
      if (w.anyUndefined) {
        w.propagate(p, a, a, a, mask);
      }
    }
  }

  /** {@code selp}: one of two registers by a predicate. */
  static final class Select extends Instruction {
    private final int d;
    private final int a;
    private final int b;
    private final int p;

    Select(int d, int a, int b, int p) {
      this.d = d;
      this.a = a;
      this.b = b;
      this.p = p;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int bits = w.pred[p];
      if (w.r32[d] != null) {
        int[] x = w.r32[a];
        int[] y = w.r32[b];
        int[] to = w.target32(d, mask);
        for (int i = 0; i < 32; i++) {
          to[i] = (bits >>> i & 1) != 0 ? x[i] : y[i];
        }
        w.merge32(d, mask);
      } else {
        long[] x = w.r64[a];
        long[] y = w.r64[b];
        long[] to = w.target64(d, mask);
        for (int i = 0; i < 32; i++) {
          to[i] = (bits >>> i & 1) != 0 ? x[i] : y[i];
        }
        w.merge64(d, mask);
      }
      if (w.anyUndefined) {
        int u = w.undefined[a] & bits | w.undefined[b] & ~bits | w.undefined[p];
        w.define(d, mask, u & mask, w.undefined[a] != 0 ? w.origin[a] : w.undefined[b] != 0 ? w.origin[b] : w.origin[p]);
      }
    }
  }

  /** {@code slct}: one of two registers by the sign of a third. */
  static final class SelectBySign extends Instruction {
    private final int d;
    private final int a;
    private final int b;
    private final int c;
    private final boolean floating;
    private final boolean ftz;

    SelectBySign(int d, int a, int b, int c, boolean floating, boolean ftz) {
      this.d = d;
      this.a = a;
      this.b = b;
      this.c = c;
      this.floating = floating;
      this.ftz = ftz;
    }

    @Override
    public void execute(WarpState w, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int v = ftz ? FloatOps.flush(w.r32[c][lane]) : w.r32[c][lane];
        boolean first = floating ? Float.intBitsToFloat(v) >= 0 : v >= 0;
        w.set(d, lane, w.get(first ? a : b, lane));
      }
      if (w.anyUndefined) {
        w.propagate(d, a, b, c, mask);
      }
    }
  }

  /** Logic on predicates; {@code not} and {@code mov} combine an operand with nothing. */
  static final class Logic extends Instruction {
    private final Combine op;
    private final int d;
    private final int a;
    private final int flipA;
    private final int b;
    private final int flipB;

    Logic(Combine op, int d, int a, int flipA, int b, int flipB) {
      this.op = op;
      this.d = d;
      this.a = a;
      this.flipA = flipA;
      this.b = b;
      this.flipB = flipB;
    }

    @Override
    public void execute(WarpState w, int mask) {
      int x = w.pred[a] ^ flipA;
      int y = op == Combine.NONE ? 0 : w.pred[b] ^ flipB;
      if (w.anyUndefined) {
        w.define(d, mask, undefinedLogic(op, x, w.undefined[a], y, op == Combine.NONE ? 0 : w.undefined[b]) & mask,
            w.undefined[a] != 0 ? w.origin[a] : w.origin[b]);
      }
      w.setPredicate(d, mask, switch (op) {
        case NONE -> x;
        case AND -> x & y;
        case OR -> x | y;
        case XOR -> x ^ y;
      });
    }
  }
}
