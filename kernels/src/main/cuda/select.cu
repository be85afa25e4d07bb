// select: out[i] = condition[i] ? a[i] : b[i], for every dtype (bits are moved, never interpreted).
//
// select_T(condition, a, b, out, n, scalars)           contiguous operands; bit 0, 1, 2 of `scalars` says that
//                                                      condition, a, b is one single value
// select_T_strided(condition, a, b, out, n, layout)    any layout, broadcast by stride 0; operands in that order
// Launch: one thread per 16 bytes of output (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: 1 + 3 sizeof(T).
#include "elementwise.cuh"

template <class T>
struct Select {
  __device__ __forceinline__ T operator()(Bool c, T a, T b) const { return c.bits ? a : b; }
};

#define SELECT(NAME, T)                                                                                              \
  ELEMENTWISE_KERNEL select_##NAME(const Bool* c, const T* a, const T* b, T* out, i64 n, u32 scalars) {               \
    mapContiguous(Select<T>(), out, n, operand(c, scalars & 1), operand(a, scalars & 2), operand(b, scalars & 4));    \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL select_##NAME##_strided(const Bool* c, const T* a, const T* b, T* out, i64 n,                    \
                                             const __grid_constant__ Strided<4> layout) {                             \
    mapStrided(Select<T>(), out, n, layout, operand(c), operand(a), operand(b));                                      \
  }

SELECT(f32, float)
SELECT(f64, double)
SELECT(i32, int)
SELECT(i64, i64)
SELECT(bool, Bool)
SELECT(f16, Half)
SELECT(bf16, Brain)
