// Optimizer steps over all parameters of a group in one launch. Launch: one block of 256 threads per chunk (see optimizer.cuh,
// which also describes table, chunks and count).
//
// schedule: float64 in device memory: {lr, step} (NAdam: {lr, step, muProduct}), step counted from 1.
// gradScale: one float64 in device memory that multiplies every gradient (clipping, loss scaling), or null.
// skip: one int32 in device memory; where it is not 0 the launch changes nothing (a gradient overflowed), or null.
// Betas, epsilon and weight decay are launch constants. Formulas: PyTorch's documentation of torch.optim, where not said
// otherwise.
#include "optimizer.cuh"

enum Flag {
  NESTEROV = 1,       // SGD: look-ahead gradient
  AMSGRAD = 2,        // Adam: divide by the largest second moment seen (state 2)
  CENTERED = 2,       // RMSprop: subtract the squared mean gradient (state 2)
  EPS_INSIDE = 4,     // epsilon is added under the root
  MAXIMIZE = 8,       // ascend
  DECOUPLED = 16      // weight decay shrinks the parameter instead of joining the gradient (AdamW)
};

// beta^t for t >= 0 by squaring.
__device__ __forceinline__ double power(double beta, double t) {
  i64 e = (i64) t;
  double r = 1.0;
  for (double b = beta; e > 0; e >>= 1, b *= b) {
    if (e & 1) r *= b;
  }
  return r;
}

template <typename T>
__device__ __forceinline__ T root(T x);
template <>
__device__ __forceinline__ float root(float x) { return sqrtf(x); }
template <>
__device__ __forceinline__ double root(double x) { return sqrt(x); }

template <typename T>
__device__ __forceinline__ T rootEps(T v, T eps, bool inside) {
  return inside ? root(v + eps) : root(v) + eps;
}

template <typename T>
__device__ __forceinline__ T absolute(T x) { return x < T(0) ? -x : x; }

// What the rules have in common: gradient scaling, ascent and weight decay.
template <typename T>
struct Common {
  T lr, gradScale, decay, shrink;
  bool inside;

  __device__ void prepare(const double* schedule, const double* scale, double weightDecay, int flags) {
    double rate = schedule[0];
    double s = scale == nullptr ? 1.0 : *scale;
    bool decoupled = (flags & DECOUPLED) != 0;
    lr = (T) rate;
    gradScale = (T) ((flags & MAXIMIZE) != 0 ? -s : s);
    decay = decoupled ? T(0) : (T) weightDecay;
    shrink = decoupled ? (T) (1.0 - rate * weightDecay) : T(1);
    inside = (flags & EPS_INSIDE) != 0;
  }

  __device__ __forceinline__ T gradient(T p, T g) const { return g * gradScale + decay * p; }
};

// s0 = momentum buffer. The first step (step = 1) stores the gradient itself, undampened.
template <typename T>
struct Sgd : Common<T> {
  T momentum, keep;
  bool nesterov, first;

  __device__ bool uses(int k) const { return k == 0 && momentum != T(0); }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    if (momentum != T(0)) {
      s[0] = first ? g : momentum * s[0] + keep * g;
      g = nesterov ? g + momentum * s[0] : s[0];
    }
    p = p * this->shrink - this->lr * g;
  }
};

// s0 = sum of squares. lr decays as lr / (1 + (step - 1) lrDecay).
template <typename T>
struct AdaGrad : Common<T> {
  T eps;

  __device__ bool uses(int k) const { return k == 0; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] += g * g;
    p = p * this->shrink - this->lr * g / rootEps(s[0], eps, this->inside);
  }
};

// s0 = mean square, s1 = momentum buffer (where momentum > 0), s2 = mean gradient (where centred).
template <typename T>
struct RmsProp : Common<T> {
  T alpha, rest, eps, momentum;
  bool centered;

  __device__ bool uses(int k) const { return k == 0 || (k == 1 ? momentum != T(0) : centered); }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = alpha * s[0] + rest * (g * g);
    T v = s[0];
    if (centered) {
      s[2] = alpha * s[2] + rest * g;
      v -= s[2] * s[2];
      v = v < T(0) ? T(0) : v;  // rounding can carry the variance below zero
    }
    T update = g / rootEps(v, eps, this->inside);
    if (momentum != T(0)) {
      s[1] = momentum * s[1] + update;
      update = s[1];
    }
    p = p * this->shrink - this->lr * update;
  }
};

