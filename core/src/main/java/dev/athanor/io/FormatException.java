package dev.athanor.io;

import dev.athanor.AthanorException;

/**
 * A file's content is not what its format, or the caller, says it must be. The message names the file, what was expected and
 * what was found.
 */
public class FormatException extends AthanorException {
  private static final long serialVersionUID = 1L;

  /**
   * A fault found by our own check.
   *
   * @param file the file, as the user knows it (a path, or a name of a built-in resource)
   * @param problem what was expected and what was found, with the place in the file
   */
  public FormatException(Object file, String problem) {
    this(file, problem, null);
  }

  /**
   * A fault that a library found.
   *
   * @param file the file, as the user knows it (a path, or a name of a built-in resource)
   * @param problem what was expected and what was found, with the place in the file
   * @param cause what the library threw, or null
   */
  public FormatException(Object file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
