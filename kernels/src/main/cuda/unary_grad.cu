// unary_grad: dx[i] = dy[i] * f'(x[i]), from what f saves: its input x or its output y (functions.cuh says which; for neg
// nothing is read). float32 and float64. Functions whose derivative is 0 everywhere have no kernel.
//
// unary_grad_F_T(saved, dy, dx, n, a, b)                     contiguous
// unary_grad_F_T_strided(saved, dy, dx, n, a, b, layout)     any layout; operands saved, dy, dx
// dx may be saved or dy. Launch: one thread per 16 bytes (contiguous) or per element (strided), 256 threads, grid-stride.
// Bytes moved per element: 3 sizeof(T).
#include "elementwise.cuh"
#include "functions.cuh"

template <class F, class T>
struct Grad {
  T a, b;
  __device__ __forceinline__ T operator()(T saved, T dy) const { return F::template grad<T>(saved, dy, a, b); }
};

#define KERNELS(NAME, F, S, T)                                                                                       \
  ELEMENTWISE_KERNEL unary_grad_##NAME##_##S(const T* saved, const T* dy, T* dx, i64 n, T a, T b) {                   \
    mapContiguous(Grad<F, T>{a, b}, dx, n, operand<F::saves != Saves::NOTHING>(saved), operand(dy));                  \
  }                                                                                                                   \
  ELEMENTWISE_KERNEL unary_grad_##NAME##_##S##_strided(const T* saved, const T* dy, T* dx, i64 n, T a, T b,           \
                                                       const __grid_constant__ Strided<3> layout) {                   \
    mapStrided(Grad<F, T>{a, b}, dx, n, layout, operand<F::saves != Saves::NOTHING>(saved), operand(dy));             \
  }
#define FLOATS(NAME, F) KERNELS(NAME, F, f32, float) KERNELS(NAME, F, f64, double)

SMOOTH_FUNCTIONS(FLOATS)
ACTIVATIONS(FLOATS)
