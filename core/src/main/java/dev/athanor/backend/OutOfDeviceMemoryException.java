package dev.athanor.backend;

import dev.athanor.AthanorException;

/** The device has no room for an allocation. */
public final class OutOfDeviceMemoryException extends AthanorException {
  private static final long serialVersionUID = 1L;

  private final long requested;

  /**
   * Says what was asked for and what there is.
   *
   * @param requested bytes asked for
   * @param message what happened, with the device's free and total bytes where known
   */
  public OutOfDeviceMemoryException(long requested, String message) {
    super(message);
    this.requested = requested;
  }

  /** The bytes that were asked for. */
  public long requested() {
    return requested;
  }
}
