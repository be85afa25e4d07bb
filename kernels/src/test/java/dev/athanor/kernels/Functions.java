package dev.athanor.kernels;

/**
 * Float64 references of the functions of one element, written from their definitions, and what their derivatives are computed
 * from.
 */
final class Functions {
  static final double ROOT_HALF = Math.sqrt(0.5);

  private Functions() {}

  /** The default scalars of a function. */
  static double a(String f) {
    return switch (f) {
      case "hard_sigmoid" -> 1.0 / 6;
      case "hard_tanh" -> -1;
      case "leaky_relu" -> 0.01;
      case "elu", "celu" -> 1.25;
      case "swish" -> 1.5;
      case "hard_shrink", "soft_shrink", "threshold" -> 0.5;
      case "step" -> 0.25;
      case "clamp" -> -2;
      case "pow_scalar" -> 1.75;
      default -> 0;
    };
  }

  static double b(String f) {
    return switch (f) {
      case "hard_sigmoid" -> 0.5;
      case "hard_tanh" -> 1;
      case "threshold" -> -3;
      case "clamp" -> 1.5;
      default -> 0;
    };
  }

  static double value(String f, double x, double a, double b) {
    return switch (f) {
      case "identity" -> x;
      case "neg" -> -x;
      case "abs" -> Math.abs(x);
      case "sign" -> Math.signum(x);
      case "square" -> x * x;
      case "sqrt" -> Math.sqrt(x);
      case "rsqrt" -> 1 / Math.sqrt(x);
      case "reciprocal" -> 1 / x;
      case "exp" -> Math.exp(x);
      case "expm1" -> Math.expm1(x);
      case "log" -> Math.log(x);
      case "log1p" -> Math.log1p(x);
      case "sin" -> Math.sin(x);
      case "cos" -> Math.cos(x);
      case "tan" -> Math.tan(x);
      case "asin" -> Math.asin(x);
      case "acos" -> Math.acos(x);
      case "atan" -> Math.atan(x);
      case "sinh" -> Math.sinh(x);
      case "cosh" -> Math.cosh(x);
      case "tanh" -> Math.tanh(x);
      case "erf" -> erf(x);
      case "floor" -> Math.floor(x);
      case "ceil" -> Math.ceil(x);
      case "round" -> Math.rint(x);
      case "pow_scalar" -> Math.pow(x, a);
      case "clamp", "hard_tanh" -> Double.isNaN(x) ? x : Math.max(a, Math.min(b, x));
      case "sigmoid" -> sigmoid(x);
      case "hard_sigmoid" -> Double.isNaN(x) ? x : Math.max(0, Math.min(1, a * x + b));
      case "relu" -> Double.isNaN(x) ? x : Math.max(0, x);
      case "relu6" -> Double.isNaN(x) ? x : Math.max(0, Math.min(6, x));
      case "leaky_relu" -> x > 0 ? x : a * x;
      case "elu" -> x > 0 ? x : a * Math.expm1(x);
      case "selu" -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
      case "celu" -> x > 0 ? x : a * Math.expm1(x / a);
      case "softplus" -> softplus(x);
      case "log_sigmoid" -> -softplus(-x);
      case "softsign" -> x / (1 + Math.abs(x));
      case "swish" -> x * sigmoid(a * x);
      case "hard_swish" -> x * Math.max(0, Math.min(6, x + 3)) / 6;
      case "mish" -> x * Math.tanh(softplus(x));
      case "gelu" -> 0.5 * x * erfc(-x * ROOT_HALF);
      case "gelu_tanh" -> x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
      case "gelu_sigmoid" -> x * sigmoid(1.702 * x);
      case "step" -> Double.isNaN(x) ? x : x >= a ? 1 : 0;
      case "hard_shrink" -> Math.abs(x) <= a ? 0 : x;
      case "soft_shrink" -> x > a ? x - a : x < -a ? x + a : 0 * x;
      case "tanh_shrink" -> Math.abs(x) < 1e-2 ? x * x * x * (1.0 / 3 - x * x * (2.0 / 15 - 17.0 / 315 * x * x))
          : x - Math.tanh(x);
      case "threshold" -> x <= a ? b : x;
      default -> throw new IllegalArgumentException(f);
    };
  }

  /** Whether the derivative is computed from the output. */
  static boolean savesOutput(String f) {
    return switch (f) {
      case "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "tan", "tanh", "sigmoid", "relu" -> true;
      default -> false;
    };
  }

