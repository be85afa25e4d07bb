// select: out[i] = condition[i] ? a[i] : b[i], for every dtype (bits are moved, never interpreted).
//
// select_T(condition, a, b, out, n, scalars)           contiguous operands; bit 0, 1, 2 of `scalars` says that
//                                                      condition, a, b is one single value
// select_T_strided(condition, a, b, out, n, layout)    any layout, broadcast by stride 0; operands in that order
// Launch: one thread per 16 bytes of output (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: 1 + 3 sizeof(T).
#include "common.cuh"

template <class T>
__device__ __forceinline__ void selectContiguous(const Bool* c, const T* a, const T* b, T* out, i64 n, u32 scalars) {
  constexpr int V = 16 / sizeof(T);
  bool oneC = scalars & 1, oneA = scalars & 2, oneB = scalars & 4;
  i64 head = headOf<T, V>(out);
  bool aligned = (oneC || alignedAfter<Bool, V>(c, head)) && (oneA || alignedAfter<T, V>(a, head))
      && (oneB || alignedAfter<T, V>(b, head));
  Cut k = cut(n, head, V, aligned);
#pragma unroll 1
  for (i64 v = globalThread(); v < k.vectors; v += globalThreads()) {
    i64 i = k.head + v * V;
    Vec<Bool, V> cs;
    Vec<T, V> as, bs;
    if (oneC) for (int j = 0; j < V; j++) cs.at[j] = c[0]; else cs = loadVec<Bool, V>(c + i);
    if (oneA) for (int j = 0; j < V; j++) as.at[j] = a[0]; else as = loadVec<T, V>(a + i);
    if (oneB) for (int j = 0; j < V; j++) bs.at[j] = b[0]; else bs = loadVec<T, V>(b + i);
#pragma unroll
    for (int j = 0; j < V; j++) as.at[j] = cs.at[j].bits ? as.at[j] : bs.at[j];
    storeVec<T, V>(out + i, as);
  }
  i64 m = singles(k, n, V);
#pragma unroll 1
  for (i64 j = globalThread(); j < m; j += globalThreads()) {
    i64 i = single(k, j, V);
    out[i] = c[oneC ? 0 : i].bits ? a[oneA ? 0 : i] : b[oneB ? 0 : i];
  }
}

template <class T>
__device__ __forceinline__ void selectStrided(const Bool* c, const T* a, const T* b, T* out, i64 n,
                                              const Strided<4>& layout) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 at[4];
    offsets(layout, i, at);
    out[at[3]] = c[at[0]].bits ? a[at[1]] : b[at[2]];
  }
}

#define SELECT(NAME, T)                                                                                              \
  ELEMENTWISE_KERNEL select_##NAME(const Bool* c, const T* a, const T* b, T* out, i64 n, u32 scalars) {               \
    selectContiguous<T>(c, a, b, out, n, scalars);                                                                    \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL select_##NAME##_strided(const Bool* c, const T* a, const T* b, T* out, i64 n,                    \
                                             const __grid_constant__ Strided<4> layout) {                             \
    selectStrided<T>(c, a, b, out, n, layout);                                                                        \
  }

SELECT(f32, float)
SELECT(f64, double)
SELECT(i32, int)
SELECT(i64, i64)
SELECT(bool, Bool)
SELECT(f16, Half)
SELECT(bf16, Brain)
