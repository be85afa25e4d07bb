package dev.athanor.ptx.machine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Global memory: a table of allocations.
 *
 * <p>Each allocation lives in the middle of its own 64 GiB range of addresses, so that an address that misses it by less than 32
 * GiB is still known to belong to it, and no stray index ever lands in a neighbour. The range's number is the upper part of the
 * address.
 */
public final class DeviceMemory {
  /** Generic addresses of shared memory begin here. */
  public static final long SHARED_WINDOW = 1L << 32;
  /** Generic addresses of local memory begin here. */
  public static final long LOCAL_WINDOW = 2L << 32;
  /** Generic addresses of the kernel's parameters begin here. */
  public static final long PARAM_WINDOW = 3L << 32;

  private static final int SLOT_BITS = 36;
  private static final long HALF = 1L << (SLOT_BITS - 1);
  private static final int QUARANTINE = 1 << 16;

  private final boolean track;
  private volatile Allocation[] slots = new Allocation[64];
  private int used = 1;  // slot 0 holds the null page and the windows of the other spaces
  private long serial;
  private final ArrayDeque<Integer> freed = new ArrayDeque<>();

  /** @param track whether to remember which bytes were written */
  public DeviceMemory(boolean track) {
    this.track = track;
  }

  /** Allocates memory that holds nothing yet. The address is a multiple of 256. */
  public synchronized Allocation allocate(long size, String label, boolean readOnly) {
    if (size < 0 || size >= HALF) {
      throw new IllegalArgumentException("allocate " + size + " bytes: from 0 to " + (HALF - 1) + " are possible");
    }
    int slot = freed.size() > QUARANTINE ? freed.poll() : used++;
    if (slot >= slots.length) {
      slots = Arrays.copyOf(slots, slots.length * 2);
    }
    String name = label != null ? label : "allocation #" + ++serial;
    Allocation a = new Allocation(((long) slot << SLOT_BITS) + HALF, size, name, readOnly, track);
    slots[slot] = a;
    return a;
  }

  /** Frees an allocation. Its addresses stay out of use for a long time, so that a late access is recognised. */
  public synchronized void free(long address) {
    Allocation a = near(address);
    if (a == null || a.freed() || a.base != address || a.readOnly) {
      throw new IllegalArgumentException("free of 0x" + Long.toHexString(address) + ": not the address of a live allocation"
          + (a == null ? "" : "; nearest: " + a));
    }
    a.free();
    freed.add((int) (address >>> SLOT_BITS));
  }

  /** The page that holds an address, or null if the address lies in no live allocation. */
  public Page page(long address) {
    Allocation a = near(address);
    if (a == null || a.freed()) {
      return null;
    }
    long offset = address - a.base;
    return offset < 0 || offset >= a.size ? null : a.page(offset);
  }

  /** The allocation an address belongs to or missed by less than 32 GiB, or null. */
  public Allocation near(long address) {
    Allocation[] all = slots;
    long slot = address >>> SLOT_BITS;
    return slot < all.length ? all[(int) slot] : null;
  }

  /** Live allocations' total size in bytes. */
  public synchronized long liveBytes() {
    long sum = 0;
    for (Allocation a : slots) {
      sum += a == null || a.freed() ? 0 : a.size;
    }
    return sum;
  }

  /** Copies from the host. */
  public void write(long address, MemorySegment source) {
    range(address, source.byteSize(), "write");
    for (long done = 0; done < source.byteSize();) {
      Page p = page(address + done);
      int at = (int) (address + done) & Page.SIZE - 1;
      int n = (int) Math.min(p.limit - at, source.byteSize() - done);
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, done, p.data, at, n);
      markWritten(p, at, n);
      done += n;
    }
  }

  /**
   * Copies to the host.
   *
   * @return offset of the first byte nobody wrote, or -1
   */
  public long read(long address, MemorySegment target) {
    range(address, target.byteSize(), "read");
    long unwritten = -1;
    for (long done = 0; done < target.byteSize();) {
      Page p = page(address + done);
      int at = (int) (address + done) & Page.SIZE - 1;
      int n = (int) Math.min(p.limit - at, target.byteSize() - done);
      MemorySegment.copy(p.data, at, target, ValueLayout.JAVA_BYTE, done, n);
      if (p.written != null && unwritten < 0) {
        for (int i = 0; i < n && unwritten < 0; i++) {
          unwritten = p.written[at + i] == 0 ? done + i : -1;
        }
      }
      done += n;
    }
    return unwritten;
  }

  /** Sets bytes. */
  public void fill(long address, long bytes, byte value) {
    range(address, bytes, "fill");
    for (long done = 0; done < bytes;) {
      Page p = page(address + done);
      int at = (int) (address + done) & Page.SIZE - 1;
      int n = (int) Math.min(p.limit - at, bytes - done);
      Arrays.fill(p.data, at, at + n, value);
      markWritten(p, at, n);
      done += n;
    }
  }

  private static void markWritten(Page p, int at, int n) {
    if (p.written != null) {
      Arrays.fill(p.written, at, at + n, (byte) 1);
    }
  }

  private void range(long address, long bytes, String what) {
    Allocation a = near(address);
    if (bytes == 0) {
      return;
    }
    if (a == null || a.freed() || address < a.base || address + bytes > a.base + a.size) {
      throw new IllegalArgumentException(what + " of " + bytes + " bytes at 0x" + Long.toHexString(address) + ": outside "
          + (a == null ? "every allocation" : a.toString()));
    }
  }
}
