package dev.athanor.bench.gpu;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import dev.athanor.backend.MatmulPrecision;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS called directly, on a stream and memory of its own, for {@code c[m, n] = a[m, k] · b[k, n]} of row-major float32. It needs
 * the context that an open device of the backend has made current in this thread.
 */
final class Cublas implements AutoCloseable {
  private final cublasHandle handle = new cublasHandle();
  private final CUstream stream = new CUstream();
  private final CUdeviceptr a;
  private final CUdeviceptr b;
  private final CUdeviceptr c = new CUdeviceptr();
  private final Pointer one = Pointer.to(new float[] {1});
  private final Pointer zero = Pointer.to(new float[] {0});
  private final int m;
  private final int n;
  private final int k;
  private final int compute;

  Cublas(MatmulPrecision precision, int m, int n, int k, float[] x, float[] y) {
    this.m = m;
    this.n = n;
    this.k = k;
    compute = switch (precision) {
      case HIGHEST -> cublasComputeType.CUBLAS_COMPUTE_32F;
      case TF32 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
      case BF16 -> cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
    };
    check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    check(JCublas2.cublasCreate(handle), "cublasCreate");
    check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream");
    a = upload(x);
    b = upload(y);
    check(cuMemAlloc(c, 4L * m * n), "cuMemAlloc");
  }

  private static CUdeviceptr upload(float[] values) {
    var memory = new CUdeviceptr();
    check(cuMemAlloc(memory, 4L * values.length), "cuMemAlloc");
    check(cuMemcpyHtoD(memory, Pointer.to(values), 4L * values.length), "cuMemcpyHtoD");
    return memory;
  }

  private static void check(int status, String what) {
    if (status != 0) {
      throw new IllegalStateException(what + " gave " + status);
    }
  }

  /** One product: the columns of cᵀ = bᵀ aᵀ are the rows of c. */
  void product() {
    int f = cudaDataType.CUDA_R_32F;
    check(JCublas2.cublasGemmEx_new(handle, cublasOperation.CUBLAS_OP_N, cublasOperation.CUBLAS_OP_N, n, m, k, one, b, f, n, a, f, k,
        zero, c, f, n, compute, cublasGemmAlgo.CUBLAS_GEMM_DEFAULT), "cublasGemmEx");
  }

  void synchronize() {
    check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  @Override
  public void close() {
    JCublas2.cublasDestroy(handle);
    cuMemFree(a);
    cuMemFree(b);
    cuMemFree(c);
    cuStreamDestroy(stream);
  }
}
