// norm: normalisation of rows (layer norm, RMS norm, group norm), and the gradients of every normalisation's parameters.
// float32 and float64; arrays contiguous. Layer norm: J. Ba et al., 2016; RMS norm: B. Zhang and R. Sennrich, 2019; group norm:
// Y. Wu and K. He, 2018.
//
// layer_norm_T_PATH(x, gamma, beta, y, mean, inv_std, rows, n, epsilon)       y = gamma (x - mean) inv_std + beta for each row
// layer_norm_grad_T_PATH(x, dy, gamma, mean, inv_std, dx, rows, n)            of x[rows, n], biased variance
//     with g = gamma dy and h = (x - mean) inv_std: dx = inv_std (g - mean(g) - h mean(g h))
// rms_norm_T_PATH(x, gamma, y, inv_std, rows, n, epsilon)                     y = gamma x inv_std, 1 / sqrt(mean(x^2) + epsilon)
// rms_norm_grad_T_PATH(x, dy, gamma, inv_std, dx, rows, n)                    dx = inv_std (g - h mean(g h)), h = x inv_std
// group_norm_T_PATH(x, gamma, beta, y, mean, inv_std, epsilon, groups)        layer norm of the groups of channels of a sample;
// group_norm_grad_T_PATH(x, dy, gamma, mean, inv_std, dx, groups)             gamma, beta [channels]; mean, inv_std [rows]
//     `groups` tells where elements lie, in NCHW or channels-last order; Java's class Groups writes it
// gamma, beta, and in the forward kernels mean and inv_std may be null; y may be x, dx may be dy or x.
//   _warp    one warp a row, 8 rows a block: rows up to 1024 or so, which stay in the L1 cache between the two passes
//   _block   one block of 256 a row: long rows
//
// norm_sums_T_PATH(x, dy, mean, inv_std, partials, outputs, n, chunk, chunks, kept, reduced)
//     per channel (output), over its n elements: the states (sum(dy h), sum(dy)) of each chunk; mean may be null. Operands of
//     both layouts: x (and dy, which lies alike), the statistics; `kept` has the channel's own index third. PATH row or column,
//     see reduce.cu; ReducePlan.setChannels plans it
// norm_sums_T_final(partials, dgamma, dbeta, outputs, chunks)     dgamma = sum(dy h), dbeta = sum(dy); each may be null
// Launch: rows / 8 or rows blocks of 256; norm_sums as reduce; loops over what the grid lacks.
// Bytes moved per element: 2 sizeof(T) forward, 3 sizeof(T) backward (with the second pass in the cache), 2 sizeof(T)
// for the sums.
#include "reduce.cuh"

// ---- where the elements of a row lie, and which channel each belongs to

// Rows of a matrix: element k is channel k.
struct Rows {
  i64 rows, n;
  struct Place {
    i64 at, channel;
  };
  struct Row {
    i64 base;
    __device__ __forceinline__ Place place(i64 k) const { return {base + k, k}; }
  };
  __device__ __forceinline__ i64 rowCount() const { return rows; }
  __device__ __forceinline__ i64 size() const { return n; }
  __device__ __forceinline__ Row row(i64 r) const { return {r * n}; }
};

// Groups of channels of each sample. An element's number k within its group is cut by `fast`, the length of the run that is
// contiguous in memory: positions of one channel (NCHW), or channels of one position (channels-last).
struct Groups {
  i64 samples, groups, perGroup, positions;
  Divisor fast;
  i64 channelsLast;
  using Place = Rows::Place;
  struct Row {
    i64 base, slow, firstChannel;
    bool last;
    Divisor fast;
    __device__ __forceinline__ Place place(i64 k) const {
      i64 q = divide(k, fast), rest = k - q * fast.value;
      return {base + q * slow + rest, firstChannel + (last ? rest : q)};
    }
  };
  __device__ __forceinline__ i64 rowCount() const { return samples * groups; }
  __device__ __forceinline__ i64 size() const { return perGroup * positions; }
  __device__ __forceinline__ Row row(i64 r) const {
    i64 sample = r / groups, group = r - sample * groups;
    if (channelsLast) {
      i64 channels = groups * perGroup;
      return {sample * positions * channels + group * perGroup, channels, group * perGroup, true, fast};
    }
    return {r * perGroup * positions, positions, group * perGroup, false, fast};
  }
};

// ---- what is done with a row

template <class T>
struct MeanSquare : Sum<T> {
  static __device__ __forceinline__ void add(T& s, T x, i64) { s += x * x; }
};

template <class T>
__device__ __forceinline__ T parameter(const T* p, i64 channel, T absent) {
  return p == nullptr ? absent : p[channel];
}

