package dev.athanor.tensor;

import dev.athanor.backend.Backend;
import java.lang.foreign.MemorySegment;

/**
 * A tensor on its way to a device, while the device computes: made by {@link Device#upload}. The bytes were taken from the host
 * when that returned.
 *
 * <pre>{@code
 * try (Upload next = device.upload(bytes, DType.FLOAT32, shape)) {
 *   train(current);       // computes while the bytes travel
 *   train(next.tensor()); // the device waits for them
 * }
 * }</pre>
 *
 * <p>The tensor belongs to the upload and ends with {@link #close}. Not thread-safe.
 */
public final class Upload implements AutoCloseable {
  private final Tensor tensor;
  private final long ticket;
  private boolean awaited;

  private Upload(Tensor tensor, long ticket) {
    this.tensor = tensor;
    this.ticket = ticket;
  }

  static Upload start(Device device, MemorySegment bytes, DType dtype, Shape shape) {
    Checks.require(bytes.byteSize() == shape.size() * dtype.bytes(), "upload", () -> dtype + "" + shape + " takes "
        + shape.size() * dtype.bytes() + " bytes, the source has " + bytes.byteSize());
    Backend backend = device.backend();
    Tensor t = device.result("upload", dtype, shape).persist();
    try {
      return new Upload(t, bytes.byteSize() == 0 ? -1 : backend.uploadAhead(bytes, t.view().buffer(), 0));
    } catch (RuntimeException | Error e) {
      t.close();
      throw e;
    }
  }

  /** The tensor. Work that the device is given from now on comes after its arrival; the caller does not wait. */
  public Tensor tensor() {
    await();
    return tensor;
  }

  private void await() {
    if (!awaited) {
      awaited = true;
      if (ticket >= 0) {
        tensor.device().backend().awaitUpload(ticket);
      }
    }
  }

  /** Gives the tensor's memory back, to work that comes after the arrival. */
  @Override
  public void close() {
    if (!tensor.isClosed()) {
      await();
      tensor.close();
    }
  }
}
