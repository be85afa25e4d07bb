package dev.athanor.cpu.mem;

import dev.athanor.backend.Buffer;
import dev.athanor.tensor.View;

/** A block of off-heap memory. Not freed by itself: {@link dev.athanor.backend.Backend#release} does. */
public final class CpuBuffer implements Buffer {
  private final long bytes;
  private long address;

  /** Takes over a block of {@link Memory#allocate}. */
  public CpuBuffer(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** Where the block begins. */
  public long address() {
    if (address == 0) {
      throw new IllegalStateException("this buffer of " + bytes + " bytes has been released");
    }
    return address;
  }

  /** Gives up the block; returns its address, or 0 if that happened before. */
  public long surrender() {
    long a = address;
    address = 0;
    return a;
  }

  /** The address of a view's first element. */
  public static long of(View view) {
    return ((CpuBuffer) view.buffer()).address() + view.byteOffset();
  }
}