template <class T, bool RMS>
struct Forward {
  const T *x, *gamma, *beta;
  T *y, *mean, *invStd;
  T epsilon;
  struct Statistics {
    T mean, invStd;
  };
  template <class Row, class Team>
  __device__ __forceinline__ void run(i64 r, const Row& row, i64 n, const Team& team) const {
    Statistics s;
    if constexpr (RMS) {
      T t = T(0);
#pragma unroll 4
      for (i64 k = team.first; k < n; k += team.step) MeanSquare<T>::add(t, x[row.place(k).at], k);
      s = {T(0), T(1) / sqrt(team.template all<MeanSquare<T>>(t) / T(n) + epsilon)};
    } else {
      using Op = Moments<T>;
      auto t = Op::init();
#pragma unroll 4
      for (i64 k = team.first; k < n; k += team.step) Op::add(t, x[row.place(k).at], k);
      auto m = team.template all<Op>(Op::close(t));
      s = {m.mean, T(1) / sqrt(m.squares / T(n) + epsilon)};
    }
    if (team.first == 0) {
      if (mean != nullptr) mean[r] = s.mean;
      if (invStd != nullptr) invStd[r] = s.invStd;
    }
#pragma unroll 4
    for (i64 k = team.first; k < n; k += team.step) {
      auto p = row.place(k);
      y[p.at] = (x[p.at] - s.mean) * s.invStd * parameter(gamma, p.channel, T(1)) + parameter(beta, p.channel, T(0));
    }
  }
};

template <class T, bool RMS>
struct Backward {
  const T *x, *dy, *gamma, *mean, *invStd;
  T* dx;
  template <class Row, class Team>
  __device__ __forceinline__ void run(i64 r, const Row& row, i64 n, const Team& team) const {
    T m = RMS ? T(0) : mean[r], inv = invStd[r];
    Pair<T> t = {T(0), T(0)};
#pragma unroll 4
    for (i64 k = team.first; k < n; k += team.step) {
      auto p = row.place(k);
      T g = dy[p.at] * parameter(gamma, p.channel, T(1));
      PairSum<T>::add(t, {g, g * (x[p.at] - m) * inv}, k);
    }
    t = team.template all<PairSum<T>>(t);
    T meanG = RMS ? T(0) : t.first / T(n), meanGh = t.second / T(n);
#pragma unroll 4
    for (i64 k = team.first; k < n; k += team.step) {
      auto p = row.place(k);
      T g = dy[p.at] * parameter(gamma, p.channel, T(1));
      dx[p.at] = inv * (g - meanG - (x[p.at] - m) * inv * meanGh);
    }
  }
};

// ---- who does it

struct WarpTeam {
  int first, step;
  template <class Op, class S>
  __device__ __forceinline__ S all(const S& s) const { return warpAllReduce<Op>(s); }
};
template <class Shared>
struct BlockTeam {
  int first, step;
  Shared* shared;
  template <class Op, class S>
  __device__ __forceinline__ S all(const S& s) const {
    static_assert(sizeof(S) <= sizeof(Shared), "room for a warp's state");
    return blockAllReduce<Op>(s, reinterpret_cast<S*>(shared));
  }
};

template <class Map, class Work>
__device__ __forceinline__ void byWarps(const Map& map, const Work& work) {
  WarpTeam team = {(int)(threadIdx.x & 31), 32};
#pragma unroll 1
  for (i64 r = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); r < map.rowCount(); r += (i64)gridDim.x * WARPS) {
    work.run(r, map.row(r), map.size(), team);
  }
}

template <class T, class Map, class Work>
__device__ __forceinline__ void byBlocks(const Map& map, const Work& work) {
  using Shared = typename Moments<T>::State;
  __shared__ Shared shared[WARPS];
  BlockTeam<Shared> team = {(int)threadIdx.x, REDUCE_THREADS, shared};
#pragma unroll 1
  for (i64 r = blockIdx.x; r < map.rowCount(); r += gridDim.x) work.run(r, map.row(r), map.size(), team);
}

// ---- sums for the gradients of gamma and beta

template <class T>
struct Gradients {
  using Item = Pair<T>;
  static constexpr int V = 16 / sizeof(T);
  const T *x, *dy, *mean, *invStd;
  __device__ __forceinline__ Item of(T x, T dy, i64 statistic) const {
    return {dy * ((x - parameter(mean, statistic, T(0))) * invStd[statistic]), dy};
  }
  __device__ __forceinline__ Item item(const i64 (&at)[2]) const { return of(x[at[0]], dy[at[0]], at[1]); }
  __device__ __forceinline__ bool aligned(i64 base) const { return alignedAfter<T, V>(x, base) && alignedAfter<T, V>(dy, base); }
  __device__ __forceinline__ void items(const i64 (&at)[2], Item (&out)[V]) const {
    Vec<T, V> xs = loadVec<T, V>(x + at[0]), dys = loadVec<T, V>(dy + at[0]);
#pragma unroll
    for (int j = 0; j < V; j++) out[j] = of(xs.at[j], dys.at[j], at[1]);
  }
};

