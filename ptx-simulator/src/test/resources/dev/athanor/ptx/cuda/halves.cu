// Half-precision storage; built for sm_80.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

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
