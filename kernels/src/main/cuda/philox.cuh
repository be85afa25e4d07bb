// Philox 4x32-10 and its distributions, bit for bit those of dev.athanor.backend.Philox (the definition).
// Every rounding is written out with an _rn intrinsic, so that the compiler contracts nothing.
#pragma once

struct PhiloxWords {
  unsigned w[4];
};

// The block `block` of a stream: counter words (block, stream), key seed.
__device__ __forceinline__ PhiloxWords philoxBlock(long long seed, long long stream, long long block) {
  unsigned k0 = (unsigned) seed, k1 = (unsigned) ((unsigned long long) seed >> 32);
  unsigned c0 = (unsigned) block, c1 = (unsigned) ((unsigned long long) block >> 32);
  unsigned c2 = (unsigned) stream, c3 = (unsigned) ((unsigned long long) stream >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    unsigned h0 = __umulhi(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
    unsigned h1 = __umulhi(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
    c0 = h1 ^ c1 ^ k0;
    c2 = h0 ^ c3 ^ k1;
    c1 = l1;
    c3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Uniform in [0, 1) on a grid of 2^-24; exact.
__device__ __forceinline__ float philoxUniform(unsigned word) {
  return __fmul_rn(__uint2float_rn(word >> 8), 0x1p-24f);
}

// Uniform in [0, 1) on a grid of 2^-53; exact.
__device__ __forceinline__ double philoxUniform(unsigned high, unsigned low) {
  unsigned long long bits = ((unsigned long long) high << 32 | low) >> 11;
  return __dmul_rn(__ull2double_rn(bits), 0x1p-53);
}

__device__ __forceinline__ float philoxLog(float x) {
  int bits = __float_as_int(x);
  int e = (bits - 0x3F3504F3) >> 23;
  float m = __int_as_float(bits - (e << 23));
  float f = __fsub_rn(m, 1.f);
  float z = __fmul_rn(f, f);
  float p = 7.0376836292e-2f;
  p = __fmaf_rn(p, f, -1.1514610310e-1f);
  p = __fmaf_rn(p, f, 1.1676998740e-1f);
  p = __fmaf_rn(p, f, -1.2420140846e-1f);
  p = __fmaf_rn(p, f, 1.4249322787e-1f);
  p = __fmaf_rn(p, f, -1.6668057665e-1f);
  p = __fmaf_rn(p, f, 2.0000714765e-1f);
  p = __fmaf_rn(p, f, -2.4999993993e-1f);
  p = __fmaf_rn(p, f, 3.3333331174e-1f);
  float y = __fmul_rn(__fmul_rn(p, f), z);
  float k = __int2float_rn(e);
  y = __fmaf_rn(k, -2.12194440e-4f, y);
  y = __fmaf_rn(z, -0.5f, y);
  return __fmaf_rn(k, 0.693359375f, __fadd_rn(f, y));
}

// cos and sin of t quarter turns, t in [0, 4].
__device__ __forceinline__ float2 philoxCosSin(float t) {
  int q = (int) __fadd_rn(t, 0.5f);
  float x = __fmul_rn(__fsub_rn(t, __int2float_rn(q)), 1.57079632679f);
  float z = __fmul_rn(x, x);
  float p = -1.9515295891e-4f;
  p = __fmaf_rn(p, z, 8.3321608736e-3f);
  p = __fmaf_rn(p, z, -1.6666654611e-1f);
  float sine = __fmaf_rn(__fmul_rn(p, z), x, x);
  p = 2.443315711809948e-5f;
  p = __fmaf_rn(p, z, -1.388731625493765e-3f);
  p = __fmaf_rn(p, z, 4.166664568298827e-2f);
  float cosine = __fmaf_rn(__fmul_rn(p, z), z, __fmaf_rn(z, -0.5f, 1.f));
  float c = (q & 1) ? sine : cosine;
  float s = (q & 1) ? cosine : sine;
  return make_float2((q + 1 & 3) >= 2 ? -c : c, (q & 3) >= 2 ? -s : s);
}

// Two standard normal deviates (elements 2j and 2j + 1) by Box and Muller from words 2j and 2j + 1.
__device__ __forceinline__ float2 philoxNormal(unsigned word0, unsigned word1) {
  float u = __fmul_rn(__ull2float_rn((unsigned long long) word0 + 1), 0x1p-32f);
  float r = __fsqrt_rn(__fmul_rn(-2.f, philoxLog(u)));
  float t = __fmul_rn(__uint2float_rn(word1 >> 8), 0x1p-22f);
  float2 cs = philoxCosSin(t);
  return make_float2(__fmul_rn(r, cs.x), __fmul_rn(r, cs.y));
}

__device__ __forceinline__ double philoxLog(double x) {
  long long bits = __double_as_longlong(x);
  int e = (int) ((bits - 0x3FE6A09E667F3BCDLL) >> 52);
  double m = __longlong_as_double(bits - ((long long) e << 52));
  double s = __ddiv_rn(__dsub_rn(m, 1.0), __dadd_rn(m, 1.0));
  double z = __dmul_rn(s, s);
  double p = 1.0 / 23;
#pragma unroll
  for (int k = 21; k >= 3; k -= 2) {
    p = __fma_rn(p, z, 1.0 / k);
  }
  double y = __fma_rn(__dmul_rn(p, z), s, s);
  return __fma_rn(__int2double_rn(e), 0.6931471805599453, __dmul_rn(2.0, y));
}

__device__ __forceinline__ double2 philoxCosSin(double t) {
  int q = (int) __dadd_rn(t, 0.5);
  double x = __dmul_rn(__dsub_rn(t, __int2double_rn(q)), 1.5707963267948966);
  double z = __dmul_rn(x, x);
  double sine = 1.0, cosine = 1.0;
#pragma unroll
  for (int k = 17; k >= 2; k -= 2) {
    sine = __fma_rn(__dmul_rn(sine, z), -1.0 / (k * (k - 1)), 1.0);
  }
  sine = __dmul_rn(sine, x);
#pragma unroll
  for (int k = 18; k >= 2; k -= 2) {
    cosine = __fma_rn(__dmul_rn(cosine, z), -1.0 / (k * (k - 1)), 1.0);
  }
  double c = (q & 1) ? sine : cosine;
  double s = (q & 1) ? cosine : sine;
  return make_double2((q + 1 & 3) >= 2 ? -c : c, (q & 3) >= 2 ? -s : s);
}

// Two standard normal deviates of float64 from one block: the radius from words 0 and 1, the angle from words 2 and 3.
__device__ __forceinline__ double2 philoxNormal(PhiloxWords b) {
  double u = __dadd_rn(philoxUniform(b.w[0], b.w[1]), 0x1p-53);
  double r = __dsqrt_rn(__dmul_rn(-2.0, philoxLog(u)));
  double2 cs = philoxCosSin(__dmul_rn(philoxUniform(b.w[2], b.w[3]), 4.0));
  return make_double2(__dmul_rn(r, cs.x), __dmul_rn(r, cs.y));
}
