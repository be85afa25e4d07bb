package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;

/**
 * Instructions in which the lanes of a warp act together. Those with a member mask wait until every live lane of the mask has
 * come to the same instruction; the executor sees to that before it calls {@link #execute}.
 */
abstract class WarpOps extends Instruction {
  /** Register of the member mask, or -1 if the instruction takes whichever lanes are active. */
  final int members;

  WarpOps(int members) {
    this.members = members;
  }

  /** Executes for the lanes of one member mask that are there. */
  abstract void together(WarpState w, int lanes);

  @Override
  public final void execute(WarpState w, int mask) {
    if (members < 0) {
      together(w, mask);
      return;
    }
    int[] masks = w.r32[members];
    for (int rest = mask; rest != 0;) {
      int m = masks[Integer.numberOfTrailingZeros(rest)];
      int lanes = 0;
      for (int x = rest; x != 0; x &= x - 1) {
        int lane = Integer.numberOfTrailingZeros(x);
        lanes |= masks[lane] == m ? 1 << lane : 0;
      }
      together(w, lanes);
      rest &= ~lanes;
    }
  }

  /** {@code shfl.sync}. */
  static final class Shuffle extends WarpOps {
    /** Which lane a lane reads. */
    enum Mode { UP, DOWN, BFLY, IDX }

    private final Mode mode;
    private final int d;
    private final int p;
    private final int a;
    private final int b;
    private final int c;

    Shuffle(Mode mode, int d, int p, int a, int b, int c, int members) {
      super(members);
      this.mode = mode;
      this.d = d;
      this.p = p;
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    void together(WarpState w, int lanes) {
      int[] from = w.r32[a].clone();
      if (w.anyUndefined) {
        w.requireDefined(b, lanes, "the lane of the shuffle");
        w.requireDefined(c, lanes, "the clamp of the shuffle");
      }
      int undefinedBefore = w.undefined[a];
      int undefined = 0;
      int valid = 0;
      WarpState.Origin origin = w.origin[a];
      for (int m = lanes; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int distance = w.r32[b][lane] & 31;
        int clamp = w.r32[c][lane] & 31;
        int segment = w.r32[c][lane] >>> 8 & 31;
        int last = lane & segment | clamp & ~segment;
        int first = lane & segment;
        int source = switch (mode) {
          case UP -> lane - distance;
          case DOWN -> lane + distance;
          case BFLY -> lane ^ distance;
          case IDX -> first | distance & ~segment;
        };
        boolean inside = mode == Mode.UP ? source >= last : source <= last;
        source = inside ? source : lane;
        valid |= inside ? 1 << lane : 0;
        w.r32[d][lane] = from[source];
        if ((lanes >>> source & 1) == 0) {
          origin = undefined != 0 ? origin : new WarpState.Origin("lane " + source + " in the shuffle of line " + line() + " ("
              + text()
              + "), a lane that is not in its mask or not there: a value");
          undefined |= 1 << lane;
        } else {
          undefined |= (undefinedBefore >>> source & 1) != 0 ? 1 << lane : 0;
        }
      }
      if (p >= 0) {
        w.setPredicate(p, lanes, valid);
        if (w.anyUndefined) {
          w.define(p, lanes, 0, null);
        }
      }
      if (undefined != 0 && w.launch.unwritten || w.anyUndefined) {
        w.define(d, lanes, undefined, origin);
      }
    }
  }

  /** {@code vote.sync}. */
  static final class Vote extends WarpOps {
    /** What is asked of the predicates. */
    enum Mode { ALL, ANY, UNI, BALLOT }

    private final Mode mode;
    private final int d;
    private final int p;
    private final int flip;

    Vote(Mode mode, int d, int p, int flip, int members) {
      super(members);
      this.mode = mode;
      this.d = d;
      this.p = p;
      this.flip = flip;
    }

    @Override
    void together(WarpState w, int lanes) {
      if (w.anyUndefined) {
        w.requireDefined(p, lanes, "the predicate of the vote");
        w.define(d, lanes, 0, null);
      }
      int bits = (w.pred[p] ^ flip) & lanes;
      if (mode == Mode.BALLOT) {
        for (int m = lanes; m != 0; m &= m - 1) {
          w.r32[d][Integer.numberOfTrailingZeros(m)] = bits;
        }
        return;
      }
      boolean r = switch (mode) {
        case ALL -> bits == lanes;
        case ANY, BALLOT -> bits != 0;
        case UNI -> bits == lanes || bits == 0;
      };
      w.setPredicate(d, lanes, r ? -1 : 0);
    }
  }

