// What every kernel family shares: element types, layouts passed by value, 16-byte vectors, grid-stride loops.
#pragma once

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned u32;

// bool is one byte, 0 or 1. A struct of its own keeps it apart from small integers in overloads.
struct Bool {
  unsigned char bits;
};

// float16 and bfloat16 are storage only: 16 bits, converted in cast.cu.
struct Half {
  unsigned short bits;
};
struct Brain {
  unsigned short bits;
};

constexpr int MAX_RANK = 8;

// A launch's iteration space over N operands that share one logical shape; Java's class Layout writes it.
// Dimension 0 is the innermost (fastest) one. Strides are in elements; a pointer parameter already includes its
// operand's offset. `wide` is 1 when an index or an offset does not fit in 31 bits; otherwise quotients come from
// `magic` and `shift` (the multiply-and-shift division by an invariant, exact below 2^31).
template <int N>
struct Strided {
  u32 rank;
  u32 wide;
  i64 size[MAX_RANK];
  u32 magic[MAX_RANK];
  u32 shift[MAX_RANK];
  i64 stride[N][MAX_RANK];
};

// Turns a logical row-major index into one element offset per operand.
template <int N>
__device__ __forceinline__ void offsets(const Strided<N>& layout, i64 index, i64 (&offset)[N]) {
#pragma unroll
  for (int k = 0; k < N; k++) offset[k] = 0;
  if (layout.wide) {
    u64 rest = index;
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
      if (d >= layout.rank) break;
      u64 quotient = rest / (u64)layout.size[d];
      i64 coordinate = rest - quotient * layout.size[d];
#pragma unroll
      for (int k = 0; k < N; k++) offset[k] += coordinate * layout.stride[k][d];
      rest = quotient;
    }
  } else {
    u32 rest = (u32)index;
    int narrow[N];
#pragma unroll
    for (int k = 0; k < N; k++) narrow[k] = 0;
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
      if (d >= layout.rank) break;
      u32 quotient = (__umulhi(rest, layout.magic[d]) + rest) >> layout.shift[d];
      int coordinate = rest - quotient * (u32)layout.size[d];
#pragma unroll
      for (int k = 0; k < N; k++) narrow[k] += coordinate * (int)layout.stride[k][d];
      rest = quotient;
    }
#pragma unroll
    for (int k = 0; k < N; k++) offset[k] = narrow[k];
  }
}

// Division by an invariant below 2^31, or the plain 64-bit one: channel numbers and the like. Java's Divisor writes it.
struct Divisor {
  i64 value;
  u32 magic;
  u32 shift;  // 255: `value` or the numerators are too large for the 32-bit form
};

__device__ __forceinline__ i64 divide(i64 n, const Divisor& d) {
  if (d.shift == 255) return (i64)((u64)n / (u64)d.value);
  u32 low = (u32)n;
  return (__umulhi(low, d.magic) + low) >> d.shift;
}

// V consecutive elements moved together: by one instruction up to 16 bytes, by several above.
template <class T, int V>
struct __align__(sizeof(T) * V < 16 ? sizeof(T) * V : 16) Vec {
  T at[V];
};

template <class T, int V>
__device__ __forceinline__ Vec<T, V> loadVec(const T* p) {
  return *reinterpret_cast<const Vec<T, V>*>(p);
}

template <class T, int V>
__device__ __forceinline__ void storeVec(T* p, const Vec<T, V>& v) {
  *reinterpret_cast<Vec<T, V>*>(p) = v;
}

// Elements before the first that is aligned for a vector of V.
template <class T, int V>
__device__ __forceinline__ i64 headOf(const T* p) {
  constexpr u64 bytes = alignof(Vec<T, V>);
  u64 past = (u64)p & (bytes - 1);
  return past == 0 ? 0 : (i64)((bytes - past) / sizeof(T));
}

template <class T, int V>
__device__ __forceinline__ bool alignedAfter(const T* p, i64 head) {
  return (((u64)p + (u64)head * sizeof(T)) & (alignof(Vec<T, V>) - 1)) == 0;
}

// How a contiguous range [0, n) is cut so that its middle is aligned for vectors of `width` elements in every operand:
// `head` single elements, `vectors` whole vectors, the rest single. No common alignment: no vectors.
struct Cut {
  i64 head;
  i64 vectors;
};

__device__ __forceinline__ Cut cut(i64 n, i64 head, int width, bool aligned) {
  Cut c;
  c.head = aligned && head < n ? head : n;
  c.vectors = (n - c.head) / width;
  return c;
}

// The number of elements outside whole vectors, and the position of the j-th of them.
__device__ __forceinline__ i64 singles(const Cut& c, i64 n, int width) {
  return n - c.vectors * width;
}
__device__ __forceinline__ i64 single(const Cut& c, i64 j, int width) {
  return j < c.head ? j : j + c.vectors * width;
}

__device__ __forceinline__ i64 globalThread() {
  return (i64)blockIdx.x * blockDim.x + threadIdx.x;
}
__device__ __forceinline__ i64 globalThreads() {
  return (i64)gridDim.x * blockDim.x;
}

// Threads per block of the elementwise kernels, and the most they may be launched with (with a bound of 512 the assembler
// held them to 40 registers on sm_90, and some spilled).
constexpr int ELEMENTWISE_THREADS = 256;
constexpr int ELEMENTWISE_MAX_THREADS = 256;

#define ELEMENTWISE_KERNEL extern "C" __global__ void __launch_bounds__(ELEMENTWISE_MAX_THREADS)
