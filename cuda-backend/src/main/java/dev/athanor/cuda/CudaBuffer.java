package dev.athanor.cuda;

import dev.athanor.backend.Buffer;
import dev.athanor.tensor.View;

/** A piece of device memory. */
final class CudaBuffer implements Buffer {
  private final long bytes;
  private long address;

  CudaBuffer(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** The device address of the first byte. */
  long address() {
    if (address == 0) {
      throw new IllegalStateException("the buffer of " + bytes + " bytes was released");
    }
    return address;
  }

  /** Marks the buffer as released and says where it was. */
  long release() {
    long was = address();
    address = 0;
    return was;
  }

  /** The device address of a view's first element. */
  static long address(View view) {
    return ((CudaBuffer) view.buffer()).address() + view.byteOffset();
  }

  /** The device address of a view's first element; 0 for no view. */
  static long orNull(View view) {
    return view == null ? 0 : address(view);
  }
}
