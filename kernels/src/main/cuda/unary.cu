// unary: out[i] = f(x[i]) for every function of functions.cuh over float32 and float64; neg, abs, sign, square and clamp also
// over int32 and int64 (wrapping; clamp's bounds saturate to the type); is_nan, is_inf, is_finite to bool; not over bool.
//
// unary_F_T(x, out, n, a, b)                     contiguous; a, b are f's scalars (float64 for integers and bool)
// unary_F_T_strided(x, out, n, a, b, layout)     any layout, broadcast by stride 0; operands x, out
// out may be x. Launch: one thread per 16 bytes (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: sizeof(T) + sizeof(result).
#include "elementwise.cuh"
#include "functions.cuh"

template <class F, class T>
struct Value {
  T a, b;
  __device__ __forceinline__ T operator()(T x) const { return F::template value<T>(x, a, b); }
};

// Integers use the same functors; unsigned arithmetic where the sign bit may overflow is not needed on this hardware,
// which wraps.
__device__ __forceinline__ int saturated(double v, int) { return __double2int_rz(v); }
__device__ __forceinline__ i64 saturated(double v, i64) { return __double2ll_rz(v); }

#define KERNELS(NAME, F, S, T, A, B)                                                                                 \
  ELEMENTWISE_KERNEL unary_##NAME##_##S(const T* x, T* out, i64 n, A a, A b) {                                        \
    mapContiguous(Value<F, T>{B(a), B(b)}, out, n, operand(x));                                                       \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL unary_##NAME##_##S##_strided(const T* x, T* out, i64 n, A a, A b,                                \
                                                  const __grid_constant__ Strided<2> layout) {                        \
    mapStrided(Value<F, T>{B(a), B(b)}, out, n, layout, operand(x));                                                  \
  }
#define SAME(V) V
#define TO_INT(V) saturated(V, 0)
#define TO_LONG(V) saturated(V, 0LL)
#define FLOATS(NAME, F) KERNELS(NAME, F, f32, float, float, SAME) KERNELS(NAME, F, f64, double, double, SAME)
#define INTEGERS(NAME, F) KERNELS(NAME, F, i32, int, double, TO_INT) KERNELS(NAME, F, i64, i64, double, TO_LONG)

FLAT_FUNCTIONS(FLOATS)
SMOOTH_FUNCTIONS(FLOATS)
ACTIVATIONS(FLOATS)
NUMERIC_FUNCTIONS(INTEGERS)

// Tests on the bits, which no compiler flag can optimize away.
__device__ __forceinline__ u64 magnitude(float x) { return (u64)(__float_as_uint(x) & 0x7fffffffu) << 29; }
__device__ __forceinline__ u64 magnitude(double x) { return (u64)__double_as_longlong(x) & 0x7fffffffffffffffull; }
template <class T>
__device__ __forceinline__ u64 infinity();
template <>
__device__ __forceinline__ u64 infinity<float>() { return 0x7f800000ull << 29; }
template <>
__device__ __forceinline__ u64 infinity<double>() { return 0x7ff0000000000000ull; }

__device__ __forceinline__ Bool truth(bool v) {
  Bool b;
  b.bits = v ? 1 : 0;
  return b;
}
template <class T>
struct IsNan {
  __device__ __forceinline__ Bool operator()(T x) const { return truth(magnitude(x) > infinity<T>()); }
};
template <class T>
struct IsInf {
  __device__ __forceinline__ Bool operator()(T x) const { return truth(magnitude(x) == infinity<T>()); }
};
template <class T>
struct IsFinite {
  __device__ __forceinline__ Bool operator()(T x) const { return truth(magnitude(x) < infinity<T>()); }
};
struct Not {
  __device__ __forceinline__ Bool operator()(Bool x) const { return truth(x.bits == 0); }
};

#define TO_BOOL(NAME, F, S, T, A)                                                                                    \
  ELEMENTWISE_KERNEL unary_##NAME##_##S(const T* x, Bool* out, i64 n, A a, A b) {                                     \
    mapContiguous(F(), out, n, operand(x));                                                                           \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL unary_##NAME##_##S##_strided(const T* x, Bool* out, i64 n, A a, A b,                             \
                                                  const __grid_constant__ Strided<2> layout) {                        \
    mapStrided(F(), out, n, layout, operand(x));                                                                      \
  }
#define TO_BOOL_FLOATS(NAME, F) TO_BOOL(NAME, F<float>, f32, float, float) TO_BOOL(NAME, F<double>, f64, double, double)

TO_BOOL_FLOATS(is_nan, IsNan)
TO_BOOL_FLOATS(is_inf, IsInf)
TO_BOOL_FLOATS(is_finite, IsFinite)
TO_BOOL(not, Not, bool, Bool, double)
