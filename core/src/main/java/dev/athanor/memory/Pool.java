package dev.athanor.memory;

import dev.athanor.backend.Buffer;
import java.util.Collection;

/**
 * Memory set apart: while a plan records, every buffer is taken from its pool and comes back to it, so that no address the
 * recording holds is given to anybody else while the pool is open. The pool takes buffers from its allocator's cache and gives
 * them back when it is closed. It also holds on to buffers of others that the recording uses.
 */
public final class Pool implements AutoCloseable {
  private final CachingAllocator allocator;
  private final CachingAllocator.Shelves free = new CachingAllocator.Shelves();
  private long bytes;
  private boolean lost;
  private boolean closed;

  Pool(CachingAllocator allocator) {
    this.allocator = allocator;
  }

  /** Makes allocations of the calling thread come from this pool, until {@link #leave}. */
  public void enter() {
    allocator.enter(this);
  }

  /** Allocations come from the cache again. */
  public void leave() {
    allocator.enter(null);
  }

  /** Keeps buffers from being given to others, even after their owners let go of them, until the pool is closed. */
  public void hold(Collection<Buffer> buffers) {
    allocator.hold(this, buffers);
  }

  /** Whether the owner of a buffer that is {@link #hold held} has let go of it: its contents mean nothing any more. */
  public boolean hasLost() {
    return lost;
  }

  /** Bytes taken from the allocator. */
  public long bytes() {
    return bytes;
  }

  /** Gives all memory back; what is still used by a tensor follows when that is closed. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      allocator.close(this);
    }
  }

  // ---- for the allocator, under its lock

  Buffer take(int sizeClass) {
    Buffer b = free.pop(sizeClass);
    if (b == null) {
      b = allocator.lend(this, sizeClass);
      bytes += b.bytes();
    }
    return b;
  }

  void giveBack(Buffer b) {
    free.push(b);
  }

  void lose() {
    lost = true;
  }

  Buffer popAny() {
    return free.popAny();
  }
}
