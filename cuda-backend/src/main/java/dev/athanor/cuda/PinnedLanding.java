package dev.athanor.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/** A {@link Gpu.Landing} in pinned memory, with an event that tells when its bytes are there. */
final class PinnedLanding implements Gpu.Landing {
  private final CUstream stream;
  private final Address pointer = new Address();
  private final MemorySegment memory;
  private final CUevent there = new CUevent();

  @SuppressWarnings("restricted") // the length is that of the allocation
  PinnedLanding(CUstream stream, long bytes) {
    this.stream = stream;
    JCudaGpu.check(cuMemAllocHost(pointer, bytes), "cuMemAllocHost of " + bytes + " bytes");
    memory = MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    JCudaGpu.check(cuEventCreate(there, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
  }

  @Override
  public void copy(long source, long bytes, long at) {
    JCudaGpu.check(cuMemcpyDtoHAsync(new Address(pointer.address() + at), JCudaGpu.pointer(source), bytes, stream),
        "download of " + bytes + " bytes");
  }

  @Override
  public void mark() {
    JCudaGpu.check(cuEventRecord(there, stream), "cuEventRecord");
  }

  @Override
  public MemorySegment await() {
    JCudaGpu.check(cuEventSynchronize(there), "work on the GPU");
    return memory;
  }

  @Override
  public void close() {
    cuEventSynchronize(there); // a copy may be under way
    cuEventDestroy(there);
    cuMemFreeHost(pointer);
  }
}
