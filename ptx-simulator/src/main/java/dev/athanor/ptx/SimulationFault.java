package dev.athanor.ptx;

/**
 * The first error a kernel made: what, where and by whom.
 *
 * <p>The message holds everything in words; the accessors hold the parts for tests and tools.
 */
public final class SimulationFault extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final FaultKind kind;
  private final String kernel;
  private final int[] block;
  private final int[] thread;
  private final String instruction;
  private final int line;
  private final String detail;

  /**
   * @param kind        what was wrong
   * @param kernel      name of the kernel, or a word for the host operation
   * @param block       block index x, y, z; empty if no block is to blame
   * @param thread      thread index x, y, z; empty if no single thread is to blame
   * @param instruction the instruction as written; empty if none is to blame
   * @param line        its line in the PTX text, from 1; 0 if none is to blame
   * @param detail      what was wrong, in words
   */
  public SimulationFault(FaultKind kind, String kernel, int[] block, int[] thread, String instruction, int line, String detail) {
    super(text(kind, kernel, block, thread, instruction, line, detail));
    this.kind = kind;
    this.kernel = kernel;
    this.block = block.clone();
    this.thread = thread.clone();
    this.instruction = instruction;
    this.line = line;
    this.detail = detail;
  }

  private static String text(FaultKind kind, String kernel, int[] block, int[] thread, String instruction, int line,
      String detail) {
    StringBuilder s = new StringBuilder().append(kind).append(" in ").append(kernel);
    if (block.length > 0) {
      s.append(", block ").append(triple(block));
    }
    if (thread.length > 0) {
      s.append(", thread ").append(triple(thread));
    }
    if (line > 0) {
      s.append(", line ").append(line).append(": ").append(instruction);
    }
    return s.append("\n  ").append(detail).toString();
  }

  /** An index as people write it: {@code (x, y, z)}. */
  private static String triple(int[] v) {
    return "(" + v[0] + ", " + v[1] + ", " + v[2] + ")";
  }

  /** What was wrong. */
  public FaultKind kind() {
    return kind;
  }

  /** Name of the kernel. */
  public String kernel() {
    return kernel;
  }

  /** Block index x, y, z; empty if no block is to blame. */
  public int[] block() {
    return block.clone();
  }

  /** Thread index x, y, z; empty if no single thread is to blame. */
  public int[] thread() {
    return thread.clone();
  }

  /** The instruction as written in the PTX text. */
  public String instruction() {
    return instruction;
  }

  /** Line of the instruction in the PTX text, from 1; 0 if none is to blame. */
  public int line() {
    return line;
  }

  /** What was wrong, in words, without the place. */
  public String detail() {
    return detail;
  }
}
