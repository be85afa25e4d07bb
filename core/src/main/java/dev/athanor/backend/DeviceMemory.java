package dev.athanor.backend;

/**
 * A device's memory as the device itself sees it, in bytes; -1 where it does not say.
 *
 * @param free what could still be allocated, by anybody
 * @param total the memory of the device
 * @param held what this backend has allocated: for tensors, cached for them, and for itself
 * @param reserved what the device's own system takes beside that for this process, about: contexts, kernels, libraries
 * @param others how to find out who else holds memory of the device, or an empty text
 */
public record DeviceMemory(long free, long total, long held, long reserved, String others) {
  /** A device that does not say. */
  public static final DeviceMemory UNKNOWN = new DeviceMemory(-1, -1, -1, 0, "");

  /** What is neither free nor held by this process: other processes have it. 0 where the device does not say. */
  public long elsewhere() {
    return free < 0 || total < 0 || held < 0 ? 0 : Math.max(0, total - free - held - reserved);
  }
}
