package dev.athanor.backend;

import dev.athanor.AthanorException;

/** Something cannot be recorded for replay; the message says what, and why. The device stays usable. */
public final class NotCapturableException extends AthanorException {
  private static final long serialVersionUID = 1L;

  /** Says what cannot be captured, and why. */
  public NotCapturableException(String message) {
    super(message);
  }

  /** Says what cannot be captured, and why, with what was caught. */
  public NotCapturableException(String message, Throwable cause) {
    super(message, cause);
  }
}
