// Random fills and dropout from Philox 4x32-10.
//
// state: three int64 in device memory: seed, stream, offset (in blocks of four words). A launch starts at block offset + delta.
// Launch: 256 threads, grid-stride; a thread takes one Philox block (4 elements of 32 bits or 2 of 64) per turn.
#include "common.cuh"
#include "philox.cuh"

struct Cursor {
  i64 seed, stream, first;
};

__device__ __forceinline__ Cursor cursor(const i64* state, i64 delta) {
  return {state[0], state[1], state[2] + delta};
}

__device__ __forceinline__ bool aligned16(const void* p) {
  return ((u64) p & 15) == 0;
}

// Draws four 32-bit elements from a block.
struct Bits {
  typedef int Element;
  __device__ __forceinline__ static int4 draw(const PhiloxWords& b) {
    return make_int4((int) b.w[0], (int) b.w[1], (int) b.w[2], (int) b.w[3]);
  }
};

struct Uniform {
  typedef float Element;
  __device__ __forceinline__ static float4 draw(const PhiloxWords& b) {
    return make_float4(philoxUniform(b.w[0]), philoxUniform(b.w[1]), philoxUniform(b.w[2]), philoxUniform(b.w[3]));
  }
};

struct Normal {
  typedef float Element;
  __device__ __forceinline__ static float4 draw(const PhiloxWords& b) {
    float2 even = philoxNormal(b.w[0], b.w[1]);
    float2 odd = philoxNormal(b.w[2], b.w[3]);
    return make_float4(even.x, even.y, odd.x, odd.y);
  }
};

struct Uniform64 {
  __device__ __forceinline__ static double2 draw(const PhiloxWords& b) {
    return make_double2(philoxUniform(b.w[0], b.w[1]), philoxUniform(b.w[2], b.w[3]));
  }
};

struct Normal64 {
  __device__ __forceinline__ static double2 draw(const PhiloxWords& b) { return philoxNormal(b); }
};

template <typename D, typename T4>
__device__ __forceinline__ void fill32(typename D::Element* out, i64 n, const i64* state, i64 delta) {
  Cursor c = cursor(state, delta);
  bool wide = aligned16(out);
  for (i64 b = globalThread(); b * 4 < n; b += globalThreads()) {
    T4 v = D::draw(philoxBlock(c.seed, c.stream, c.first + b));
    i64 i = b * 4;
    if (wide && i + 4 <= n) {
      *reinterpret_cast<T4*>(out + i) = v;
    } else {
      out[i] = v.x;
      if (i + 1 < n) out[i + 1] = v.y;
      if (i + 2 < n) out[i + 2] = v.z;
      if (i + 3 < n) out[i + 3] = v.w;
    }
  }
}

template <typename D>
__device__ __forceinline__ void fill64(double* out, i64 n, const i64* state, i64 delta) {
  Cursor c = cursor(state, delta);
  bool wide = aligned16(out);
  for (i64 b = globalThread(); b * 2 < n; b += globalThreads()) {
    double2 v = D::draw(philoxBlock(c.seed, c.stream, c.first + b));
    i64 i = b * 2;
    if (wide && i + 2 <= n) {
      *reinterpret_cast<double2*>(out + i) = v;
    } else {
      out[i] = v.x;
      if (i + 1 < n) out[i + 1] = v.y;
    }
  }
}

// Element i is kept where its float32 uniform is >= p. A dropped element is +0, whatever x holds.
template <typename T>
__device__ __forceinline__ T dropped(T x, unsigned word, float p, T scale) {
  return philoxUniform(word) >= p ? x * scale : T(0);
}

// out[i] = the i-th 32-bit word. Bytes moved per element: 4 written.
ELEMENTWISE_KERNEL random_bits_i32(int* out, i64 n, const i64* state, i64 delta) {
  fill32<Bits, int4>(out, n, state, delta);
}

// out[i] uniform in [0, 1). Bytes moved per element: 4 written.
ELEMENTWISE_KERNEL random_uniform_f32(float* out, i64 n, const i64* state, i64 delta) {
  fill32<Uniform, float4>(out, n, state, delta);
}

