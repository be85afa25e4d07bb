// softmax: along the middle axis of x[outer, n, inner] (contiguous), float32 and float64.
//   softmax            y = e^(x - m) / sum(e^(x - m)), m the largest x
//   log_softmax        y = x - m - ln(sum(e^(x - m)))
//   softmax_grad       dx = y (dy - sum(y dy)), from the result y
//   log_softmax_grad   dx = dy - e^y sum(dy), from the result y
//
// F_T_PATH(x, y, outer, n, inner); F_grad_T_PATH(y, dy, dx, outer, n, inner); the output may be an input.
//   _warp     one warp a row (inner = 1), or 4, 8, 16 lanes for short rows: rows that stay in the L1 cache between the two
//   passes, n up to 1024 or so
//   _block    one block of 256 a row (inner = 1): long rows
//   _column   one block for 32 neighbouring rows of one outer index (inner > 1), 8 threads a row; any inner is right
// The first pass finds largest and sum together, the second writes. All-minus-infinity rows give NaN.
// Launch: rows / 8, rows, or outer * ceil(inner / 32) blocks of 256 threads; loops over what the grid lacks.
// Bytes moved per element: 2 sizeof(T) forward, 3 sizeof(T) backward, when the second pass hits the cache.
#include "reduce.cuh"

// Forward: items are elements of x.
template <class T, bool LOG>
struct Softmax {
  using Op = LogSum<T>;
  const T* x;
  T* y;
  __device__ __forceinline__ T item(i64 i) const { return x[i]; }
  struct Write {
    T shift, scale;  // log: the whole logarithm; otherwise the largest and 1 / sum
    __device__ explicit Write(const typename Op::State& s)
        : shift(s.largest), scale(LOG ? log(s.sum) : T(1) / s.sum) {}
  };
  __device__ __forceinline__ void write(const Write& w, i64 i) const {
    T d = x[i] - w.shift;
    y[i] = LOG ? d - w.scale : exp(d) * w.scale;
  }
};

// Backward: items are y dy, or dy for the logarithm.
template <class T, bool LOG>
struct SoftmaxGrad {
  using Op = Sum<T>;
  const T* y;
  const T* dy;
  T* dx;
  __device__ __forceinline__ T item(i64 i) const { return LOG ? dy[i] : y[i] * dy[i]; }
  using Write = T;
  __device__ __forceinline__ void write(const Write& sum, i64 i) const {
    dx[i] = LOG ? dy[i] - exp(y[i]) * sum : y[i] * (dy[i] - sum);
  }
};

template <class K>
__device__ __forceinline__ void softmaxWarps(const K kernel, i64 rows, i64 n) {
  using Op = typename K::Op;
  int width = lanesFor(n), perWarp = 32 / width;
  int lane = threadIdx.x & (width - 1), place = (threadIdx.x & 31) / width;
#pragma unroll 1
  for (i64 first = ((i64)blockIdx.x * WARPS + (threadIdx.x >> 5)) * perWarp; first < rows;
       first += (i64)gridDim.x * WARPS * perWarp) {
    i64 row = first + place;
    i64 size = row < rows ? n : 0;  // lanes without a row still take part in the exchange
    i64 base = row * n;
    auto t = Op::init();
#pragma unroll 4
    for (i64 k = lane; k < size; k += width) Op::add(t, kernel.item(base + k), k);
    typename K::Write w(groupAllReduce<Op>(t, width));
#pragma unroll 4
    for (i64 k = lane; k < size; k += width) kernel.write(w, base + k);
  }
}

template <class K>
__device__ __forceinline__ void softmaxBlocks(const K kernel, i64 rows, i64 n) {
  using Op = typename K::Op;
  __shared__ typename Op::State shared[WARPS];
#pragma unroll 1
  for (i64 row = blockIdx.x; row < rows; row += gridDim.x) {
    i64 base = row * n;
    auto t = Op::init();
#pragma unroll 4
    for (i64 k = threadIdx.x; k < n; k += REDUCE_THREADS) Op::add(t, kernel.item(base + k), k);
    typename K::Write w(blockAllReduce<Op>(t, shared));
#pragma unroll 4
    for (i64 k = threadIdx.x; k < n; k += REDUCE_THREADS) kernel.write(w, base + k);
  }
}

template <class K>
__device__ __forceinline__ void softmaxColumns(const K kernel, i64 outer, i64 n, i64 inner) {
  using Op = typename K::Op;
  __shared__ typename Op::State shared[WARPS][32];
  int column = threadIdx.x & 31, part = threadIdx.x >> 5;
  i64 tiles = (inner + 31) / 32;
#pragma unroll 1
  for (i64 task = blockIdx.x; task < outer * tiles; task += gridDim.x) {
    i64 o = task / tiles;
    i64 i = (task - o * tiles) * 32 + column;
    i64 base = o * n * inner + i;
    auto t = Op::init();
    if (i < inner) {
#pragma unroll 4
      for (i64 k = part; k < n; k += WARPS) Op::add(t, kernel.item(base + k * inner), k);
    }
    shared[part][column] = t;
    __syncthreads();
    auto s = shared[0][column];
#pragma unroll
    for (int p = 1; p < WARPS; p++) s = Op::merge(s, shared[p][column]);
    __syncthreads();
    if (i < inner) {
      typename K::Write w(s);
#pragma unroll 4
      for (i64 k = part; k < n; k += WARPS) kernel.write(w, base + k * inner);
    }
  }
}

#define PATHS(NAME, S, MAKE, ...)                                                                                   \
  REDUCE_KERNEL NAME##_##S##_warp(__VA_ARGS__, i64 outer, i64 n, i64 inner) { softmaxWarps(MAKE, outer, n); }        \
  REDUCE_KERNEL NAME##_##S##_block(__VA_ARGS__, i64 outer, i64 n, i64 inner) { softmaxBlocks(MAKE, outer, n); }      \
  REDUCE_KERNEL NAME##_##S##_column(__VA_ARGS__, i64 outer, i64 n, i64 inner) {                                      \
    softmaxColumns(MAKE, outer, n, inner);                                                                           \
  }
#define COMMA ,
#define KERNELS(S, T)                                                                                               \
  PATHS(softmax, S, Softmax<T COMMA false>{x COMMA y}, const T* x, T* y)                                             \
  PATHS(log_softmax, S, Softmax<T COMMA true>{x COMMA y}, const T* x, T* y)                                          \
  PATHS(softmax_grad, S, SoftmaxGrad<T COMMA false>{y COMMA dy COMMA dx}, const T* y, const T* dy, T* dx)            \
  PATHS(log_softmax_grad, S, SoftmaxGrad<T COMMA true>{y COMMA dy COMMA dx}, const T* y, const T* dy, T* dx)

KERNELS(f32, float)
KERNELS(f64, double)
