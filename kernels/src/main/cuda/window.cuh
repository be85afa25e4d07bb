// Windows that slide over the last two axes of x[N, C, H, W]: convolution, pooling, resampling. Java's WindowShape writes it.
// Any strides, so channels-last is a matter of strides; `channelsLast` only says in which order threads walk the elements,
// so that neighbours in a warp are neighbours in memory.
#pragma once

#include "common.cuh"

struct WindowShape {
  i64 in[4];   // strides of the input: n, c, h, w
  i64 out[4];  // strides of the output
  int channels;
  int inHeight, inWidth;
  int outHeight, outWidth;
  int kernelHeight, kernelWidth;
  int strideHeight, strideWidth;
  int padHeight, padWidth;
  int dilationHeight, dilationWidth;
  int channelsLast;
  Divisor byChannels, byInHeight, byInWidth, byOutHeight, byOutWidth, byStrideHeight, byStrideWidth;
};

struct Place {
  i64 n;
  int c, h, w;
};

// Splits the index of an element of a [N, C, height, width] space in the order of its memory.
__device__ __forceinline__ Place place(i64 i, const WindowShape& s, const Divisor& height, const Divisor& width) {
  Place p;
  if (s.channelsLast) {
    i64 pixel = divide(i, s.byChannels);
    p.c = (int) (i - pixel * s.byChannels.value);
    i64 line = divide(pixel, width);
    p.w = (int) (pixel - line * width.value);
    p.n = divide(line, height);
    p.h = (int) (line - p.n * height.value);
  } else {
    i64 line = divide(i, width);
    p.w = (int) (i - line * width.value);
    i64 plane = divide(line, height);
    p.h = (int) (line - plane * height.value);
    p.n = divide(plane, s.byChannels);
    p.c = (int) (plane - p.n * s.byChannels.value);
  }
  return p;
}

__device__ __forceinline__ Place inPlace(i64 i, const WindowShape& s) {
  return place(i, s, s.byInHeight, s.byInWidth);
}

__device__ __forceinline__ Place outPlace(i64 i, const WindowShape& s) {
  return place(i, s, s.byOutHeight, s.byOutWidth);
}

__device__ __forceinline__ i64 at(const i64 (&stride)[4], i64 n, int c, int h, int w) {
  return n * stride[0] + c * stride[1] + h * stride[2] + w * stride[3];
}

// The output row that reads input row h with tap k, or -1: (h + pad - k * dilation) / stride where that is whole and in range.
__device__ __forceinline__ int outRow(const WindowShape& s, int h, int k) {
  int x = h + s.padHeight - k * s.dilationHeight;
  if (x < 0) return -1;
  int o = (int) divide(x, s.byStrideHeight);
  return o < s.outHeight && o * s.strideHeight == x ? o : -1;
}

__device__ __forceinline__ int outColumn(const WindowShape& s, int w, int k) {
  int x = w + s.padWidth - k * s.dilationWidth;
  if (x < 0) return -1;
  int o = (int) divide(x, s.byStrideWidth);
  return o < s.outWidth && o * s.strideWidth == x ? o : -1;
}
