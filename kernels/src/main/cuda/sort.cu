// Stable sorting of rows with the permutation, ascending or descending; NaN counts as the largest of all, -0 equals +0.
//
// Keys become unsigned integers that compare like the values; equal keys compare by position, which makes any network stable.
// Rows of up to 1024 elements take one launch of sort_tile; longer rows are sorted in tiles of 1024, then merged by launches of
// sort_merge with runs of 1024, 2048, ... back and forth between two buffers. The first `keep` of a row of up to 1024
// elements can be had alone (top-k).
// Launch: said at each kernel. Types: f32, f64, i32, i64; indices are int64.
#include "common.cuh"

constexpr int TILE = 1024;
constexpr int THREADS = 256;

// A value as an unsigned integer of its size, in ascending order.
__device__ __forceinline__ u32 ordered(int x) { return (u32) x ^ 0x80000000u; }
__device__ __forceinline__ u64 ordered(i64 x) { return (u64) x ^ 0x8000000000000000ull; }
__device__ __forceinline__ u32 ordered(float x) {
  if (x != x) return 0xffffffffu;
  u32 bits = __float_as_uint(x + 0.f);  // -0 becomes +0
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
__device__ __forceinline__ u64 ordered(double x) {
  if (x != x) return ~0ull;
  u64 bits = (u64) __double_as_longlong(x + 0.0);
  return bits >> 63 ? ~bits : bits | 0x8000000000000000ull;
}

template <class T>
struct KeyOf {
  typedef u32 Type;
};
template <>
struct KeyOf<double> {
  typedef u64 Type;
};
template <>
struct KeyOf<i64> {
  typedef u64 Type;
};

template <class T>
__device__ __forceinline__ typename KeyOf<T>::Type keyOf(T x, u32 descending) {
  typename KeyOf<T>::Type k = ordered(x);
  return descending ? ~k : k;
}

// The steps of the bitonic network that stay within a warp: element i and its partner i ^ step lie in two lanes.
template <int FIRST, class Key>
__device__ __forceinline__ void warpSteps(Key& key, int& place, int i, int size) {
  bool up = (i & size) == 0;
#pragma unroll
  for (int step = FIRST; step > 0; step >>= 1) {
    Key otherKey = __shfl_xor_sync(0xffffffffu, key, step);
    int otherPlace = __shfl_xor_sync(0xffffffffu, place, step);
    bool greater = key > otherKey || (key == otherKey && place > otherPlace);
    if (greater == (((i & step) == 0) == up)) {
      key = otherKey;
      place = otherPlace;
    }
  }
}

// Bitonic network over (key, position). Positions past the end of the row carry the largest key and lose every tie, so they stay
// behind. Steps of 32 and more go through shared memory, in which neighbouring threads touch neighbouring words; shorter ones
// are shuffles, which need no barrier and meet no bank conflicts.
template <class T>
__device__ __forceinline__ void sortTiles(const T* in, T* values, i64* indices, i64 tasks, i64 n, int width, i64 keep,
                                          u32 descending, const Divisor& tiles) {
  typedef typename KeyOf<T>::Type Key;
  __shared__ Key key[TILE];
  __shared__ int place[TILE];
  width = width < 32 ? 32 : width;  // whole warps
  for (i64 task = blockIdx.x; task < tasks; task += gridDim.x) {
    i64 row = divide(task, tiles);
    i64 start = (task - row * tiles.value) * TILE;
    const T* from = in + row * n + start;
    int length = n - start < TILE ? (int) (n - start) : TILE;
#pragma unroll 1
    for (int i = threadIdx.x; i < width; i += THREADS) {
      Key k = i < length ? keyOf(from[i], descending) : ~Key(0);
      int p = i;
      warpSteps<1>(k, p, i, 2);
      warpSteps<2>(k, p, i, 4);
      warpSteps<4>(k, p, i, 8);
      warpSteps<8>(k, p, i, 16);
      warpSteps<16>(k, p, i, 32);
      key[i] = k;
      place[i] = p;
    }
    __syncthreads();
#pragma unroll 1
    for (int size = 64; size <= width; size <<= 1) {
#pragma unroll 1
      for (int step = size >> 1; step >= 32; step >>= 1) {
#pragma unroll 1
        for (int p = threadIdx.x; p < width / 2; p += THREADS) {
          int a = 2 * p - (p & (step - 1));
          int b = a + step;
          bool up = (a & size) == 0;
          Key ka = key[a], kb = key[b];
          int pa = place[a], pb = place[b];
          bool greater = ka > kb || (ka == kb && pa > pb);
          if (greater == up) {
            key[a] = kb, key[b] = ka;
            place[a] = pb, place[b] = pa;
          }
        }
        __syncthreads();
      }
#pragma unroll 1
      for (int i = threadIdx.x; i < width; i += THREADS) {
        Key k = key[i];
        int p = place[i];
        warpSteps<16>(k, p, i, size);
        key[i] = k;
        place[i] = p;
      }
      __syncthreads();
    }
    // Whole tiles are written where they stand; a top-k row is `keep` long.
    i64 to = row * keep + start;
    int count = keep - start < length ? (int) (keep - start) : length;
    for (int i = threadIdx.x; i < count; i += THREADS) {
      int p = place[i];
      if (values != nullptr) values[to + i] = from[p];
      indices[to + i] = start + p;
    }
    // No barrier: the next turn overwrites what the same thread has just read.
  }
}

// Each element finds its place in the merged run: its own position plus the number of elements of the sibling run that come
// first.
template <class T>
__device__ __forceinline__ void merge(const T* in, const i64* inIndices, T* out, i64* outIndices, i64 elements, i64 run,
                                      u32 descending, const Divisor& row, const Divisor& pair) {
#pragma unroll 1
  for (i64 i = globalThread(); i < elements; i += globalThreads()) {
    i64 base = divide(i, row) * row.value;
    i64 at = i - base;
    i64 left = divide(at, pair) * pair.value;
    bool second = at - left >= run;
    i64 low = second ? left : left + run;
    i64 end = second ? left + run : left + 2 * run;
    if (end > row.value) end = row.value;
    T value = in[i];
    auto key = keyOf(value, descending);
    i64 first = low;
    i64 high = low < end ? end : low;
    while (low < high) {
      i64 middle = (low + high) >> 1;
      auto other = keyOf(in[base + middle], descending);
      bool before = second ? other <= key : other < key;
      if (before) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    i64 to = base + (second ? at - run : at) + (low - first);
    out[to] = value;
    outIndices[to] = inIndices[i];
  }
}

// values (or null), indices = each tile of 1024 elements of each row, sorted; tiles divides by ceil(n / 1024), tasks = rows *
// that. width = the smallest power of two >= min(n, 1024), at least 2; keep = n, or k <= n to write the first k of rows of n <=
// 1024.
// Launch: one block of 256 threads per tile. Bytes moved per element: twice its size, and 8.
#define SORT_TILE(N, T)                                                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS) sort_tile_##N(                                                   \
      const T* in, T* values, i64* indices, i64 tasks, i64 n, int width, i64 keep, u32 descending,                       \
      const __grid_constant__ Divisor tiles) {                                                                           \
    sortTiles<T>(in, values, indices, tasks, n, width, keep, descending, tiles);                                         \
  }

// Merges neighbouring sorted runs of `run` elements within rows; row divides by the row's length, pair by 2 * run.
// Launch: 256 threads, one element per thread and turn. Bytes moved per element: twice its size, and 16, and the search's reads.
#define SORT_MERGE(N, T)                                                                                                 \
  ELEMENTWISE_KERNEL sort_merge_##N(const T* in, const i64* inIndices, T* out, i64* outIndices, i64 elements, i64 run,   \
                                    u32 descending, const __grid_constant__ Divisor row,                                 \
                                    const __grid_constant__ Divisor pair) {                                              \
    merge<T>(in, inIndices, out, outIndices, elements, run, descending, row, pair);                                      \
  }

#define SORTS(N, T) SORT_TILE(N, T) SORT_MERGE(N, T)
SORTS(f32, float)
SORTS(f64, double)
SORTS(i32, int)
SORTS(i64, i64)