// s0 = mean square of the gradients, s1 = of the updates. Zeiler 2012 has epsilon inside the roots.
template <typename T>
struct AdaDelta : Common<T> {
  T rho, rest, eps;

  __device__ bool uses(int k) const { return k < 2; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = rho * s[0] + rest * (g * g);
    T update = rootEps(s[1], eps, this->inside) / rootEps(s[0], eps, this->inside) * g;
    s[1] = rho * s[1] + rest * (update * update);
    p = p * this->shrink - this->lr * update;
  }
};

// s0 = first moment, s1 = second moment, s2 = largest second moment (AMSGrad). stepSize = lr / (1 - beta1^t), and the
// corrected root is sqrt(v) / sqrt(1 - beta2^t) + eps, or sqrt(v / (1 - beta2^t) + eps) with epsilon inside.
template <typename T>
struct Adam : Common<T> {
  T beta1, rest1, beta2, rest2, eps, stepSize, inverse2;
  bool amsgrad;

  __device__ bool uses(int k) const { return k < 2 || amsgrad; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = beta1 * s[0] + rest1 * g;
    s[1] = beta2 * s[1] + rest2 * (g * g);
    T v = s[1];
    if (amsgrad) {
      s[2] = s[2] > v ? s[2] : v;
      v = s[2];
    }
    p = p * this->shrink - stepSize * s[0] / rootEps(v * inverse2, eps, this->inside);
  }
};

// s0 = first moment, s1 = decayed maximum of |g|. Epsilon "inside" joins |g| under the maximum (PyTorch), outside it joins the
// divisor.
template <typename T>
struct Adamax : Common<T> {
  T beta1, rest1, beta2, eps, stepSize;

  __device__ bool uses(int k) const { return k < 2; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = beta1 * s[0] + rest1 * g;
    T old = beta2 * s[1];
    T now = this->inside ? absolute(g) + eps : absolute(g);
    s[1] = now < old ? old : now;
    p = p * this->shrink - stepSize * s[0] / (this->inside ? s[1] : s[1] + eps);
  }
};

// s0, s1 = moments. Dozat 2016: mu_t = beta1 (1 - 0.96^(t psi) / 2); gradFactor = lr (1 - mu_t) / (1 - prod mu),
// momentFactor = lr mu_(t+1) / (1 - mu_(t+1) prod mu), where the product runs to t and stands in schedule[2].
template <typename T>
struct NAdam : Common<T> {
  T beta1, rest1, beta2, rest2, eps, gradFactor, momentFactor, inverse2;

  __device__ bool uses(int k) const { return k < 2; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = beta1 * s[0] + rest1 * g;
    s[1] = beta2 * s[1] + rest2 * (g * g);
    T r = rootEps(s[1] * inverse2, eps, this->inside);
    p = p * this->shrink - (gradFactor * g + momentFactor * s[0]) / r;
  }
};

// s0, s1 = moments. Liu et al. 2020: while the variance of the adaptive rate is intractable (rho_t <= 5) the step is plain
// momentum. Epsilon outside joins the root of v before its correction.
template <typename T>
struct RAdam : Common<T> {
  T beta1, rest1, beta2, rest2, eps, stepSize, rectified, inverse2;
  bool adaptive;

  __device__ bool uses(int k) const { return k < 2; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    s[0] = beta1 * s[0] + rest1 * g;
    s[1] = beta2 * s[1] + rest2 * (g * g);
    T update = stepSize * s[0];
    if (adaptive) update = update * rectified / rootEps(s[1] * inverse2, eps, this->inside);
    p = p * this->shrink - update;
  }
};

// s0 = momentum. Chen et al. 2023: the sign of an interpolation; weight decay is decoupled.
template <typename T>
struct Lion : Common<T> {
  T beta1, rest1, beta2, rest2;

  __device__ bool uses(int k) const { return k == 0; }
  __device__ __forceinline__ void operator()(T& p, T grad, T* s) const {
    T g = this->gradient(p, grad);
    T c = beta1 * s[0] + rest1 * g;
    s[0] = beta2 * s[0] + rest2 * g;
    T direction = c > T(0) ? T(1) : c < T(0) ? T(-1) : c;  // keeps NaN
    p = p * this->shrink - this->lr * direction;
  }
};

