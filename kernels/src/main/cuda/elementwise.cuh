// Elementwise kernels over any number of operands: a contiguous path with 16-byte accesses and a strided one.
#pragma once
#include "common.cuh"

// An input operand. One that a function does not use is never read, and one that is a single value is read as such.
template <class T, bool USED = true>
struct Operand {
  const T* at;
  bool one;

  template <int V>
  __device__ __forceinline__ bool fits(i64 head) const {
    return !USED || one || alignedAfter<T, V>(at, head);
  }

  __device__ __forceinline__ T get(i64 i) const {
    if constexpr (USED) return at[one ? 0 : i];
    else return T();
  }

  template <int V>
  __device__ __forceinline__ Vec<T, V> vector(i64 i) const {
    if constexpr (USED) {
      if (!one) return loadVec<T, V>(at + i);
    }
    Vec<T, V> v = {};
    if constexpr (USED) {
      T value = at[0];
#pragma unroll
      for (int j = 0; j < V; j++) v.at[j] = value;
    }
    return v;
  }
};

template <bool USED = true, class T>
__device__ __forceinline__ Operand<T, USED> operand(const T* at, bool one = false) {
  return Operand<T, USED>{at, one};
}

constexpr int largest(int a, int b) { return a > b ? a : b; }
constexpr int smallest(int a, int b) { return a < b ? a : b; }

// Elements per turn: 16 bytes of the widest operand, but at least 4 elements where a narrower one would move little.
template <class... T>
constexpr int perTurn() {
  int wide = 1, narrow = 16;
  ((wide = largest(wide, sizeof(T)), narrow = smallest(narrow, sizeof(T))), ...);
  return largest(16 / wide, smallest(16 / narrow, 4));
}

// out[i] = f(in[i]...) for i in [0, n). Operands may be the output itself.
template <class F, class Out, class... In, bool... USED>
__device__ __forceinline__ void mapContiguous(F f, Out* out, i64 n, Operand<In, USED>... in) {
  constexpr int V = perTurn<Out, In...>();
  i64 head = headOf<Out, V>(out);
  Cut k = cut(n, head, V, (in.template fits<V>(head) && ...));
#pragma unroll 1
  for (i64 v = globalThread(); v < k.vectors; v += globalThreads()) {
    i64 i = k.head + v * V;
    Vec<Out, V> result;
    [&](const Vec<In, V>&... x) {
#pragma unroll
      for (int j = 0; j < V; j++) result.at[j] = f(x.at[j]...);
    }(in.template vector<V>(i)...);
    storeVec<Out, V>(out + i, result);
  }
  i64 rest = singles(k, n, V);
#pragma unroll 1
  for (i64 j = globalThread(); j < rest; j += globalThreads()) {
    i64 i = single(k, j, V);
    out[i] = f(in.get(i)...);
  }
}

// The same over a layout whose operands are the inputs in their order, then the output.
template <class F, class Out, int N, class... In, bool... USED>
__device__ __forceinline__ void mapStrided(F f, Out* out, i64 n, const Strided<N>& layout, Operand<In, USED>... in) {
  static_assert(N == sizeof...(In) + 1, "one stride per operand");
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 at[N];
    offsets(layout, i, at);
    int k = 0;
    // Braces evaluate from left to right, so k counts the operands.
    struct Call {
      Out value;
      __device__ Call(F& f, In... x) : value(f(x...)) {}
    } call{f, in.get(at[k++])...};
    out[at[N - 1]] = call.value;
  }
}
