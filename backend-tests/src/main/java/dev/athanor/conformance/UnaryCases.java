package dev.athanor.conformance;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** The functions with the parameters they are tested at, their arguments, and how accurate they must be. */
final class UnaryCases {
  /** Arguments where functions go wrong; 1e-45 is denormal in float32. */
  static final double[] SPECIAL = {0, -0.0, 1, -1, 0.5, -0.5, 1e-3, -1e-3, 3, -3, 6, 20, -20, 88, -88, 100, -100, 1e4, -1e4, 3e38,
      -3e38, 1e-20, -1e-20, 1e-45, Float.MIN_NORMAL, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};

  private UnaryCases() {}

  /** A function at its default parameters and, where it has any, at others. */
  static List<Unary> variants(UnaryOp op) {
    List<Unary> list = new ArrayList<>(List.of(Unary.of(op)));
    switch (op) {
      case POW_SCALAR -> {
        for (double a : new double[] {0, 2, 3, 0.5, -1, -0.5, 1.7}) {
          list.add(Unary.of(op, a));
        }
      }
      case CLAMP -> list.add(Unary.of(op, -1, 2));
      case HARD_SIGMOID -> list.add(Unary.of(op, 0.25, 0.375));
      case HARD_TANH -> list.add(Unary.of(op, -2, 0.5));
      case LEAKY_RELU -> list.add(Unary.of(op, 0.25));
      case ELU -> list.add(Unary.of(op, 0.75));
      case CELU -> list.add(Unary.of(op, 2));
      case SWISH -> list.add(Unary.of(op, 2.5));
      case STEP -> list.add(Unary.of(op, 0.25));
      case HARD_SHRINK, SOFT_SHRINK -> list.add(Unary.of(op, 1.25));
      case THRESHOLD -> list.add(Unary.of(op, 0.25, 20));
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          TANH, ERF, FLOOR, CEIL, ROUND, SIGMOID, RELU, RELU6, SELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, HARD_SWISH, MISH, GELU,
          GELU_TANH, GELU_SIGMOID, TANH_SHRINK, IS_NAN, IS_INF, IS_FINITE, NOT -> { }
    }
    return list;
  }

  /** The range of random arguments: {low, high}. */
  static double[] range(UnaryOp op) {
    return switch (op) {
      case SQRT, RSQRT, LOG, POW_SCALAR -> new double[] {1e-3, 50};
      case LOG1P -> new double[] {-0.99, 20};
      case ASIN, ACOS -> new double[] {-1, 1};
      case RELU6, HARD_SWISH, HARD_SIGMOID -> new double[] {-10, 10};
      case NEG, ABS, SIGN, SQUARE, RECIPROCAL, EXP, EXPM1, SIN, COS, TAN, ATAN, SINH, COSH, TANH, ERF, FLOOR, CEIL, ROUND, CLAMP,
          SIGMOID, HARD_TANH, RELU, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH, MISH, GELU, GELU_TANH,
          GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE,
          NOT -> new double[] {-5, 5};
    };
  }

  /** The range where derivatives are moderate, for finite differences. */
  static double[] smoothRange(UnaryOp op) {
    return switch (op) {
      case SQRT, RSQRT, LOG, POW_SCALAR, RECIPROCAL -> new double[] {0.3, 5};
      case LOG1P -> new double[] {-0.6, 5};
      case ASIN, ACOS -> new double[] {-0.9, 0.9};
      case TAN -> new double[] {-1.2, 1.2};
      default -> range(op);
    };
  }

  /** Whether the definition says what fn(x) is: not so where it reads ∞·0 or ∞ − ∞, and circular functions end at 10⁴. */
  static boolean defined(Unary fn, double x) {
    boolean infinite = Double.isInfinite(x);
    return switch (fn.op()) {
      case SIN, COS, TAN -> infinite || !(Math.abs(x) > 1e4);
      case RSQRT -> x != 0; // of -0 it is +inf or -inf
      case POW_SCALAR -> !infinite && !(x == 0) && !(Double.isNaN(x) && fn.a() == 0);
      case NEG, ABS, SIGN, SQUARE, SQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, ASIN, ACOS, ATAN, SINH, COSH, TANH, ERF, FLOOR, CEIL,
          ROUND, CLAMP, SIGMOID, HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN,
          SWISH, HARD_SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD, IS_NAN,
          IS_INF, IS_FINITE, NOT -> true;
    };
  }

  /** The error allowed at x, where the exact value is {@code value}. Sums inside a formula add their own rounding errors. */
  static double bound(Unary fn, DType dtype, double x, double value) {
    double u = Accuracy.unit(dtype);
    double size = Math.abs(x);
    double elementary = Accuracy.ulps(dtype, Accuracy.ULPS, value);
    double quadrature = dtype == DType.FLOAT64 ? 4 : 1; // the error function expected here is itself good to 2e-15
    return switch (fn.op()) {
      case NEG, ABS, SIGN, SQUARE, SQRT, RECIPROCAL, FLOOR, CEIL, ROUND, CLAMP, RELU, RELU6, HARD_TANH, STEP, HARD_SHRINK,
          THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> Math.abs(value) < Accuracy.tiny(dtype) ? Accuracy.tiny(dtype) : 0;
      case RSQRT, EXP, EXPM1, LOG, LOG1P, ASIN, ACOS, ATAN, SINH, COSH, TANH, SIGMOID, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS,
          LOG_SIGMOID, SOFTSIGN, HARD_SWISH -> elementary;
      case ERF -> elementary * quadrature;
      case SIN, COS -> elementary + (size < 1 ? 0 : 4 * u); // zeros at multiples of pi that no number of the type equals
      case TAN -> elementary + (size < 1 ? 0 : 4 * u * (1 + value * value));
      case POW_SCALAR -> elementary + 4 * u * Math.abs(fn.a() * Math.log(size) * value); // an error of ln x times a
      case HARD_SIGMOID -> elementary + 4 * u;
      case SWISH, GELU_SIGMOID -> elementary * (1 + Math.min(size, 100) * 2.5); // the rounding of a*x, in the exponent
      case MISH -> 2 * elementary;
      case GELU, GELU_TANH -> elementary + 8 * u * quadrature * Math.min(size, 6); // 1 + erf(x) cancels on the left
      case SOFT_SHRINK -> elementary + 2 * u * size;
      case TANH_SHRINK -> elementary + 8 * u * Math.min(size, 1);
    };
  }
}
