package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.float64;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/** {@code unary_F_T} and {@code unary_F_T_strided}: functions of one element. Names of functions are those of core's enum. */
final class UnaryFamily implements KernelFamily {
  /** Functions that take integers too. */
  static final List<String> NUMERIC = List.of("neg", "abs", "sign", "square", "clamp");
  /** Functions whose derivative is 0 everywhere. */
  static final List<String> FLAT = List.of("sign", "floor", "ceil", "round", "step");
  /** Differentiable functions that are not activations. */
  static final List<String> SMOOTH = List.of("neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "log",
      "log1p",
      "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "pow_scalar", "clamp");
  /** Activations: functions that also come fused with a bias. */
  static final List<String> ACTIVATIONS = List.of("tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "relu", "relu6", "leaky_relu",
      "elu", "selu", "celu", "softplus", "log_sigmoid", "softsign", "swish", "hard_swish", "mish", "gelu", "gelu_tanh",
      "gelu_sigmoid", "hard_shrink", "soft_shrink", "tanh_shrink", "threshold");
  /** Tests that give a bool. */
  static final List<String> TESTS = List.of("is_nan", "is_inf", "is_finite");

  @Override
  public String name() {
    return "unary";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (List<String> functions : List.of(FLAT, SMOOTH, ACTIVATIONS)) {
      for (String f : functions) {
        add(kernels, f, ElementType.FLOAT32, ElementType.FLOAT32);
        add(kernels, f, ElementType.FLOAT64, ElementType.FLOAT64);
      }
    }
    for (String f : NUMERIC) {
      add(kernels, f, ElementType.INT32, ElementType.INT32);
      add(kernels, f, ElementType.INT64, ElementType.INT64);
    }
    for (String f : TESTS) {
      add(kernels, f, ElementType.FLOAT32, ElementType.BOOL);
      add(kernels, f, ElementType.FLOAT64, ElementType.BOOL);
    }
    add(kernels, "not", ElementType.BOOL, ElementType.BOOL);
    return kernels;
  }

  private void add(List<Kernel> kernels, String function, ElementType from, ElementType to) {
    String entry = "unary_" + function + "_" + from.suffix();
    int bytes = from.bytes() + to.bytes();
    boolean single = from == ElementType.FLOAT32;
    Parameter a = single ? scalar("a", from) : float64("a");
    Parameter b = single ? scalar("b", from) : float64("b");
    kernels.add(Kernel.of(name(), entry, Launch.elementwise(ElementType.perTurn(from, to)), bytes,
        pointer("x"), pointer("out"), int64("n"), a, b));
    kernels.add(Kernel.of(name(), entry + "_strided", Launch.elementwise(1), bytes,
        pointer("x"), pointer("out"), int64("n"), a, b, layout("layout", 2)));
  }
}
