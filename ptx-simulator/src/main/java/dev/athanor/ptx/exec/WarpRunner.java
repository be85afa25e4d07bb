package dev.athanor.ptx.exec;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.isa.Control;
import dev.athanor.ptx.isa.Instruction;
import dev.athanor.ptx.machine.Counters;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;

/**
 * Runs a warp. Threads that stand at the same instruction form a group and execute it together; where a branch parts them, the
 * group splits. Of several groups the one that is furthest behind in the program runs, so that the others are waiting where the
 * paths join and the group becomes whole again. A group that has to wait, for lanes of the warp or for the block, steps aside.
 */
final class WarpRunner {
  /** What a group is doing. */
  private enum State { RUN, WAIT_WARP, WAIT_BLOCK }

  /** Instructions a group may execute while others of its warp could run; then they get their turn, as spin locks need. */
  private static final long PATIENCE = 10_000;

  final WarpState w;
  private final Instruction[] code;
  private final State[] states = new State[33];
  private final int[] pcs = new int[33];
  private final int[] masks = new int[33];
  private int groups;
  private int pc;
  private int active;
  private int limit;
  private long turnEnds;
  private boolean rotate;

  WarpRunner(WarpState w, Instruction[] code) {
    this.w = w;
    this.code = code;
  }

  void begin() {
    w.begin();
    groups = 0;
    add(State.RUN, 0, w.live);
  }

  boolean finished() {
    return w.live == 0;
  }

  /** The instruction that was running when a fault happened. */
  Instruction current() {
    return code[pc];
  }

  private void add(State state, int at, int mask) {
    for (int i = 0; i < groups; i++) {
      if (pcs[i] == at && states[i] == state) {
        masks[i] |= mask;
        return;
      }
    }
    states[groups] = state;
    pcs[groups] = at;
    masks[groups++] = mask;
  }

  private void remove(int i) {
    groups--;
    states[i] = states[groups];
    pcs[i] = pcs[groups];
    masks[i] = masks[groups];
  }

  /**
   * Runs until no group can, or the budget of instructions is used up.
   *
   * @return whether anything ran
   */
  boolean run(long budget) {
    boolean ran = false;
    long end = w.clock + budget;
    while (w.clock < end && select()) {
      ran = true;
      turnEnds = Math.min(end, groups == 0 ? end : w.clock + PATIENCE);
      step();
    }
    return ran;
  }

  /** Takes the group to run next off the list; false if none can run. */
  private boolean select() {
    int best = -1;
    for (int i = 0; i < groups; i++) {
      if (states[i] == State.RUN && (best < 0 || (rotate ? pcs[i] > pcs[best] : pcs[i] < pcs[best]))) {
        best = i;
      }
    }
    rotate = false;
    if (best < 0) {
      return releaseWarpBarrier() && select();
    }
    pc = pcs[best];
    active = masks[best];
    remove(best);
    limit = Integer.MAX_VALUE;
    for (int i = groups - 1; i >= 0; i--) {
      if (pcs[i] == pc && states[i] != State.WAIT_BLOCK) {
        active |= masks[i];
        remove(i);
      }
    }
    for (int i = 0; i < groups; i++) {
      if (states[i] != State.WAIT_BLOCK && pcs[i] > pc) {
        limit = Math.min(limit, pcs[i]);
      }
    }
    return true;
  }

  /** Executes the selected group until it meets another, parts, waits or ends. */
  private void step() {
    Counters counters = w.counters;
    long[] byClass = counters.byClass;
    while (true) {
      if (pc >= limit || w.clock >= turnEnds) {
        rotate = pc < limit && groups > 0;
        add(State.RUN, pc, active);
        return;
      }
      Instruction in = code[pc];
      int mask = active;
      int guard = in.guard();
      if (guard >= 0) {
        if (w.anyUndefined) {
          w.requireDefined(guard, active, "the condition");
        }
        mask &= w.pred[guard] ^ in.guardFlip();
      }
      w.clock++;
      counters.warpInstructions++;
      byClass[in.opClass().ordinal()] += Integer.bitCount(active);
      if (in instanceof Control c) {
        if (!control(c, mask)) {
          return;
        }
      } else {
        if (mask != 0) {
          in.execute(w, mask);
        }
        pc++;
      }
    }
  }

