// Random fills and dropout from Philox 4x32-10.
//
// state: three int64 in device memory: seed, stream, offset (in blocks of four words). A launch starts at block offset + delta.
// Launch: 256 threads, grid-stride; a thread takes one Philox block (4 elements of 32 bits or 2 of 64) per turn.
#include "common.cuh"
#include "philox.cuh"

namespace {

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

}  // namespace

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

// As random_dropout_f32 for float64; the mask is the float32 one, so both types drop the same elements. Bytes moved per element: 8 read, 8 written.
ELEMENTWISE_KERNEL random_dropout_f64(const double* x, double* y, i64 n, float p, double scale, const i64* state,
                                       i64 delta) {
  Cursor c = cursor(state, delta);
  bool wide = aligned16(x) && aligned16(y);
  for (i64 b = globalThread(); b * 4 < n; b += globalThreads()) {
    PhiloxWords r = philoxBlock(c.seed, c.stream, c.first + b);
    i64 i = b * 4;
    if (wide && i + 4 <= n) {
      double2 low = *reinterpret_cast<const double2*>(x + i);
      double2 high = *reinterpret_cast<const double2*>(x + i + 2);
      *reinterpret_cast<double2*>(y + i) =
          make_double2(dropped(low.x, r.w[0], p, scale), dropped(low.y, r.w[1], p, scale));
      *reinterpret_cast<double2*>(y + i + 2) =
          make_double2(dropped(high.x, r.w[2], p, scale), dropped(high.y, r.w[3], p, scale));
    } else {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        if (i + k < n) y[i + k] = dropped(x[i + k], r.w[k], p, scale);
      }
    }
  }
}

// state[2] += blocks: moves the generator on, at the end of a captured step. Launch: one thread.
extern "C" __global__ void __launch_bounds__(1) random_advance(i64* state, i64 blocks) {
  state[2] += blocks;
}
