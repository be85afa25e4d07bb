package dev.athanor.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuGetErrorString;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import dev.athanor.AthanorException;
import dev.athanor.backend.DeviceMemory;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jcuda.cudaDataType;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * A GPU behind the CUDA driver, by JCuda: the primary context of a device, one stream, one cuBLAS handle. A launch passes the
 * address of one parameter block, prepared once, and allocates nothing.
 */
final class JCudaGpu implements Gpu {
  private static final int CUDA_ERROR_OUT_OF_MEMORY = 2;
  private static final int CUDA_ERROR_INVALID_PTX = 218;
  private static final int CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222;
  /** After these the driver's context is lost: faults of kernels and of the hardware, as the driver's manual says of each. */
  private static final Set<Integer> LOST = Set.of(214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999);
  /** What a context, kernels and cuBLAS take on a GPU, about. */
  private static final long CONTEXT_BYTES = 600L << 20;
  /** CU_LAUNCH_PARAM_BUFFER_POINTER and CU_LAUNCH_PARAM_BUFFER_SIZE: what follows in the array of extra launch options. */
  private static final long BLOCK_FOLLOWS = 1;
  private static final long SIZE_FOLLOWS = 2;

  /** What cuBLAS's documentation asks for on Hopper, the most of all architectures. */
  private static final long CUBLAS_BYTES = 32L << 20;

  private final Arena arena = Arena.ofShared();
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final cublasHandle cublas = new cublasHandle();
  private final Slot cublasMemory = new Slot();
  private final List<CUmodule> modules = new ArrayList<>();
  /** Five words: "block follows", the block, "size follows", where the size stands, the end. */
  private final MemorySegment options = arena.allocate(5 * 8, 8);
  private final MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
  private final Address optionsPointer = new Address(options.address());
  private final MemorySegment factors = arena.allocate(16, 8);
  private final Address alpha = new Address(factors.address());
  private final Address beta = new Address(factors.address() + 8);
  private final Staging staging;
  private final Cudnn cudnn;
  /** Made when it is first needed. */
  private CopyStream copies;
  private Thread thread;

  private static final class Slot extends CUdeviceptr {
    long address() {
      return getNativePointer();
    }
  }

  private record Function(CUfunction function) implements Entry {}

  /**
   * Opens a GPU.
   *
   * @throws AthanorException if there is no such GPU
   */
  JCudaGpu(int index) {
    check(cuInit(0), "cuInit");
    int[] count = {0};
    check(cuDeviceGetCount(count), "cuDeviceGetCount");
    if (index >= count[0]) {
      throw new AthanorException("device cuda:" + index + " does not exist: the driver offers cuda:0"
          + (count[0] > 1 ? " to cuda:" + (count[0] - 1) : " alone"));
    }
    check(cuDeviceGet(device, index), "cuDeviceGet");
    CudaProbe.check("cuda:" + index, JCudaParts.card(device));
    check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    enter();
    check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    checkCublas(JCublas2.cublasCreate(cublas), "cublasCreate");
    checkCublas(JCublas2.cublasSetStream(cublas, new cudaStream_t(stream)), "cublasSetStream");
    // Its own memory to work in: the same results every time, and no allocation inside a captured step.
    check(cuMemAlloc(cublasMemory, CUBLAS_BYTES), "cuMemAlloc of " + CUBLAS_BYTES + " bytes for cuBLAS");
    checkCublas(JCublas2.cublasSetWorkspace(cublas, new Address(cublasMemory.address()), CUBLAS_BYTES), "cublasSetWorkspace");
    options.setAtIndex(ValueLayout.JAVA_LONG, 0, BLOCK_FOLLOWS);
    options.setAtIndex(ValueLayout.JAVA_LONG, 2, SIZE_FOLLOWS);
    options.setAtIndex(ValueLayout.JAVA_LONG, 3, size.address());
    staging = new Staging(stream);
    cudnn = CudaProbe.here().usesCudnn(CudnnUse.ofProperty()) ? new CudnnLibrary(stream, this::enter) : null;
  }

  /** A context is current in a thread; calls come from one thread at a time, but not always from the same one. */
  private void enter() {
    Thread now = Thread.currentThread();
    if (thread != now) {
      check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
      thread = now;
    }
  }