  /** Acts on a control instruction; false if another group has to be selected. */
  private boolean control(Control c, int mask) {
    switch (c) {
      case Control.Branch b -> {
        if (b.guard() >= 0) {
          w.counters.branches++;
        }
        if (mask == 0) {
          pc++;
          return true;
        }
        if (mask == active) {
          boolean alone = groups == 0;
          pc = b.target();
          if (!alone) {
            add(State.RUN, pc, active);
          }
          return alone;
        }
        w.counters.divergentBranches++;
        add(State.RUN, b.target(), mask);
        add(State.RUN, pc + 1, active & ~mask);
        return false;
      }
      case Control.IndexedBranch b -> {
        return indexed(b, mask);
      }
      case Control.Exit _ -> {
        w.live &= ~mask;
        return proceed(active & ~mask);
      }
      case Control.Stop _ -> {
        if (mask != 0) {
          throw new Trap(FaultKind.TRAP, Integer.numberOfTrailingZeros(mask), "the kernel trapped");
        }
        pc++;
        return true;
      }
      case Control.Together t -> {
        if (mask != 0) {
          if (t.missing(w, mask) != 0) {
            add(State.WAIT_WARP, pc, mask);
            return proceed(active & ~mask);
          }
          t.act(w, mask);
        }
        pc++;
        return true;
      }
      case Control.Barrier b -> {
        if (mask == 0) {
          pc++;
          return true;
        }
        w.counters.barriers++;
        if (w.anyUndefined && b.predicate() >= 0) {
          w.requireDefined(b.predicate(), mask, "the predicate of the barrier");
        }
        add(State.WAIT_BLOCK, pc, mask);
        return proceed(active & ~mask);
      }
    }
  }

  /** Goes on with the lanes that are left; false if there are none. */
  private boolean proceed(int rest) {
    active = rest;
    pc++;
    return rest != 0;
  }

  private boolean indexed(Control.IndexedBranch b, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(b.index(), mask, "the index of the branch");
    }
    int[] targets = b.targets();
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int i = w.r32[b.index()][lane];
      if (i < 0 || i >= targets.length) {
        throw new Trap(FaultKind.INVALID, lane, "index " + i + " into a table of " + targets.length + " labels");
      }
      add(State.RUN, targets[i], 1 << lane);
    }
    if ((active & ~mask) != 0) {
      add(State.RUN, pc + 1, active & ~mask);
    }
    return false;
  }

  /** Lanes that wait at different {@code bar.warp.sync} instructions with one mask may meet. */
  private boolean releaseWarpBarrier() {
    int all = 0;
    int first = -1;
    for (int i = 0; i < groups; i++) {
      if (states[i] == State.WAIT_WARP && ((Control.Together) code[pcs[i]]).isBarrier()) {
        all |= masks[i];
        first = first < 0 ? i : first;
      }
    }
    if (first < 0) {
      return false;
    }
    Control.Together t = (Control.Together) code[pcs[first]];
    for (int i = 0; i < groups; i++) {
      if (states[i] == State.WAIT_WARP && (((Control.Together) code[pcs[i]]).missing(w, masks[i]) & ~all) != 0) {
        return false;
      }
    }
    t.meet(w, all);
    for (int i = groups - 1; i >= 0; i--) {
      if (states[i] == State.WAIT_WARP && ((Control.Together) code[pcs[i]]).isBarrier()) {
        int at = pcs[i];
        int mask = masks[i];
        remove(i);
        add(State.RUN, at + 1, mask);
      }
    }
    return true;
  }

  // What the block needs to know about waiting groups.

  /** Lanes that wait at a barrier of the block. */
  int waitingAtBlock() {
    int lanes = 0;
    for (int i = 0; i < groups; i++) {
      lanes |= states[i] == State.WAIT_BLOCK ? masks[i] : 0;
    }
    return lanes;
  }

  /** Calls back for each group that waits at a barrier of the block. */
  void eachBlockWait(BlockWait f) {
    for (int i = 0; i < groups; i++) {
      if (states[i] == State.WAIT_BLOCK) {
        f.group(this, pcs[i], masks[i]);
      }
    }
  }

  /** See {@link #eachBlockWait}. */
  interface BlockWait {
    void group(WarpRunner warp, int pc, int mask);
  }

  /** Lets the groups go on that wait at an instruction. */
  void release(int at) {
    for (int i = groups - 1; i >= 0; i--) {
      if (states[i] == State.WAIT_BLOCK && pcs[i] == at) {
        int mask = masks[i];
        remove(i);
        add(State.RUN, at + 1, mask);
      }
    }
  }

  /** Index of the instruction at which lanes wait for other lanes of the warp, or -1. */
  int warpWait() {
    for (int i = 0; i < groups; i++) {
      if (states[i] == State.WAIT_WARP) {
        return pcs[i];
      }
    }
    return -1;
  }

  /** The lanes of a group that waits at an instruction. */
  int lanesAt(int at) {
    for (int i = 0; i < groups; i++) {
      if (pcs[i] == at) {
        return masks[i];
      }
    }
    return 0;
  }
}
