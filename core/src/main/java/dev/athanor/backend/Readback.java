package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads a few bytes of device memory while the device works on: {@link #start} puts the copy behind the work asked for so far,
 * and {@link #await} waits for that copy alone, not for what was asked for after it. Used again and again without allocating.
 */
public interface Readback extends AutoCloseable {
  /** Begins to copy from a contiguous view of at most the size this was made for. */
  void start(View source);

  /**
   * Waits until the bytes lie on the host.
   *
   * @return host memory in native order, valid until the next {@link #start}
   */
  MemorySegment await();

  @Override
  void close();

  /** For devices whose work is done when a call returns. */
  final class AtOnce implements Readback {
    private final Backend backend;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;

    /** Room for so many bytes. */
    public AtOnce(Backend backend, long bytes) {
      this.backend = backend;
      this.bytes = arena.allocate(Math.max(8, bytes), 8);
    }

    @Override
    public void start(View source) {
      long size = source.size() * source.dtype().bytes();
      backend.download(source.buffer(), source.byteOffset(), size == bytes.byteSize() ? bytes : bytes.asSlice(0, size));
    }

    @Override
    public MemorySegment await() {
      return bytes;
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
