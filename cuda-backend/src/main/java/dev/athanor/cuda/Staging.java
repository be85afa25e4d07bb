package dev.athanor.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/**
 * Pinned host memory between Java's memory and the GPU's, in slots used in turn. An upload returns when its bytes lie in a slot;
 * the GPU takes them from there when it comes to it, and a slot is written again when it has.
 */
final class Staging implements AutoCloseable {
  private static final int SLOTS = 4;
  private static final long SLOT_BYTES = 4 << 20;

  private final CUstream stream;
  private final Address[] pointer = new Address[SLOTS];
  private final MemorySegment[] memory = new MemorySegment[SLOTS];
  private final CUevent[] taken = new CUevent[SLOTS];
  private int next;

  @SuppressWarnings("restricted") // the length is that of the allocation
  Staging(CUstream stream) {
    this.stream = stream;
    for (int i = 0; i < SLOTS; i++) {
      pointer[i] = new Address();
      JCudaGpu.check(cuMemAllocHost(pointer[i], SLOT_BYTES), "cuMemAllocHost of " + SLOT_BYTES + " bytes");
      memory[i] = MemorySegment.ofAddress(pointer[i].address()).reinterpret(SLOT_BYTES);
      taken[i] = new CUevent();
      JCudaGpu.check(cuEventCreate(taken[i], CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }
  }

  void upload(MemorySegment source, long target) {
    for (long done = 0; done < source.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, source.byteSize() - done);
      int slot = next;
      next = (next + 1) % SLOTS;
      JCudaGpu.check(cuEventSynchronize(taken[slot]), "upload"); // an event that was never recorded is done
      MemorySegment.copy(source, done, memory[slot], 0, bytes);
      JCudaGpu.check(cuMemcpyHtoDAsync(JCudaGpu.pointer(target + done), pointer[slot], bytes, stream),
          "upload of " + bytes + " bytes");
      JCudaGpu.check(cuEventRecord(taken[slot], stream), "cuEventRecord");
    }
  }

  void download(long source, MemorySegment target) {
    for (long done = 0; done < target.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, target.byteSize() - done);
      int slot = next;
      next = (next + 1) % SLOTS;
      JCudaGpu.check(cuEventSynchronize(taken[slot]), "download");
      JCudaGpu.check(cuMemcpyDtoHAsync(pointer[slot], JCudaGpu.pointer(source + done), bytes, stream),
          "download of " + bytes + " bytes");
      JCudaGpu.check(cuStreamSynchronize(stream), "work on the GPU");
      MemorySegment.copy(memory[slot], 0, target, done, bytes);
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < SLOTS; i++) {
      cuEventDestroy(taken[i]);
      cuMemFreeHost(pointer[i]);
    }
  }
}