  /** The derivative from what is saved: the output where {@link #savesOutput}, else the input. */
  static double derivative(String f, double s, double a, double b) {
    return switch (f) {
      case "identity" -> 1;
      case "neg" -> -1;
      case "abs" -> Math.signum(s);
      case "square" -> 2 * s;
      case "sqrt" -> 0.5 / s;
      case "rsqrt" -> -0.5 * s * s * s;
      case "reciprocal" -> -s * s;
      case "exp" -> s;
      case "expm1" -> s + 1;
      case "log" -> 1 / s;
      case "log1p" -> 1 / (1 + s);
      case "sin" -> Math.cos(s);
      case "cos" -> -Math.sin(s);
      case "tan" -> 1 + s * s;
      case "asin" -> 1 / Math.sqrt((1 - s) * (1 + s));
      case "acos" -> -1 / Math.sqrt((1 - s) * (1 + s));
      case "atan" -> 1 / (1 + s * s);
      case "sinh" -> Math.cosh(s);
      case "cosh" -> Math.sinh(s);
      case "tanh" -> 1 - s * s;
      case "erf" -> 2 / Math.sqrt(Math.PI) * Math.exp(-s * s);
      case "pow_scalar" -> a * Math.pow(s, a - 1);
      case "clamp" -> s >= a && s <= b ? 1 : 0;
      case "hard_tanh" -> s > a && s < b ? 1 : 0;
      case "sigmoid" -> s * (1 - s);
      case "hard_sigmoid" -> a * s + b > 0 && a * s + b < 1 ? a : 0;
      case "relu" -> s > 0 ? 1 : 0;
      case "relu6" -> s > 0 && s < 6 ? 1 : 0;
      case "leaky_relu" -> s > 0 ? 1 : a;
      case "elu" -> s > 0 ? 1 : a * Math.exp(s);
      case "selu" -> 1.0507009873554805 * (s > 0 ? 1 : 1.6732632423543772 * Math.exp(s));
      case "celu" -> s > 0 ? 1 : Math.exp(s / a);
      case "softplus" -> sigmoid(s);
      case "log_sigmoid" -> sigmoid(-s);
      case "softsign" -> 1 / ((1 + Math.abs(s)) * (1 + Math.abs(s)));
      case "swish" -> sigmoid(a * s) * (1 + a * s * sigmoid(-a * s));
      case "hard_swish" -> s <= -3 ? 0 : s >= 3 ? 1 : s / 3 + 0.5;
      case "mish" -> {
        double t = Math.tanh(softplus(s));
        yield t + s * (1 - t * t) * sigmoid(s);
      }
      case "gelu" -> 0.5 * erfc(-s * ROOT_HALF) + s * Math.exp(-0.5 * s * s) / Math.sqrt(2 * Math.PI);
      case "gelu_tanh" -> {
        double c = 2 * Math.sqrt(2 / Math.PI);
        double u = c * (s + 0.044715 * s * s * s);
        yield sigmoid(u) + s * sigmoid(u) * sigmoid(-u) * c * (1 + 3 * 0.044715 * s * s);
      }
      case "gelu_sigmoid" -> sigmoid(1.702 * s) * (1 + 1.702 * s * sigmoid(-1.702 * s));
      case "hard_shrink" -> Math.abs(s) <= a ? 0 : 1;
      case "soft_shrink" -> Math.abs(s) > a ? 1 : 0;
      case "tanh_shrink" -> Math.tanh(s) * Math.tanh(s);
      case "threshold" -> s > a ? 1 : 0;
      default -> throw new IllegalArgumentException(f);
    };
  }

  /** Whether x is where the function is defined and not about to overflow float32. */
  static boolean defined(String f, double x) {
    return switch (f) {
      case "sqrt", "rsqrt", "log", "pow_scalar" -> x > 0;
      case "reciprocal" -> x != 0;
      case "log1p" -> x > -1;
      case "asin", "acos" -> Math.abs(x) < 1;
      case "exp", "expm1", "sinh", "cosh" -> Math.abs(x) < 80;
      case "tan" -> Math.abs(Math.cos(x)) > 0.1;
      default -> true;
    };
  }

  private static double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** By its series near 0. */
  static double erf(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (Math.abs(x) > 0.75) {
      return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
    }
    // 2/sqrt(pi) e^(-x^2) sum of x (2x^2)^k / (1 3 5 ... (2k + 1)): all terms of one sign.
    double term = x;
    double sum = x;
    for (int k = 1; k < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
      term *= 2 * x * x / (2 * k + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** By Laplace's continued fraction, which needs many terms near 0.75. */
  static double erfc(double x) {
    if (!(x > 0.75)) {
      return 1 - erf(x);
    }
    double fraction = x;
    for (int k = 1500; k >= 1; k--) {
      fraction = x + k / 2.0 / fraction;
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
  }
}
