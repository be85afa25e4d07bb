package dev.athanor.ptx.isa;

import dev.athanor.ptx.machine.WarpState;

/**
 * Instructions that decide what runs next. The executor acts on them itself; what they hold is public to it.
 */
public abstract sealed class Control extends Instruction {
  private Control() {}

  /** Never called: the executor handles control instructions. */
  @Override
  public final void execute(WarpState w, int mask) {
    throw new IllegalStateException("control instruction: " + text());
  }

  /** {@code bra}, and {@code call} and {@code ret} of inlined functions. */
  public static final class Branch extends Control {
    int target = -1;

    /** Index of the next instruction where the branch is taken. */
    public int target() {
      return target;
    }
  }

  /** {@code brx.idx}: a jump table. */
  public static final class IndexedBranch extends Control {
    private final int index;
    final int[] targets;

    IndexedBranch(int index, int n) {
      this.index = index;
      targets = new int[n];
    }

    /** Register that holds the position in the table. */
    public int index() {
      return index;
    }

    /** Indices of the next instruction by position. */
    public int[] targets() {
      return targets.clone();
    }
  }

  /** {@code ret} of a kernel and {@code exit}. */
  public static final class Exit extends Control {}

  /** {@code trap} and {@code brkpt}. */
  public static final class Stop extends Control {}

  /** {@code bar} and {@code barrier} at block level. */
  public static final class Barrier extends Control {
    /** What a barrier does besides waiting. */
    public enum Kind { SYNC, ARRIVE, RED_POPC, RED_AND, RED_OR }

    private final Kind kind;
    private final boolean aligned;
    private final int id;
    private final int threads;
    private final int d;
    private final int p;
    private final int flip;

    Barrier(Kind kind, boolean aligned, int id, int threads, int d, int p, int flip) {
      this.kind = kind;
      this.aligned = aligned;
      this.id = id;
      this.threads = threads;
      this.d = d;
      this.p = p;
      this.flip = flip;
    }

    /** What it does besides waiting. */
    public Kind kind() {
      return kind;
    }

    /** Whether all threads of a warp must come to it together ({@code bar} or {@code .aligned}). */
    public boolean aligned() {
      return aligned;
    }

    /** Register of the barrier's number. */
    public int id() {
      return id;
    }

    /** Register of the number of threads that take part, or -1 for all threads of the block. */
    public int threads() {
      return threads;
    }

    /** Register of the result of a reduction, or -1. */
    public int destination() {
      return d;
    }

    /** Register of the predicate of a reduction, or -1. */
    public int predicate() {
      return p;
    }

    /** All ones if that predicate is negated. */
    public int flip() {
      return flip;
    }
  }

  /** An instruction in which lanes act together; it may have to wait for lanes. */
  public static final class Together extends Control {
    private final WarpOps op;

    Together(WarpOps op) {
      this.op = op;
    }

    /** Whether it is a {@code bar.warp.sync}, whose lanes may stand at different ones. */
    public boolean isBarrier() {
      return op instanceof WarpOps.Sync;
    }

    /** Lanes that are waited for; checks that each lane is in its own mask. */
    public int missing(WarpState w, int mask) {
      if (op.members < 0) {
        return 0;
      }
      op.requireMember(w, mask);
      return op.missing(w, mask);
    }

    /** Acts for lanes of which some stand at another instruction of the same kind, with a mask register of its own. */
    public void meet(WarpState w, int lanes) {
      op.together(w, lanes);
    }

    /** Acts for lanes that are complete. */
    public void act(WarpState w, int mask) {
      op.execute(w, mask);
    }
  }
}
