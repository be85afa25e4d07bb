// cross_entropy: softmax cross-entropy from logits x[outer, classes, inner] (contiguous), with its gradient in the same pass.
// With target weights q[k] of a row, and p = softmax(x):
//   loss = -sum(q[k] ln p[k]) * scale        dx[k] = (p[k] sum(q) - q[k]) * scale
// scale = 1 / *denominator, or 1 where that is null.
//   index targets (int32, int64)[outer, inner]: q[k] = weight[k] ((1 - smoothing) [k = target] + smoothing / classes); the row is
//   skipped (loss and gradient 0) where target = ignored (the least int64: none is); another target outside [0, classes) gives
//   NaN and is reported in errors, as indexing.cu says: an int32 that becomes 1, four unused bytes, and two int64, the target and
//   the number of classes
//   dense targets t[outer, classes, inner]: q[k] = weight[k] (t[k] (1 - smoothing) + smoothing / classes)
//
// cross_entropy_TARGET_T_PATH(x, target, weight, denominator, loss, dx, errors, outer, classes, inner, ignored, smoothing)
//   TARGET is i32, i64 or dense; weight, denominator, dx, errors may be null; loss[outer, inner]; dx may be x
//   _warp    one warp a row, or 4, 8, 16 lanes for few classes: up to 1024 classes or so
//   _block   one block of 256 a row: more classes
// cross_entropy_denominator_TARGET_T(target, weight, out, rows, classes, ignored)   TARGET i32 or i64, one block of 256:
//   out = the sum of weight[target] over the rows that are not ignored, what the mean divides by; targets out of range count 0
// Launch: rows / 8 or rows blocks of 256 threads, rows = outer * inner; loops over what the grid lacks.
// Bytes moved per logit: 2 sizeof(T) with the gradient, sizeof(T) without (plus sizeof(T) for dense targets).
#include "reduce.cuh"

// A row's sums: the logarithm of sum(e^x), sum(q) and sum(q x).
template <class T>
struct RowSums {
  struct State {
    typename LogSum<T>::State exponentials;
    Pair<T> weights;
  };
  static __device__ __forceinline__ State merge(const State& a, const State& b) {
    return {LogSum<T>::merge(a.exponentials, b.exponentials), PairSum<T>::merge(a.weights, b.weights)};
  }
};

template <class T>
struct Row {
  const T* x;
  T* dx;
  const T* weight;
  i64 stride, classes;
  T smoothing, scale;
  __device__ __forceinline__ T factor(i64 k) const { return weight == nullptr ? T(1) : weight[k]; }
};

// A target's weight q of a class, and how the loss is split for accuracy: `spread` is the part of q summed over all classes, the
// rest stands at one class, whose logit is compared with the largest directly.
template <class T>
struct IndexTarget {
  i64 target;
  __device__ __forceinline__ T spread(const Row<T>& r, i64 k) const { return r.factor(k) * (r.smoothing / T(r.classes)); }
  __device__ __forceinline__ T peak(const Row<T>& r) const { return r.factor(target) * (T(1) - r.smoothing); }
  __device__ __forceinline__ T logit(const Row<T>& r) const { return r.x[target * r.stride]; }
  __device__ __forceinline__ bool at(i64 k) const { return k == target; }
};
template <class T>
struct DenseTarget {
  const T* t;
  __device__ __forceinline__ T spread(const Row<T>& r, i64 k) const {
    return r.factor(k) * (t[k * r.stride] * (T(1) - r.smoothing) + r.smoothing / T(r.classes));
  }
  __device__ __forceinline__ T peak(const Row<T>&) const { return T(0); }
  __device__ __forceinline__ T logit(const Row<T>&) const { return T(0); }
  __device__ __forceinline__ bool at(i64) const { return false; }
};

// What becomes of a row: it may be one past the end (its lanes take part in exchanges only), skipped, or wrong.
enum class Fate { ABSENT, COUNTED, SKIPPED, WRONG };

// One row by the threads first, first + step, ... of a team whose states `all` merges into every thread.
template <class T, class Target, class All>
__device__ __forceinline__ void crossEntropyRow(const Row<T>& r, const Target& target, Fate fate, T* loss, int first, int step,
                                                All all) {
  // Read before `all` orders these reads before the writes, as dx may be x. Sums of q x are about the first logit: a common
  // shift of all logits cancels exactly.
  bool counted = fate == Fate::COUNTED;
  T peak = T(0), logit = T(0), origin = T(0);
  typename RowSums<T>::State s = {LogSum<T>::init(), PairSum<T>::init()};
  if (counted) {
    peak = target.peak(r);
    logit = target.logit(r);
    origin = r.x[0];
    if (!(fabs(origin) < -negativeInfinity<T>())) origin = T(0);
#pragma unroll 2
    for (i64 k = first; k < r.classes; k += step) {
      T x = r.x[k * r.stride], q = target.spread(r, k);
      LogSum<T>::add(s.exponentials, x, k);
      s.weights.first += q;
      if (q != T(0)) s.weights.second += q * (x - origin);  // a class of weight 0 may have a logit of minus infinity
    }
  }
  s = all(s);
  if (fate == Fate::ABSENT) return;
  if (!counted) {
    T value = fate == Fate::SKIPPED ? T(0) : T(0) / T(0);
    if (first == 0) *loss = value;
    if (r.dx == nullptr) return;
#pragma unroll 1
    for (i64 k = first; k < r.classes; k += step) r.dx[k * r.stride] = value;
    return;
  }
  T spread = s.weights.first, largest = s.exponentials.largest, logarithm = log(s.exponentials.sum);
  if (first == 0) {
    T value = peak == T(0) ? T(0) : peak * ((largest - logit) + logarithm);
    if (spread != T(0)) value += spread * ((largest - origin) + logarithm) - s.weights.second;
    *loss = value * r.scale;
  }
  if (r.dx == nullptr) return;
  T total = peak + spread;
#pragma unroll 2
  for (i64 k = first; k < r.classes; k += step) {
    T p = exp(r.x[k * r.stride] - largest - logarithm);
    T q = target.spread(r, k) + (target.at(k) ? peak : T(0));
    r.dx[k * r.stride] = (p * total - q) * r.scale;
  }
}

