// What a convolution needs beside a matrix product: im2col, its transpose col2im, and depthwise convolution done directly.
//
// The column matrix holds, for each tap of the window, the input elements it meets. Its element (n, c, tap, oh, ow) stands at
// n out[0] + c out[1] + tap * tapStride + oh out[2] + ow out[3]: [N, C * taps, OH * OW] for the product W * columns per image, or
// [N * OH * OW, taps, C] for channels-last. Groups are ranges of channels.
// Launch: 256 threads, grid-stride; what a thread does is said at each kernel. Padding reads as zero.
#include "window.cuh"

template <class T>
__device__ __forceinline__ void im2col(const T* x, T* columns, i64 work, i64 tapStride, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    int top = p.h * s.strideHeight - s.padHeight;
    int left = p.w * s.strideWidth - s.padWidth;
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    T* to = columns + at(s.out, p.n, p.c, p.h, p.w);
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int h = top + a * s.dilationHeight;
      bool row = h >= 0 && h < s.inHeight;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int w = left + b * s.dilationWidth;
        *to = row && w >= 0 && w < s.inWidth ? from[h * s.in[2] + w * s.in[3]] : T(0);
        to += tapStride;
      }
    }
  }
}

template <class T>
__device__ __forceinline__ void col2im(const T* columns, T* dx, i64 work, i64 tapStride, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    const T* from = columns + at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int oh = outRow(s, p.h, a);
      if (oh < 0) continue;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int ow = outColumn(s, p.w, b);
        if (ow >= 0) sum += from[(i64) (a * s.kernelWidth + b) * tapStride + oh * s.out[2] + ow * s.out[3]];
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

// The shape's channels are those of the output, `multiplier` for each input channel.
template <class T>
__device__ __forceinline__ void depthwise(const T* x, const T* weight, const T* bias, T* y, i64 work, const Divisor& multiplier,
                                          const WindowShape& s) {
  int taps = s.kernelHeight * s.kernelWidth;
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    const T* from = x + at(s.in, p.n, (int) divide(p.c, multiplier), 0, 0);
    const T* tap = weight + (i64) p.c * taps;
    int top = p.h * s.strideHeight - s.padHeight;
    int left = p.w * s.strideWidth - s.padWidth;
    T sum = bias == nullptr ? T(0) : bias[p.c];
#pragma unroll 1
    for (int a = 0; a < s.kernelHeight; a++) {
      int h = top + a * s.dilationHeight;
      if (h < 0 || h >= s.inHeight) continue;
#pragma unroll 1
      for (int b = 0; b < s.kernelWidth; b++) {
        int w = left + b * s.dilationWidth;
        if (w >= 0 && w < s.inWidth) sum += tap[a * s.kernelWidth + b] * from[h * s.in[2] + w * s.in[3]];
      }
    }
    y[at(s.out, p.n, p.c, p.h, p.w)] = sum;
  }
}

