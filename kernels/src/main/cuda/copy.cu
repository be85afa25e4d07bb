// Copies that only move elements: from any layout to any layout, fill, tiled transposition, padding, triangular masks.
// Elements are moved by size, never interpreted: b8, b16, b32, b64, b128. Concatenation, splitting, flips (negative strides) and
// constant padding are strided copies into or out of part of a tensor. Where every operand's innermost dimension is contiguous
// and all strides and addresses allow it, the caller describes the same copy in larger elements.
// Launch: 256 threads; a thread moves 4 elements per turn (fewer where said).
#include "common.cuh"

typedef unsigned char b8;
typedef unsigned short b16;
typedef unsigned b32;
typedef u64 b64;
typedef uint4 b128;

constexpr int PER_THREAD = 4;  // loads in flight per thread: one alone does not hide the latency of memory

// The k-th element of a thread's turn: neighbours in a warp take neighbouring elements.
__device__ __forceinline__ i64 element(i64 tile, int k) {
  return (tile * PER_THREAD + k) * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ i64 tiles(i64 n) {
  i64 per = (i64) PER_THREAD * blockDim.x;
  return (n + per - 1) / per;
}

template <class T>
__device__ __forceinline__ void copyStrided(const T* in, T* out, i64 n, const Strided<2>& layout) {
  if (layout.wide) {  // rare: small code rather than fast
#pragma unroll 1
    for (i64 i = globalThread(); i < n; i += globalThreads()) {
      i64 at[2];
      offsets(layout, i, at);
      out[at[1]] = in[at[0]];
    }
    return;
  }
  i64 end = tiles(n);
#pragma unroll 1
  for (i64 tile = blockIdx.x; tile < end; tile += gridDim.x) {
    T value[PER_THREAD];
    i64 to[PER_THREAD];
#pragma unroll
    for (int k = 0; k < PER_THREAD; k++) {
      i64 i = element(tile, k);
      if (i < n) {
        i64 at[2];
        offsets(layout, i, at);
        value[k] = in[at[0]];
        to[k] = at[1];
      }
    }
#pragma unroll
    for (int k = 0; k < PER_THREAD; k++) {
      if (element(tile, k) < n) out[to[k]] = value[k];
    }
  }
}

template <class T>
__device__ __forceinline__ void fillStrided(T* out, i64 n, T value, const Strided<1>& layout) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 at[1];
    offsets(layout, i, at);
    out[at[0]] = value;
  }
}

constexpr int TILE = 32;

// Stores go out along columns of the tile. The 33rd column keeps the 32 elements of such a column in 32 different banks.
template <class T>
__device__ __forceinline__ void transpose(const T* in, T* out, i64 count, i64 rows, i64 cols, i64 inBatch, i64 inRow,
                                          i64 outBatch, i64 outRow, const Divisor& perMatrix, const Divisor& perRow) {
  __shared__ T tile[TILE][TILE + 1];
  int x = threadIdx.x & 31;
  int y = threadIdx.x >> 5;
  for (i64 t = blockIdx.x; t < count; t += gridDim.x) {
    i64 batch = divide(t, perMatrix);
    i64 rest = t - batch * perMatrix.value;
    i64 tileRow = divide(rest, perRow);
    i64 row0 = tileRow * TILE;
    i64 col0 = (rest - tileRow * perRow.value) * TILE;
    const T* from = in + batch * inBatch + row0 * inRow + col0;
    T* to = out + batch * outBatch + col0 * outRow + row0;
    int height = rows - row0 < TILE ? (int) (rows - row0) : TILE;
    int width = cols - col0 < TILE ? (int) (cols - col0) : TILE;
#pragma unroll
    for (int r = 0; r < TILE; r += 8) {
      if (y + r < height && x < width) tile[y + r][x] = from[(y + r) * inRow + x];
    }
    __syncthreads();
#pragma unroll
    for (int c = 0; c < TILE; c += 8) {
      if (y + c < width && x < height) to[(y + c) * outRow + x] = tile[x][y + c];
    }
    __syncthreads();
  }
}

// Padding of up to 8 dimensions; Java's PadShape writes it. Dimension 0 is the innermost. The output is contiguous.
struct PadShape {
  u32 rank;
  u32 mode;  // 0 constant, 1 reflect (without the edge), 2 replicate the edge
  i64 size[MAX_RANK];    // of the input
  i64 before[MAX_RANK];  // padding in front
  i64 stride[MAX_RANK];  // of the input
  Divisor out[MAX_RANK];
};

template <class T>
__device__ __forceinline__ void pad(const T* in, T* out, i64 n, T value, const PadShape& s) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 rest = i;
    i64 offset = 0;
    bool inside = true;
