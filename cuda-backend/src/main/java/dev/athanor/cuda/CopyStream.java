package dev.athanor.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;

/**
 * A second stream of a GPU, for uploads beside the computation, with pinned memory of its own. An upload begins when the work
 * given before it is done, since that may still use the target's memory; what is given later waits only where it is told to.
 */
final class CopyStream implements AutoCloseable {
  private final CUstream stream = new CUstream();
  private final CUevent before = new CUevent();
  private final CUevent[] arrived = new CUevent[Gpu.AHEAD];
  private final Staging staging;
  private long uploads;

  /** In the current context. */
  CopyStream() {
    JCudaGpu.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    JCudaGpu.check(cuEventCreate(before, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    for (int i = 0; i < arrived.length; i++) {
      arrived[i] = new CUevent();
      JCudaGpu.check(cuEventCreate(arrived[i], CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }
    staging = new Staging(stream);
  }

  /** Starts an upload after the work that the computing stream was given so far. */
  long upload(CUstream computing, MemorySegment source, long target) {
    JCudaGpu.check(cuEventRecord(before, computing), "cuEventRecord");
    JCudaGpu.check(cuStreamWaitEvent(stream, before, 0), "cuStreamWaitEvent");
    staging.upload(source, target);
    JCudaGpu.check(cuEventRecord(arrived[(int) (uploads % Gpu.AHEAD)], stream), "cuEventRecord");
    return uploads++;
  }

  /** What the computing stream is given from now on comes after that upload. */
  void await(CUstream computing, long ticket) {
    JCudaGpu.check(cuStreamWaitEvent(computing, arrived[(int) (ticket % Gpu.AHEAD)], 0), "cuStreamWaitEvent");
  }

  void synchronize() {
    JCudaGpu.check(cuStreamSynchronize(stream), "uploads to the GPU");
  }

  @Override
  public void close() {
    cuStreamSynchronize(stream);
    staging.close();
    cuEventDestroy(before);
    for (CUevent e : arrived) {
      cuEventDestroy(e);
    }
    cuStreamDestroy(stream);
  }
}
