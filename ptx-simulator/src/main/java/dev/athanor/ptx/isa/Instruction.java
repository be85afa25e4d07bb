package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.machine.WarpState;

/** A decoded instruction: registers as numbers, addresses resolved, its operation chosen. It is executed for a warp at a time. */
public abstract class Instruction {
  /** Register number of the guard predicate, or -1. */
  int guard = -1;
  /** All ones if the guard is negated, else zero. */
  int guardFlip;
  private int line;
  private String text = "";
  private OpClass opClass = OpClass.MOVE;

  /** Where the instruction stands, and how it is counted. */
  final void describe(int atLine, String asWritten, OpClass countedAs) {
    line = atLine;
    text = asWritten;
    opClass = countedAs;
  }

  /** Register number of the guard predicate, or -1 if the instruction is unconditional. */
  public final int guard() {
    return guard;
  }

  /** All ones if the guard is negated, else zero. */
  public final int guardFlip() {
    return guardFlip;
  }

  /** Line of the PTX text, from 1. */
  public final int line() {
    return line;
  }

  /** The instruction as written. */
  public final String text() {
    return text;
  }

  /** How it is counted. */
  public final OpClass opClass() {
    return opClass;
  }

  /**
   * Executes the instruction for the lanes of a mask.
   *
   * @throws dev.athanor.ptx.machine.Trap on an error of a lane
   */
  public abstract void execute(WarpState w, int mask);
}
