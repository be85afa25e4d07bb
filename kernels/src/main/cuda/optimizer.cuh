// What every multi-tensor kernel shares: all tensors of a parameter group are worked on in one launch.
//
// table: one row of 8 int64 per tensor: the addresses of parameter, gradient and up to three state tensors, the number of
//   elements, two unused. All tensors are contiguous and of the kernel's type.
// chunks: one pair of int32 per block: the row, and which run of CHUNK elements of that row the block takes.
// count: the number of chunks. Launch: one block of 256 threads per chunk; the grid may be smaller, blocks then take several.
#pragma once

#include "common.cuh"

constexpr int CHUNK = 2048;
constexpr int CHUNK_THREADS = 256;

#define CHUNK_KERNEL extern "C" __global__ void __launch_bounds__(CHUNK_THREADS)
#define ONE_THREAD_KERNEL extern "C" __global__ void __launch_bounds__(1)

template <typename T>
struct Row {
  T* param;
  T* grad;
  T* state[3];
  i64 n;
  i64 unused[2];
};

// The 16-byte vector of a type.
template <typename T>
using Wide = Vec<T, 16 / sizeof(T)>;

template <typename T>
struct Span {
  T* param;
  T* grad;
  T* state[3];
  int n;
  bool wide;  // every address is a multiple of 16 bytes
};

template <typename T>
__device__ __forceinline__ Span<T> span(const void* table, const int2* chunks, i64 chunk) {
  int2 c = chunks[chunk];
  const Row<T>& row = static_cast<const Row<T>*>(table)[c.x];
  i64 start = (i64) c.y * CHUNK;
  i64 left = row.n - start;
  Span<T> s;
  s.param = row.param + start;
  s.grad = row.grad + start;
  u64 low = (u64) row.param | (u64) row.grad;
#pragma unroll
  for (int k = 0; k < 3; k++) {
    s.state[k] = row.state[k] + start;
    low |= (u64) row.state[k];
  }
  s.n = left < CHUNK ? (int) left : CHUNK;
  s.wide = (low & 15) == 0;
  return s;
}

__device__ __forceinline__ bool isFinite(float x) {
  return (__float_as_uint(x) & 0x7f800000u) != 0x7f800000u;
}

__device__ __forceinline__ bool isFinite(double x) {
  return (__double_as_longlong(x) & 0x7ff0000000000000LL) != 0x7ff0000000000000LL;
}
