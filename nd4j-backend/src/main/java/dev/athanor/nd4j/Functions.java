package dev.athanor.nd4j;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;

/**
 * Functions of one real number and their derivatives that ND4J does not have, or not as they are asked for: in float64, written
 * so that
 * nothing overflows or cancels.
 */
final class Functions {
  private static final double SELU_ALPHA = 1.6732632423543772;
  private static final double SELU_LAMBDA = 1.0507009873554805;
  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);

  private Functions() {}

  /** fn(x), for functions that {@link UnaryOps} does not know. */
  static double value(Unary fn, double x) {
    double a = fn.a();
    double b = fn.b();
    return switch (fn.op()) {
      case SIGN -> Math.signum(x);
      case EXPM1 -> Math.expm1(x);
      case LOG1P -> Math.log1p(x);
      case TANH -> Math.tanh(x);
      case CLAMP -> Math.min(Math.max(x, a), b);
      case HARD_SIGMOID -> Math.max(0, Math.min(1, a * x + b));
      case HARD_TANH -> Math.max(a, Math.min(b, x));
      case RELU6 -> Math.min(6, Math.max(0, x));
      case ELU -> x > 0 ? x : a * Math.expm1(x);
      case SELU -> SELU_LAMBDA * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
      case CELU -> x > 0 ? x : a * Math.expm1(x / a);
      case SOFTPLUS -> softplus(x);
      case LOG_SIGMOID -> -softplus(-x);
      case SOFTSIGN -> Double.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs(x));
      case SWISH -> weigh(x, sigmoid(a * x));
      case HARD_SWISH -> weigh(x, Math.min(6, Math.max(0, x + 3))) / 6;
      case MISH -> weigh(x, Math.tanh(softplus(x)));
      case GELU -> weigh(x, normal(x));
      case GELU_TANH -> weigh(x, 0.5 * (1 + Math.tanh(GELU_SCALE * (x + 0.044715 * x * x * x))));
      case GELU_SIGMOID -> weigh(x, sigmoid(1.702 * x));
      case STEP -> x >= a ? 1 : x < a ? 0 : Double.NaN;
      case HARD_SHRINK -> Math.abs(x) <= a ? 0 : x;
      case SOFT_SHRINK -> x > a ? x - a : x < -a ? x + a : x * 0;
      case TANH_SHRINK -> x - Math.tanh(x);
      case THRESHOLD -> x <= a ? b : x;
      case NEG, ABS, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, LOG, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ERF, FLOOR,
          CEIL, ROUND,
          POW_SCALAR, SIGMOID, RELU, LEAKY_RELU, IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(
          fn + " is ND4J's");
    };
  }

  /** fn′(x), for functions whose derivative {@link Slopes} leaves to a plain loop. */
  static double derivative(Unary fn, double x) {
    double a = fn.a();
    double b = fn.b();
    return switch (fn.op()) {
      case ASIN -> 1 / Math.sqrt((1 - x) * (1 + x));
      case ACOS -> -1 / Math.sqrt((1 - x) * (1 + x));
      case ERF -> 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
      case POW_SCALAR -> a == 0 ? 0 : a * Math.pow(x, a - 1);
      case CLAMP -> x >= a && x <= b ? 1 : 0;
      case HARD_SIGMOID -> a * x + b > 0 && a * x + b < 1 ? a : 0;
      case HARD_TANH -> x > a && x < b ? 1 : 0;
      case RELU6 -> x > 0 && x < 6 ? 1 : 0; // of the output as of the input
      case LEAKY_RELU -> x > 0 ? 1 : a;
      case ELU -> x > 0 ? 1 : a * Math.exp(x);
      case SELU -> SELU_LAMBDA * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x));
      case CELU -> x > 0 ? 1 : Math.exp(x / a);
      case SOFTPLUS -> sigmoid(x);
      case LOG_SIGMOID -> sigmoid(-x);
      case SOFTSIGN -> 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)));
      case SWISH -> sigmoidProductSlope(a, x);
      case HARD_SWISH -> x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1;
      case MISH -> {
        double t = Math.tanh(softplus(x));
        yield t + weigh(x, (1 - t * t) * sigmoid(x));
      }
      case GELU -> normal(x) + weigh(x, Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI));
      case GELU_TANH -> {
        double t = Math.tanh(GELU_SCALE * (x + 0.044715 * x * x * x));
        double rest = (1 - t) * (1 + t);
        yield 0.5 * (1 + t) + (rest == 0 ? 0 : 0.5 * x * rest * GELU_SCALE * (1 + 3 * 0.044715 * x * x));
      }
      case GELU_SIGMOID -> sigmoidProductSlope(1.702, x);
      case HARD_SHRINK -> Math.abs(x) > a ? 1 : 0;
      case SOFT_SHRINK -> Math.abs(x) > a ? 1 : 0;
      case TANH_SHRINK -> Math.tanh(x) * Math.tanh(x);
      case THRESHOLD -> x > a ? 1 : 0;
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ATAN, SINH, COSH, TANH,
          FLOOR, CEIL,
          ROUND, SIGMOID, RELU, STEP -> throw new IllegalArgumentException(fn + " is ND4J's");
      case IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(fn.op() + " has no derivative");
    };
  }

  private static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  /** x·w, and 0 where w is 0 even for an infinite x: the limit of the functions that weigh their argument by a gate. */
  private static double weigh(double x, double w) {
    return w == 0 ? 0 : x * w;
  }

  /** The derivative of x·σ(ax). */
  private static double sigmoidProductSlope(double a, double x) {
    double s = sigmoid(a * x);
    return s + weigh(a * x, s * (1 - s));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** The standard normal distribution function. */
  private static double normal(double x) {
    return x < 0 ? 0.5 * erfc(-x / Math.sqrt(2)) : 1 - 0.5 * erfc(x / Math.sqrt(2));
  }

  /**
   * The error function for x ≥ 0. Below 2 by the series 2/√π e^(−x²) Σ 2ⁿ x^(2n+1)/(2n+1)!!, whose terms are all positive
   * (M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 7.1.6).
   */
  private static double erf(double x) {
    if (x >= 2) {
      return 1 - erfc(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /**
   * 1 − erf x for x ≥ 0. From 2 on by the continued fraction e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))) (7.1.14 there).
   */
  private static double erfc(double x) {
    if (x < 2) {
      return 1 - erf(x);
    }
    double tail = x;
    for (int k = 120; k >= 1; k--) {
      tail = x + 0.5 * k / tail;
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
  }

  /** fn(x) for integers in 64 bits. */
  static long integer(Unary fn, long x) {
    if (fn.op() != UnaryOp.CLAMP) {
      throw new IllegalArgumentException(fn + " is ND4J's, or needs floats");
    }
    return x > fn.b() ? (long) fn.b() : x < fn.a() ? (long) Math.min(fn.a(), fn.b()) : x;
  }
}
