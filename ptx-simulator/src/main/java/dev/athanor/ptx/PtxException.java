package dev.athanor.ptx;

/**
 * PTX text the simulator cannot run: a syntax error, an unknown instruction or an unsupported feature, with the line it stands
 * on.
 */
public final class PtxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private final int line;

  /**
   * @param line    line of the PTX text, counted from 1 (0 if no single line is to blame)
   * @param message what was found and what was expected
   */
  public PtxException(int line, String message) {
    super(line > 0 ? "PTX line " + line + ": " + message : message);
    this.line = line;
  }

  /** Line of the PTX text, counted from 1; 0 if no single line is to blame. */
  public int line() {
    return line;
  }
}
