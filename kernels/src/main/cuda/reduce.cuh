// Reductions of many values to one, in an order that the sizes and layouts alone decide.
//
// An operation says how a thread collects items (Thread, add), what threads, warps and blocks exchange (State, close, merge)
// and what comes out (result). merge always takes the state of lower indices first.
#pragma once
#include "common.cuh"

constexpr int REDUCE_THREADS = 256;
constexpr int WARPS = REDUCE_THREADS / 32;
constexpr u32 FULL = 0xffffffffu;

#define REDUCE_KERNEL extern "C" __global__ void __launch_bounds__(REDUCE_THREADS, 2)

// ---- exchange between the lanes of a warp and the warps of a block

template <class S>
__device__ __forceinline__ S shuffleDown(const S& s, int delta) {
  static_assert(sizeof(S) % 4 == 0, "states are whole words");
  constexpr int N = sizeof(S) / 4;
  u32 words[N];
  memcpy(words, &s, sizeof(S));
#pragma unroll
  for (int i = 0; i < N; i++) words[i] = __shfl_down_sync(FULL, words[i], delta);
  S result;
  memcpy(&result, words, sizeof(S));
  return result;
}

template <class S>
__device__ __forceinline__ S fromLane(const S& s, int lane) {
  constexpr int N = sizeof(S) / 4;
  u32 words[N];
  memcpy(words, &s, sizeof(S));
#pragma unroll
  for (int i = 0; i < N; i++) words[i] = __shfl_sync(FULL, words[i], lane);
  S result;
  memcpy(&result, words, sizeof(S));
  return result;
}

// The merge over a warp; the result is in lane 0.
template <class Op, class S>
__device__ __forceinline__ S warpReduce(S s) {
#pragma unroll
  for (int delta = 16; delta > 0; delta >>= 1) s = Op::merge(s, shuffleDown(s, delta));
  return s;
}

// The merge over a warp, in every lane.
template <class Op, class S>
__device__ __forceinline__ S warpAllReduce(S s) {
  return fromLane(warpReduce<Op>(s), 0);
}

// Short rows share a warp: `width` lanes a row, a power of two.
__device__ __forceinline__ int lanesFor(i64 n) { return n > 16 ? 32 : n > 8 ? 16 : n > 4 ? 8 : 4; }

// The merge over each group of `width` lanes, in every lane of it. All lanes of the warp must come here.
template <class Op, class S>
__device__ __forceinline__ S groupAllReduce(S s, int width) {
#pragma unroll 1
  for (int delta = width >> 1; delta > 0; delta >>= 1) s = Op::merge(s, shuffleDown(s, delta));
  return fromLane(s, (int)(threadIdx.x & 31) & -width);
}

// The merge over a block of REDUCE_THREADS, in every thread: each merges the warps' results in the same order. Ends with a
// barrier, so that `shared` can be used again.
template <class Op, class S>
__device__ __forceinline__ S blockAllReduce(S s, S* shared) {
  s = warpReduce<Op>(s);
  if ((threadIdx.x & 31) == 0) shared[threadIdx.x >> 5] = s;
  __syncthreads();
  S all = shared[0];
#pragma unroll
  for (int w = 1; w < WARPS; w++) all = Op::merge(all, shared[w]);
  __syncthreads();
  return all;
}

// ---- operations that several families use

template <class T>
__device__ __forceinline__ T negativeInfinity();
template <>
__device__ __forceinline__ float negativeInfinity<float>() { return __int_as_float(0xff800000); }
template <>
__device__ __forceinline__ double negativeInfinity<double>() { return __longlong_as_double(0xfff0000000000000ll); }

// For operations whose threads collect in the state itself.
#define COLLECTS_IN_STATE                                                    \
  using Thread = State;                                                      \
  static __device__ __forceinline__ State close(const Thread& t) { return t; }

template <class T>
struct Sum {
  using Item = T;
  using State = T;
  COLLECTS_IN_STATE
  static __device__ __forceinline__ State init() { return T(0); }
  static __device__ __forceinline__ void add(Thread& s, T x, i64) { s += x; }
  static __device__ __forceinline__ State merge(const State& a, const State& b) { return a + b; }
};

// Two sums at once.
template <class T>
struct Pair {
  T first, second;
};
template <class T>
struct PairSum {
  using Item = Pair<T>;
  using State = Pair<T>;
  COLLECTS_IN_STATE
  static __device__ __forceinline__ State init() { return {T(0), T(0)}; }
  static __device__ __forceinline__ void add(Thread& s, Item x, i64) {
    s.first += x.first;
    s.second += x.second;
  }
  static __device__ __forceinline__ State merge(const State& a, const State& b) {
    return {a.first + b.first, a.second + b.second};
  }
};

