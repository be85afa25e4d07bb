package dev.athanor.conformance;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;

/**
 * The definitions of the functions in float64, by {@link Math} and the textbook formula, independent of any backend.
 */
final class Formulas {
  /** Nodes and weights of 5-point Gauss-Legendre quadrature on [-1, 1]. */
  private static final double[] NODES = {0, 0.5384693101056831, -0.5384693101056831, 0.9061798459386640, -0.9061798459386640};
  private static final double[] WEIGHTS = {128.0 / 225, 0.4786286704993665, 0.4786286704993665, 0.2369268850561891,
      0.2369268850561891};

  private Formulas() {}

  static double unary(Unary fn, double x) {
    double a = fn.a();
    double b = fn.b();
    double low = Double.NEGATIVE_INFINITY; // where functions that vanish on the left have their limit
    return switch (fn.op()) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> x > 0 ? 1 : x < 0 ? -1 : x;
      case SQUARE -> x * x;
      case SQRT -> Math.sqrt(x);
      case RSQRT -> Math.pow(x, -0.5) * (x < 0 ? Double.NaN : 1);
      case RECIPROCAL -> 1 / x;
      case EXP -> Math.exp(x);
      case EXPM1 -> Math.expm1(x);
      case LOG -> Math.log(x);
      case LOG1P -> Math.log1p(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TAN -> Math.tan(x);
      case ASIN -> Math.asin(x);
      case ACOS -> Math.acos(x);
      case ATAN -> Math.atan(x);
      case SINH -> Math.sinh(x);
      case COSH -> Math.cosh(x);
      case TANH -> Math.tanh(x);
      case ERF -> erf(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case POW_SCALAR -> Math.pow(x, a);
      case CLAMP, HARD_TANH -> x < a ? a : x > b ? b : x;
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case HARD_SIGMOID -> a * x + b < 0 ? 0 : a * x + b > 1 ? 1 : a * x + b;
      case RELU -> x < 0 ? 0 : x;
      case RELU6 -> x < 0 ? 0 : x > 6 ? 6 : x;
      case LEAKY_RELU -> x < 0 ? a * x : x;
      case ELU -> x < 0 ? a * Math.expm1(x) : x;
      case SELU -> 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x);
      case CELU -> x < 0 ? a * Math.expm1(x / a) : x;
      case SOFTPLUS -> softplus(x);
      case LOG_SIGMOID -> -softplus(-x);
      case SOFTSIGN -> Double.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs(x));
      case SWISH -> x == low ? 0 : x / (1 + Math.exp(-a * x));
      case HARD_SWISH -> x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
      case MISH -> x == low ? 0 : x * Math.tanh(softplus(x));
      case GELU -> x == low ? 0 : x * 0.5 * (1 + erf(x / Math.sqrt(2)));
      case GELU_TANH -> x == low ? 0 : 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU_SIGMOID -> x == low ? 0 : x / (1 + Math.exp(-1.702 * x));
      case STEP -> Double.isNaN(x) ? x : x < a ? 0 : 1;
      case HARD_SHRINK -> x >= -a && x <= a ? 0 : x;
      case SOFT_SHRINK -> x > a ? x - a : x < -a ? x + a : Double.isNaN(x) ? x : 0;
      case TANH_SHRINK -> x - Math.tanh(x);
      case THRESHOLD -> Double.isNaN(x) || x > a ? x : b;
      case IS_NAN -> x != x ? 1 : 0;
      case IS_INF -> Math.abs(x) == Double.POSITIVE_INFINITY ? 1 : 0;
      case IS_FINITE -> Math.abs(x) <= Double.MAX_VALUE ? 1 : 0;
      case NOT -> x == 0 ? 1 : 0;
    };
  }

  static double binary(BinaryOp op, double a, double b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case POW -> Math.pow(a, b);
      case MIN -> a != a || b != b ? Double.NaN : a < b ? a : b;
      case MAX -> a != a || b != b ? Double.NaN : a > b ? a : b;
      case REMAINDER -> a - b * Math.floor(a / b);
      case ATAN2 -> Math.atan2(a, b);
      case AND -> a != 0 && b != 0 ? 1 : 0;
      case OR -> a != 0 || b != 0 ? 1 : 0;
      case XOR -> a != 0 ^ b != 0 ? 1 : 0;
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
    };
  }

  static long binary(BinaryOp op, long a, long b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0 : a / b;
      case POW -> {
        long p = 1;
        for (long i = 0; i < b; i++) {
          p *= a;
        }
        yield b >= 0 ? p : a == 1 ? 1 : a == -1 ? b % 2 == 0 ? 1 : -1 : 0;
      }
      case MIN -> a < b ? a : b;
      case MAX -> a > b ? a : b;
      case REMAINDER -> b == 0 ? 0 : a - b * Math.floorDiv(a, b);
      case AND -> a != 0 && b != 0 ? 1 : 0;
      case OR -> a != 0 || b != 0 ? 1 : 0;
      case XOR -> a != 0 ^ b != 0 ? 1 : 0;
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
      case ATAN2 -> throw new IllegalArgumentException("float only");
    };
  }

  /** The slope at x by a central difference of fourth order: error about 1e-11 for functions of moderate fifth derivative. */
  static double slope(Unary fn, double x) {
    double h = 1e-4;
    return (8 * (unary(fn, x + h) - unary(fn, x - h)) - (unary(fn, x + 2 * h) - unary(fn, x - 2 * h))) / (12 * h);
  }

  /** Whether the function has a kink or a jump within the reach of {@link #slope}; it must be piecewise. */
  static boolean nearKink(Unary fn, double x) {
    double h = 1e-3;
    double bend = unary(fn, x + h) - 2 * unary(fn, x) + unary(fn, x - h);
    return Math.abs(bend) > 1e-5;
  }

  /** Functions made of pieces, whose derivative jumps somewhere. */
  static boolean piecewise(UnaryOp op) {
    return switch (op) {
      case ABS, SIGN, FLOOR, CEIL, ROUND, CLAMP, HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, HARD_SWISH,
          STEP, HARD_SHRINK, SOFT_SHRINK, THRESHOLD -> true;
      case NEG, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ERF,
          POW_SCALAR, SIGMOID, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID, TANH_SHRINK, IS_NAN,
          IS_INF, IS_FINITE, NOT -> false;
    };
  }

  private static double softplus(double x) {
    return x > 40 ? x : Math.log1p(Math.exp(x));
  }

  /** The error function by quadrature of its definition: relative error below 2e-15. */
  static double erf(double x) {
    if (!(Math.abs(x) < 6)) {
      return Double.isNaN(x) ? x : Math.signum(x); // 1 - erf(6) is 2e-17
    }
    int panels = 48;
    double half = x / (2 * panels);
    double sum = 0;
    for (int p = 0; p < panels; p++) {
      for (int k = 0; k < NODES.length; k++) {
        double t = half * (2 * p + 1 + NODES[k]);
        sum += WEIGHTS[k] * Math.exp(-t * t);
      }
    }
    return 2 / Math.sqrt(Math.PI) * half * sum;
  }
}
