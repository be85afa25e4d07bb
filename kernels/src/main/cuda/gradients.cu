// Work on all gradients of a group in one launch: the global norm and clipping by it, clipping by value, unscaling and the search
// for values that are not finite. Nothing goes through the host. Launch: one block of 256 threads per chunk, where not said
// otherwise (see optimizer.cuh, which also describes table, chunks and count).
#include "optimizer.cuh"

constexpr int NORM_THREADS = 1024;

__device__ __forceinline__ double warpSum(double v) {
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1) v += __shfl_down_sync(0xffffffffu, v, offset);
  return v;
}

// The sum over the block, in thread 0; always the same order. Needs whole warps.
__device__ __forceinline__ double blockSum(double v) {
  __shared__ double partial[32];
  v = warpSum(v);
  if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = v;
  __syncthreads();
  if (threadIdx.x < 32) v = warpSum(threadIdx.x < (blockDim.x >> 5) ? partial[threadIdx.x] : 0.0);
  return v;
}

// Squares are summed in float64, so that no float32 gradient overflows and the sum loses nothing worth naming.
template <typename T>
__device__ __forceinline__ double chunkSquares(const Span<T>& a) {
  constexpr int N = 16 / sizeof(T);
  double sum = 0.0;
  int done = 0;
  if (a.wide) {
    int vectors = a.n / N;
    for (int i = threadIdx.x; i < vectors; i += blockDim.x) {
      Wide<T> g = reinterpret_cast<const Wide<T>*>(a.grad)[i];
#pragma unroll
      for (int e = 0; e < N; e++) sum += (double) g.at[e] * (double) g.at[e];
    }
    done = vectors * N;
  }
  for (int i = done + threadIdx.x; i < a.n; i += blockDim.x) sum += (double) a.grad[i] * (double) a.grad[i];
  return sum;
}

template <typename T>
__device__ __forceinline__ void squares(const void* table, const int2* chunks, i64 count, double* partials) {
  for (i64 c = blockIdx.x; c < count; c += gridDim.x) {
    double sum = blockSum(chunkSquares(span<T>(table, chunks, c)));
    if (threadIdx.x == 0) partials[c] = sum;
    __syncthreads();  // blockSum's memory is used again
  }
}

// Replaces each gradient by f(gradient).
template <typename T, typename F>
__device__ __forceinline__ void map(const void* table, const int2* chunks, i64 count, F f) {
  constexpr int N = 16 / sizeof(T);
  for (i64 c = blockIdx.x; c < count; c += gridDim.x) {
    Span<T> a = span<T>(table, chunks, c);
    int done = 0;
    if (a.wide) {
      int vectors = a.n / N;
      for (int i = threadIdx.x; i < vectors; i += blockDim.x) {
        Wide<T> g = reinterpret_cast<Wide<T>*>(a.grad)[i];
#pragma unroll
        for (int e = 0; e < N; e++) g.at[e] = f(g.at[e]);
        reinterpret_cast<Wide<T>*>(a.grad)[i] = g;
      }
      done = vectors * N;
    }
    for (int i = done + threadIdx.x; i < a.n; i += blockDim.x) a.grad[i] = f(a.grad[i]);
  }
}

template <typename T>
__device__ __forceinline__ void multiply(const void* table, const int2* chunks, i64 count, const double* factor) {
  T k = (T) *factor;
  map<T>(table, chunks, count, [k](T g) { return g * k; });
}

template <typename T>
__device__ __forceinline__ void clip(const void* table, const int2* chunks, i64 count, const T* norm, double maxNorm) {
  double factor = maxNorm / ((double) *norm + 1e-6);
  T k = (T) (factor > 1.0 ? 1.0 : factor);
  map<T>(table, chunks, count, [k](T g) { return g * k; });
}

template <typename T>
__device__ __forceinline__ void unscale(const void* table, const int2* chunks, i64 count, const double* scale, int* found) {
  T k = (T) (1.0 / *scale);
  bool bad = false;
  map<T>(table, chunks, count, [k, &bad](T g) {
    bad = bad || !isFinite(g);
    return g * k;
  });
  if (bad) atomicOr(found, 1);
}

template <typename T>
__device__ __forceinline__ void check(const void* table, const int2* chunks, i64 count, int* found) {
  bool bad = false;
  for (i64 c = blockIdx.x; c < count; c += gridDim.x) {
    Span<T> a = span<T>(table, chunks, c);
    for (int i = threadIdx.x; i < a.n; i += blockDim.x) bad = bad || !isFinite(a.grad[i]);
  }
  if (bad) atomicOr(found, 1);
}

