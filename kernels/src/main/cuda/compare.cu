// compare: out[i] = a[i] (= != < <= > >=) b[i] as bool, over float32, float64, int32, int64 and bool. Comparisons with NaN are
// false, except !=.
//
// compare_OP_T(a, b, out, n, scalars)           contiguous; bit 0, 1 of `scalars` says that a, b is one single value
// compare_OP_T_strided(a, b, out, n, layout)    any layout, broadcast by stride 0; operands a, b, out
// Launch: one thread per 4 elements (contiguous; 16 of bool) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: 2 sizeof(T) + 1.
#include "elementwise.cuh"

__device__ __forceinline__ int comparable(Bool b) { return b.bits; }
template <class T>
__device__ __forceinline__ T comparable(T v) { return v; }

#define OPERATION(NAME, OP)                                          \
  template <class T>                                                 \
  struct NAME {                                                      \
    __device__ __forceinline__ Bool operator()(T a, T b) const {     \
      Bool r;                                                        \
      r.bits = comparable(a) OP comparable(b) ? 1 : 0;               \
      return r;                                                      \
    }                                                                \
  };
OPERATION(Eq, ==)
OPERATION(Ne, !=)
OPERATION(Lt, <)
OPERATION(Le, <=)
OPERATION(Gt, >)
OPERATION(Ge, >=)

#define KERNELS(NAME, OP, S, T)                                                                                      \
  ELEMENTWISE_KERNEL compare_##NAME##_##S(const T* a, const T* b, Bool* out, i64 n, u32 scalars) {                    \
    mapContiguous(OP<T>(), out, n, operand(a, scalars & 1), operand(b, scalars & 2));                                 \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL compare_##NAME##_##S##_strided(const T* a, const T* b, Bool* out, i64 n,                         \
                                                    const __grid_constant__ Strided<3> layout) {                      \
    mapStrided(OP<T>(), out, n, layout, operand(a), operand(b));                                                      \
  }
#define TYPES(NAME, OP)                                                                                              \
  KERNELS(NAME, OP, f32, float) KERNELS(NAME, OP, f64, double) KERNELS(NAME, OP, i32, int) KERNELS(NAME, OP, i64, i64) \
  KERNELS(NAME, OP, bool, Bool)

TYPES(eq, Eq)
TYPES(ne, Ne)
TYPES(lt, Lt)
TYPES(le, Le)
TYPES(gt, Gt)
TYPES(ge, Ge)