// ln(sum(e^x)) as the largest x and the sum of e^(x - largest). A NaN turns the sum to NaN for good.
template <class T>
struct LogSum {
  using Item = T;
  struct State {
    T largest, sum;
  };
  COLLECTS_IN_STATE
  static __device__ __forceinline__ State init() { return {negativeInfinity<T>(), T(0)}; }
  // One exponential, and no branch for the lanes of a warp to part at. Equal infinities would give NaN.
  static __device__ __forceinline__ T ratio(T x, T y) { return x == y ? T(1) : exp(-fabs(x - y)); }
  static __device__ __forceinline__ void add(Thread& s, T x, i64) {
    T e = ratio(x, s.largest);
    bool larger = !(x <= s.largest);
    s.sum = larger ? s.sum * e + T(1) : s.sum + e;
    s.largest = larger ? x : s.largest;
  }
  static __device__ __forceinline__ State merge(const State& a, const State& b) {
    T e = ratio(a.largest, b.largest);
    bool larger = !(b.largest <= a.largest);
    return {larger ? b.largest : a.largest, larger ? a.sum * e + b.sum : a.sum + b.sum * e};
  }
  static __device__ __forceinline__ T result(const State& s) { return s.largest + log(s.sum); }
};

// Count, mean and sum of squared deviations. A thread sums deviations from its first item: that item being one of the data,
// the sum of squares about it is at most (items + 1) times the one about the mean, so what cancels is bounded by the few items
// of one thread. States merge by the formula of T. Chan, G. Golub and R. LeVeque, The American Statistician 37(3), 1983.
template <class T>
struct Moments {
  using Item = T;
  struct State {
    T count, mean, squares;
  };
  struct Thread {
    T count, origin, sum, squares;
  };
  static __device__ __forceinline__ Thread init() { return {T(0), T(0), T(0), T(0)}; }
  static __device__ __forceinline__ void add(Thread& t, T x, i64) {
    if (t.count == T(0)) t.origin = x;
    T d = x - t.origin;
    t.count += T(1);
    t.sum += d;
    t.squares += d * d;
  }
  static __device__ __forceinline__ State close(const Thread& t) {
    if (t.count == T(0)) return {T(0), T(0), T(0)};
    T shift = t.sum / t.count;
    T squares = t.squares - t.sum * shift;
    return {t.count, t.origin + shift, squares < T(0) ? T(0) : squares};  // NaN stays
  }
  static __device__ __forceinline__ State merge(const State& a, const State& b) {
    if (b.count == T(0)) return a;
    if (a.count == T(0)) return b;
    T count = a.count + b.count, delta = b.mean - a.mean, share = b.count / count;
    return {count, a.mean + delta * share, a.squares + b.squares + delta * delta * (a.count * share)};
  }
};

// ---- one output's items, or a chunk of them, from a layout

// An item lies in N operands that share the reduced layout; `at` holds an offset in each. The kept layout has the same operands
// and the output after them.

template <int N>
__device__ __forceinline__ void itemOffsets(const Strided<N>& reduced, const i64 (&base)[N + 1], i64 r, i64 (&at)[N]) {
  if (reduced.rank == 1) {  // no division
#pragma unroll
    for (int k = 0; k < N; k++) at[k] = base[k] + r * reduced.stride[k][0];
  } else {
    offsets(reduced, r, at);
#pragma unroll
    for (int k = 0; k < N; k++) at[k] += base[k];
  }
}

// Where items come from: the elements of one array.
template <class T>
struct Elements {
  using Item = T;
  static constexpr int V = 16 / sizeof(T);
  const T* x;
  __device__ __forceinline__ Item item(const i64 (&at)[1]) const { return x[at[0]]; }
  __device__ __forceinline__ bool aligned(i64 base) const { return alignedAfter<T, V>(x, base); }
  __device__ __forceinline__ void items(const i64 (&at)[1], Item (&out)[V]) const {
    Vec<T, V> v = loadVec<T, V>(x + at[0]);
#pragma unroll
    for (int j = 0; j < V; j++) out[j] = v.at[j];
  }
};

// Items [begin, end) collected one by one by a thread of a team: `first`, `first + step`, ...
template <class Op, class Source, int N>
__device__ __forceinline__ typename Op::State collectOneByOne(const Source& source, const i64 (&base)[N + 1],
                                                              const Strided<N>& reduced, i64 begin, i64 end, int first,
                                                                  int step) {
  typename Op::Thread t = Op::init();
  if (reduced.rank == 1) {  // a loop of its own, so that several loads are on their way at once
#pragma unroll 4
    for (i64 r = begin + first; r < end; r += step) {
      i64 at[N];
#pragma unroll
      for (int k = 0; k < N; k++) at[k] = base[k] + r * reduced.stride[k][0];
      Op::add(t, source.item(at), r);
    }
  } else {
#pragma unroll 1
    for (i64 r = begin + first; r < end; r += step) {
      i64 at[N];
      itemOffsets<N>(reduced, base, r, at);
      Op::add(t, source.item(at), r);
    }
  }
  return Op::close(t);
}

