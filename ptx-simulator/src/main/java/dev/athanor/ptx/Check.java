package dev.athanor.ptx;

/**
 * The checks and counters that can be switched off one by one. Bounds and alignment are always checked: they cost next to
 * nothing.
 */
public enum Check {
  /** Reads of memory nobody wrote, in global, shared and local memory. */
  UNWRITTEN,
  /** Races between threads on shared memory. */
  SHARED_RACES,
  /** Races between threads, of one block or of several, on global memory. */
  GLOBAL_RACES,
  /** A host read of device bytes that neither a kernel nor the host wrote. */
  HOST_READS,
  /** Threads that left the kernel, or stand elsewhere, while others of their block wait at a barrier. */
  BARRIERS,
  /** Integer division by zero. */
  DIVISION,
  /** Not a check: count memory transactions and bank conflicts for the {@link LaunchReport}. */
  COUNTERS
}
