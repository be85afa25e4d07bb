// Elementwise kernels: what nvcc makes of the mathematical functions, conversions and integer operations.
struct View {
  int dims;
  long long shape[4];
  long long stride[4];
};

// One result per function, row by row: y[f * n + i] = f(x[i]). The slow paths (range reduction, pow) use local memory and calls.
extern "C" __global__ void functions32(const float* __restrict__ x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float v = x[i];
  float r[] = {expf(v), logf(v), sinf(v), cosf(v), tanf(v), tanhf(v), erff(v), log1pf(v), expm1f(v), powf(v, 1.7f), sqrtf(v),
      rsqrtf(v), 1 / v, v / 3.7f, floorf(v), ceilf(v), rintf(v), truncf(v), roundf(v), asinf(v), acosf(v), atanf(v), sinhf(v), coshf(v),
      cbrtf(v), atan2f(v, 2), fmodf(v, 0.7f), exp2f(v), log2f(v), fminf(v, 1), fmaxf(v, 1), fabsf(v), copysignf(2, v)};
#pragma unroll
  for (int f = 0; f < sizeof(r) / sizeof(float); f++) y[f * n + i] = r[f];
}

extern "C" __global__ void functions64(const double* __restrict__ x, double* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double v = x[i];
  double r[] = {exp(v), log(v), sin(v), cos(v), tan(v), tanh(v), erf(v), log1p(v), expm1(v), pow(v, 1.7), sqrt(v), rsqrt(v),
      1 / v, v / 3.7, floor(v), ceil(v), rint(v), trunc(v), round(v), asin(v), acos(v), atan(v), sinh(v), cosh(v),
      cbrt(v), atan2(v, 2.0), fmod(v, 0.7), exp2(v), log2(v), fmin(v, 1.0), fmax(v, 1.0), fabs(v), copysign(2.0, v)};
#pragma unroll
  for (int f = 0; f < sizeof(r) / sizeof(double); f++) y[f * n + i] = r[f];
}

extern "C" __global__ void integers(const int* x, const long long* w, int* y, long long* z, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int v = x[i];
  long long l = w[i];
  int r[] = {v / 7, v % 7, v / (i + 1), (int)((unsigned)v / 10u), __mulhi(v, i), (int)__umulhi(v, i), __clz(v), __popc(v),
      __ffs(v), (int)__brev(v), (int)__byte_perm(v, i, 0x3175), (int)__funnelshift_l(v, i, i), min(v, i), max(v, i), abs(v), v >> (i & 31),
      (int)((unsigned)v >> (i & 31)), v << (i & 31), (int)__usad(v, i, 3), __dp4a(v, i, 5), __clzll(l), __popcll(l), __ffsll(l)};
  long long q[] = {l / 7, l % 7, l / (i + 1), (long long)((unsigned long long)l / 10ull), __mul64hi(l, l), (long long)v * i,
      l >> (i & 63), (long long)((unsigned long long)l >> (i & 63)), l << (i & 63), (long long)__brevll(l), l * v + i, min(l, (long long)v)};
#pragma unroll
  for (int f = 0; f < sizeof(r) / sizeof(int); f++) y[f * n + i] = r[f];
#pragma unroll
  for (int f = 0; f < sizeof(q) / sizeof(long long); f++) z[f * n + i] = q[f];
}

// Strided copy with a structure by value; the loop indexes it dynamically.
extern "C" __global__ void strided(const float* x, float* y, View a, View b, long long n) {
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    long long rest = i, from = 0, to = 0;
    for (int d = a.dims - 1; d >= 0; d--) {
      long long c = rest % a.shape[d];
      rest /= a.shape[d];
      from += c * a.stride[d];
      to += c * b.stride[d];
    }
    y[to] = x[from];
  }
}

extern "C" __global__ void vectors(const float4* __restrict__ x, float4* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float4 v = __ldg(x + i);
  v.x = fmaxf(v.x, 0);
  v.y = v.y * 2 + 1;
  v.z = -v.z;
  v.w = v.w > 0 ? v.w : 0.1f * v.w;
  __stcs(y + i, v);
}

__device__ __noinline__ float polynomial(float x, const float* c, int n) {
  float r = 0;
  for (int i = n - 1; i >= 0; i--) r = r * x + c[i];
  return r;
}

// A device function that gets the address of an array in local memory.
extern "C" __global__ void localArray(const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float c[8];
  for (int k = 0; k < 8; k++) c[(k * 3) & 7] = x[k];
  y[i] = polynomial(x[i], c, 1 + (i & 7));
}

extern "C" __global__ void branches(const int* which, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float v = y[i];
  switch (which[i]) {
    case 0: v = v * 2; break;
    case 1: v = sinf(v); break;
    case 2: v = v / 3; break;
    case 3: for (int k = 0; k < i; k++) v += k; break;
    case 4: v = -v; break;
    case 5: if (v > 1) v = 1; else if (v < 0) v = 0; break;
    default: v = 42;
  }
  y[i] = v;
}
