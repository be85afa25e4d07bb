// Gather, deterministic scatter-add and one-hot. Index tensors are int32 or int64.
//
// An index outside [0, size) is reported in errors (device memory, or null) and otherwise ignored: gather writes zero there,
// scatter adds nothing. The report is an int32 that becomes 1, four unused bytes, and two int64, the index and the size, of
// whichever thread came first; one who has read it sets the int32 back to 0.
// Sums run in the row-major order of the source, one thread per destination: the same bits always.
// Launch: 256 threads, one thread per element, column or sorted position (said at each kernel), grid-stride.
#include "common.cuh"

typedef unsigned char b8;
typedef unsigned short b16;
typedef unsigned b32;
typedef u64 b64;
typedef uint4 b128;
typedef int i32;

__device__ __forceinline__ bool valid(i64 index, i64 size, int* errors) {
  if (index >= 0 && index < size) return true;
  if (errors != nullptr && atomicOr(errors, 1) == 0) {
    i64* report = reinterpret_cast<i64*>(errors);
    report[1] = index;
    report[2] = size;
  }
  return false;
}

// layout: x (stride 0 along the axis), index, out.
template <class T, class I>
__device__ __forceinline__ void gather(const T* x, const I* index, T* out, i64 n, i64 size, i64 stride, int* errors,
                                       const Strided<3>& layout) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 at[3];
    offsets(layout, i, at);
    i64 j = index[at[1]];
    T value{};
    if (valid(j, size, errors)) value = x[at[0] + j * stride];
    out[at[2]] = value;
  }
}

// layout over the columns (every axis but the one): x, index, out, each with the axis left out.
template <class T, class I>
__device__ __forceinline__ void scatterColumns(const T* x, const I* index, T* out, i64 columns, i64 length, i64 size,
                                               i64 xStride, i64 indexStride, i64 outStride, int* errors,
                                               const Strided<3>& layout) {
#pragma unroll 1
  for (i64 c = globalThread(); c < columns; c += globalThreads()) {
    i64 at[3];
    offsets(layout, c, at);
#pragma unroll 1
    for (i64 k = 0; k < length; k++) {
      i64 j = index[at[1] + k * indexStride];
      if (valid(j, size, errors)) out[at[2] + j * outStride] += x[at[0] + k * xStride];
    }
  }
}

// layout over the columns: x, out. keys is sorted, order says where each key stood.
template <class T>
__device__ __forceinline__ void scatterSorted(const T* x, const i64* keys, const i64* order, T* out, i64 work, i64 length,
                                              i64 size, i64 xStride, i64 outStride, int* errors, const Divisor& columns,
                                              const Strided<2>& layout) {
#pragma unroll 1
  for (i64 w = globalThread(); w < work; w += globalThreads()) {
    i64 p = divide(w, columns);
    i64 key = keys[p];
    if (p > 0 && keys[p - 1] == key) continue;  // another thread owns this run
    if (!valid(key, size, errors)) continue;
    i64 at[2];
    offsets(layout, w - p * columns.value, at);
    T* to = out + at[1] + key * outStride;
    T sum = *to;
    for (; p < length && keys[p] == key; p++) sum += x[at[0] + order[p] * xStride];
    *to = sum;
  }
}

template <class T, class I>
__device__ __forceinline__ void oneHot(const I* index, T* out, i64 n, T on, T off, i64 size, int* errors,
                                       const Divisor& classes) {
#pragma unroll 1
  for (i64 i = globalThread(); i < n; i += globalThreads()) {
    i64 row = divide(i, classes);
    i64 j = index[row];
    out[i] = valid(j, size, errors) && j == i - row * classes.value ? on : off;
  }
}

// out[i...] = x[i... with i_axis replaced by index[i...]]; n elements of out, `size` and `stride` of x along the axis. An
// embedding is this with an index broadcast along the row. One element per thread and turn: where rows allow it, as b128.
// Bytes moved per element: twice its size, and the index's.
#define GATHER(T, I)                                                                                                     \
  ELEMENTWISE_KERNEL indexing_gather_##T##_##I(const T* x, const I* index, T* out, i64 n, i64 size, i64 stride,          \
                                               int* errors, const __grid_constant__ Strided<3> layout) {                 \
    gather<T, I>(x, index, out, n, size, stride, errors, layout);                                                        \
  }
#define GATHERS(T) GATHER(T, i32) GATHER(T, i64)
GATHERS(b8)
GATHERS(b16)
GATHERS(b32)
GATHERS(b64)
GATHERS(b128)

// out[i... with i_axis replaced by index[i...]] += x[i...]. A thread owns a column (all axes but one fixed) and walks the axis,
// so any index will do; for few columns and long axes the sorted form is faster. One column per thread.
// Bytes moved per element of x: its size three times, and the index's.
#define SCATTER(N, T, I)                                                                                                 \
  ELEMENTWISE_KERNEL indexing_scatter_##N##_##I(const T* x, const I* index, T* out, i64 columns, i64 length, i64 size,   \
                                                i64 xStride, i64 indexStride, i64 outStride, int* errors,                \
                                                const __grid_constant__ Strided<3> layout) {                             \
    scatterColumns<T, I>(x, index, out, columns, length, size, xStride, indexStride, outStride, errors, layout);         \
  }
#define SCATTERS(N, T) SCATTER(N, T, i32) SCATTER(N, T, i64)
SCATTERS(f32, float)
SCATTERS(f64, double)
SCATTERS(i32, int)
SCATTERS(i64, i64)

// The same where the index depends on the axis alone (embeddings): keys[length] is the index sorted stably (sort_tile,
// sort_merge), order[length] its permutation; work = length * columns. One thread per sorted position and column; the first
// position of a run of equal keys sums the run. Bytes moved per element of x: its size, and 16 for key and order.
#define SCATTER_SORTED(N, T)                                                                                             \
  ELEMENTWISE_KERNEL indexing_scatter_sorted_##N(const T* x, const i64* keys, const i64* order, T* out, i64 work,        \
                                                 i64 length, i64 size, i64 xStride, i64 outStride, int* errors,          \
                                                 const __grid_constant__ Divisor columns,                                \
                                                 const __grid_constant__ Strided<2> layout) {                            \
    scatterSorted<T>(x, keys, order, out, work, length, size, xStride, outStride, errors, columns, layout);              \
  }
SCATTER_SORTED(f32, float)
SCATTER_SORTED(f64, double)

// out[row, c] = c == index[row] ? on : off, contiguous; n = rows * classes. One element per thread and turn.
// Bytes moved per element: its size, and the index's once per row.
#define ONE_HOT(N, T, I)                                                                                                 \
  ELEMENTWISE_KERNEL indexing_one_hot_##N##_##I(const I* index, T* out, i64 n, T on, T off, int* errors,                 \
                                                const __grid_constant__ Divisor classes) {                               \
    oneHot<T, I>(index, out, n, on, off, classes.value, errors, classes);                                                \
  }
ONE_HOT(f32, float, i32)
ONE_HOT(f32, float, i64)
ONE_HOT(f64, double, i32)
ONE_HOT(f64, double, i64)