// Applies a rule to one chunk.
template <typename T, typename R>
__device__ __forceinline__ void apply(const void* table, const int2* chunks, i64 chunk, const R& rule) {
  Span<T> a = span<T>(table, chunks, chunk);
  bool use[3] = {rule.uses(0), rule.uses(1), rule.uses(2)};
  int done = 0;
  if (a.wide) {
    typedef Wide<T> V;
    constexpr int N = 16 / sizeof(T);
    int vectors = a.n / N;
    for (int i = threadIdx.x; i < vectors; i += blockDim.x) {
      V p = reinterpret_cast<V*>(a.param)[i];
      V g = reinterpret_cast<const V*>(a.grad)[i];
      V s[3] = {};
#pragma unroll
      for (int k = 0; k < 3; k++) {
        if (use[k]) s[k] = reinterpret_cast<V*>(a.state[k])[i];
      }
#pragma unroll
      for (int e = 0; e < N; e++) {
        T one[3] = {s[0].at[e], s[1].at[e], s[2].at[e]};
        rule(p.at[e], g.at[e], one);
        s[0].at[e] = one[0], s[1].at[e] = one[1], s[2].at[e] = one[2];
      }
      reinterpret_cast<V*>(a.param)[i] = p;
#pragma unroll
      for (int k = 0; k < 3; k++) {
        if (use[k]) reinterpret_cast<V*>(a.state[k])[i] = s[k];
      }
    }
    done = vectors * N;
  }
  for (int i = done + threadIdx.x; i < a.n; i += blockDim.x) {
    T p = a.param[i];
    T s[3] = {};
#pragma unroll
    for (int k = 0; k < 3; k++) {
      if (use[k]) s[k] = a.state[k][i];
    }
    rule(p, a.grad[i], s);
    a.param[i] = p;
#pragma unroll
    for (int k = 0; k < 3; k++) {
      if (use[k]) a.state[k][i] = s[k];
    }
  }
}

// The parameters that open every step kernel.
#define STEP_PARAMS \
  const void *table, const int2 *chunks, i64 count, const double *schedule, const double *gradScale, const int *skip

// Defines the float32 and float64 kernel of a rule: PREPARE fills `r` in thread 0 from the schedule; the others wait for it.
#define STEP(NAME, RULE, PREPARE, ...)                                        \
  template <typename T>                                                       \
  __device__ __forceinline__ void NAME##_body(STEP_PARAMS, __VA_ARGS__) {     \
    if (skip != nullptr && *skip != 0) return;                                \
    __shared__ RULE<T> r;                                                     \
    if (threadIdx.x == 0) {                                                   \
      r.prepare(schedule, gradScale, weightDecay, flags);                     \
      PREPARE;                                                                \
    }                                                                         \
    __syncthreads();                                                          \
    RULE<T> rule = r;                                                         \
    for (i64 c = blockIdx.x; c < count; c += gridDim.x) {                     \
      apply<T>(table, chunks, c, rule);                                       \
    }                                                                         \
  }

STEP(sgd, Sgd, {
    r.momentum = (T) momentum;
    r.keep = (T) (1.0 - dampening);
    r.nesterov = (flags & NESTEROV) != 0;
    r.first = schedule[1] <= 1.0;
  }, double weightDecay, double momentum, double dampening, int flags)

STEP(adagrad, AdaGrad, {
    r.lr = (T) (schedule[0] / (1.0 + (schedule[1] - 1.0) * lrDecay));
    r.eps = (T) eps;
  }, double weightDecay, double lrDecay, double eps, int flags)

STEP(rmsprop, RmsProp, {
    r.alpha = (T) alpha;
    r.rest = (T) (1.0 - alpha);
    r.eps = (T) eps;
    r.momentum = (T) momentum;
    r.centered = (flags & CENTERED) != 0;
  }, double weightDecay, double alpha, double eps, double momentum, int flags)

STEP(adadelta, AdaDelta, {
    r.rho = (T) rho;
    r.rest = (T) (1.0 - rho);
    r.eps = (T) eps;
  }, double weightDecay, double rho, double eps, int flags)

STEP(adam, Adam, {
    r.beta1 = (T) beta1;
    r.rest1 = (T) (1.0 - beta1);
    r.beta2 = (T) beta2;
    r.rest2 = (T) (1.0 - beta2);
    r.eps = (T) eps;
    r.stepSize = (T) (schedule[0] / (1.0 - power(beta1, schedule[1])));
    r.inverse2 = (T) (1.0 / (1.0 - power(beta2, schedule[1])));
    r.amsgrad = (flags & AMSGRAD) != 0;
  }, double weightDecay, double beta1, double beta2, double eps, int flags)

