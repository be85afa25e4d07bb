// Max, average and adaptive average pooling over x[N, C, H, W], with gradients. The gradients gather: a thread owns one input
// element and visits the windows that cover it in a fixed order, so there are no atomics and the bits never vary.
// Launch: 256 threads, grid-stride; one output element (forward: work = N C OH OW) or input element (gradient: work = N C H W)
// per thread and turn. Bytes moved per element: said at each kernel; reads of overlapping windows come from the cache.
#include "window.cuh"

// The winner is the first of equals; the first NaN wins over everything. A window of padding alone gives -infinity and index -1.
template <class T>
__device__ __forceinline__ void maxPool(const T* x, T* y, int* indices, i64 work, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    int top = p.h * s.strideHeight - s.padHeight;
    int left = p.w * s.strideWidth - s.padWidth;
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    T best = -(T) INFINITY;
    int winner = -1;
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int h = top + a * s.dilationHeight;
      if (h < 0 || h >= s.inHeight) continue;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int w = left + b * s.dilationWidth;
        if (w < 0 || w >= s.inWidth) continue;
        T v = from[h * s.in[2] + w * s.in[3]];
        if (winner < 0 || v > best || (v != v && best == best)) {
          best = v;
          winner = a * s.kernelWidth + b;
        }
      }
    }
    i64 to = at(s.out, p.n, p.c, p.h, p.w);
    y[to] = best;
    if (indices != nullptr) indices[to] = winner;
  }
}

template <class T>
__device__ __forceinline__ void maxPoolGrad(const T* dy, const int* indices, T* dx, i64 work, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    i64 base = at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int oh = outRow(s, p.h, a);
      if (oh < 0) continue;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int ow = outColumn(s, p.w, b);
        if (ow < 0) continue;
        i64 from = base + oh * s.out[2] + ow * s.out[3];
        if (indices[from] == a * s.kernelWidth + b) sum += dy[from];
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

// How many taps of the window at output o lie inside an axis of `size`.
__device__ __forceinline__ int inside(int o, int size, int kernel, int stride, int pad, int dilation) {
  int count = 0;
#pragma unroll 1
  for (int k = 0; k < kernel; k++) {
    int x = o * stride - pad + k * dilation;
    count += x >= 0 && x < size;
  }
  return count;
}

template <class T>
__device__ __forceinline__ void avgPool(const T* x, T* y, i64 work, int countPadding, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    int top = p.h * s.strideHeight - s.padHeight;
    int left = p.w * s.strideWidth - s.padWidth;
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    T sum = T(0);
    int count = 0;
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int h = top + a * s.dilationHeight;
      if (h < 0 || h >= s.inHeight) continue;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int w = left + b * s.dilationWidth;
        if (w < 0 || w >= s.inWidth) continue;
        sum += from[h * s.in[2] + w * s.in[3]];
        count++;
      }
    }
    if (countPadding) count = s.kernelHeight * s.kernelWidth;
    y[at(s.out, p.n, p.c, p.h, p.w)] = count == 0 ? T(0) : sum / (T) count;
  }
}

template <class T>
__device__ __forceinline__ void avgPoolGrad(const T* dy, T* dx, i64 work, int countPadding, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    const T* from = dy + at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int oh = outRow(s, p.h, a);
      if (oh < 0) continue;
      int rows = countPadding ? s.kernelHeight
          : inside(oh, s.inHeight, s.kernelHeight, s.strideHeight, s.padHeight, s.dilationHeight);
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int ow = outColumn(s, p.w, b);
        if (ow < 0) continue;
        int columns = countPadding ? s.kernelWidth
            : inside(ow, s.inWidth, s.kernelWidth, s.strideWidth, s.padWidth, s.dilationWidth);
        sum += from[oh * s.out[2] + ow * s.out[3]] / (T) (rows * columns);
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

__device__ __forceinline__ int floorScaled(int i, int to, int from) {
  return (int) ((u64) ((i64) i * to) / (u64) from);
}

__device__ __forceinline__ int ceilScaled(int i, int to, int from) {
  return (int) ((u64) ((i64) i * to + from - 1) / (u64) from);
}

// Window o covers [floor(o H / OH), ceil((o + 1) H / OH)).
template <class T>
__device__ __forceinline__ void adaptiveAvg(const T* x, T* y, i64 work, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    int top = floorScaled(p.h, s.inHeight, s.outHeight), bottom = ceilScaled(p.h + 1, s.inHeight, s.outHeight);
    int left = floorScaled(p.w, s.inWidth, s.outWidth), right = ceilScaled(p.w + 1, s.inWidth, s.outWidth);
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int h = top; h < bottom; h++) {
#pragma unroll 1
      for (int w = left; w < right; w++) sum += from[h * s.in[2] + w * s.in[3]];
    }
    y[at(s.out, p.n, p.c, p.h, p.w)] = sum / (T) ((bottom - top) * (right - left));
  }
}

