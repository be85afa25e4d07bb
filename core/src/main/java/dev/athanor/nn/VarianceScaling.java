package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * Draws with mean 0 and variance {@code scale/fan}, so that signals keep their size from layer to layer: the family of LeCun (1,
 * in), Glorot (1, average) and He (2, in).
 *
 * @param scale above 0; the square of a {@link #gain}
 * @param fan what it is divided by
 * @param distribution the form
 */
public record VarianceScaling(double scale, Fan fan, Distribution distribution) implements Initializer {
  /** The standard deviation of a standard normal number cut off at ±2. */
  private static final double CUT_STD = 0.8796256610342398;

  /** Which connections are counted. */
  public enum Fan {
    /** Those into an output: keeps the signal's size forward. */ IN,
    /** Those out of an input: keeps the gradient's size backward. */ OUT,
    /** The mean of both. */ AVERAGE
  }

  /** The forms of the distribution. */
  public enum Distribution {
    /** Normal. */ NORMAL,
    /** Uniform in ±√(3·variance). */ UNIFORM,
    /** Normal without what lies beyond two standard deviations, widened to have the variance still. */ TRUNCATED_NORMAL
  }

  /** Checks the scale. */
  public VarianceScaling {
    Checks.require(scale > 0 && Double.isFinite(scale), "VarianceScaling", () -> "the scale must be above 0, not " + scale);
  }

  @Override
  public Tensor sample(Generator generator, DType dtype, Shape shape, long fanIn, long fanOut) {
    double count = switch (fan) {
      case IN -> fanIn;
      case OUT -> fanOut;
      case AVERAGE -> (fanIn + fanOut) / 2.0;
    };
    double variance = scale / count;
    return switch (distribution) {
      case NORMAL -> generator.normal(dtype, shape, 0, Math.sqrt(variance));
      case UNIFORM -> generator.uniform(dtype, shape, -Math.sqrt(3 * variance), Math.sqrt(3 * variance));
      case TRUNCATED_NORMAL -> {
        double std = Math.sqrt(variance) / CUT_STD;
        yield new TruncatedNormal(0, std, -2 * std, 2 * std).sample(generator, dtype, shape, fanIn, fanOut);
      }
    };
  }

  /**
   * What an activation f takes from a signal's size, to be made up for by the weights: {@code 1/√E[f(z)²]} for a standard normal
   * z, √2 for ReLU. For tanh (5/3) and SELU (3/4) PyTorch's numbers, which allow for what training does; for functions that are
   * not activations, 1.
   */
  public static double gain(Unary activation) {
    return switch (activation.op()) {
      case RELU, RELU6 -> Math.sqrt(2);
      case LEAKY_RELU -> Math.sqrt(2 / (1 + activation.a() * activation.a()));
      case TANH -> 5.0 / 3;
      case SELU -> 0.75;
      case ELU, CELU -> 1.2452; // for the parameter 1
      case SOFTPLUS -> 1.0419;
      case SWISH -> 1.6765; // for the parameter 1
      case HARD_SWISH -> 1.7367;
      case MISH -> 1.4869;
      case GELU, GELU_TANH -> 1.5335;
      case GELU_SIGMOID -> 1.5395;
      case SOFTSIGN -> 2.3375;
      case HARD_TANH -> 1.3920; // for the bounds ±1
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          ERF,
          FLOOR, CEIL, ROUND, POW_SCALAR, CLAMP, SIGMOID, HARD_SIGMOID, LOG_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK,
          TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> 1;
    };
  }
}
