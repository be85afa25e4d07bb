// Every function of one element and its derivative, once, for float and double.
//
// Each line is: name, value of x (and the scalars a, b), gradient dy -> dx. A derivative is computed from the saved input x
// (INPUT), the saved output y (OUTPUT), or neither (NOTHING); FLAT functions have derivative 0 and no gradient kernel. NaN
// gives NaN. Formulas are chosen to stay accurate where a naive form cancels or overflows; at kinks the derivatives are
// PyTorch's.
#pragma once
#include "common.cuh"

enum class Saves { NOTHING, INPUT, OUTPUT };

// e^-|x| makes the logistic function and its relatives safe from overflow on both sides.
template <class T>
__device__ __forceinline__ T sigmoidOf(T x) {
  T e = exp(-fabs(x));
  T r = T(1) / (T(1) + e);
  return x >= T(0) ? r : e * r;
}

template <class T>
__device__ __forceinline__ T softplusOf(T x) {
  return (x > T(0) ? x : T(0)) + log1p(exp(-fabs(x)));
}

// tanh(ln(1 + e^x)) as a quotient of polynomials in e^-|x|.
template <class T>
__device__ __forceinline__ T mishGate(T x) {
  T e = exp(-fabs(x));
  return x >= T(0) ? (T(1) + T(2) * e) / (T(1) + T(2) * e * (T(1) + e)) : e * (e + T(2)) / (e * (e + T(2)) + T(2));
}

// x * w, and 0 where w is 0 even for an infinite x: the limit of the functions that weigh their argument by a gate.
template <class T>
__device__ __forceinline__ T weigh(T x, T w) {
  return w == T(0) ? w : x * w;
}

// d/dx of x * sigmoid(u(x)), given u and u': s + x s (1 - s) u', where 1 - s comes from the same exponential, without cancelling.
// The second term is 0 where s is 0 or 1, also for an infinite u'.
template <class T>
__device__ __forceinline__ T gated(T x, T u, T derivative) {
  T e = exp(-fabs(u));
  T r = T(1) / (T(1) + e);
  T s = u >= T(0) ? r : e * r;
  T slope = e * r * r;
  return slope == T(0) ? s : s + x * slope * derivative;
}

template <class T>
__device__ __forceinline__ T clampOf(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}

template <class T>
__device__ __forceinline__ T geluTanhArgument(T x) {  // 2 sqrt(2/pi) (x + 0.044715 x^3)
  return T(1.5957691216057308) * (x + T(0.044715) * x * x * x);
}

#define FUNCTION(NAME, SAVED, X, VALUE, GRAD)                                   \
  struct NAME {                                                                 \
    static constexpr Saves saves = Saves::SAVED;                                \
    template <class T>                                                          \
    static __device__ __forceinline__ T value(T x, T a, T b) { return VALUE; }  \
    template <class T>                                                          \
    static __device__ __forceinline__ T grad(T X, T dy, T a, T b) { return GRAD; } \
  };
__device__ inline float roundedProduct(float a, float b) { return __fmul_rn(a, b); }
__device__ inline double roundedProduct(double a, double b) { return __dmul_rn(a, b); }

#define INPUT(NAME, VALUE, GRAD) FUNCTION(NAME, INPUT, x, VALUE, GRAD)
#define OUTPUT(NAME, VALUE, GRAD) FUNCTION(NAME, OUTPUT, y, VALUE, GRAD)
#define NOTHING(NAME, VALUE, GRAD) FUNCTION(NAME, NOTHING, x, VALUE, GRAD)
#define FLAT(NAME, VALUE) FUNCTION(NAME, NOTHING, x, VALUE, T(0))

NOTHING(Identity, x, dy)
NOTHING(Neg, -x, -dy)
INPUT(Abs, x < T(0) ? -x : x == T(0) ? T(0) : x, x > T(0) ? dy : x < T(0) ? -dy : dy * x)
FLAT(Sign, x > T(0) ? T(1) : x < T(0) ? T(-1) : x)
INPUT(Square, x * x, T(2) * x * dy)

OUTPUT(Sqrt, sqrt(x), dy / (T(2) * y))
OUTPUT(Rsqrt, T(1) / sqrt(x), T(-0.5) * dy * y * y * y)
OUTPUT(Reciprocal, T(1) / x, -dy * y * y)
OUTPUT(Exp, exp(x), dy * y)
OUTPUT(Expm1, expm1(x), dy * (y + T(1)))
INPUT(Log, log(x), dy / x)
INPUT(Log1p, log1p(x), dy / (T(1) + x))
INPUT(Sin, sin(x), dy * cos(x))
INPUT(Cos, cos(x), -dy * sin(x))
OUTPUT(Tan, tan(x), dy * (T(1) + y * y))
INPUT(Asin, asin(x), dy / sqrt((T(1) - x) * (T(1) + x)))
INPUT(Acos, acos(x), -dy / sqrt((T(1) - x) * (T(1) + x)))
INPUT(Atan, atan(x), dy / (T(1) + x * x))
INPUT(Sinh, sinh(x), dy * cosh(x))
INPUT(Cosh, cosh(x), dy * sinh(x))
OUTPUT(Tanh, tanh(x), dy * (T(1) - y * y))
INPUT(Erf, erf(x), dy * T(1.1283791670955126) * exp(-x * x))
FLAT(Floor, floor(x))
FLAT(Ceil, ceil(x))
FLAT(Round, rint(x))
INPUT(PowScalar, pow(x, a), a == T(0) ? T(0) : dy * a * pow(x, a - T(1)))
INPUT(Clamp, clampOf(x, a, b), x >= a && x <= b ? dy : T(0))

