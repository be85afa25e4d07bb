// reduce: one result from the elements along any set of axes. sum, prod, max, min, arg_max, arg_min over float32, float64, int32,
// int64; mean, l1, l2 (norms), log_sum_exp, variance over the floats; any, all over bool. NaN propagates; arg_max and arg_min
// give the int64 index along the reduced axes, row-major, the first of equals, and NaN wins. Over nothing: 0, 1, NaN for the
// mean, minus infinity for log_sum_exp, the type's smallest for max (largest for min), -1 for arg.
//
// reduce_OP_T_row(x, out, partials, outputs, n, chunk, chunks, correction, kept, reduced)
//   one block of 256 for each chunk of each output; for long reductions, best along contiguous elements (16-byte accesses)
// reduce_OP_T_warp(the same)       one warp an output, chunks = 1: short rows
// reduce_OP_T_column(the same)     one block for each chunk of 32 outputs, 8 threads an output: where neighbouring outputs,
//                                  rather than the reduced elements, are neighbours in memory
// reduce_OP_T_final(partials, out, outputs, n, chunks, correction, kept)     the second stage, one warp an output
// `kept` holds the strides of x and out over the outputs, `reduced` those of x over the n elements of one output. With partials
// null (chunks = 1) the result goes to out; otherwise each chunk's state goes to partials[output, chunk]. `correction`: variance
// divides by n - correction.
// Java's ReducePlan chooses path and chunks from the sizes alone: the same bits on every GPU, no atomics.
// Launch: tasks (outputs * chunks, or tiles of 32 outputs * chunks) blocks, or an eighth of the outputs; 256 threads; loops over
// what the grid lacks. Bytes moved per input element: sizeof(T).
#include "reduce.cuh"

template <class T>
struct Limits;
template <>
struct Limits<int> {
  static __device__ __forceinline__ int low() { return (int)0x80000000; }
  static __device__ __forceinline__ int high() { return 0x7fffffff; }
};
template <>
struct Limits<i64> {
  static __device__ __forceinline__ i64 low() { return (i64)0x8000000000000000ull; }
  static __device__ __forceinline__ i64 high() { return 0x7fffffffffffffffll; }
};
template <>
struct Limits<float> {
  static __device__ __forceinline__ float low() { return negativeInfinity<float>(); }
  static __device__ __forceinline__ float high() { return -negativeInfinity<float>(); }
};
template <>
struct Limits<double> {
  static __device__ __forceinline__ double low() { return negativeInfinity<double>(); }
  static __device__ __forceinline__ double high() { return -negativeInfinity<double>(); }
};

// A sum that wraps for integers and says what comes out.
template <class T, class Finish>
struct SumThen : Sum<T> {
  using Out = T;
  static __device__ __forceinline__ T result(T s, i64 n, i64) { return Finish::of(s, n); }
};
struct Plain {
  template <class T>
  static __device__ __forceinline__ T of(T s, i64) { return s; }
};
struct OverN {
  template <class T>
  static __device__ __forceinline__ T of(T s, i64 n) { return s / T(n); }
};
template <class T>
using Total = SumThen<T, Plain>;
template <class T>
using Mean = SumThen<T, OverN>;

template <class T>
struct L1 : SumThen<T, Plain> {
  static __device__ __forceinline__ void add(T& s, T x, i64) { s += fabs(x); }
};
template <class T>
struct L2 : Sum<T> {
  using Out = T;
  static __device__ __forceinline__ void add(T& s, T x, i64) { s += x * x; }
  static __device__ __forceinline__ T result(T s, i64, i64) { return sqrt(s); }
};

#define SIMPLE(NAME, INIT, MERGE)                                                                   \
  template <class T>                                                                                \
  struct NAME {                                                                                     \
    using Item = T;                                                                                 \
    using State = T;                                                                                \
    using Out = T;                                                                                  \
    COLLECTS_IN_STATE                                                                               \
    static __device__ __forceinline__ T init() { return INIT; }                                     \
    static __device__ __forceinline__ T merge(const T& a, const T& b) { return MERGE; }             \
    static __device__ __forceinline__ void add(T& s, T x, i64) { s = merge(s, x); }                 \
    static __device__ __forceinline__ T result(T s, i64, i64) { return s; }                         \
  };
SIMPLE(Product, T(1), a * b)
SIMPLE(Max, Limits<T>::low(), a > b || a != a ? a : b)
SIMPLE(Min, Limits<T>::high(), a < b || a != a ? a : b)