template <class T>
__device__ __forceinline__ void finishSums(const Pair<T>* partials, T* dgamma, T* dbeta, i64 outputs, i64 chunks) {
#pragma unroll 1
  for (i64 o = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); o < outputs; o += (i64)gridDim.x * WARPS) {
    Pair<T> s = mergeChunks<PairSum<T>>(partials, o, chunks);
    if ((threadIdx.x & 31) != 0) continue;
    if (dgamma != nullptr) dgamma[o] = s.first;
    if (dbeta != nullptr) dbeta[o] = s.second;
  }
}

#define COMMA ,
#define PATHS(NAME, S, T, MAP, WORK, ...)                                                  \
  REDUCE_KERNEL NAME##_##S##_warp(__VA_ARGS__) { byWarps(MAP, WORK); }                      \
  REDUCE_KERNEL NAME##_##S##_block(__VA_ARGS__) { byBlocks<T>(MAP, WORK); }
#define KERNELS(S, T)                                                                                                            \
  PATHS(layer_norm, S, T, Rows{rows COMMA n}, Forward<T COMMA false>{x COMMA gamma COMMA beta COMMA y COMMA mean COMMA inv_std \
        COMMA epsilon}, const T* x, const T* gamma, const T* beta, T* y, T* mean, T* inv_std, i64 rows, i64 n, T epsilon) \
  PATHS(layer_norm_grad, S, T, Rows{rows COMMA n}, Backward<T COMMA false>{x COMMA dy COMMA gamma COMMA mean COMMA inv_std \
        COMMA dx}, const T* x, const T* dy, const T* gamma, const T* mean, const T* inv_std, T* dx, i64 rows, i64 n) \
  PATHS(rms_norm, S, T, Rows{rows COMMA n}, \
      Forward<T COMMA true>{x COMMA gamma COMMA nullptr COMMA y COMMA nullptr COMMA inv_std \
        COMMA epsilon}, const T* x, const T* gamma, T* y, T* inv_std, i64 rows, i64 n, T epsilon) \
  PATHS(rms_norm_grad, S, T, Rows{rows COMMA n}, Backward<T COMMA true>{x COMMA dy COMMA gamma COMMA nullptr COMMA inv_std \
        COMMA dx}, const T* x, const T* dy, const T* gamma, const T* inv_std, T* dx, i64 rows, i64 n) \
  PATHS(group_norm, S, T, groups, Forward<T COMMA false>{x COMMA gamma COMMA beta COMMA y COMMA mean COMMA inv_std \
        COMMA epsilon}, \
        const T* x, const T* gamma, const T* beta, T* y, T* mean, T* inv_std, T epsilon, const __grid_constant__ Groups groups) \
  PATHS(group_norm_grad, S, T, groups, Backward<T COMMA false>{x COMMA dy COMMA gamma COMMA mean COMMA inv_std COMMA dx}, \
        const T* x, const T* dy, const T* gamma, const T* mean, const T* inv_std, T* dx, const __grid_constant__ Groups groups) \
  REDUCE_KERNEL norm_sums_##S##_row(const T* x, const T* dy, const T* mean, const T* inv_std, Pair<T>* partials, i64 outputs, \
                                    i64 n, i64 chunk, i64 chunks, const __grid_constant__ Strided<3> kept, \
                                    const __grid_constant__ Strided<2> reduced) { \
    reduceRows<PairSum<T>>(Gradients<T>{x, dy, mean, inv_std}, outputs, n, chunk, chunks, kept, reduced, \
                           [=](i64, i64 partial, const Pair<T>& s) { partials[partial] = s; }); \
  } \
  REDUCE_KERNEL norm_sums_##S##_column(const T* x, const T* dy, const T* mean, const T* inv_std, Pair<T>* partials, i64 outputs, \
                                       i64 n, i64 chunk, i64 chunks, const __grid_constant__ Strided<3> kept, \
                                       const __grid_constant__ Strided<2> reduced) { \
    reduceColumns<PairSum<T>>(Gradients<T>{x, dy, mean, inv_std}, outputs, n, chunk, chunks, kept, reduced, \
                              [=](i64, i64 partial, const Pair<T>& s) { partials[partial] = s; }); \
  } \
  REDUCE_KERNEL norm_sums_##S##_final(const Pair<T>* partials, T* dgamma, T* dbeta, i64 outputs, i64 chunks) { \
    finishSums<T>(partials, dgamma, dbeta, outputs, chunks); \
  }

KERNELS(f32, float)
KERNELS(f64, double)
