package dev.athanor.ptx.machine;

import dev.athanor.ptx.FaultKind;

/** An error of a lane, on its way to the executor, which knows kernel, block and instruction. */
public final class Trap extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final FaultKind kind;
  private final int lane;

  /**
   * @param kind    what was wrong
   * @param lane    lane of the warp, or -1 if no single lane is to blame
   * @param message what was wrong, in words
   */
  public Trap(FaultKind kind, int lane, String message) {
    super(message, null, false, false);
    this.kind = kind;
    this.lane = lane;
  }

  /** What was wrong. */
  public FaultKind kind() {
    return kind;
  }

  /** Lane of the warp, or -1. */
  public int lane() {
    return lane;
  }
}
