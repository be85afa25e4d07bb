// Kernels in which threads work together. Each is right as it stands; the tests also run them with a barrier taken out.
template <class T> __device__ __forceinline__ T warpSum(T v) {
  for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(0xffffffffu, v, o);
  return v;
}

// Sum over the block; every thread gets it. The last barrier lets the caller use s again.
__device__ float blockSum(float v, float* s) {
  v = warpSum(v);
  if ((threadIdx.x & 31) == 0) s[threadIdx.x >> 5] = v;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < blockDim.x / 32; i++) sum += s[i];
  __syncthreads();
  return sum;
}

__device__ float blockMax(float v, float* s) {
  for (int o = 16; o > 0; o >>= 1) v = fmaxf(v, __shfl_down_sync(0xffffffffu, v, o));
  if ((threadIdx.x & 31) == 0) s[threadIdx.x >> 5] = v;
  __syncthreads();
  if (threadIdx.x < 32) {
    v = threadIdx.x < blockDim.x / 32 ? s[threadIdx.x] : -INFINITY;
    for (int o = 16; o > 0; o >>= 1) v = fmaxf(v, __shfl_down_sync(0xffffffffu, v, o));
    if (threadIdx.x == 0) s[0] = v;
  }
  __syncthreads();
  v = s[0];
  __syncthreads();
  return v;
}

extern "C" __global__ void softmax(const float* __restrict__ x, float* __restrict__ y, int n) {
  __shared__ float s[32];
  const float* row = x + (size_t)blockIdx.x * n;
  float m = -INFINITY;
  for (int i = threadIdx.x; i < n; i += blockDim.x) m = fmaxf(m, row[i]);
  m = blockMax(m, s);
  float t = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) t += expf(row[i] - m);
  t = blockSum(t, s);
  for (int i = threadIdx.x; i < n; i += blockDim.x) y[(size_t)blockIdx.x * n + i] = expf(row[i] - m) / t;
}

extern "C" __global__ void layerNorm(const float* x, float* y, int n) {
  __shared__ float s[32];
  const float* row = x + (size_t)blockIdx.x * n;
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) sum += row[i];
  float mean = blockSum(sum, s) / n;
  float square = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) square += (row[i] - mean) * (row[i] - mean);
  float scale = rsqrtf(blockSum(square, s) / n + 1e-5f);
  for (int i = threadIdx.x; i < n; i += blockDim.x) y[(size_t)blockIdx.x * n + i] = (row[i] - mean) * scale;
}

// Tree reduction in dynamic shared memory.
extern __shared__ float buffer[];
extern "C" __global__ void treeSum(const float* x, float* y, int n) {
  int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
  buffer[t] = i < n ? x[i] : 0;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half >>= 1) {
    if (t < half) buffer[t] += buffer[t + half];
    __syncthreads();
  }
  if (t == 0) y[blockIdx.x] = buffer[0];
}

// Tiles of 32 x 32; with a padded column there are no bank conflicts.
template <int PAD> __device__ void transposeTile(const float* x, float* y, int rows, int columns) {
  __shared__ float tile[32][32 + PAD];
  int c = blockIdx.x * 32 + threadIdx.x, r = blockIdx.y * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (c < columns && r + j < rows) tile[threadIdx.y + j][threadIdx.x] = x[(r + j) * columns + c];
  __syncthreads();
  c = blockIdx.y * 32 + threadIdx.x;
  r = blockIdx.x * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (c < rows && r + j < columns) y[(r + j) * rows + c] = tile[threadIdx.x][threadIdx.y + j];
}
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns) {
  transposeTile<1>(x, y, rows, columns);
}
extern "C" __global__ void transposeConflicts(const float* x, float* y, int rows, int columns) {
  transposeTile<0>(x, y, rows, columns);
}
extern "C" __global__ void transposeNaive(const float* x, float* y, int rows, int columns) {
  int c = blockIdx.x * blockDim.x + threadIdx.x, r = blockIdx.y * blockDim.y + threadIdx.y;
  if (c < columns && r < rows) y[c * rows + r] = x[r * columns + c];
}