// out[i] uniform in [0, 1). Bytes moved per element: 8 written.
ELEMENTWISE_KERNEL random_uniform_f64(double* out, i64 n, const i64* state, i64 delta) {
  fill64<Uniform64>(out, n, state, delta);
}

// out[i] standard normal. Bytes moved per element: 4 written.
ELEMENTWISE_KERNEL random_normal_f32(float* out, i64 n, const i64* state, i64 delta) {
  fill32<Normal, float4>(out, n, state, delta);
}

// out[i] standard normal. Bytes moved per element: 8 written.
ELEMENTWISE_KERNEL random_normal_f64(double* out, i64 n, const i64* state, i64 delta) {
  fill64<Normal64>(out, n, state, delta);
}

// y[i] = x[i] * scale where the element is kept, else 0. The backward pass is the same kernel on dy, with the same state and
// delta: the mask is drawn again rather than stored. x may be y. Bytes moved per element: 4 read, 4 written.
ELEMENTWISE_KERNEL random_dropout_f32(const float* x, float* y, i64 n, float p, float scale, const i64* state,
                                       i64 delta) {
  Cursor c = cursor(state, delta);
  bool wide = aligned16(x) && aligned16(y);
  for (i64 b = globalThread(); b * 4 < n; b += globalThreads()) {
    PhiloxWords r = philoxBlock(c.seed, c.stream, c.first + b);
    i64 i = b * 4;
    if (wide && i + 4 <= n) {
      float4 v = *reinterpret_cast<const float4*>(x + i);
      v.x = dropped(v.x, r.w[0], p, scale);
      v.y = dropped(v.y, r.w[1], p, scale);
      v.z = dropped(v.z, r.w[2], p, scale);
      v.w = dropped(v.w, r.w[3], p, scale);
      *reinterpret_cast<float4*>(y + i) = v;
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (i + k < n) y[i + k] = dropped(x[i + k], r.w[k], p, scale);
      }
    }
  }
}

// As random_dropout_f32 for float64; the mask is the float32 one, so both types drop the same elements. The words of a block
// serve four elements, but neighbours in a warp should take neighbouring pairs: the 64 pairs of a warp's 32 blocks are taken in
// two turns, and the words come over from the lane that drew them. Bytes moved per element: 8 read, 8 written.
ELEMENTWISE_KERNEL random_dropout_f64(const double* x, double* y, i64 n, float p, double scale, const i64* state, i64 delta) {
  Cursor c = cursor(state, delta);
  bool wide = aligned16(x) && aligned16(y);
  int lane = threadIdx.x & 31;
  i64 blocks = (n + 3) / 4;
  // The bound is that of the warp, so that all lanes are there to give and to take.
#pragma unroll 1
  for (i64 b = globalThread(); b - lane < blocks; b += globalThreads()) {
    PhiloxWords r = philoxBlock(c.seed, c.stream, c.first + b);
#pragma unroll
    for (int turn = 0; turn < 2; turn++) {
      int from = turn * 16 + lane / 2;
      unsigned w0 = __shfl_sync(0xffffffffu, r.w[0], from), w1 = __shfl_sync(0xffffffffu, r.w[1], from);
      unsigned w2 = __shfl_sync(0xffffffffu, r.w[2], from), w3 = __shfl_sync(0xffffffffu, r.w[3], from);
      unsigned first = lane & 1 ? w2 : w0, second = lane & 1 ? w3 : w1;
      i64 i = (b - lane) * 4 + turn * 64 + lane * 2;
      if (wide && i + 2 <= n) {
        double2 v = *reinterpret_cast<const double2*>(x + i);
        *reinterpret_cast<double2*>(y + i) = make_double2(dropped(v.x, first, p, scale), dropped(v.y, second, p, scale));
      } else {
        if (i < n) y[i] = dropped(x[i], first, p, scale);
        if (i + 1 < n) y[i + 1] = dropped(x[i + 1], second, p, scale);
      }
    }
  }
}

// state[2] += blocks: moves the generator on, at the end of a captured step. Launch: one thread.
extern "C" __global__ void __launch_bounds__(1) random_advance(i64* state, i64 blocks) {
  state[2] += blocks;
}
