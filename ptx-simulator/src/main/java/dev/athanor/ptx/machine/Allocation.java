package dev.athanor.ptx.machine;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * An allocation of global memory. Pages come into being when first touched, so a huge allocation of which little is used costs
 * little.
 */
public final class Allocation {
  /** Address of the first byte. */
  public final long base;
  /** Size in bytes. */
  public final long size;
  /** What this memory is: a number for allocations, a name for module variables. */
  public final String label;
  /** Whether kernels may only read it ({@code .const} variables). */
  public final boolean readOnly;
  private final boolean track;
  private volatile boolean freed;
  private volatile AtomicReferenceArray<Page> pages;

  Allocation(long base, long size, String label, boolean readOnly, boolean track) {
    this.base = base;
    this.size = size;
    this.label = label;
    this.readOnly = readOnly;
    this.track = track;
    this.pages = new AtomicReferenceArray<>((int) ((size + Page.SIZE - 1) >>> Page.BITS));
  }

  /** Whether the host gave it back. */
  public boolean freed() {
    return freed;
  }

  void free() {
    freed = true;
    pages = new AtomicReferenceArray<>(0);
  }

  /** The page that holds a byte, counted from the start; the offset must be inside. */
  Page page(long offset) {
    AtomicReferenceArray<Page> all = pages;
    int i = (int) (offset >>> Page.BITS);
    Page p = all.get(i);
    if (p == null) {
      int bytes = (int) Math.min(Page.SIZE, size - ((long) i << Page.BITS));
      all.compareAndSet(i, null, new Page(this, bytes, track));
      p = all.get(i);
    }
    return p;
  }

  @Override
  public String toString() {
    return (freed ? "freed " : "") + label + " at 0x" + Long.toHexString(base) + ", " + size + " bytes";
  }
}
