package dev.athanor.train;

import dev.athanor.AthanorException;

/** Training met a loss or a parameter that is not finite, and stopped. */
public final class DivergenceException extends AthanorException {
  private static final long serialVersionUID = 1L;

  /** Says at which step, and what was the first to be not finite. */
  public DivergenceException(String message) {
    super(message);
  }
}
