// Up- and down-sampling of images x[N, C, H, W] (nearest, bilinear) with gradients, and affine sampling for augmentation.
//
// Along an axis, output o reads the input at the exact rational position max(0, o a + b) / d, which Java's WindowShape derives:
// nearest in/out, bilinear with half-pixel centres (2 o + 1) in / (2 out) - 1/2, with aligned corners o (in - 1) / (out - 1).
// Whole numbers keep forward and backward consistent to the last weight. Gradients gather, so the bits never vary.
// Launch: 256 threads, grid-stride; one output (work = N C OH OW) or, in gradients, input element (N C H W) per thread and turn.
// Bytes moved: one size per element of input and output; the neighbours' reads come from the cache.
#include "window.cuh"

// Positions along both axes: (o * scale + bias) / divisor.
struct __align__(8) Grid2 {
  int scaleHeight, biasHeight, divisorHeight;
  int scaleWidth, biasWidth, divisorWidth;
};

template <class T>
struct Sample {
  int low, high;
  T weight;  // of `high`
};

template <class T>
__device__ __forceinline__ Sample<T> sample(int o, int scale, int bias, int divisor, int size) {
  int position = o * scale + bias;
  position = position < 0 ? 0 : position;
  Sample<T> r;
  r.low = position / divisor;
  r.weight = (T) (position - r.low * divisor) / (T) divisor;
  r.high = r.low + 1 < size ? r.low + 1 : size - 1;
  return r;
}

template <class T>
__device__ __forceinline__ T weightOf(const Sample<T>& s, int i) {
  return (s.low == i ? T(1) - s.weight : T(0)) + (s.high == i ? s.weight : T(0));
}

// The outputs whose `low` is i - 1 or i: those that can read input i. `reach` is 1 for bilinear, 0 for nearest.
__device__ __forceinline__ int2 readers(int i, int scale, int bias, int divisor, int outputs, int reach) {
  if (scale == 0) return make_int2(0, outputs - 1);
  int from = (i - reach) * divisor - bias;
  int first = from <= 0 ? 0 : (from + scale - 1) / scale;
  int last = ((i + 1) * divisor - 1 - bias) / scale;
  return make_int2(first, last < outputs ? last : outputs - 1);
}

template <class T>
__device__ __forceinline__ void nearest(const T* x, T* y, i64 work, const Grid2& g, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    int h = (p.h * g.scaleHeight + g.biasHeight) / g.divisorHeight;
    int w = (p.w * g.scaleWidth + g.biasWidth) / g.divisorWidth;
    y[at(s.out, p.n, p.c, p.h, p.w)] = x[at(s.in, p.n, p.c, h, w)];
  }
}

template <class T>
__device__ __forceinline__ void nearestGrad(const T* dy, T* dx, i64 work, const Grid2& g, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    int2 rows = readers(p.h, g.scaleHeight, g.biasHeight, g.divisorHeight, s.outHeight, 0);
    int2 columns = readers(p.w, g.scaleWidth, g.biasWidth, g.divisorWidth, s.outWidth, 0);
    const T* from = dy + at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int oh = rows.x; oh <= rows.y; oh++) {
#pragma unroll 1
      for (int ow = columns.x; ow <= columns.y; ow++) sum += from[oh * s.out[2] + ow * s.out[3]];
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

template <class T>
__device__ __forceinline__ void bilinear(const T* x, T* y, i64 work, const Grid2& g, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    Sample<T> v = sample<T>(p.h, g.scaleHeight, g.biasHeight, g.divisorHeight, s.inHeight);
    Sample<T> u = sample<T>(p.w, g.scaleWidth, g.biasWidth, g.divisorWidth, s.inWidth);
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    const T* upper = from + v.low * s.in[2];
    const T* lower = from + v.high * s.in[2];
    T above = (T(1) - u.weight) * upper[u.low * s.in[3]] + u.weight * upper[u.high * s.in[3]];
    T below = (T(1) - u.weight) * lower[u.low * s.in[3]] + u.weight * lower[u.high * s.in[3]];
    y[at(s.out, p.n, p.c, p.h, p.w)] = (T(1) - v.weight) * above + v.weight * below;
  }
}

template <class T>
__device__ __forceinline__ void bilinearGrad(const T* dy, T* dx, i64 work, const Grid2& g, const WindowShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = inPlace(i, s);
    int2 rows = readers(p.h, g.scaleHeight, g.biasHeight, g.divisorHeight, s.outHeight, 1);
    int2 columns = readers(p.w, g.scaleWidth, g.biasWidth, g.divisorWidth, s.outWidth, 1);
    const T* from = dy + at(s.out, p.n, p.c, 0, 0);
    T sum = T(0);
#pragma unroll 1
    for (int oh = rows.x; oh <= rows.y; oh++) {
      T v = weightOf(sample<T>(oh, g.scaleHeight, g.biasHeight, g.divisorHeight, s.inHeight), p.h);
#pragma unroll 1
      for (int ow = columns.x; ow <= columns.y; ow++) {
        T u = weightOf(sample<T>(ow, g.scaleWidth, g.biasWidth, g.divisorWidth, s.inWidth), p.w);
        sum += v * u * from[oh * s.out[2] + ow * s.out[3]];
      }
    }
    dx[at(s.in, p.n, p.c, p.h, p.w)] = sum;
  }
}