  @Override
  public String description() {
    int[] version = {0};
    JCublas2.cublasGetVersion(cublas, version);
    return JCudaParts.card(device).describe() + ", cuBLAS " + version[0] / 10_000 + "." + version[0] % 10_000 / 100
        + (cudnn == null ? ", no cuDNN" : ", " + cudnn.description());
  }

  @Override
  public long allocate(long bytes) {
    enter();
    Slot slot = new Slot();
    int status = cuMemAlloc(slot, Math.max(1, bytes));
    if (status == CUDA_ERROR_OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(bytes, "the GPU has no room for " + bytes + " bytes");
    }
    check(status, "cuMemAlloc of " + bytes + " bytes");
    return slot.address();
  }

  @Override
  public DeviceMemory memory(long held) {
    enter();
    long[] free = {-1};
    long[] total = {-1};
    check(cuMemGetInfo(free, total), "cuMemGetInfo");
    return new DeviceMemory(free[0], total[0], held, CONTEXT_BYTES, "nvidia-smi lists the processes that use the GPU");
  }

  @Override
  public void free(long address) {
    enter();
    check(cuMemFree(pointer(address)), "cuMemFree");
  }

  @Override
  public boolean keepsScratch() {
    return true;
  }

  @Override
  public void upload(MemorySegment source, long target) {
    enter();
    staging.upload(source, target);
  }

  @Override
  public long uploadAhead(MemorySegment source, long target) {
    enter();
    if (copies == null) {
      copies = new CopyStream();
    }
    return copies.upload(stream, source, target);
  }

  @Override
  public void awaitUpload(long ticket) {
    enter();
    copies.await(stream, ticket);
  }

  @Override
  public void download(long source, MemorySegment target) {
    enter();
    staging.download(source, target);
  }

  @Override
  public void copy(long source, long target, long bytes) {
    enter();
    check(cuMemcpyDtoDAsync(pointer(target), pointer(source), bytes, stream), "copy of " + bytes + " bytes on the GPU");
  }

  @Override
  public void fill(long target, long bytes, byte value) {
    enter();
    check(cuMemsetD8Async(pointer(target), value, bytes, stream), "fill of " + bytes + " bytes");
  }