STEP(adamax, Adamax, {
    r.beta1 = (T) beta1;
    r.rest1 = (T) (1.0 - beta1);
    r.beta2 = (T) beta2;
    r.eps = (T) eps;
    r.stepSize = (T) (schedule[0] / (1.0 - power(beta1, schedule[1])));
  }, double weightDecay, double beta1, double beta2, double eps, int flags)

STEP(nadam, NAdam, {
    double t = schedule[1];
    double mu = beta1 * (1.0 - 0.5 * exp2(t * momentumDecay * -0.058893689053568565));
    double next = beta1 * (1.0 - 0.5 * exp2((t + 1.0) * momentumDecay * -0.058893689053568565));
    double product = schedule[2];
    r.beta1 = (T) beta1;
    r.rest1 = (T) (1.0 - beta1);
    r.beta2 = (T) beta2;
    r.rest2 = (T) (1.0 - beta2);
    r.eps = (T) eps;
    r.gradFactor = (T) (schedule[0] * (1.0 - mu) / (1.0 - product));
    r.momentFactor = (T) (schedule[0] * next / (1.0 - product * next));
    r.inverse2 = (T) (1.0 / (1.0 - power(beta2, t)));
  }, double weightDecay, double beta1, double beta2, double eps, double momentumDecay, int flags)

STEP(radam, RAdam, {
    double t = schedule[1];
    double power2 = power(beta2, t);
    double limit = 2.0 / (1.0 - beta2) - 1.0;
    double rho = limit - 2.0 * t * power2 / (1.0 - power2);
    r.beta1 = (T) beta1;
    r.rest1 = (T) (1.0 - beta1);
    r.beta2 = (T) beta2;
    r.rest2 = (T) (1.0 - beta2);
    r.eps = (T) (r.inside ? eps : eps / sqrt(1.0 - power2));  // (sqrt(v) + eps) / sqrt(1 - beta2^t), as PyTorch
    r.stepSize = (T) (schedule[0] / (1.0 - power(beta1, t)));
    r.adaptive = rho > 5.0;
    r.rectified = r.adaptive
        ? (T) sqrt((rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho)) : T(1);
    r.inverse2 = (T) (1.0 / (1.0 - power2));
  }, double weightDecay, double beta1, double beta2, double eps, int flags)

STEP(lion, Lion, {
    r.beta1 = (T) beta1;
    r.rest1 = (T) (1.0 - beta1);
    r.beta2 = (T) beta2;
    r.rest2 = (T) (1.0 - beta2);
  }, double weightDecay, double beta1, double beta2, int flags)
#define STEP_ARGS table, chunks, count, schedule, gradScale, skip

// Stochastic gradient descent with momentum, Nesterov, dampening. Flags: NESTEROV MAXIMIZE DECOUPLED.
// Bytes moved per float32 element: 8 read, 4 written; with momentum 12 and 8. Twice that in float64, here and below.
CHUNK_KERNEL optimizer_sgd_f32(STEP_PARAMS, double weightDecay, double momentum, double dampening, int flags) {
  sgd_body<float>(STEP_ARGS, weightDecay, momentum, dampening, flags);
}
CHUNK_KERNEL optimizer_sgd_f64(STEP_PARAMS, double weightDecay, double momentum, double dampening, int flags) {
  sgd_body<double>(STEP_ARGS, weightDecay, momentum, dampening, flags);
}

// AdaGrad (Duchi et al. 2011). Flags: EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 12 read, 8 written.
CHUNK_KERNEL optimizer_adagrad_f32(STEP_PARAMS, double weightDecay, double lrDecay, double eps, int flags) {
  adagrad_body<float>(STEP_ARGS, weightDecay, lrDecay, eps, flags);
}
CHUNK_KERNEL optimizer_adagrad_f64(STEP_PARAMS, double weightDecay, double lrDecay, double eps, int flags) {
  adagrad_body<double>(STEP_ARGS, weightDecay, lrDecay, eps, flags);
}