// The shape's channels are those of the input.
template <class T>
__device__ __forceinline__ void depthwiseInput(const T* dy, const T* weight, T* dx, i64 work, int multiplier,
                                               const WindowShape& s) {
  int taps = s.kernelHeight * s.kernelWidth;
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    T sum = T(0);
#pragma unroll 1
    for (int m = 0; m < multiplier; m++) {
      int channel = p.c * multiplier + m;
      const T* from = dy + at(s.out, p.n, channel, 0, 0);
      const T* tap = weight + (i64) channel * taps;
#pragma unroll 1
      for (int a = 0; a < s.kernelHeight; a++) {
        int oh = outRow(s, p.h, a);
        if (oh < 0) continue;
#pragma unroll 1
        for (int b = 0; b < s.kernelWidth; b++) {
          int ow = outColumn(s, p.w, b);
          if (ow >= 0) sum += tap[a * s.kernelWidth + b] * from[oh * s.out[2] + ow * s.out[3]];
        }
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

constexpr int WEIGHT_THREADS = 256;

// One block per (output channel, tap) sums over images and pixels: each thread its stride, then a tree in shared memory.
template <class T>
__device__ __forceinline__ void depthwiseWeight(const T* x, const T* dy, T* dw, i64 work, i64 pixels, T beta,
                                                const Divisor& multiplier, const Divisor& taps, const WindowShape& s) {
  __shared__ T partial[WEIGHT_THREADS];
  for (i64 task = blockIdx.x; task < work; task += gridDim.x) {
    int channel = (int) divide(task, taps);
    int tap = (int) (task - channel * taps.value);
    int a = tap / s.kernelWidth;
    int b = tap - a * s.kernelWidth;
    int inChannel = (int) divide(channel, multiplier);
    T sum = T(0);
#pragma unroll 1
    for (i64 i = threadIdx.x; i < pixels; i += WEIGHT_THREADS) {
      i64 line = divide(i, s.byOutWidth);
      int ow = (int) (i - line * s.byOutWidth.value);
      i64 n = divide(line, s.byOutHeight);
      int oh = (int) (line - n * s.byOutHeight.value);
      int h = oh * s.strideHeight - s.padHeight + a * s.dilationHeight;
      int w = ow * s.strideWidth - s.padWidth + b * s.dilationWidth;
      if (h >= 0 && h < s.inHeight && w >= 0 && w < s.inWidth) {
        sum += x[at(s.in, n, inChannel, h, w)] * dy[at(s.out, n, channel, oh, ow)];
      }
    }
    partial[threadIdx.x] = sum;
    __syncthreads();
#pragma unroll 1
    for (int d = WEIGHT_THREADS / 2; d > 0; d >>= 1) {
      if (threadIdx.x < d) partial[threadIdx.x] += partial[threadIdx.x + d];
      __syncthreads();
    }
    // No barrier after this: the next turn overwrites what the same thread has just read.
    if (threadIdx.x == 0) dw[task] = beta == T(0) ? partial[0] : beta * dw[task] + partial[0];
  }
}

// columns = the elements of x under each tap. A thread takes one output position and channel, and all taps; work = N C OH OW.
// Bytes moved per element of the columns: its size written, at most as much read.
#define IM2COL(N, T)                                                                                                     \
  ELEMENTWISE_KERNEL convolution_im2col_##N(const T* x, T* columns, i64 work, i64 tapStride,                             \
                                            const __grid_constant__ WindowShape shape) {                                 \
    im2col<T>(x, columns, work, tapStride, shape);                                                                       \
  }
IM2COL(b16, unsigned short)
IM2COL(b32, unsigned)
IM2COL(b64, u64)

#define FLOATS(N, T)                                                                                                     \
  /* dx = the sum of all columns' elements that came from it: a gather, so without atomics. A thread takes one input */ \
  /* element; work = N C H W. Bytes moved per element of the columns: its size read, at most as much written. */        \
  ELEMENTWISE_KERNEL convolution_col2im_##N(const T* columns, T* dx, i64 work, i64 tapStride,                            \
                                            const __grid_constant__ WindowShape shape) {                                 \
    col2im<T>(columns, dx, work, tapStride, shape);                                                                      \
  }                                                                                                                      \
  /* Depthwise: y[n, c] = bias[c] + x[n, c / multiplier] * weight[c, KH, KW], cross-correlated; bias may be null. A */   \
  /* thread takes one output; work = N C OH OW. Bytes moved per element of y: its size written, the taps read (cached). */ \
  ELEMENTWISE_KERNEL convolution_depthwise_##N(const T* x, const T* weight, const T* bias, T* y, i64 work,               \
                                               const __grid_constant__ Divisor multiplier,                               \
                                               const __grid_constant__ WindowShape shape) {                              \
    depthwise<T>(x, weight, bias, y, work, multiplier, shape);                                                           \
  }                                                                                                                      \
  /* dx of the same. A thread takes one input element; work = N C H W with C the input's channels. Bytes moved: as above. */ \
  ELEMENTWISE_KERNEL convolution_depthwise_input_##N(const T* dy, const T* weight, T* dx, i64 work, int multiplier,      \
                                                     const __grid_constant__ WindowShape shape) {                        \
    depthwiseInput<T>(dy, weight, dx, work, multiplier, shape);                                                          \
  }                                                                                                                      \
  /* dw = gradient + beta dw. One block of 256 threads per (channel, tap); work = C KH KW, pixels = N OH OW. Bytes moved */ \
  /* per element of dy and tap: twice its size. */                                                                       \
  extern "C" __global__ void __launch_bounds__(WEIGHT_THREADS) convolution_depthwise_weight_##N(                         \
      const T* x, const T* dy, T* dw, i64 work, i64 pixels, T beta, const __grid_constant__ Divisor multiplier,          \
      const __grid_constant__ Divisor taps, const __grid_constant__ WindowShape shape) {                                 \
    depthwiseWeight<T>(x, dy, dw, work, pixels, beta, multiplier, taps, shape);                                          \
  }
FLOATS(f32, float)
FLOATS(f64, double)
