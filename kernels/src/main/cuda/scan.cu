// Cumulative sums along an axis, in a fixed order of additions, so the bits never vary.
//
// Along contiguous rows a block scans a row in tiles. A few very long rows are cut into chunks: scan_rows over the chunks (which
// also writes each chunk's total), an exclusive scan_rows over the totals, scan_add. Other axes: scan_columns, a thread a column.
// flags: 1 = from the end of the axis, 2 = exclusive (element i holds the sum of those before it).
// Launch: said at each kernel. Types: f32, f64, i32, i64 (which wrap around).
#include "common.cuh"

constexpr int THREADS = 256;
constexpr int PER_LANE = 4;
constexpr int WARP_TILE = 32 * PER_LANE;
constexpr int TILE = THREADS * PER_LANE;
constexpr u32 REVERSE = 1;
constexpr u32 EXCLUSIVE = 2;

// The inclusive sum over the lanes of a warp.
template <class T>
__device__ __forceinline__ T warpScan(T v, int lane) {
#pragma unroll
  for (int d = 1; d < 32; d <<= 1) {
    T left = __shfl_up_sync(0xffffffffu, v, d);
    if (lane >= d) v += left;
  }
  return v;
}

// Lanes take neighbouring elements in every load; a warp's 128 elements are scanned 32 at a time.
template <class T>
__device__ __forceinline__ void scanRows(const T* in, T* out, T* totals, i64 tasks, i64 n, i64 chunk, u32 flags,
                                         const Divisor& chunks) {
  __shared__ T warpTotal[THREADS / 32];
  int lane = threadIdx.x & 31;
  int warp = threadIdx.x >> 5;
  for (i64 task = blockIdx.x; task < tasks; task += gridDim.x) {
    i64 row = divide(task, chunks);
    i64 start = (task - row * chunks.value) * chunk;
    i64 end = n - start < chunk ? n : start + chunk;
    const T* from = in + row * n;
    T* to = out + row * n;
    T carry = T(0);
    for (i64 tile = start; tile < end; tile += TILE) {
      T value[PER_LANE];
      T sum = T(0);
#pragma unroll
      for (int k = 0; k < PER_LANE; k++) {
        i64 i = tile + warp * WARP_TILE + k * 32 + lane;
        value[k] = i < end ? from[flags & REVERSE ? n - 1 - i : i] : T(0);
      }
#pragma unroll
      for (int k = 0; k < PER_LANE; k++) {
        T own = value[k];
        T inclusive = warpScan(own, lane);
        T exclusive = __shfl_up_sync(0xffffffffu, inclusive, 1);
        if (lane == 0) exclusive = T(0);
        value[k] = sum + (flags & EXCLUSIVE ? exclusive : inclusive);
        sum += __shfl_sync(0xffffffffu, inclusive, 31);
      }
      if (lane == 0) warpTotal[warp] = sum;
      __syncthreads();
      T before = carry;
#pragma unroll
      for (int w = 0; w < THREADS / 32; w++) {
        if (w == warp) before = carry;
        carry += warpTotal[w];
      }
      __syncthreads();
#pragma unroll
      for (int k = 0; k < PER_LANE; k++) {
        i64 i = tile + warp * WARP_TILE + k * 32 + lane;
        if (i < end) to[flags & REVERSE ? n - 1 - i : i] = before + value[k];
      }
    }
    if (totals != nullptr && threadIdx.x == 0) totals[task] = carry;
  }
}

template <class T>
__device__ __forceinline__ void scanAdd(T* out, const T* before, i64 elements, i64 chunk, u32 flags, const Divisor& n,
                                        const Divisor& chunkSize, i64 chunks) {
#pragma unroll 1
  for (i64 i = globalThread(); i < elements; i += globalThreads()) {
    i64 row = divide(i, n);
    i64 at = i - row * n.value;
    i64 c = divide(flags & REVERSE ? n.value - 1 - at : at, chunkSize);
    out[i] = before[row * chunks + c] + out[i];
  }
}

// layout over the columns: in, out.
template <class T>
__device__ __forceinline__ void scanColumns(const T* in, T* out, i64 columns, i64 length, i64 inStride, i64 outStride, u32 flags,
                                            const Strided<2>& layout) {
#pragma unroll 1
  for (i64 c = globalThread(); c < columns; c += globalThreads()) {
    i64 at[2];
    offsets(layout, c, at);
    const T* from = in + at[0];
    T* to = out + at[1];
    if (flags & REVERSE) {
      from += (length - 1) * inStride;
      to += (length - 1) * outStride;
      inStride = -inStride;
      outStride = -outStride;
    }
    T sum = T(0);
#pragma unroll 4
    for (i64 k = 0; k < length; k++) {
      T v = from[k * inStride];
      T next = sum + v;
      to[k * outStride] = flags & EXCLUSIVE ? sum : next;
      sum = next;
    }
    if (flags & REVERSE) {
      inStride = -inStride;
      outStride = -outStride;
    }
  }
}

// out[r, i] = sum of in[r, j] over the j of i's chunk up to i, for contiguous rows of n elements; chunks divides by ceil(n /
// chunk), tasks = rows * that; chunk = n scans whole rows. totals[task] (or null) = the sum of the chunk.
// Launch: one block of 256 threads per task. Bytes moved per element: twice its size.
#define SCAN_ROWS(N, T)                                                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS) scan_rows_##N(                                                   \
      const T* in, T* out, T* totals, i64 tasks, i64 n, i64 chunk, u32 flags, const __grid_constant__ Divisor chunks) {  \
    scanRows<T>(in, out, totals, tasks, n, chunk, flags, chunks);                                                        \
  }

// out[i] += before[row of i, chunk of i]: the last step for long rows. n divides by the row's length, chunkSize by the chunk's.
// Launch: 256 threads, one element per thread and turn. Bytes moved per element: twice its size.
#define SCAN_ADD(N, T)                                                                                                   \
  ELEMENTWISE_KERNEL scan_add_##N(T* out, const T* before, i64 elements, i64 chunks, u32 flags,                          \
                                  const __grid_constant__ Divisor n, const __grid_constant__ Divisor chunkSize) {        \
    scanAdd<T>(out, before, elements, chunkSize.value, flags, n, chunkSize, chunks);                                     \
  }

// The cumulative sum along one axis of any layouts: `columns` columns of `length` elements with these strides along the axis.
// Launch: 256 threads, one column per thread. Bytes moved per element: twice its size.
#define SCAN_COLUMNS(N, T)                                                                                               \
  ELEMENTWISE_KERNEL scan_columns_##N(const T* in, T* out, i64 columns, i64 length, i64 inStride, i64 outStride,         \
                                      u32 flags, const __grid_constant__ Strided<2> layout) {                            \
    scanColumns<T>(in, out, columns, length, inStride, outStride, flags, layout);                                        \
  }

#define SCANS(N, T) SCAN_ROWS(N, T) SCAN_ADD(N, T) SCAN_COLUMNS(N, T)
SCANS(f32, float)
SCANS(f64, double)
SCANS(i32, int)
SCANS(i64, i64)
