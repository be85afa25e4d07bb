package dev.athanor.backend;

/**
 * A unary function with its scalar parameters.
 *
 * @param op the function
 * @param a the first parameter, 0 where the function has none
 * @param b the second parameter, 0 where the function has none
 */
public record Unary(UnaryOp op, double a, double b) {
  private static final Unary[] PLAIN = new Unary[UnaryOp.values().length];

  static {
    for (UnaryOp op : UnaryOp.values()) {
      PLAIN[op.ordinal()] = withDefaults(op);
    }
  }

  /** The function with the parameters of its usual definition; the same object each time. */
  public static Unary of(UnaryOp op) {
    return PLAIN[op.ordinal()];
  }

  /** The function with one parameter. */
  public static Unary of(UnaryOp op, double a) {
    return new Unary(op, a, 0);
  }

  /** The function with two parameters. */
  public static Unary of(UnaryOp op, double a, double b) {
    return new Unary(op, a, b);
  }

  private static Unary withDefaults(UnaryOp op) {
    return switch (op) {
      case HARD_SIGMOID -> new Unary(op, 1.0 / 6, 0.5);
      case HARD_TANH -> new Unary(op, -1, 1);
      case LEAKY_RELU -> new Unary(op, 0.01, 0);
      case ELU, CELU, SWISH, POW_SCALAR -> new Unary(op, 1, 0);
      case HARD_SHRINK, SOFT_SHRINK -> new Unary(op, 0.5, 0);
      case CLAMP -> new Unary(op, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          TANH, ERF, FLOOR, CEIL, ROUND, SIGMOID, RELU, RELU6, SELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, HARD_SWISH, MISH, GELU,
          GELU_TANH, GELU_SIGMOID, STEP, TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> new Unary(op, 0, 0);
    };
  }
}
