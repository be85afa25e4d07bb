package dev.athanor.cuda;

import dev.athanor.AthanorException;

/** A call of the CUDA driver or of a CUDA library failed, or a kernel did. */
public final class CudaException extends AthanorException {
  private static final long serialVersionUID = 1L;

  private final boolean lost;

  CudaException(String message) {
    this(message, false, null);
  }

  CudaException(String message, Throwable cause) {
    this(message, false, cause);
  }

  CudaException(String message, boolean lost, Throwable cause) {
    super(message, cause);
    this.lost = lost;
  }

  /**
   * Whether the device's context is lost, as after a kernel that touched memory that is not there: what lay in the device's
   * memory is gone, and every later call fails with this cause. Close the device and open it again.
   */
  public boolean isDeviceLost() {
    return lost;
  }
}