#pragma unroll
    for (int d = 0; d < MAX_RANK; d++) {
      if (d >= s.rank) break;
      i64 quotient = divide(rest, s.out[d]);
      i64 x = rest - quotient * s.out[d].value - s.before[d];
      i64 last = s.size[d] - 1;
      if (s.mode == 1) {
        x = x < 0 ? -x : x > last ? 2 * last - x : x;
      } else if (s.mode == 2) {
        x = x < 0 ? 0 : x > last ? last : x;
      } else {
        inside = inside && x >= 0 && x <= last;
      }
      offset += x * s.stride[d];
      rest = quotient;
    }
    out[i] = inside ? in[offset] : value;
  }
}

// Whether (row, column) belongs to the triangle: at or below the diagonal `diagonal`, or at or above it.
__device__ __forceinline__ bool inTriangle(i64 i, i64 diagonal, u32 upper, const Divisor& rows, const Divisor& cols) {
  i64 line = divide(i, cols);
  i64 column = i - line * cols.value;
  i64 row = line - divide(line, rows) * rows.value;
  return upper ? column - row >= diagonal : column - row <= diagonal;
}

// out = in over one logical shape; the layout's operands are in, out. Bytes moved per element: twice its size.
#define COPY(T)                                                                                                          \
  ELEMENTWISE_KERNEL copy_##T(const T* in, T* out, i64 n, const __grid_constant__ Strided<2> layout) {                   \
    copyStrided<T>(in, out, n, layout);                                                                                  \
  }
COPY(b8)
COPY(b16)
COPY(b32)
COPY(b64)
COPY(b128)

// out = value over the layout; `bits` holds the value in its lowest bytes. One element per thread and turn.
// Bytes moved per element: its size.
#define FILL(T)                                                                                                          \
  ELEMENTWISE_KERNEL copy_fill_##T(T* out, i64 n, i64 bits, const __grid_constant__ Strided<1> layout) {                 \
    fillStrided<T>(out, n, (T) bits, layout);                                                                            \
  }
FILL(b8)
FILL(b16)
FILL(b32)
FILL(b64)

// out[b, c, r] = in[b, r, c] for `batch` matrices of rows x cols whose rows are contiguous; other strides are free (in elements).
// tiles = batch * ceil(rows / 32) * ceil(cols / 32); perMatrix divides by the tiles of one matrix, perRow by ceil(cols / 32).
// Launch: one block of 256 threads per tile of 32 x 32. Bytes moved per element: twice its size.
#define TRANSPOSE(T)                                                                                                     \
  extern "C" __global__ void __launch_bounds__(256) copy_transpose_##T(                                                  \
      const T* in, T* out, i64 tiles, i64 rows, i64 cols, i64 inBatch, i64 inRow, i64 outBatch, i64 outRow,              \
      const __grid_constant__ Divisor perMatrix, const __grid_constant__ Divisor perRow) {                               \
    transpose<T>(in, out, tiles, rows, cols, inBatch, inRow, outBatch, outRow, perMatrix, perRow);                       \
  }
TRANSPOSE(b8)
TRANSPOSE(b16)
TRANSPOSE(b32)
TRANSPOSE(b64)

// out = in padded by a constant, by reflection or by its edge. One element per thread and turn. Bytes moved per element: twice
// its size.
#define PAD(T)                                                                                                           \
  ELEMENTWISE_KERNEL copy_pad_##T(const T* in, T* out, i64 n, i64 bits, const __grid_constant__ PadShape shape) {        \
    pad<T>(in, out, n, (T) bits, shape);                                                                                 \
  }
PAD(b8)
PAD(b16)
PAD(b32)
PAD(b64)

// out = in where column - row <= diagonal (>= if upper), else 0, over contiguous matrices. n counts all elements. One element per
// thread and turn. Bytes moved per element: twice its size.
#define TRIANGLE(T)                                                                                                      \
  ELEMENTWISE_KERNEL copy_triangle_##T(const T* in, T* out, i64 n, i64 diagonal, u32 upper,                              \
                                       const __grid_constant__ Divisor rows, const __grid_constant__ Divisor cols) {     \
    _Pragma("unroll 1") for (i64 i = globalThread(); i < n; i += globalThreads()) {                                      \
      out[i] = inTriangle(i, diagonal, upper, rows, cols) ? in[i] : T(0);                                                \
    }                                                                                                                    \
  }
TRIANGLE(b8)
TRIANGLE(b16)
TRIANGLE(b32)
TRIANGLE(b64)

// out = whether the element belongs to the triangle: a bool mask. Bytes moved per element: 1.
ELEMENTWISE_KERNEL copy_triangle_mask(b8* out, i64 n, i64 diagonal, u32 upper, const __grid_constant__ Divisor rows,
                                      const __grid_constant__ Divisor cols) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    out[i] = inTriangle(i, diagonal, upper, rows, cols);
  }
}
