// batch_norm: normalisation per channel of x[outer, channels, inner] (contiguous; inner = 1 for channels-last), float32, float64.
// Formulas: S. Ioffe and C. Szegedy, ICML 2015; the running variance is the unbiased one, as PyTorch keeps it.
//
// Training: reduce_variance_T_PATH writes the channels' states to a workspace (ReducePlan.setChannels), then
//   batch_norm_finish_T(states, mean, inv_std, running_mean, running_variance, channels, n, chunks, momentum, epsilon)
//     mean and 1 / sqrt(variance + epsilon) per channel over its n elements; running estimates (or null) move by momentum
//     Launch: one warp a channel, 8 a block of 256.
//   batch_norm_apply_T(x, gamma, beta, mean, inv_std, y, n, inner, channels)       y = gamma (x - mean) inv_std + beta
// Inference:
//   batch_norm_inference_T(x, gamma, beta, mean, variance, y, n, inner, channels, epsilon)
// Backward: norm_sums_T_PATH and norm_sums_T_final (norm.cu) give dgamma and dbeta, then
//   batch_norm_grad_T(x, dy, gamma, mean, inv_std, dgamma, dbeta, dx, n, inner, channels, count)
//     dx = gamma inv_std (dy - dbeta / count - (x - mean) inv_std dgamma / count), count elements per channel;
//     with dgamma and dbeta null dx = gamma inv_std dy: the gradient when the statistics are constants
// gamma and beta may be null (1 and 0); y may be x, dx may be dy or x.
// Launch of the elementwise ones: one thread per 16 bytes, 256 threads, grid-stride; n = outer * channels * inner.
// Bytes moved per element: 2 sizeof(T) (apply, inference), 3 sizeof(T) (grad), those of the states (finish).
#include "channels.cuh"
#include "reduce.cuh"

template <class T>
__device__ __forceinline__ void finish(const typename Moments<T>::State* states, T* mean, T* invStd, T* runningMean,
                                       T* runningVariance, i64 channels, i64 n, i64 chunks, T momentum, T epsilon) {
#pragma unroll 1
  for (i64 c = (i64)blockIdx.x * WARPS + (threadIdx.x >> 5); c < channels; c += (i64)gridDim.x * WARPS) {
    auto s = mergeChunks<Moments<T>>(states, c, chunks);
    if ((threadIdx.x & 31) != 0) continue;
    mean[c] = s.mean;
    invStd[c] = T(1) / sqrt(s.squares / T(n) + epsilon);
    if (runningMean != nullptr) runningMean[c] += momentum * (s.mean - runningMean[c]);
    if (runningVariance != nullptr) runningVariance[c] += momentum * (s.squares / T(n - 1) - runningVariance[c]);
  }
}

template <class T>
struct Apply {
  const T *gamma, *beta, *mean, *invStd;
  __device__ __forceinline__ T operator()(i64 c, T x) const {
    return (x - mean[c]) * (invStd[c] * orElse(gamma, c, T(1))) + orElse(beta, c, T(0));
  }
};

template <class T>
struct Inference {
  const T *gamma, *beta, *mean, *variance;
  T epsilon;
  __device__ __forceinline__ T operator()(i64 c, T x) const {
    return (x - mean[c]) * (orElse(gamma, c, T(1)) / sqrt(variance[c] + epsilon)) + orElse(beta, c, T(0));
  }
};

template <class T>
struct Grad {
  const T *gamma, *mean, *invStd, *dgamma, *dbeta;
  T perElement;  // 1 / elements of a channel
  __device__ __forceinline__ T operator()(i64 c, T x, T dy) const {
    T normalised = (x - mean[c]) * invStd[c];
    T centered = dy - (orElse(dbeta, c, T(0)) + normalised * orElse(dgamma, c, T(0))) * perElement;
    return orElse(gamma, c, T(1)) * invStd[c] * centered;
  }
};

#define KERNELS(S, T)                                                                                                          \
  REDUCE_KERNEL batch_norm_finish_##S(const Moments<T>::State* states, T* mean, T* inv_std, T* running_mean,                    \
                                      T* running_variance, i64 channels, i64 n, i64 chunks, T momentum, T epsilon) {            \
    finish<T>(states, mean, inv_std, running_mean, running_variance, channels, n, chunks, momentum, epsilon);                   \
  }                                                                                                                             \
  ELEMENTWISE_KERNEL batch_norm_apply_##S(const T* x, const T* gamma, const T* beta, const T* mean, const T* inv_std, T* y,     \
                                          i64 n, const __grid_constant__ Divisor inner,                                         \
                                          const __grid_constant__ Divisor channels) {                                           \
    mapChannels(Apply<T>{gamma, beta, mean, inv_std}, y, n, inner, channels, operand(x));                                       \
  }                                                                                                                             \
  ELEMENTWISE_KERNEL batch_norm_inference_##S(const T* x, const T* gamma, const T* beta, const T* mean, const T* variance,      \
                                              T* y, i64 n, const __grid_constant__ Divisor inner,                               \
                                              const __grid_constant__ Divisor channels, T epsilon) {                            \
    mapChannels(Inference<T>{gamma, beta, mean, variance, epsilon}, y, n, inner, channels, operand(x));                         \
  }                                                                                                                             \
  ELEMENTWISE_KERNEL batch_norm_grad_##S(const T* x, const T* dy, const T* gamma, const T* mean, const T* inv_std,              \
                                         const T* dgamma, const T* dbeta, T* dx, i64 n,                                         \
                                         const __grid_constant__ Divisor inner, const __grid_constant__ Divisor channels,       \
                                         i64 count) {                                                                           \
    mapChannels(Grad<T>{gamma, mean, inv_std, dgamma, dbeta, T(1) / T(count)}, dx, n, inner, channels, operand(x), operand(dy)); \
  }

KERNELS(f32, float)
KERNELS(f64, double)