  /** {@code match.sync}. */
  static final class Match extends WarpOps {
    private final boolean all;
    private final int d;
    private final int p;
    private final int a;

    Match(boolean all, int d, int p, int a, int members) {
      super(members);
      this.all = all;
      this.d = d;
      this.p = p;
      this.a = a;
    }

    @Override
    void together(WarpState w, int lanes) {
      if (w.anyUndefined) {
        w.requireDefined(a, lanes, "the operand of the match");
        w.define(d, lanes, 0, null);
      }
      int[] result = new int[32];
      for (int m = lanes; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        for (int n = lanes; n != 0; n &= n - 1) {
          int other = Integer.numberOfTrailingZeros(n);
          result[lane] |= w.get(a, other) == w.get(a, lane) ? 1 << other : 0;
        }
      }
      boolean same = result[Integer.numberOfTrailingZeros(lanes)] == lanes;
      for (int m = lanes; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        w.r32[d][lane] = !all ? result[lane] : same ? lanes : 0;
      }
      if (p >= 0) {
        w.setPredicate(p, lanes, same ? -1 : 0);
      }
    }
  }

  /** {@code redux.sync}. */
  static final class Reduce extends WarpOps {
    /** How the lanes' values are combined. */
    enum Op { ADD, MIN, MAX, AND, OR, XOR }

    private final Op op;
    private final boolean signed;
    private final int d;
    private final int a;

    Reduce(Op op, boolean signed, int d, int a, int members) {
      super(members);
      this.op = op;
      this.signed = signed;
      this.d = d;
      this.a = a;
    }

    @Override
    void together(WarpState w, int lanes) {
      if (w.anyUndefined) {
        w.requireDefined(a, lanes, "the operand of the reduction");
        w.define(d, lanes, 0, null);
      }
      int flip = signed ? 0 : Integer.MIN_VALUE;
      int r = w.r32[a][Integer.numberOfTrailingZeros(lanes)];
      for (int m = lanes & lanes - 1; m != 0; m &= m - 1) {
        int v = w.r32[a][Integer.numberOfTrailingZeros(m)];
        r = switch (op) {
          case ADD -> r + v;
          case MIN -> Math.min(r ^ flip, v ^ flip) ^ flip;
          case MAX -> Math.max(r ^ flip, v ^ flip) ^ flip;
          case AND -> r & v;
          case OR -> r | v;
          case XOR -> r ^ v;
        };
      }
      for (int m = lanes; m != 0; m &= m - 1) {
        w.r32[d][Integer.numberOfTrailingZeros(m)] = r;
      }
    }
  }

  /** {@code bar.warp.sync}: orders the memory accesses of the lanes. */
  static final class Sync extends WarpOps {
    Sync(int members) {
      super(members);
    }

    @Override
    void together(WarpState w, int lanes) {
      w.order.warpBarrier(w.index, lanes, w.live);
    }
  }

  /** {@code activemask}. */
  static final class ActiveMask extends WarpOps {
    private final int d;

    ActiveMask(int d) {
      super(-1);
      this.d = d;
    }

    @Override
    void together(WarpState w, int lanes) {
      for (int m = lanes; m != 0; m &= m - 1) {
        w.r32[d][Integer.numberOfTrailingZeros(m)] = lanes;
      }
      if (w.anyUndefined) {
        w.define(d, lanes, 0, null);
      }
    }
  }

  /** Faults if a lane is not in its own member mask. */
  final void requireMember(WarpState w, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(members, mask, "the member mask");
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      if ((w.r32[members][lane] >>> lane & 1) == 0) {
        throw new Trap(FaultKind.DIVERGENT_SHUFFLE, lane, "lane " + lane + " is not in its own member mask 0x"
            + Integer.toHexString(w.r32[members][lane]));
      }
    }
  }

  /** The live lanes some lane of the mask waits for and that are not in the mask. */
  final int missing(WarpState w, int mask) {
    int wanted = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      wanted |= w.r32[members][Integer.numberOfTrailingZeros(m)];
    }
    return wanted & w.live & ~mask;
  }
}
