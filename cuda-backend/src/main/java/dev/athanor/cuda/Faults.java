package dev.athanor.cuda;

/**
 * What becomes of a device whose kernel failed. The driver says so only at some later call, and not which kernel it was; from
 * then on every call fails. The message names the work given last; in the blocking mode the stream waits after each piece of
 * work, and the last one is the culprit.
 */
final class Faults {
  private static final String REOPEN = " Nothing more can be computed on this device and what its memory held is lost: close it "
      + "and open it again, or start the program anew, from its last checkpoint.";

  private final RecentWork recent;
  private final boolean blocking;
  private CudaException lost;

  Faults(RecentWork recent, boolean blocking) {
    this.recent = recent;
    this.blocking = blocking;
  }

  /** Whether the stream waits after each piece of work. */
  boolean blocking() {
    return blocking;
  }

  boolean isLost() {
    return lost != null;
  }

  /** @throws CudaException if the device is lost, with what was said when that was found */
  void check() {
    if (lost != null) {
      throw new CudaException(lost.getMessage(), true, lost);
    }
  }

  /** What to throw for an error of the device. */
  CudaException found(CudaException e) {
    if (!e.isDeviceLost()) {
      return e;
    }
    if (lost == null) {
      lost = new CudaException(blocking
          ? "the GPU failed in " + recent.last() + ": " + e.getMessage() + "." + REOPEN
          : "the GPU failed: " + e.getMessage() + "." + REOPEN + " The work given to it last, the newest at the end: "
              + recent.all() + ". To see which of it failed, run again with --cuda-blocking (the Java option "
              + "-Dathanor.cuda.blocking=true)", true, e);
    }
    return lost;
  }
}
