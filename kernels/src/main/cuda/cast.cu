// cast: out[i] = (To) x[i] for every pair of different dtypes. Floats round to nearest, ties to even, with NaN kept and overflow
// to infinity; float64 to 16 bits rounds once. Float to integer truncates toward zero, saturates, and NaN gives 0, as Java's
// casts do; integers narrow by their low bits. To bool: x != 0, so NaN is true. From bool: 0 or 1.
//
// cast_FROM_TO(x, out, n)                     contiguous
// cast_FROM_TO_strided(x, out, n, layout)     any layout, broadcast by stride 0; operands x, out
// Launch: one thread per max(4, 16 / widest) elements (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: sizeof(From) + sizeof(To).
#include "elementwise.cuh"

// Rounds a double to a float toward odd: what is cut off stays visible in the last bit, so that rounding the result again to
// a shorter format gives what one rounding would have given (S. Boldo and G. Melquiond, IEEE Trans. Computers 57(4), 2008).
__device__ __forceinline__ float roundToOdd(double v) {
  float down = __double2float_rz(v);
  u32 bits = __float_as_uint(down);
  if ((double)down != v && v == v && (bits & 0x7f800000u) != 0x7f800000u) bits |= 1;
  return __uint_as_float(bits);
}

// 64-bit integers are rounded to odd too: below 2^24 they are exact floats anyway.
__device__ __forceinline__ float roundToOdd(i64 v) {
  float down = __ll2float_rz(v);
  u32 bits = __float_as_uint(down);
  // 2^63 itself cannot come from rounding toward zero, so the way back is exact.
  if (__float2ll_rz(down) != v) bits |= 1;
  return __uint_as_float(bits);
}

__device__ __forceinline__ Half toHalf(float v) {
  Half h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h.bits) : "f"(v));
  return h;
}
__device__ __forceinline__ float fromHalf(Half h) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(h.bits));
  return v;
}
__device__ __forceinline__ Brain toBrain(float v) {  // sm_75 has no instruction for it
  u32 bits = __float_as_uint(v);
  u32 rounded = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
  Brain b;
  b.bits = (unsigned short)((bits & 0x7fffffffu) > 0x7f800000u ? (bits >> 16) | 0x40u : rounded);
  return b;
}
__device__ __forceinline__ float fromBrain(Brain b) { return __uint_as_float((u32)b.bits << 16); }

// What arithmetic sees of a stored value.
template <class T>
__device__ __forceinline__ T widened(T v) { return v; }
__device__ __forceinline__ float widened(Half v) { return fromHalf(v); }
__device__ __forceinline__ float widened(Brain v) { return fromBrain(v); }
__device__ __forceinline__ int widened(Bool v) { return v.bits; }

// A float that rounds to 16 bits as the value itself would.
__device__ __forceinline__ float shortened(float v) { return v; }
__device__ __forceinline__ float shortened(double v) { return roundToOdd(v); }
__device__ __forceinline__ float shortened(int v) { return roundToOdd((i64)v); }
__device__ __forceinline__ float shortened(i64 v) { return roundToOdd(v); }

template <class A, class B>
constexpr bool same = false;
template <class A>
constexpr bool same<A, A> = true;
template <class T>
constexpr bool isFloat = same<T, float> || same<T, double>;

template <class From, class To>
struct Cast {
  __device__ __forceinline__ To operator()(From stored) const {
    auto v = widened(stored);
    using V = decltype(v);
    if constexpr (same<To, Bool>) {
      Bool b;
      b.bits = v != V(0) ? 1 : 0;
      return b;
    } else if constexpr (same<To, Half>) return toHalf(shortened(v));
    else if constexpr (same<To, Brain>) return toBrain(shortened(v));
    // The conversion instructions saturate by themselves; NaN must be asked for: the 64-bit ones give the smallest integer.
    else if constexpr (isFloat<V> && !isFloat<To>) return v != v ? To(0) : (To)v;
    else return (To)v;
  }
};

#define KERNELS(S, FROM, D, TO)                                                                                      \
  ELEMENTWISE_KERNEL cast_##S##_##D(const FROM* x, TO* out, i64 n) {                                                  \
    mapContiguous(Cast<FROM, TO>(), out, n, operand(x));                                                              \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL cast_##S##_##D##_strided(const FROM* x, TO* out, i64 n, const __grid_constant__ Strided<2> layout) { \
    mapStrided(Cast<FROM, TO>(), out, n, layout, operand(x));                                                         \
  }
#define PAIR(A, TA, B, TB) KERNELS(A, TA, B, TB) KERNELS(B, TB, A, TA)
PAIR(f32, float, f64, double)
PAIR(f32, float, i32, int)
PAIR(f32, float, i64, i64)
PAIR(f32, float, bool, Bool)
PAIR(f32, float, f16, Half)
PAIR(f32, float, bf16, Brain)
PAIR(f64, double, i32, int)
PAIR(f64, double, i64, i64)
PAIR(f64, double, bool, Bool)
PAIR(f64, double, f16, Half)
PAIR(f64, double, bf16, Brain)
PAIR(i32, int, i64, i64)
PAIR(i32, int, bool, Bool)
PAIR(i32, int, f16, Half)
PAIR(i32, int, bf16, Brain)
PAIR(i64, i64, bool, Bool)
PAIR(i64, i64, f16, Half)
PAIR(i64, i64, bf16, Brain)
PAIR(bool, Bool, f16, Half)
PAIR(bool, Bool, bf16, Brain)
PAIR(f16, Half, bf16, Brain)
