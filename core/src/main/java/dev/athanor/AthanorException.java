package dev.athanor;

/**
 * An error that the user can understand and mend: a wrong file, shape, name or setting, a full disk. The message alone says
 * what is wrong, what was expected and what to do; a command line prints it without a stack trace. Errors inside the toolkit
 * itself stay {@link IllegalStateException} and the like, whose stack trace matters.
 */
public class AthanorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An error found by a check of our own.
   *
   * @param message what is wrong, what was expected and, where it helps, what to do
   */
  public AthanorException(String message) {
    super(message);
  }

  /**
   * An error that something else reported.
   *
   * @param message what is wrong, what was expected and, where it helps, what to do; complete without the cause's message
   * @param cause what was caught, or null
   */
  public AthanorException(String message, Throwable cause) {
    super(message, cause);
  }
}
