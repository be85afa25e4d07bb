// What begins with sm_80: bfloat16, asynchronous copies, redux; also an assertion.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>

#include <cassert>

extern "C" __global__ void halves(const float* x, __half* h, __nv_bfloat16* b, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  h[i] = __float2half(x[i]);
  b[i] = __float2bfloat16(x[i]);
  y[i] = __half2float(h[i]) + __bfloat162float(b[i]);
}

extern "C" __global__ void pairs(const float2* x, __nv_bfloat162* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  y[i] = __float22bfloat162_rn(x[i]);
}

// Reverses 256 values through shared memory that is filled by asynchronous copies.
extern "C" __global__ void reversed(const float* x, float* y) {
  __shared__ float s[256];
  __pipeline_memcpy_async(&s[threadIdx.x], &x[threadIdx.x], 4);
  __pipeline_commit();
  __pipeline_wait_prior(0);
  __syncthreads();
  y[threadIdx.x] = s[255 - threadIdx.x];
}

extern "C" __global__ void reductions(const int* x, int* y) {
  int v = x[threadIdx.x];
  assert(v >= 0);
  y[threadIdx.x] = __reduce_add_sync(~0u, v) + __reduce_max_sync(~0u, v);
}
