package dev.athanor.kernels.lab;

/** Something the user of the laboratory can mend; the message says what and how. */
public final class LabException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With this message. */
  public LabException(String message) {
    super(message);
  }
}