// The best element and where it stands; index -1 before the first.
template <class T, bool LARGEST>
struct Arg {
  using Item = T;
  using Out = i64;
  struct State {
    i64 index;
    T value;
  };
  COLLECTS_IN_STATE
  static __device__ __forceinline__ State init() { return {-1, T(0)}; }
  static __device__ __forceinline__ bool beats(T x, i64 i, const State& s) {
    if (s.index < 0) return true;
    bool xNan = x != x, sNan = s.value != s.value;
    if (xNan || sNan) return xNan && (!sNan || i < s.index);
    return (LARGEST ? x > s.value : x < s.value) || (x == s.value && i < s.index);
  }
  static __device__ __forceinline__ void add(Thread& s, T x, i64 i) {
    if (beats(x, i, s)) s = {i, x};
  }
  static __device__ __forceinline__ State merge(const State& a, const State& b) {
    return b.index >= 0 && beats(b.value, b.index, a) ? b : a;
  }
  static __device__ __forceinline__ i64 result(const State& s, i64, i64) { return s.index; }
};
template <class T>
using ArgMax = Arg<T, true>;
template <class T>
using ArgMin = Arg<T, false>;

template <class T>
struct LogSumExp : LogSum<T> {
  using Out = T;
  static __device__ __forceinline__ T result(const typename LogSum<T>::State& s, i64, i64) { return LogSum<T>::result(s); }
};

template <class T>
struct Variance : Moments<T> {
  using Out = T;
  static __device__ __forceinline__ T result(const typename Moments<T>::State& s, i64 n, i64 correction) {
    return s.squares / T(n - correction);
  }
};

template <class T, bool ALL>
struct Truth {
  using Item = Bool;
  using State = u32;
  using Out = Bool;
  COLLECTS_IN_STATE
  static __device__ __forceinline__ u32 init() { return ALL ? 1 : 0; }
  static __device__ __forceinline__ u32 merge(const u32& a, const u32& b) { return ALL ? a & b : a | b; }
  static __device__ __forceinline__ void add(u32& s, Bool x, i64) { s = merge(s, x.bits); }
  static __device__ __forceinline__ Bool result(u32 s, i64, i64) {
    Bool b;
    b.bits = (unsigned char)s;
    return b;
  }
};
template <class T>
using Any = Truth<T, false>;
template <class T>
using All = Truth<T, true>;

#define PARAMETERS(OP, T)                                                                                              \
  const T *x, OP<T>::Out *out, OP<T>::State *partials, i64 n_outputs, i64 n, i64 chunk, i64 chunks, i64 correction,     \
      const __grid_constant__ Strided<2> kept, const __grid_constant__ Strided<1> reduced
#define DONE(OP, T)                                                   \
  [=](i64 at, i64 partial, const OP<T>::State& s) {                   \
    if (partials != nullptr) partials[partial] = s;                   \
    else out[at] = OP<T>::result(s, n, correction);                   \
  }

#define KERNELS(NAME, OP, S, T)                                                                                        \
  REDUCE_KERNEL reduce_##NAME##_##S##_row(PARAMETERS(OP, T)) {                                                          \
    reduceRows<OP<T>>(Elements<T>{x}, n_outputs, n, chunk, chunks, kept, reduced, DONE(OP, T));                         \
  }                                                                                                                     \
  REDUCE_KERNEL reduce_##NAME##_##S##_warp(PARAMETERS(OP, T)) {                                                         \
    reduceWarps<OP<T>>(Elements<T>{x}, n_outputs, n, kept, reduced, DONE(OP, T));                                       \
  }                                                                                                                     \
  REDUCE_KERNEL reduce_##NAME##_##S##_column(PARAMETERS(OP, T)) {                                                       \
    reduceColumns<OP<T>>(Elements<T>{x}, n_outputs, n, chunk, chunks, kept, reduced, DONE(OP, T));                      \
  }                                                                                                                     \
  REDUCE_KERNEL reduce_##NAME##_##S##_final(const OP<T>::State* partials, OP<T>::Out* out, i64 n_outputs, i64 n,        \
                                            i64 chunks, i64 correction, const __grid_constant__ Strided<2> kept) {      \
    _Pragma("unroll 1") for (i64 o = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); o < n_outputs;                       \
                             o += (i64)gridDim.x * WARPS) {                                                             \
      auto s = mergeChunks<OP<T>>(partials, o, chunks);                                                                 \
      i64 at[2];                                                                                                        \
      offsets(kept, o, at);                                                                                             \
      if ((threadIdx.x & 31) == 0) out[at[1]] = OP<T>::result(s, n, correction);                                        \
    }                                                                                                                   \
  }
#define FLOATS(NAME, OP) KERNELS(NAME, OP, f32, float) KERNELS(NAME, OP, f64, double)
#define NUMBERS(NAME, OP) FLOATS(NAME, OP) KERNELS(NAME, OP, i32, int) KERNELS(NAME, OP, i64, i64)

NUMBERS(sum, Total)
NUMBERS(prod, Product)
NUMBERS(max, Max)
NUMBERS(min, Min)
NUMBERS(arg_max, ArgMax)
NUMBERS(arg_min, ArgMin)
FLOATS(mean, Mean)
FLOATS(l1, L1)
FLOATS(l2, L2)
FLOATS(log_sum_exp, LogSumExp)
FLOATS(variance, Variance)
KERNELS(any, Any, bool, Bool)
KERNELS(all, All, bool, Bool)