enum Flag {
  ALIGN_CORNERS = 1,  // -1 and 1 are the centres of the corner pixels, not their outer edges
  BORDER = 2,         // positions outside take the nearest edge pixel; else zero
  NEAREST = 4         // else bilinear
};

template <class T>
__device__ __forceinline__ T normalised(int i, int size, bool align) {
  if (align) return size == 1 ? T(0) : (T) (2 * i) / (T) (size - 1) - T(1);
  return (T) (2 * i + 1) / (T) size - T(1);
}

template <class T>
__device__ __forceinline__ T pixel(T x, int size, bool align, bool border) {
  T p = align ? (x + T(1)) * T(0.5) * (T) (size - 1) : ((x + T(1)) * (T) size - T(1)) * T(0.5);
  if (border) p = p > T(0) ? (p < (T) (size - 1) ? p : (T) (size - 1)) : T(0);  // NaN: 0
  return p;
}

template <class T>
__device__ __forceinline__ T read(const T* from, int h, int w, const WindowShape& s) {
  return h >= 0 && h < s.inHeight && w >= 0 && w < s.inWidth ? from[h * s.in[2] + w * s.in[3]] : T(0);
}

template <class T>
__device__ __forceinline__ void affine(const T* x, const T* theta, T* y, i64 work, int flags, const WindowShape& s) {
  bool align = (flags & ALIGN_CORNERS) != 0;
  bool border = (flags & BORDER) != 0;
#pragma unroll 1
  for (i64 i = globalThread(); i < work; i += globalThreads()) {
    Place p = outPlace(i, s);
    const T* m = theta + p.n * 6;
    T u = normalised<T>(p.w, s.outWidth, align);
    T v = normalised<T>(p.h, s.outHeight, align);
    T px = pixel(m[0] * u + m[1] * v + m[2], s.inWidth, align, border);
    T py = pixel(m[3] * u + m[4] * v + m[5], s.inHeight, align, border);
    const T* from = x + at(s.in, p.n, p.c, 0, 0);
    T value = T(0);
    if (px > T(-1) && px < (T) s.inWidth && py > T(-1) && py < (T) s.inHeight) {  // false for NaN
      if (flags & NEAREST) {
        value = read(from, (int) rint(py), (int) rint(px), s);
      } else {
        T left = floor(px), top = floor(py);
        int w = (int) left, h = (int) top;
        T a = px - left, b = py - top;
        T above = (T(1) - a) * read(from, h, w, s) + a * read(from, h, w + 1, s);
        T below = (T(1) - a) * read(from, h + 1, w, s) + a * read(from, h + 1, w + 1, s);
        value = (T(1) - b) * above + b * below;
      }
    }
    y[at(s.out, p.n, p.c, p.h, p.w)] = value;
  }
}

#define RESAMPLE(N, T)                                                                                                   \
  /* y[oh, ow] = the input element at the floor of its position. */                                                      \
  ELEMENTWISE_KERNEL resampling_nearest_##N(const T* x, T* y, i64 work, const __grid_constant__ Grid2 grid,              \
                                            const __grid_constant__ WindowShape shape) {                                 \
    nearest<T>(x, y, work, grid, shape);                                                                                 \
  }                                                                                                                      \
  ELEMENTWISE_KERNEL resampling_nearest_grad_##N(const T* dy, T* dx, i64 work, const __grid_constant__ Grid2 grid,       \
                                                 const __grid_constant__ WindowShape shape) {                            \
    nearestGrad<T>(dy, dx, work, grid, shape);                                                                           \
  }                                                                                                                      \
  /* y[oh, ow] = the four neighbours of its position, weighted by their distances. */                                    \
  ELEMENTWISE_KERNEL resampling_bilinear_##N(const T* x, T* y, i64 work, const __grid_constant__ Grid2 grid,             \
                                             const __grid_constant__ WindowShape shape) {                                \
    bilinear<T>(x, y, work, grid, shape);                                                                                \
  }                                                                                                                      \
  ELEMENTWISE_KERNEL resampling_bilinear_grad_##N(const T* dy, T* dx, i64 work, const __grid_constant__ Grid2 grid,      \
                                                  const __grid_constant__ WindowShape shape) {                           \
    bilinearGrad<T>(dy, dx, work, grid, shape);                                                                          \
  }                                                                                                                      \
  /* y = x sampled at theta[n, 2, 3] * (u, v, 1), u and v the normalised column and row in [-1, 1]. */                   \
  ELEMENTWISE_KERNEL resampling_affine_##N(const T* x, const T* theta, T* y, i64 work, int flags,                        \
                                           const __grid_constant__ WindowShape shape) {                                  \
    affine<T>(x, theta, y, work, flags, shape);                                                                          \
  }
RESAMPLE(f32, float)
RESAMPLE(f64, double)