// RMSprop (Tieleman and Hinton 2012; centred: Graves 2013). Flags: CENTERED EPS_INSIDE MAXIMIZE DECOUPLED.
// Bytes moved per element: 12 to 20 read, 8 to 16 written.
CHUNK_KERNEL optimizer_rmsprop_f32(STEP_PARAMS, double weightDecay, double alpha, double eps, double momentum, int flags) {
  rmsprop_body<float>(STEP_ARGS, weightDecay, alpha, eps, momentum, flags);
}
CHUNK_KERNEL optimizer_rmsprop_f64(STEP_PARAMS, double weightDecay, double alpha, double eps, double momentum, int flags) {
  rmsprop_body<double>(STEP_ARGS, weightDecay, alpha, eps, momentum, flags);
}

// AdaDelta (Zeiler 2012). Flags: EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 16 read, 12 written.
CHUNK_KERNEL optimizer_adadelta_f32(STEP_PARAMS, double weightDecay, double rho, double eps, int flags) {
  adadelta_body<float>(STEP_ARGS, weightDecay, rho, eps, flags);
}
CHUNK_KERNEL optimizer_adadelta_f64(STEP_PARAMS, double weightDecay, double rho, double eps, int flags) {
  adadelta_body<double>(STEP_ARGS, weightDecay, rho, eps, flags);
}

// Adam (Kingma and Ba 2015), AMSGrad (Reddi et al. 2018), AdamW (Loshchilov and Hutter 2019: DECOUPLED).
// Flags: AMSGRAD EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 16 read, 12 written; AMSGrad 20 and 16.
CHUNK_KERNEL optimizer_adam_f32(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  adam_body<float>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}
CHUNK_KERNEL optimizer_adam_f64(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  adam_body<double>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}

// Adamax (Kingma and Ba 2015). Flags: EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 16 read, 12 written.
CHUNK_KERNEL optimizer_adamax_f32(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  adamax_body<float>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}
CHUNK_KERNEL optimizer_adamax_f64(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  adamax_body<double>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}

// NAdam (Dozat 2016); optimizer_nadam_schedule runs before it. Flags: EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 16
// read, 12 written.
CHUNK_KERNEL optimizer_nadam_f32(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps,
                                     double momentumDecay, int flags) {
  nadam_body<float>(STEP_ARGS, weightDecay, beta1, beta2, eps, momentumDecay, flags);
}
CHUNK_KERNEL optimizer_nadam_f64(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps,
                                     double momentumDecay, int flags) {
  nadam_body<double>(STEP_ARGS, weightDecay, beta1, beta2, eps, momentumDecay, flags);
}

// RAdam (Liu et al. 2020). Flags: EPS_INSIDE MAXIMIZE DECOUPLED. Bytes moved per element: 16 read, 12 written.
CHUNK_KERNEL optimizer_radam_f32(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  radam_body<float>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}
CHUNK_KERNEL optimizer_radam_f64(STEP_PARAMS, double weightDecay, double beta1, double beta2, double eps, int flags) {
  radam_body<double>(STEP_ARGS, weightDecay, beta1, beta2, eps, flags);
}

// Lion (Chen et al. 2023). Flags: MAXIMIZE, and DECOUPLED as the paper has it. Bytes moved per element: 12 read, 8 written.
CHUNK_KERNEL optimizer_lion_f32(STEP_PARAMS, double weightDecay, double beta1, double beta2, int flags) {
  lion_body<float>(STEP_ARGS, weightDecay, beta1, beta2, flags);
}
CHUNK_KERNEL optimizer_lion_f64(STEP_PARAMS, double weightDecay, double beta1, double beta2, int flags) {
  lion_body<double>(STEP_ARGS, weightDecay, beta1, beta2, flags);
}

// schedule[2] = prod of mu_i for i = 1 .. step; to be launched once before each step of optimizer_nadam. Launch: one thread.
ONE_THREAD_KERNEL optimizer_nadam_schedule(double* schedule, const int* skip, double beta1, double momentumDecay) {
  if (skip != nullptr && *skip != 0) return;
  double mu = beta1 * (1.0 - 0.5 * exp2(schedule[1] * momentumDecay * -0.058893689053568565));  // log2(0.96)
  schedule[2] = schedule[1] <= 1.0 ? mu : schedule[2] * mu;
}

// schedule[1] += 1 unless skip says that the step was left out. Launch: one thread.
ONE_THREAD_KERNEL optimizer_advance(double* schedule, const int* skip) {
  if (skip == nullptr || *skip == 0) schedule[1] += 1.0;
}