OUTPUT(Sigmoid, sigmoidOf(x), dy * y * (T(1) - y))
// The product is rounded by itself: a fused one misses the kink, where the slope is 0.
INPUT(HardSigmoid, clampOf(a * x + b, T(0), T(1)), roundedProduct(a, x) + b > T(0) && roundedProduct(a, x) + b < T(1) ? dy * a : T(0))
INPUT(HardTanh, clampOf(x, a, b), x > a && x < b ? dy : T(0))
OUTPUT(Relu, x < T(0) ? T(0) : x, y > T(0) ? dy : T(0))
INPUT(Relu6, clampOf(x, T(0), T(6)), x > T(0) && x < T(6) ? dy : T(0))
INPUT(LeakyRelu, x > T(0) ? x : a * x, x > T(0) ? dy : a * dy)
INPUT(Elu, x > T(0) ? x : a * expm1(x), x > T(0) ? dy : dy * a * exp(x))
INPUT(Selu, T(1.0507009873554805) * (x > T(0) ? x : T(1.6732632423543772) * expm1(x)),
      T(1.0507009873554805) * dy * (x > T(0) ? T(1) : T(1.6732632423543772) * exp(x)))
INPUT(Celu, x > T(0) ? x : a * expm1(x / a), x > T(0) ? dy : dy * exp(x / a))
INPUT(Softplus, softplusOf(x), dy * sigmoidOf(x))
INPUT(LogSigmoid, -softplusOf(-x), dy * sigmoidOf(-x))
INPUT(Softsign, fabs(x) > T(1e30) ? (x > T(0) ? T(1) : T(-1)) : x / (T(1) + fabs(x)), dy / ((T(1) + fabs(x)) * (T(1) + fabs(x))))
INPUT(Swish, weigh(x, sigmoidOf(a * x)), dy * gated(x, a * x, a))
INPUT(HardSwish, weigh(x, clampOf(x + T(3), T(0), T(6)) / T(6)),
      x <= T(-3) ? T(0) : x >= T(3) ? dy : dy * (x / T(3) + T(0.5)))
INPUT(Mish, weigh(x, mishGate(x)), dy * (mishGate(x) + weigh(x, (T(1) - mishGate(x) * mishGate(x)) * sigmoidOf(x))))
INPUT(Gelu, weigh(x, T(0.5) * erfc(x * T(-0.7071067811865476))),
      dy * (T(0.5) * erfc(x * T(-0.7071067811865476)) + weigh(x, T(0.3989422804014327) * exp(T(-0.5) * x * x))))
INPUT(GeluTanh, weigh(x, sigmoidOf(geluTanhArgument(x))),
      dy * gated(x, geluTanhArgument(x), T(1.5957691216057308) * (T(1) + T(0.134145) * x * x)))
INPUT(GeluSigmoid, weigh(x, sigmoidOf(T(1.702) * x)), dy * gated(x, T(1.702) * x, T(1.702)))
FLAT(Step, x >= a ? T(1) : x < a ? T(0) : x)
INPUT(HardShrink, x >= -a && x <= a ? T(0) : x, x >= -a && x <= a ? T(0) : dy)
INPUT(SoftShrink, x > a ? x - a : x < -a ? x + a : T(0) * x, x > a || x < -a ? dy : T(0))
INPUT(TanhShrink, x - tanh(x), dy * tanh(x) * tanh(x))
INPUT(Threshold, x <= a ? b : x, x > a ? dy : T(0))

#undef FUNCTION
#undef INPUT
#undef OUTPUT
#undef NOTHING
#undef FLAT

// The families in which a function stands; Java's class UnaryFamily lists the same names.
#define NUMERIC_FUNCTIONS(M) M(neg, Neg) M(abs, Abs) M(sign, Sign) M(square, Square) M(clamp, Clamp)
#define FLAT_FUNCTIONS(M) M(sign, Sign) M(floor, Floor) M(ceil, Ceil) M(round, Round) M(step, Step)
#define SMOOTH_FUNCTIONS(M)                                                                                         \
  M(neg, Neg) M(abs, Abs) M(square, Square) M(sqrt, Sqrt) M(rsqrt, Rsqrt) M(reciprocal, Reciprocal) M(exp, Exp)      \
  M(expm1, Expm1) M(log, Log) M(log1p, Log1p) M(sin, Sin) M(cos, Cos) M(tan, Tan) M(asin, Asin) M(acos, Acos)        \
  M(atan, Atan) M(sinh, Sinh) M(cosh, Cosh) M(erf, Erf) M(pow_scalar, PowScalar) M(clamp, Clamp)
#define ACTIVATIONS(M)                                                                                              \
  M(tanh, Tanh) M(sigmoid, Sigmoid) M(hard_sigmoid, HardSigmoid) M(hard_tanh, HardTanh) M(relu, Relu)                \
  M(relu6, Relu6) M(leaky_relu, LeakyRelu) M(elu, Elu) M(selu, Selu) M(celu, Celu) M(softplus, Softplus)             \
  M(log_sigmoid, LogSigmoid) M(softsign, Softsign) M(swish, Swish) M(hard_swish, HardSwish) M(mish, Mish)            \
  M(gelu, Gelu) M(gelu_tanh, GeluTanh) M(gelu_sigmoid, GeluSigmoid) M(hard_shrink, HardShrink)                       \
  M(soft_shrink, SoftShrink) M(tanh_shrink, TanhShrink) M(threshold, Threshold)