extern "C" __global__ void matmul(const float* a, const float* b, float* c, int m, int n, int k) {
  __shared__ float as[16][16], bs[16][17];
  int row = blockIdx.y * 16 + threadIdx.y, col = blockIdx.x * 16 + threadIdx.x;
  float sum = 0;
  for (int t = 0; t < k; t += 16) {
    as[threadIdx.y][threadIdx.x] = row < m && t + threadIdx.x < k ? a[row * k + t + threadIdx.x] : 0;
    bs[threadIdx.y][threadIdx.x] = col < n && t + threadIdx.y < k ? b[(t + threadIdx.y) * n + col] : 0;
    __syncthreads();
    for (int i = 0; i < 16; i++) sum += as[threadIdx.y][i] * bs[i][threadIdx.x];
    __syncthreads();
  }
  if (row < m && col < n) c[row * n + col] = sum;
}

// Sum of everything in one launch: the last block to finish adds the parts.
__device__ unsigned finished;
extern "C" __global__ void sumAll(const float* x, volatile float* parts, float* y, int n) {
  __shared__ float s[32];
  __shared__ bool last;
  float v = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) v += x[i];
  v = blockSum(v, s);
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = v;
    __threadfence();
    last = atomicAdd(&finished, 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (!last) return;
  v = 0;
  for (int i = threadIdx.x; i < gridDim.x; i += blockDim.x) v += parts[i];
  v = blockSum(v, s);
  if (threadIdx.x == 0) {
    *y = v;
    finished = 0;
  }
}

// Histogram with atomics in shared, then in global memory.
extern "C" __global__ void histogram(const unsigned char* x, unsigned* bins, int n) {
  __shared__ unsigned s[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x) s[i] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&s[x[i]], 1);
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x) if (s[i]) atomicAdd(&bins[i], s[i]);
}

// Inclusive prefix sum of a block, warp by warp; shared bytes as flags.
extern "C" __global__ void scan(const int* x, int* y, int n) {
  __shared__ int sums[32];
  __shared__ unsigned char full[32];
  int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  int v = i < n ? x[i] : 0;
  for (int o = 1; o < 32; o <<= 1) {
    int u = __shfl_up_sync(0xffffffffu, v, o);
    if (lane >= o) v += u;
  }
  if (lane == 31) {
    sums[warp] = v;
    full[warp] = 1;
  }
  __syncthreads();
  int before = 0;
  for (int w = 0; w < warp; w++) if (full[w]) before += sums[w];
  if (i < n) y[i] = v + before;
}

// Lanes with equal keys add up their values: masks from match, shuffles under those masks.
extern "C" __global__ void aggregate(const int* key, const int* value, int* sum, int n) {
  int i = threadIdx.x, lane = i & 31;
  unsigned peers = __match_any_sync(0xffffffffu, key[i]);
  int total = 0;
  for (unsigned m = peers; m; m &= m - 1) total += __shfl_sync(peers, value[i], __ffs(m) - 1);
  if (lane == __ffs(peers) - 1) atomicAdd(&sum[key[i]], total);
}

// Warp-synchronous exchange through shared memory, ordered by __syncwarp alone.
extern "C" __global__ void reverseInWarp(const float* x, float* y) {
  __shared__ float s[256];
  int t = threadIdx.x;
  s[t] = x[blockIdx.x * blockDim.x + t];
  __syncwarp();
  float v = s[t ^ 31];
  __syncwarp();
  s[t] = v * 2;
  __syncwarp();
  y[blockIdx.x * blockDim.x + t] = s[t ^ 1];
}

// Philox 4x32-10 and dropout: integer multiply-high, bools, a predicated store.
extern "C" __global__ void dropout(const float* x, float* y, unsigned char* kept, unsigned long long seed, float p, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned a = i, b = 0, c = 0, d = 0, k = (unsigned)seed, l = (unsigned)(seed >> 32);
  for (int r = 0; r < 10; r++) {
    unsigned h0 = __umulhi(0xD2511F53u, a), l0 = 0xD2511F53u * a, h1 = __umulhi(0xCD9E8D57u, c), l1 = 0xCD9E8D57u * c;
    a = h1 ^ b ^ k;
    b = l1;
    c = h0 ^ d ^ l;
    d = l0;
    k += 0x9E3779B9u;
    l += 0xBB67AE85u;
  }
  bool keep = (a >> 8) * 0x1p-24f >= p;
  kept[i] = keep;
  y[i] = keep ? x[i] / (1 - p) : 0;
}
