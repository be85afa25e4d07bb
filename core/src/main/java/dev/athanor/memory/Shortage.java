package dev.athanor.memory;

import static dev.athanor.memory.MemoryStats.size;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.backend.OutOfDeviceMemoryException.Holder;
import java.util.List;

/**
 * An allocation that failed also with an empty cache, in words.
 *
 * @param device the name of the device
 * @param what the operation whose result it was to be, or null for memory that an operation works in
 * @param place where in the program, or null
 * @param requested bytes asked for
 * @param memory what the device says
 * @param inUse bytes held by tensors
 * @param cached bytes that were cached, and given back before the last attempt
 * @param holders the largest holders
 */
record Shortage(String device, String what, StackWalker.StackFrame place, long requested, DeviceMemory memory, long inUse,
    long cached, List<Holder> holders) {
  /** Holders that a message names. */
  static final int NAMED = 5;

  OutOfDeviceMemoryException exception(OutOfDeviceMemoryException cause) {
    var e = new OutOfDeviceMemoryException(requested, message(cause.getMessage()), memory.free(), inUse, cached, holders);
    e.initCause(cause);
    return e;
  }

  private String message(String cause) {
    var s = new StringBuilder("out of memory on " + device + ": ")
        .append(what == null ? "an operation" : "the result of " + what).append(place == null ? "" : " at " + at(place))
        .append(" needs ").append(size(requested));
    if (memory.free() >= 0) {
      s.append(", and ").append(size(memory.free())).append(" of ").append(size(memory.total())).append(" are free");
    } else {
      s.append(" (").append(cause).append(')');
    }
    s.append(cached > 0 ? ", after " + size(cached) + " of cached memory were given back" : ", with nothing left in the cache");
    s.append(". ").append(size(inUse)).append(" in use by tensors");
    String lead = ": ";
    for (Holder h : holders) {
      s.append(lead).append(size(h.bytes())).append(" in ").append(h.count()).append(" of ").append(h.what())
          .append(h.place().isEmpty() ? "" : " at " + h.place());
      lead = ", ";
    }
    s.append('.');
    long own = memory.held() - inUse;
    if (memory.held() >= 0 && own >= Math.max(Holders.NOTED, memory.total() / 50)) {
      s.append(' ').append(size(own)).append(" are held by the backend itself.");
    }
    boolean crowded = memory.elsewhere() > Math.max(inUse, memory.total() / 10);
    if (crowded) {
      s.append(" Another process holds about ").append(size(memory.elsewhere())).append(" of this device's memory: ")
          .append(memory.others()).append(". Wait for it or end it, or");
    }
    return s.append(crowded ? " use" : " Use").append(" smaller batches, close what is not needed, or open a scope around each ")
        .append("step")
        .append(holders.stream().allMatch(h -> h.place().isEmpty())
            ? "; the Java option -Dathanor.track.creation=true adds the places in the program" : "").toString();
  }

  private static String at(StackWalker.StackFrame place) {
    return place.getFileName() + ":" + place.getLineNumber();
  }
}
