package dev.athanor.cuda;

import dev.athanor.backend.Readback;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;

/** A few bytes on their way to pinned memory, with the report of wrong indices of the work before them. */
final class CudaReadback implements Readback {
  private final CudaStream stream;
  private final Gpu.Landing landing;
  private final long bytes;
  private String indexed;

  CudaReadback(CudaStream stream, long bytes) {
    this.stream = stream;
    this.bytes = (bytes + 7) / 8 * 8;
    this.landing = stream.landing(this.bytes + CudaStream.REPORT_BYTES);
  }

  @Override
  public void start(View source) {
    stream.land(landing, CudaBuffer.address(source), source.size() * source.dtype().bytes(), 0);
    indexed = stream.landReport(landing, bytes);
    stream.landed(landing);
  }

  @Override
  public MemorySegment await() {
    MemorySegment there = stream.await(landing);
    if (indexed != null) {
      stream.checkReport(there.asSlice(bytes, CudaStream.REPORT_BYTES), indexed);
    }
    return there;
  }

  @Override
  public void close() {
    landing.close();
  }
}
