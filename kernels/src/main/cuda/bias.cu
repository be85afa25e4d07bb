// bias: a bias per channel and an activation in one pass, and their gradients in one pass. float32 and float64, every
// activation of functions.cuh and identity.
//
// bias_F_T(x, bias, pre, out, n, inner, channels, a, b)     x[outer, channels, inner] contiguous; inner = 1 for matrices
//     out = f(x + bias[channel]); x + bias goes to pre as well unless that is null (for an f whose gradient needs its input).
//     out or pre may be x. Launch: one thread per 16 bytes, 256 threads, grid-stride.
//     Bytes moved per element: 2 sizeof(T), 3 with pre.
// bias_grad_F_T(saved, dy, dx, partials, rows, columns, chunk, chunks, a, b)     [rows, columns] contiguous
//     dx = dy f'(saved), and the sums of dx down each chunk of rows: partials[column, chunk]. saved is what f saves: x + bias,
//     out, or unused. dx may be null (identity), dy or saved. ReducePlan.setChannels(rows, columns, 1) plans the chunks.
//     Launch: one block of 256 for each chunk of 32 columns, 8 threads a column; loops over what the grid lacks.
//     Bytes moved per element: 3 sizeof(T), 1 for identity with dx null.
// bias_grad_final_T(partials, dbias, columns, chunks)     dbias[column] = the sum of its chunks, in a fixed order
//     Launch: one warp a column, 8 a block of 256. Bytes moved per partial: sizeof(T).
#include "channels.cuh"
#include "functions.cuh"
#include "reduce.cuh"

template <class F, class T>
__device__ __forceinline__ void biasForward(const T* x, const T* bias, T* pre, T* out, i64 n, const Divisor& inner,
                                            const Divisor& channels, T a, T b) {
  constexpr int V = 16 / sizeof(T);
  i64 head = headOf<T, V>(out);
  Cut k = cut(n, head, V, alignedAfter<T, V>(x, head) && (pre == nullptr || alignedAfter<T, V>(pre, head)));
#pragma unroll 1
  for (i64 v = globalThread(); v < k.vectors; v += globalThreads()) {
    i64 i = k.head + v * V;
    ChannelCursor cursor(i, inner, channels);
    Vec<T, V> values = loadVec<T, V>(x + i);
#pragma unroll
    for (int j = 0; j < V; j++) {
      values.at[j] += bias[cursor.channel];
      cursor.advance();
    }
    if (pre != nullptr) storeVec<T, V>(pre + i, values);
#pragma unroll
    for (int j = 0; j < V; j++) values.at[j] = F::template value<T>(values.at[j], a, b);
    storeVec<T, V>(out + i, values);
  }
  i64 rest = singles(k, n, V);
#pragma unroll 1
  for (i64 j = globalThread(); j < rest; j += globalThreads()) {
    i64 i = single(k, j, V);
    T value = x[i] + bias[ChannelCursor(i, inner, channels).channel];
    if (pre != nullptr) pre[i] = value;
    out[i] = F::template value<T>(value, a, b);
  }
}

template <class F, class T>
__device__ __forceinline__ void biasGrad(const T* saved, const T* dy, T* dx, T* partials, i64 rows, i64 columns, i64 chunk,
                                         i64 chunks, T a, T b) {
  __shared__ T shared[WARPS][32];
  int lane = threadIdx.x & 31, part = threadIdx.x >> 5;
  i64 tiles = (columns + 31) / 32;
#pragma unroll 1
  for (i64 task = blockIdx.x; task < tiles * chunks; task += gridDim.x) {
    i64 tile = chunks == 1 ? task : task / chunks;
    i64 turn = task - tile * chunks;
    i64 begin = turn * chunk, end = begin + chunk < rows ? begin + chunk : rows;
    i64 column = tile * 32 + lane;
    T sum = T(0);
    if (column < columns) {
#pragma unroll 2
      for (i64 r = begin + part; r < end; r += WARPS) {
        i64 i = r * columns + column;
        T g = F::template grad<T>(F::saves == Saves::NOTHING ? T(0) : saved[i], dy[i], a, b);
        if (dx != nullptr) dx[i] = g;
        sum += g;
      }
    }
    shared[part][lane] = sum;
    __syncthreads();
    if (part == 0 && column < columns) {
#pragma unroll
      for (int p = 1; p < WARPS; p++) sum += shared[p][lane];
      partials[column * chunks + turn] = sum;
    }
    __syncthreads();
  }
}

template <class T>
__device__ __forceinline__ void biasGradFinal(const T* partials, T* dbias, i64 columns, i64 chunks) {
#pragma unroll 1
  for (i64 c = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); c < columns; c += (i64)gridDim.x * WARPS) {
    T sum = mergeChunks<Sum<T>>(partials, c, chunks);
    if ((threadIdx.x & 31) == 0) dbias[c] = sum;
  }
}

#define KERNELS(NAME, F, S, T)                                                                                                 \
  ELEMENTWISE_KERNEL bias_##NAME##_##S(const T* x, const T* bias, T* pre, T* out, i64 n, const __grid_constant__ Divisor inner, \
                                       const __grid_constant__ Divisor channels, T a, T b) {                                    \
    biasForward<F, T>(x, bias, pre, out, n, inner, channels, a, b);                                                             \
  }                                                                                                                             \
  REDUCE_KERNEL bias_grad_##NAME##_##S(const T* saved, const T* dy, T* dx, T* partials, i64 rows, i64 columns, i64 chunk,       \
                                       i64 chunks, T a, T b) {                                                                  \
    biasGrad<F, T>(saved, dy, dx, partials, rows, columns, chunk, chunks, a, b);                                                \
  }
#define FLOATS(NAME, F) KERNELS(NAME, F, f32, float) KERNELS(NAME, F, f64, double)
#define FINAL(S, T)                                                                                                             \
  REDUCE_KERNEL bias_grad_final_##S(const T* partials, T* dbias, i64 columns, i64 chunks) {                                     \
    biasGradFinal<T>(partials, dbias, columns, chunks);                                                                         \
  }

FLOATS(identity, Identity)
ACTIVATIONS(FLOATS)
FINAL(f32, float)
FINAL(f64, double)