// The same by whole vectors where the innermost reduced dimension is made of them (and other operands stand still along it).
template <class Op, class Source, int N>
__device__ __forceinline__ typename Op::State collect(const Source& source, const i64 (&base)[N + 1], const Strided<N>& reduced,
                                                      i64 begin, i64 end, int first, int step) {
  constexpr int V = Source::V;
  bool whole = reduced.stride[0][0] == 1 && reduced.size[0] % V == 0 && (begin % V) == 0 && (end - begin) % V == 0
      && source.aligned(base[0]);
#pragma unroll
  for (int k = 1; k < N; k++) whole = whole && reduced.stride[k][0] == 0;
#pragma unroll
  for (int d = 1; d < MAX_RANK; d++) {
    if (d >= reduced.rank) break;
    whole = whole && reduced.stride[0][d] % V == 0;
  }
  if (!whole) return collectOneByOne<Op, Source, N>(source, base, reduced, begin, end, first, step);
  typename Op::Thread t[V];
#pragma unroll
  for (int j = 0; j < V; j++) t[j] = Op::init();
#pragma unroll 1
  for (i64 r = begin + (i64)first * V; r < end; r += (i64)step * V) {
    i64 at[N];
    itemOffsets<N>(reduced, base, r, at);
    typename Source::Item items[V];
    source.items(at, items);
#pragma unroll
    for (int j = 0; j < V; j++) Op::add(t[j], items[j], r + j);
  }
  typename Op::State s = Op::close(t[0]);
#pragma unroll
  for (int j = 1; j < V; j++) s = Op::merge(s, Op::close(t[j]));
  return s;
}

// ---- the three ways to spread a reduction over a grid, and the second stage

// A task is one chunk of one output (row), or of 32 neighbouring outputs (column). Each hands its state to
// done(output's offset, index of the partial state, state), called by one thread.

template <class Op, class Source, int N, int K, class Done>
__device__ __forceinline__ void reduceRows(const Source& source, i64 outputs, i64 n, i64 chunk, i64 chunks,
    const Strided<K>& kept,
                                           const Strided<N>& reduced, Done done) {
  __shared__ typename Op::State shared[WARPS];
#pragma unroll 1
  for (i64 task = blockIdx.x; task < outputs * chunks; task += gridDim.x) {
    i64 output = chunks == 1 ? task : task / chunks;
    i64 begin = (task - output * chunks) * chunk;
    i64 end = begin + chunk < n ? begin + chunk : n;
    i64 base[K];
    offsets(kept, output, base);
    auto s = collect<Op, Source, N>(source, base, reduced, begin, end, threadIdx.x, REDUCE_THREADS);
    s = blockAllReduce<Op>(s, shared);
    if (threadIdx.x == 0) done(base[K - 1], task, s);
  }
}

template <class Op, class Source, int N, int K, class Done>
__device__ __forceinline__ void reduceWarps(const Source& source, i64 outputs, i64 n, const Strided<K>& kept,
                                            const Strided<N>& reduced, Done done) {
  int lane = threadIdx.x & 31;
#pragma unroll 1
  for (i64 output = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); output < outputs; output += (i64)gridDim.x * WARPS) {
    i64 base[K];
    offsets(kept, output, base);
    auto s = warpReduce<Op>(collect<Op, Source, N>(source, base, reduced, 0, n, lane, 32));
    if (lane == 0) done(base[K - 1], output, s);
  }
}

template <class Op, class Source, int N, int K, class Done>
__device__ __forceinline__ void reduceColumns(const Source& source, i64 outputs, i64 n, i64 chunk, i64 chunks,
                                              const Strided<K>& kept, const Strided<N>& reduced, Done done) {
  __shared__ typename Op::State shared[WARPS][32];
  int column = threadIdx.x & 31, part = threadIdx.x >> 5;
  i64 tiles = (outputs + 31) / 32;
#pragma unroll 1
  for (i64 task = blockIdx.x; task < tiles * chunks; task += gridDim.x) {
    i64 tile = chunks == 1 ? task : task / chunks;
    i64 turn = task - tile * chunks;
    i64 begin = turn * chunk;
    i64 end = begin + chunk < n ? begin + chunk : n;
    i64 output = tile * 32 + column;
    i64 base[K] = {};
    if (output < outputs) {
      offsets(kept, output, base);
      shared[part][column] = collectOneByOne<Op, Source, N>(source, base, reduced, begin, end, part, WARPS);
    }
    __syncthreads();
    if (part == 0 && output < outputs) {
      auto s = shared[0][column];
#pragma unroll
      for (int p = 1; p < WARPS; p++) s = Op::merge(s, shared[p][column]);
      done(base[K - 1], output * chunks + turn, s);
    }
    __syncthreads();
  }
}

// Merges the chunks of each output, one warp an output; the state is in every lane. Neighbouring chunks go to neighbouring lanes.
template <class Op>
__device__ __forceinline__ typename Op::State mergeChunks(const typename Op::State* partials, i64 output, i64 chunks) {
  int lane = threadIdx.x & 31;
  auto s = Op::close(Op::init());
#pragma unroll 1
  for (i64 c = lane; c < chunks; c += 32) s = Op::merge(s, partials[output * chunks + c]);
  return warpAllReduce<Op>(s);
}