  static CUdeviceptr pointer(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  @Override
  public Entry load(Kernel kernel, String ptx) {
    enter();
    CUmodule module = new CUmodule();
    int status = cuModuleLoadData(module, (ptx + "\0").getBytes(StandardCharsets.US_ASCII));
    if (status != 0 && !LOST.contains(status) && status != CUDA_ERROR_OUT_OF_MEMORY) {
      throw new CudaException(loadingError(kernel.entry(), status, error(status)));
    }
    check(status, "loading of kernel " + kernel.entry());
    modules.add(module);
    CUfunction function = new CUfunction();
    check(cuModuleGetFunction(function, module, kernel.entry()), "cuModuleGetFunction of " + kernel.entry());
    return new Function(function);
  }

  @Override
  public void launch(Entry entry, Kernel kernel, int blocks, ParameterBlock parameters) {
    enter();
    options.setAtIndex(ValueLayout.JAVA_LONG, 1, parameters.memory().address());
    size.set(ValueLayout.JAVA_LONG, 0, parameters.bytes());
    int threads = kernel.launch().threads();
    int status = cuLaunchKernel(((Function) entry).function, blocks, 1, 1, threads, 1, 1, kernel.launch().sharedBytes(), stream,
        null, optionsPointer);
    if (status != 0) {
      check(status, "launch of kernel " + kernel.entry() + ", " + blocks + " blocks of " + threads + " threads");
    }
  }

  @Override
  public void gemm(Gemm g) {
    enter();
    int a = g.transposeA() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    int b = g.transposeB() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    Address pa = new Address(g.a());
    Address pb = new Address(g.b());
    Address pc = new Address(g.c());
    int status;
    if (g.wide()) {
      factors.set(ValueLayout.JAVA_DOUBLE, 0, g.alpha());
      factors.set(ValueLayout.JAVA_DOUBLE, 8, g.beta());
      status = g.batch() == 1
          ? JCublas2.cublasDgemm(cublas, a, b, g.m(), g.n(), g.k(), alpha, pa, g.lda(), pb, g.ldb(), beta, pc, g.ldc())
          : JCublas2.cublasDgemmStridedBatched(cublas, a, b, g.m(), g.n(), g.k(), alpha, pa, g.lda(), g.stepA(), pb, g.ldb(),
              g.stepB(), beta, pc, g.ldc(), g.stepC(), g.batch());
    } else {
      factors.set(ValueLayout.JAVA_FLOAT, 0, (float) g.alpha());
      factors.set(ValueLayout.JAVA_FLOAT, 8, (float) g.beta());
      int f = cudaDataType.CUDA_R_32F;
      int compute = switch (g.precision()) {
        case HIGHEST -> cublasComputeType.CUBLAS_COMPUTE_32F;
        case TF32 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
        case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
      };
      int algorithm = cublasGemmAlgo.CUBLAS_GEMM_DEFAULT;
      status = g.batch() == 1
          ? JCublas2.cublasGemmEx_new(cublas, a, b, g.m(), g.n(), g.k(), alpha, pa, f, g.lda(), pb, f, g.ldb(), beta, pc, f,
              g.ldc(), compute, algorithm)
          : JCublas2.cublasGemmStridedBatchedEx_new(cublas, a, b, g.m(), g.n(), g.k(), alpha, pa, f, g.lda(), g.stepA(), pb, f,
              g.ldb(), g.stepB(), beta, pc, f, g.ldc(), g.stepC(), g.batch(), compute, algorithm);
    }
    checkCublas(status, "cuBLAS product of " + g.batch() + " x [" + g.m() + ", " + g.k() + "] x [" + g.k() + ", " + g.n() + "]");
  }

  @Override
  public Cudnn cudnn() {
    return cudnn;
  }

  @Override
  public void synchronize() {
    enter();
    check(cuStreamSynchronize(stream), "work on the GPU");
    if (copies != null) {
      copies.synchronize();
    }
  }

  // ---- capture and replay

  /** A graph ready to be launched; the one it was made from is not kept. */
  private record Launchable(CUgraphExec exec) implements Graph {
    @Override
    public void close() {
      cuGraphExecDestroy(exec); // work under way may finish
    }
  }

  /** Relaxed: while it captures, memory may be allocated and kernels loaded, which happens at once. */
  @Override
  public void beginCapture() {
    enter();
    check(cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  }

  @Override
  public Graph endCapture() {
    enter();
    CUgraph graph = new CUgraph();
    check(cuStreamEndCapture(stream, graph), "cuStreamEndCapture");
    try {
      CUgraphExec exec = new CUgraphExec();
      check(cuGraphInstantiate(exec, graph, 0), "cuGraphInstantiate");
      return new Launchable(exec);
    } finally {
      cuGraphDestroy(graph);
    }
  }

  @Override
  public void launch(Graph graph) {
    enter();
    check(cuGraphLaunch(((Launchable) graph).exec, stream), "cuGraphLaunch");
  }

  @Override
  public Landing landing(long bytes) {
    enter();
    return new PinnedLanding(stream, bytes);
  }

  /** Throws for a status that is not 0. */
  static void check(int status, String what) {
    if (status == CUDA_ERROR_OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(0, what + ": the GPU has no memory left. nvidia-smi shows which processes hold it; wait for "
          + "them or end them, or use smaller batches");
    }
    if (status != 0) {
      throw new CudaException(what + ": " + error(status), LOST.contains(status), null);
    }
  }

  private static void checkCublas(int status, String what) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new CudaException(what + ": " + cublasStatus.stringFor(status));
    }
  }

  /** What to say where the driver refuses a kernel. */
  static String loadingError(String kernel, int status, String words) {
    boolean old = status == CUDA_ERROR_INVALID_PTX || status == CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
    return "loading of kernel " + kernel + ": " + (old
        ? "the driver does not take its PTX (" + words + "). Install driver 525 or later" : words);
  }

  /** The driver's name and words for an error. */
  static String error(int status) {
    String[] name = {null};
    String[] words = {null};
    cuGetErrorName(status, name);
    cuGetErrorString(status, words);
    return (name[0] == null ? CUresult.stringFor(status) : name[0]) + (words[0] == null ? "" : ", " + words[0]);
  }

  /** Gives everything back; errors are not reported: after a fault every call fails. */
  @Override
  public void close() {
    enter();
    cuStreamSynchronize(stream);
    staging.close();
    if (cudnn != null) {
      cudnn.close();
    }
    if (copies != null) {
      copies.close();
    }
    JCublas2.cublasDestroy(cublas);
    cuMemFree(cublasMemory);
    modules.forEach(m -> cuModuleUnload(m));
    cuStreamDestroy(stream);
    cuDevicePrimaryCtxRelease(device);
    arena.close();
  }
}
