package dev.athanor.tensor;

import dev.athanor.backend.Buffer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A buffer shared by a tensor, its views and the graph's saved values; it goes back to the allocator with the last of them. Also counts
 * the in-place changes, so that backward can tell that a value it needs was overwritten.
 */
final class Storage {
  private static final VarHandle REFS;

  static {
    try {
      REFS = MethodHandles.lookup().findVarHandle(Storage.class, "refs", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Device device;
  final Buffer buffer;
  /** The operation that made it, for messages. */
  final String origin;
  /** Where it was made, if places are tracked; else null. */
  final StackWalker.StackFrame place;
  private volatile int refs = 1;
  private int version;
  private String lastChange;
  /** The allocator's guard against a lost owner, or null while a scope answers for this storage. */
  private Object guard;
  /** The recording under way that made it, or null. */
  Recording recording;
  /** Whether an open scope has this storage on its list of survivors. */
  boolean adopted;

  Storage(Device device, Buffer buffer, String origin, StackWalker.StackFrame place) {
    this.device = device;
    this.buffer = buffer;
    this.origin = origin;
    this.place = place;
  }

  void retain() {
    REFS.getAndAdd(this, 1);
  }

  void release() {
    if ((int) REFS.getAndAdd(this, -1) == 1) {
      synchronized (this) {
        if (guard != null) {
          device.allocator().unguard(guard);
          guard = null;
        }
      }
      Recording r = device.recording();
      if (r != null) {
        r.freed(this);
      }
      device.allocator().free(buffer);
    }
  }

  boolean isFree() {
    return refs <= 0;
  }

  boolean isExclusive() {
    return refs == 1;
  }

  /** No scope answers for this storage any more: the garbage collector does. */
  void guard() {
    synchronized (this) {
      if (guard == null && refs > 0) {
        guard = device.allocator().guard(this, buffer);
      }
    }
  }

  int version() {
    return version;
  }

  String lastChange() {
    return lastChange;
  }

  void changed(String op) {
    version++;
    lastChange = op;
    Recording r = device.recording();
    if (r != null) {
      r.changed(this);
    }
  }
}