// As `ignored`: no row is skipped, not even one whose target is this number.
constexpr i64 NOTHING_IGNORED = (i64) 0x8000000000000000ull;

template <bool DENSE, bool WARP, class T, class I>
__device__ __forceinline__ void crossEntropy(const T* x, const I* targets, const T* weight, const T* denominator, T* loss, T* dx,
                                             int* errors, i64 outer, i64 classes, i64 inner, i64 ignored, T smoothing) {
  using State = typename RowSums<T>::State;
  __shared__ State shared[WARP ? 1 : WARPS];
  int step = WARP ? lanesFor(classes) : REDUCE_THREADS;
  int first = threadIdx.x & (step - 1);
  i64 perTeam = WARP ? 32 / step : 1, perBlock = WARP ? WARPS * perTeam : 1;
  auto all = [&](const State& s) {
    if constexpr (WARP) {
      State merged = groupAllReduce<RowSums<T>>(s, step);
      __syncwarp();
      return merged;
    } else return blockAllReduce<RowSums<T>>(s, shared);
  };
  T scale = denominator == nullptr ? T(1) : T(1) / *denominator;
  i64 rows = outer * inner;
  // The loop runs while the warp (or block) has a row at all: every lane comes to the exchange.
#pragma unroll 1
  for (i64 team = blockIdx.x * perBlock + (WARP ? (threadIdx.x >> 5) * perTeam : 0); team < rows; team += gridDim.x * perBlock) {
    i64 index = team + (WARP ? (threadIdx.x & 31) / step : 0);
    i64 o = inner == 1 ? index : index / inner;
    i64 at = o * classes * inner + (index - o * inner);
    Row<T> r = {x + at, dx == nullptr ? nullptr : dx + at, weight, inner, classes, smoothing, scale};
    Fate fate = index < rows ? Fate::COUNTED : Fate::ABSENT;
    if constexpr (DENSE) {
      crossEntropyRow(r, DenseTarget<T>{targets + at}, fate, loss + index, first, step, all);
    } else {
      i64 target = index < rows ? targets[index] : 0;
      if (index < rows && target == ignored && ignored != NOTHING_IGNORED) {
        fate = Fate::SKIPPED;
      } else if (index < rows && (target < 0 || target >= classes)) {
        fate = Fate::WRONG;
        if (first == 0 && errors != nullptr && atomicOr(errors, 1) == 0) {
          i64* report = reinterpret_cast<i64*>(errors);
          report[1] = target;
          report[2] = classes;
        }
      }
      crossEntropyRow(r, IndexTarget<T>{target}, fate, loss + index, first, step, all);
    }
  }
}

#define KERNEL(NAME, DENSE, WARP, T, I)                                                                                       \
  REDUCE_KERNEL NAME(const T* x, const I* target, const T* weight, const T* denominator, T* loss, T* dx, int* errors,          \
                     i64 outer, i64 classes, i64 inner, i64 ignored, T smoothing) {                                            \
    crossEntropy<DENSE, WARP, T, I>(x, target, weight, denominator, loss, dx, errors, outer, classes, inner, ignored, \
        smoothing); \
  }
#define KERNELS(S, T)                                                  \
  KERNEL(cross_entropy_i32_##S##_warp, false, true, T, int)            \
  KERNEL(cross_entropy_i32_##S##_block, false, false, T, int)          \
  KERNEL(cross_entropy_i64_##S##_warp, false, true, T, i64)            \
  KERNEL(cross_entropy_i64_##S##_block, false, false, T, i64)          \
  KERNEL(cross_entropy_dense_##S##_warp, true, true, T, T)             \
  KERNEL(cross_entropy_dense_##S##_block, true, false, T, T)

KERNELS(f32, float)
KERNELS(f64, double)

#define DENOMINATOR(I, TI, S, T)                                                                                              \
  REDUCE_KERNEL cross_entropy_denominator_##I##_##S(const TI* target, const T* weight, T* out, i64 rows, i64 classes,          \
                                                    i64 ignored) {                                                             \
    __shared__ T shared[WARPS];                                                                                                \
    T sum = T(0);                                                                                                              \
    _Pragma("unroll 4") for (i64 r = threadIdx.x; r < rows; r += REDUCE_THREADS) {                                             \
      i64 t = target[r];                                                                                                       \
      if (t != ignored && t >= 0 && t < classes) sum += weight == nullptr ? T(1) : weight[t];                                  \
    }                                                                                                                          \
    sum = blockAllReduce<Sum<T>>(sum, shared);                                                                                 \
    if (threadIdx.x == 0) *out = sum;                                                                                          \
  }
DENOMINATOR(i32, int, f32, float)
DENOMINATOR(i64, i64, f32, float)
DENOMINATOR(i32, int, f64, double)
DENOMINATOR(i64, i64, f64, double)
