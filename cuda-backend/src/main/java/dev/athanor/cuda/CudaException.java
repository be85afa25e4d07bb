package dev.athanor.cuda;

import dev.athanor.AthanorException;

/** A call of the CUDA driver or of a CUDA library failed. */
public final class CudaException extends AthanorException {
  private static final long serialVersionUID = 1L;

  CudaException(String message) {
    super(message);
  }

  CudaException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same error with the kernels that were launched before it: one of them may be to blame. */
  CudaException after(String kernels) {
    return kernels.isEmpty() ? this : new CudaException(getMessage() + "; the last kernels launched were " + kernels, this);
  }
}
