// binary: out[i] = op(a[i], b[i]). add, sub, mul, div, pow, min, max, remainder over float32, float64, int32, int64; atan2 over
// the floats; and, or, xor over bool. NaN propagates through min and max. Integers wrap; their div truncates toward zero and is
// 0 for a divisor of 0; their pow multiplies repeatedly (0 for a negative exponent, except for bases 1 and -1); remainder has
// the sign of the divisor, as in Python, and is 0 for integers and a divisor of 0.
//
// binary_OP_T(a, b, out, n, scalars)           contiguous; bit 0, 1 of `scalars` says that a, b is one single value
// binary_OP_T_strided(a, b, out, n, layout)    any layout, broadcast by stride 0; operands a, b, out
// out may be a or b. Launch: one thread per 16 bytes (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: 3 sizeof(T).
#include "elementwise.cuh"

#define OPERATION(NAME, BODY)                                        \
  template <class T>                                                 \
  struct NAME {                                                      \
    __device__ __forceinline__ T operator()(T a, T b) const { BODY } \
  };

// Signed overflow is undefined in C++: integers are added and multiplied as unsigned, which wraps.
template <class T>
struct Wrapping { using type = T; };
template <>
struct Wrapping<int> { using type = u32; };
template <>
struct Wrapping<i64> { using type = u64; };
#define W(V) (typename Wrapping<T>::type)(V)

template <class T>
constexpr bool isFloat() { return T(0.5) != T(0); }

__device__ __forceinline__ float remainderOf(float a, float b) { return fmodf(a, b); }
__device__ __forceinline__ double remainderOf(double a, double b) { return fmod(a, b); }

template <class T>
__device__ __forceinline__ T quotient(T a, T b) {
  if constexpr (isFloat<T>()) return a / b;
  else return b == 0 ? 0 : b == -1 ? T(W(0) - W(a)) : a / b;
}

template <class T>
__device__ __forceinline__ T modulus(T a, T b) {
  if constexpr (isFloat<T>()) {
    T r = remainderOf(a, b);
    if (r == T(0)) return copysign(T(0), b);
    return (r < T(0)) != (b < T(0)) ? r + b : r;
  } else {
    if (b == 0 || b == -1) return 0;
    T r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
}

template <class T>
__device__ __forceinline__ T power(T a, T b) {
  if constexpr (isFloat<T>()) return pow(a, b);
  else {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
    typename Wrapping<T>::type result = 1, base = a;
    while (b != 0) {
      if (b & 1) result *= base;
      base *= base;
      b >>= 1;
    }
    return T(result);
  }
}

OPERATION(Add, return T(W(a) + W(b));)
OPERATION(Sub, return T(W(a) - W(b));)
OPERATION(Mul, return T(W(a) * W(b));)
OPERATION(Div, return quotient(a, b);)
OPERATION(Pow, return power(a, b);)
OPERATION(Min, return a < b || a != a ? a : b;)
OPERATION(Max, return a > b || a != a ? a : b;)
OPERATION(Remainder, return modulus(a, b);)
OPERATION(Atan2, return atan2(a, b);)
OPERATION(And, T r; r.bits = a.bits & b.bits; return r;)
OPERATION(Or, T r; r.bits = a.bits | b.bits; return r;)
OPERATION(Xor, T r; r.bits = a.bits ^ b.bits; return r;)

#define KERNELS(NAME, OP, S, T)                                                                                      \
  ELEMENTWISE_KERNEL binary_##NAME##_##S(const T* a, const T* b, T* out, i64 n, u32 scalars) {                        \
    mapContiguous(OP<T>(), out, n, operand(a, scalars & 1), operand(b, scalars & 2));                                 \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL binary_##NAME##_##S##_strided(const T* a, const T* b, T* out, i64 n,                             \
                                                   const __grid_constant__ Strided<3> layout) {                       \
    mapStrided(OP<T>(), out, n, layout, operand(a), operand(b));                                                      \
  }
#define FLOATS(NAME, OP) KERNELS(NAME, OP, f32, float) KERNELS(NAME, OP, f64, double)
#define NUMERIC(NAME, OP) FLOATS(NAME, OP) KERNELS(NAME, OP, i32, int) KERNELS(NAME, OP, i64, i64)

NUMERIC(add, Add)
NUMERIC(sub, Sub)
NUMERIC(mul, Mul)
NUMERIC(div, Div)
NUMERIC(pow, Pow)
NUMERIC(min, Min)
NUMERIC(max, Max)
NUMERIC(remainder, Remainder)
FLOATS(atan2, Atan2)
KERNELS(and, And, bool, Bool)
KERNELS(or, Or, bool, Bool)
KERNELS(xor, Xor, bool, Bool)
