package dev.athanor.cpu.vec;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.UnaryOp;

/**
 * The functions in float64 and on integers, one element at a time, as the loops {@code Double…}, {@code Int…} and {@code
 * Long…} apply them. Float64 serves gradient checks and references: its functions are those of {@link StrictMath}, the same
 * bits everywhere.
 */
final class Scalars {
  static final double SELU_ALPHA = 1.6732632423543772;
  static final double SELU_SCALE = 1.0507009873554805;
  static final double GELU_C = 0.7978845608028654;
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
  private static final double DENSITY = 0.3989422804014327;

  /** y = f(x) with two parameters. */
  @FunctionalInterface
  interface Unary {
    double apply(double x, double p, double q);
  }

  /** dx from x, y and dy. */
  @FunctionalInterface
  interface Grad {
    double apply(double x, double y, double d, double p, double q);
  }

  private Scalars() {}

  /** The function of float64. */
  static Unary unary(UnaryOp op) {
    return switch (op) {
      case NEG -> (x, p, q) -> -x;
      case ABS -> (x, p, q) -> Math.abs(x);
      case SIGN -> (x, p, q) -> Math.signum(x);
      case SQUARE -> (x, p, q) -> x * x;
      case SQRT -> (x, p, q) -> Math.sqrt(x);
      case RSQRT -> (x, p, q) -> 1 / Math.sqrt(x);
      case RECIPROCAL -> (x, p, q) -> 1 / x;
      case EXP -> (x, p, q) -> StrictMath.exp(x);
      case EXPM1 -> (x, p, q) -> StrictMath.expm1(x);
      case LOG -> (x, p, q) -> StrictMath.log(x);
      case LOG1P -> (x, p, q) -> StrictMath.log1p(x);
      case SIN -> (x, p, q) -> StrictMath.sin(x);
      case COS -> (x, p, q) -> StrictMath.cos(x);
      case TAN -> (x, p, q) -> StrictMath.tan(x);
      case ASIN -> (x, p, q) -> StrictMath.asin(x);
      case ACOS -> (x, p, q) -> StrictMath.acos(x);
      case ATAN -> (x, p, q) -> StrictMath.atan(x);
      case SINH -> (x, p, q) -> StrictMath.sinh(x);
      case COSH -> (x, p, q) -> StrictMath.cosh(x);
      case TANH -> (x, p, q) -> StrictMath.tanh(x);
      case ERF -> (x, p, q) -> erf(x);
      case FLOOR -> (x, p, q) -> Math.floor(x);
      case CEIL -> (x, p, q) -> Math.ceil(x);
      case ROUND -> (x, p, q) -> Math.rint(x);
      case POW_SCALAR -> (x, p, q) -> StrictMath.pow(x, p);
      case CLAMP, HARD_TANH -> (x, p, q) -> Math.min(Math.max(x, p), q);
      case SIGMOID -> (x, p, q) -> sigmoid(x);
      case HARD_SIGMOID -> (x, p, q) -> Math.max(0, Math.min(1, p * x + q));
      case RELU -> (x, p, q) -> Math.max(0, x);
      case RELU6 -> (x, p, q) -> Math.min(6, Math.max(0, x));
      case LEAKY_RELU -> (x, p, q) -> x > 0 ? x : p * x;
      case ELU -> (x, p, q) -> x > 0 ? x : p * StrictMath.expm1(x);
      case SELU -> (x, p, q) -> SELU_SCALE * (x > 0 ? x : SELU_ALPHA * StrictMath.expm1(x));
      case CELU -> (x, p, q) -> x > 0 ? x : p * StrictMath.expm1(x / p);
      case SOFTPLUS -> (x, p, q) -> softplus(x);
      case LOG_SIGMOID -> (x, p, q) -> -softplus(-x);
      case SOFTSIGN -> (x, p, q) -> Double.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs(x));
      case SWISH -> (x, p, q) -> weigh(x, sigmoid(p * x));
      case HARD_SWISH -> (x, p, q) -> weigh(x, Math.min(6, Math.max(0, x + 3)) / 6);
      case MISH -> (x, p, q) -> weigh(x, StrictMath.tanh(softplus(x)));
      case GELU -> (x, p, q) -> weigh(x, normal(x));
      case GELU_TANH -> (x, p, q) -> weigh(x, sigmoid(2 * GELU_C * (x + 0.044715 * x * x * x)));
      case GELU_SIGMOID -> (x, p, q) -> weigh(x, sigmoid(1.702 * x));
      case STEP -> (x, p, q) -> x >= p ? 1 : x < p ? 0 : Double.NaN;
      case HARD_SHRINK -> (x, p, q) -> Math.abs(x) <= p ? 0 : x;
      case SOFT_SHRINK -> (x, p, q) -> x > p ? x - p : x < -p ? x + p : x == x ? 0 : x;
      case TANH_SHRINK -> (x, p, q) -> x - StrictMath.tanh(x);
      case THRESHOLD -> (x, p, q) -> x <= p ? q : x;
      case IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(op + " gives bool");
    };
  }

  /** The derivative in float64 times the incoming gradient. */
  static Grad grad(UnaryOp op) {
    return switch (op) {
      case NEG -> (x, y, d, p, q) -> -d;
      case ABS -> (x, y, d, p, q) -> d * Math.signum(x);
      case SIGN, FLOOR, CEIL, ROUND, STEP -> (x, y, d, p, q) -> 0;
      case SQUARE -> (x, y, d, p, q) -> 2 * x * d;
      case SQRT -> (x, y, d, p, q) -> d / (2 * y);
      case RSQRT -> (x, y, d, p, q) -> -0.5 * y * y * y * d;
      case RECIPROCAL -> (x, y, d, p, q) -> -y * y * d;
      case EXP -> (x, y, d, p, q) -> y * d;
      case EXPM1 -> (x, y, d, p, q) -> (y + 1) * d;
      case LOG -> (x, y, d, p, q) -> d / x;
      case LOG1P -> (x, y, d, p, q) -> d / (1 + x);
      case SIN -> (x, y, d, p, q) -> d * StrictMath.cos(x);
      case COS -> (x, y, d, p, q) -> -d * StrictMath.sin(x);
      case TAN -> (x, y, d, p, q) -> d * (1 + y * y);
      case ASIN -> (x, y, d, p, q) -> d / Math.sqrt((1 - x) * (1 + x));
      case ACOS -> (x, y, d, p, q) -> -d / Math.sqrt((1 - x) * (1 + x));
      case ATAN -> (x, y, d, p, q) -> d / (1 + x * x);
      case SINH -> (x, y, d, p, q) -> d * StrictMath.cosh(x);
      case COSH -> (x, y, d, p, q) -> d * StrictMath.sinh(x);
      case TANH -> (x, y, d, p, q) -> d * (1 - y * y);
      case ERF -> (x, y, d, p, q) -> d * TWO_OVER_SQRT_PI * StrictMath.exp(-x * x);
      case POW_SCALAR -> (x, y, d, p, q) -> p == 0 ? 0 : d * p * StrictMath.pow(x, p - 1);
      case CLAMP -> (x, y, d, p, q) -> x >= p && x <= q ? d : 0;
      case SIGMOID -> (x, y, d, p, q) -> d * y * (1 - y);
      case HARD_SIGMOID -> (x, y, d, p, q) -> p * x + q > 0 && p * x + q < 1 ? d * p : 0;
      case HARD_TANH -> (x, y, d, p, q) -> x > p && x < q ? d : 0;
      case RELU -> (x, y, d, p, q) -> y <= 0 ? 0 : d;
      case RELU6 -> (x, y, d, p, q) -> y > 0 && y < 6 ? d : 0;
      case LEAKY_RELU -> (x, y, d, p, q) -> x > 0 ? d : p * d;
      case ELU -> (x, y, d, p, q) -> x > 0 ? d : d * p * StrictMath.exp(x);
      case SELU -> (x, y, d, p, q) -> d * SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * StrictMath.exp(x));
      case CELU -> (x, y, d, p, q) -> x > 0 ? d : d * StrictMath.exp(x / p);
      case SOFTPLUS -> (x, y, d, p, q) -> d * sigmoid(x);
      case LOG_SIGMOID -> (x, y, d, p, q) -> d * sigmoid(-x);
      case SOFTSIGN -> (x, y, d, p, q) -> d / ((1 + Math.abs(x)) * (1 + Math.abs(x)));
      case SWISH -> (x, y, d, p, q) -> d * swishSlope(x, p);
      case HARD_SWISH -> (x, y, d, p, q) -> x <= -3 ? 0 : x >= 3 ? d : d * (x / 3 + 0.5);
      case MISH -> (x, y, d, p, q) -> d * mishSlope(x);
      case GELU -> (x, y, d, p, q) -> d * (normal(x) + weigh(x, DENSITY * StrictMath.exp(-0.5 * x * x)));
      case GELU_TANH -> (x, y, d, p, q) -> d * geluTanhSlope(x);
      case GELU_SIGMOID -> (x, y, d, p, q) -> d * swishSlope(x, 1.702);
      case HARD_SHRINK, SOFT_SHRINK -> (x, y, d, p, q) -> Math.abs(x) <= p ? 0 : d;
      case TANH_SHRINK -> (x, y, d, p, q) -> d * StrictMath.tanh(x) * StrictMath.tanh(x);
      case THRESHOLD -> (x, y, d, p, q) -> x <= p ? 0 : d;
      case IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(op + " has no derivative");
    };
  }

  private static double weigh(double x, double g) {
    return g == 0 ? 0 : x * g;
  }

  static double sigmoid(double x) {
    double e = StrictMath.exp(-Math.abs(x));
    return (x < 0 ? e : 1) / (1 + e);
  }

  static double softplus(double x) {
    return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
  }

  static double normal(double x) {
    return x < -1 ? 0.5 * erfc(-x * Math.sqrt(0.5)) : 0.5 * (1 + erf(x * Math.sqrt(0.5)));
  }

  private static double swishSlope(double x, double p) {
    double s = sigmoid(p * x);
    return s + weigh(p * x, s * (1 - s));
  }

  private static double mishSlope(double x) {
    double t = StrictMath.tanh(softplus(x));
    return t + weigh(x, sigmoid(x) * (1 - t * t));
  }

  private static double geluTanhSlope(double x) {
    double s = sigmoid(2 * GELU_C * (x + 0.044715 * x * x * x));
    double fall = s * (1 - s);
    return fall == 0 ? s : s + x * fall * 2 * GELU_C * (1 + 3 * 0.044715 * x * x);
  }

  /** The error function: its series 2/√π e^(−x²) Σ 2ᵏx²ᵏ⁺¹/(2k + 1)!!, all of whose terms have one sign. */
  static double erf(double x) {
    double a = Math.abs(x);
    if (!(a < 6)) {
      return x != x ? x : Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int k = 1; Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
      term *= 2 * x * x / (2 * k + 1);
      sum += term;
    }
    return TWO_OVER_SQRT_PI * StrictMath.exp(-x * x) * sum;
  }

  /** 1 − erf(x) for x ≥ ½, by the continued fraction e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))). */
  static double erfc(double x) {
    if (x > 27.5) {
      return 0;
    }
    double f = x;
    for (int k = x > 2 ? 120 : 600; k >= 1; k--) {
      f = x + 0.5 * k / f;
    }
    return StrictMath.exp(-x * x) * 0.5 * TWO_OVER_SQRT_PI / f;
  }

  /** a − b·⌊a/b⌋ with the sign of b. */
  static double remainder(double a, double b) {
    double r = a % b;
    if (r != 0 && r < 0 != b < 0) {
      r += b;
    } else if (r == 0) {
      r = Math.copySign(0, b);
    }
    return r;
  }

  /** The function of two float64 operands, or null for a relation. */
  static java.util.function.DoubleBinaryOperator binary(BinaryOp op) {
    return switch (op) {
      case ADD -> (a, b) -> a + b;
      case SUB -> (a, b) -> a - b;
      case MUL -> (a, b) -> a * b;
      case DIV -> (a, b) -> a / b;
      case POW -> StrictMath::pow;
      case MIN -> Math::min;
      case MAX -> Math::max;
      case REMAINDER -> Scalars::remainder;
      case ATAN2 -> StrictMath::atan2;
      case AND, OR, XOR, EQ, NE, LT, LE, GT, GE -> throw new IllegalArgumentException(op + " gives bool");
    };
  }
}