// Input h is covered by the windows floor(h OH / H) to ceil((h + 1) OH / H) - 1.
template <class T>
__device__ __forceinline__ void adaptiveAvgGrad(const T* dy, T* dx, i64 work, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    int top = floorScaled(p.h, s.outHeight, s.inHeight), bottom = ceilScaled(p.h + 1, s.outHeight, s.inHeight);
    int left = floorScaled(p.w, s.outWidth, s.inWidth), right = ceilScaled(p.w + 1, s.outWidth, s.inWidth);
    const T* from = dy + at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int oh = top; oh < bottom; oh++) {
      int rows = ceilScaled(oh + 1, s.inHeight, s.outHeight) - floorScaled(oh, s.inHeight, s.outHeight);
#pragma unroll 1
      for (int ow = left; ow < right; ow++) {
        int columns = ceilScaled(ow + 1, s.inWidth, s.outWidth) - floorScaled(ow, s.inWidth, s.outWidth);
        sum += from[oh * s.out[2] + ow * s.out[3]] / (T) (rows * columns);
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

#define POOLS(N, T)                                                                                                      \
  /* y = the largest element of each window, indices (or null) = which tap of the window it was, laid out like y. */     \
  /* Bytes moved per element of y: (taps + 1) sizes at most, and 4. */                                                   \
  ELEMENTWISE_KERNEL pooling_max_##N(const T* x, T* y, int* indices, i64 work,                                           \
                                     const __grid_constant__ WindowShape shape) {                                        \
    maxPool<T>(x, y, indices, work, shape);                                                                              \
  }                                                                                                                      \
  /* dx = the dy of those windows the element won. Bytes moved per element of dx: its size, and of dy: its size and 4. */ \
  ELEMENTWISE_KERNEL pooling_max_grad_##N(const T* dy, const int* indices, T* dx, i64 work,                              \
                                          const __grid_constant__ WindowShape shape) {                                   \
    maxPoolGrad<T>(dy, indices, dx, work, shape);                                                                        \
  }                                                                                                                      \
  /* y = the mean of each window, padding counted as zeros or not at all. Bytes moved per element of y: as pooling_max. */ \
  ELEMENTWISE_KERNEL pooling_avg_##N(const T* x, T* y, i64 work, int countPadding,                                       \
                                     const __grid_constant__ WindowShape shape) {                                        \
    avgPool<T>(x, y, work, countPadding, shape);                                                                         \
  }                                                                                                                      \
  /* The gradient of pooling_avg. Bytes moved: its size per element of dx and of dy. */                                  \
  ELEMENTWISE_KERNEL pooling_avg_grad_##N(const T* dy, T* dx, i64 work, int countPadding,                                \
                                          const __grid_constant__ WindowShape shape) {                                   \
    avgPoolGrad<T>(dy, dx, work, countPadding, shape);                                                                   \
  }                                                                                                                      \
  /* y = the mean over windows that divide the input evenly. Bytes moved: its size per element of x and of y. */         \
  ELEMENTWISE_KERNEL pooling_adaptive_avg_##N(const T* x, T* y, i64 work, const __grid_constant__ WindowShape shape) {   \
    adaptiveAvg<T>(x, y, work, shape);                                                                                   \
  }                                                                                                                      \
  /* The gradient of pooling_adaptive_avg. Bytes moved: its size per element of dx and of dy. */                         \
  ELEMENTWISE_KERNEL pooling_adaptive_avg_grad_##N(const T* dy, T* dx, i64 work,                                         \
                                                   const __grid_constant__ WindowShape shape) {                          \
    adaptiveAvgGrad<T>(dy, dx, work, shape);                                                                             \
  }
POOLS(f32, float)
POOLS(f64, double)
