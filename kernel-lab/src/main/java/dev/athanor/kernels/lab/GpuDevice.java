package dev.athanor.kernels.lab;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuGetErrorString;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoD;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Parameter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;

/** The first NVIDIA GPU, through JCuda's driver API. */
final class GpuDevice implements LabDevice {
  private static final int REPEATS = 20;
  private static final long COPY_BYTES = 256L << 20;

  private final CUcontext context = new CUcontext();
  private final CUevent begin = new CUevent();
  private final CUevent end = new CUevent();
  private final Map<String, CUfunction> functions = new HashMap<>();
  private final List<Address> allocated = new ArrayList<>();
  private final String description;
  private CUfunction last;

  /** A device address that shows its number. */
  private static final class Address extends CUdeviceptr {
    Address() {}

    private Address(long value) {
      super(new Address(), value);
    }

    long value() {
      return getNativePointer() + getByteOffset();
    }
  }

  /**
   * Opens the first GPU.
   *
   * @throws LabException if there is none, with the reason and the remedy
   */
  static GpuDevice open() {
    if (!Files.exists(Path.of("/dev/nvidiactl")) && !Files.exists(Path.of("/dev/dxg"))) {
      throw new LabException("no GPU: this machine has no NVIDIA driver (neither /dev/nvidiactl nor /dev/dxg exists). Use "
          + "--device sim, or run on a machine with an NVIDIA GPU and driver.");
    }
    // JCuda unpacks its library to a fixed name under java.io.tmpdir and loads whatever lies there: give it a folder of our own.
    String temporary = System.getProperty("java.io.tmpdir");
    try {
      System.setProperty("java.io.tmpdir", Files.createTempDirectory("athanor-lab").toString());
      return new GpuDevice();
    } catch (LinkageError e) {
      throw new LabException("no GPU: the CUDA driver library cannot be loaded (" + e.getMessage()
          + "). Install the NVIDIA driver, "
          + "or use --device sim.");
    } catch (IOException e) {
      throw new LabException("no GPU: no temporary folder for JCuda's library: " + e.getMessage());
    } finally {
      System.setProperty("java.io.tmpdir", temporary);
    }
  }

  private GpuDevice() {
    check("cuInit", cuInit(0));
    int[] count = new int[1];
    check("cuDeviceGetCount", cuDeviceGetCount(count));
    if (count[0] == 0) {
      throw new LabException("no GPU: the driver sees no device (is CUDA_VISIBLE_DEVICES empty?). Use --device sim.");
    }
    CUdevice device = new CUdevice();
    check("cuDeviceGet", cuDeviceGet(device, 0));
    byte[] name = new byte[256];
    check("cuDeviceGetName", cuDeviceGetName(name, name.length, device));
    int[] version = new int[1];
    check("cuDriverGetVersion", cuDriverGetVersion(version));
    check("cuCtxCreate", cuCtxCreate(context, 0, device));
    check("cuEventCreate", cuEventCreate(begin, 0));
    check("cuEventCreate", cuEventCreate(end, 0));
    description = new String(name, StandardCharsets.US_ASCII).replace("\0", "").trim() + ", driver for CUDA "
        + version[0] / 1000 + "." + version[0] % 1000 / 10;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public long allocate(long bytes) {
    Address address = new Address();
    check("cuMemAlloc of " + bytes + " bytes", cuMemAlloc(address, Math.max(bytes, 256)));
    allocated.add(address);
    return address.value();
  }

  @Override
  public void releaseAll() {
    for (Address address : allocated) {
      check("cuMemFree", cuMemFree(address));
    }
    allocated.clear();
  }

  @Override
  public void write(long address, MemorySegment host) {
    check("cuMemcpyHtoD", cuMemcpyHtoD(new Address(address), Pointer.to(host.asByteBuffer()), host.byteSize()));
  }

  @Override
  public void read(long address, MemorySegment host) {
    check("cuMemcpyDtoH", cuMemcpyDtoH(Pointer.to(host.asByteBuffer()), new Address(address), host.byteSize()));
  }

  @Override
  public Measurement launch(Kernel kernel, String ptx, int grid, int block, MemorySegment parameters) {
    last = functions.computeIfAbsent(ptx, text -> load(kernel, text));
    double seconds = timed(kernel, grid, block, pointers(kernel, parameters));
    return new Measurement(0, 0, 0, 0, 0, seconds);
  }

  @Override
  public double time(Kernel kernel, int grid, int block, MemorySegment parameters) {
    Pointer pointers = pointers(kernel, parameters);
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      best = Math.min(best, timed(kernel, grid, block, pointers));
    }
    return best;
  }

  @Override
  public double copyBandwidth() {
    Address from = new Address();
    Address to = new Address();
    check("cuMemAlloc", cuMemAlloc(from, COPY_BYTES));
    check("cuMemAlloc", cuMemAlloc(to, COPY_BYTES));
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      check("cuEventRecord", cuEventRecord(begin, null));
      check("cuMemcpyDtoD", cuMemcpyDtoD(to, from, COPY_BYTES));
      best = Math.min(best, elapsed("copy"));
    }
    check("cuMemFree", cuMemFree(from));
    check("cuMemFree", cuMemFree(to));
    return 2.0 * COPY_BYTES / best;
  }

  @Override
  public void close() {
    releaseAll();
    check("cuCtxDestroy", cuCtxDestroy(context));
  }

  private double timed(Kernel kernel, int grid, int block, Pointer pointers) {
    check("cuEventRecord", cuEventRecord(begin, null));
    String what = kernel + " with " + grid + " blocks of " + block + " threads";
    check("launch of " + what, cuLaunchKernel(last, grid, 1, 1, block, 1, 1, kernel.launch().sharedBytes(), null, pointers,
        null));
    return elapsed(what);
  }

  private double elapsed(String what) {
    check("cuEventRecord", cuEventRecord(end, null));
    check("run of " + what, cuEventSynchronize(end));
    check("run of " + what, cuCtxSynchronize());
    float[] milliseconds = new float[1];
    check("cuEventElapsedTime", cuEventElapsedTime(milliseconds, begin, end));
    return milliseconds[0] * 1e-3;
  }

  /** One pointer per parameter into a direct copy of the block. */
  private static Pointer pointers(Kernel kernel, MemorySegment parameters) {
    ByteBuffer copy = ByteBuffer.allocateDirect((int) parameters.byteSize());
    copy.put(parameters.asByteBuffer()).rewind();
    Pointer base = Pointer.to(copy);
    Pointer[] each = new Pointer[kernel.parameters().size()];
    int at = 0;
    for (int i = 0; i < each.length; i++) {
      Parameter p = kernel.parameters().get(i);
      at = (at + p.alignment() - 1) & -p.alignment();
      each[i] = base.withByteOffset(at);
      at += p.bytes();
    }
    return Pointer.to(each);
  }

  private static CUfunction load(Kernel kernel, String ptx) {
    CUmodule module = new CUmodule();
    byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
    check("load of the PTX of " + kernel, cuModuleLoadData(module, text));
    CUfunction function = new CUfunction();
    check("look-up of " + kernel, cuModuleGetFunction(function, module, kernel.entry()));
    return function;
  }

  private static void check(String what, int status) {
    if (status != 0) {
      String[] text = new String[1];
      cuGetErrorString(status, text);
      throw new LabException(what + " failed with CUDA error " + status + " (" + text[0] + ")");
    }
  }
}