template <typename T>
__device__ __forceinline__ void clamp(const void* table, const int2* chunks, i64 count, T limit) {
  map<T>(table, chunks, count, [limit](T g) { return g > limit ? limit : g < -limit ? -limit : g; });  // NaN stays
}

// partials[chunk] = sum of squares of the chunk's gradients, in float64: the first stage of the global norm, whose bits depend on
// the block size alone. Bytes moved per element: 4 (8) read.
CHUNK_KERNEL gradients_squares_f32(const void* table, const int2* chunks, i64 count, double* partials) {
  squares<float>(table, chunks, count, partials);
}
CHUNK_KERNEL gradients_squares_f64(const void* table, const int2* chunks, i64 count, double* partials) {
  squares<double>(table, chunks, count, partials);
}

// The second stage: out[0] = norm = sqrt(sum of partials), out[1] = min(1, maxNorm / (norm + 1e-6)), the factor that clips (a
// NaN norm gives NaN). found (may be null) |= the norm is not finite. Launch: one block of 1024 threads. Bytes moved per
// partial: 8 read.
extern "C" __global__ void __launch_bounds__(NORM_THREADS) gradients_norm(const double* partials, i64 count, double maxNorm,
    double* out, int* found) {
  double sum = 0.0;
  for (i64 i = threadIdx.x; i < count; i += blockDim.x) sum += partials[i];
  sum = blockSum(sum);
  if (threadIdx.x == 0) {
    double norm = sqrt(sum);
    double factor = maxNorm / (norm + 1e-6);
    out[0] = norm;
    out[1] = factor > 1.0 ? 1.0 : factor;
    if (found != nullptr && !isFinite(norm)) atomicOr(found, 1);
  }
}

// gradient *= *factor, a float64 in device memory. Bytes moved per element: 4 (8) read and as many written.
CHUNK_KERNEL gradients_scale_f32(const void* table, const int2* chunks, i64 count, const double* factor) {
  multiply<float>(table, chunks, count, factor);
}
CHUNK_KERNEL gradients_scale_f64(const void* table, const int2* chunks, i64 count, const double* factor) {
  multiply<double>(table, chunks, count, factor);
}

// gradient *= min(1, maxNorm / (*norm + 1e-6)), with the norm in device memory, of the gradients' type. Bytes moved per element:
// 4 (8) read and as many written.
CHUNK_KERNEL gradients_clip_f32(const void* table, const int2* chunks, i64 count, const float* norm, double maxNorm) {
  clip<float>(table, chunks, count, norm, maxNorm);
}
CHUNK_KERNEL gradients_clip_f64(const void* table, const int2* chunks, i64 count, const double* norm, double maxNorm) {
  clip<double>(table, chunks, count, norm, maxNorm);
}

// gradient /= *scale (the loss scale); found |= a scaled gradient is not finite. Bytes moved per element: 4 (8) read and as many
// written.
CHUNK_KERNEL gradients_unscale_f32(const void* table, const int2* chunks, i64 count, const double* scale, int* found) {
  unscale<float>(table, chunks, count, scale, found);
}
CHUNK_KERNEL gradients_unscale_f64(const void* table, const int2* chunks, i64 count, const double* scale, int* found) {
  unscale<double>(table, chunks, count, scale, found);
}

// found |= a gradient is not finite. Bytes moved per element: 4 (8) read.
CHUNK_KERNEL gradients_finite_f32(const void* table, const int2* chunks, i64 count, int* found) {
  check<float>(table, chunks, count, found);
}
CHUNK_KERNEL gradients_finite_f64(const void* table, const int2* chunks, i64 count, int* found) {
  check<double>(table, chunks, count, found);
}

// gradient = clamp(gradient, -limit, limit). Bytes moved per element: 4 (8) read and as many written.
CHUNK_KERNEL gradients_clamp_f32(const void* table, const int2* chunks, i64 count, float limit) {
  clamp<float>(table, chunks, count, limit);
}
CHUNK_KERNEL gradients_clamp_f64(const void* table, const int2* chunks, i64 count, double limit) {
  clamp<double>(table, chunks, count, limit);
}

// Dynamic loss scaling after a step: on overflow scale *= backoff and the count restarts; after `interval` good steps in a row
// scale *= growth. scale[0] = the loss scale, scale[1] = good steps so far. found is cleared. Launch: one thread.
ONE_THREAD_KERNEL gradients_loss_scale(double* scale, int* found, double growth, double backoff, int interval) {
  if (*found != 0) {
    scale[0] *= backoff;
    scale[1] = 0.0;
    *found = 0;
  } else if (scale[1] + 1.0 >= interval) {
    scale[0] *= growth;
    scale[1] = 0.0;
  } else {
    scale[1] += 1.0;
  }
}
