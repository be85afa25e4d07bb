package dev.athanor.backend;

import dev.athanor.AthanorException;
import java.util.List;

/**
 * The device has no room for an allocation. A backend throws it with the bytes asked for; what reaches the user comes from core,
 * after the cache was emptied and the allocation tried again, and also knows what memory there is and who holds it.
 */
public final class OutOfDeviceMemoryException extends AthanorException {
  private static final long serialVersionUID = 1L;

  private final long requested;
  private final long free;
  private final long inUse;
  private final long cached;
  private final transient List<Holder> holders;

  /**
   * Tensors of one kind in memory.
   *
   * @param what the operation that made them, {@code temporaries} for memory that operations work in
   * @param place where in the program, or an empty text where places are not tracked
   * @param count how many there are
   * @param bytes what they hold together
   */
  public record Holder(String what, String place, int count, long bytes) {}

  /**
   * Says what was asked for: for backends.
   *
   * @param requested bytes asked for
   * @param message what happened
   */
  public OutOfDeviceMemoryException(long requested, String message) {
    this(requested, message, -1, -1, -1, List.of());
  }

  /**
   * Says what was asked for and what there is: for core.
   *
   * @param free bytes free on the device, -1 if it does not say
   * @param inUse bytes held by tensors
   * @param cached bytes that were cached, and given back before the last attempt
   * @param holders the largest holders, largest first
   */
  public OutOfDeviceMemoryException(long requested, String message, long free, long inUse, long cached, List<Holder> holders) {
    super(message);
    this.requested = requested;
    this.free = free;
    this.inUse = inUse;
    this.cached = cached;
    this.holders = List.copyOf(holders);
  }

  /** The bytes that were asked for. */
  public long requested() {
    return requested;
  }

  /** The bytes free on the device when the last attempt failed; -1 if unknown. */
  public long free() {
    return free;
  }

  /** The bytes held by tensors; -1 if unknown. */
  public long inUse() {
    return inUse;
  }

  /** The bytes that were cached, and given back to the device before the last attempt; -1 if unknown. */
  public long cached() {
    return cached;
  }

  /** Who holds most, the largest first; only of pieces of at least 64 KiB. */
  public List<Holder> holders() {
    return holders == null ? List.of() : holders;
  }
}
