package dev.athanor.ops;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Tensor;

/**
 * The derivatives of the functions of one operand, as tensor operations, so that they can be differentiated again. The backends'
 * {@code unaryGrad} computes the same in one pass.
 */
final class Derivatives {
  private static final double TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);
  private static final double ONE_BY_ROOT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);
  private static final double ROOT_TWO_BY_PI = Math.sqrt(2 / Math.PI);
  private static final double SELU_ALPHA = 1.6732632423543772;
  private static final double SELU_LAMBDA = 1.0507009873554805;

  private Derivatives() {}

  /**
   * The gradient before an activation that saves its output, from the gradient {@code dy} behind it; in one pass, laid out as the
   * output is, unless it must be differentiable.
   */
  static Tensor through(Unary activation, Tensor output, Tensor dy, boolean differentiable) {
    if (differentiable) {
      return dy.mul(of(activation, output));
    }
    Tensor dz = dy.device().resultLike("activation", dy.dtype(), output.view());
    dy.device().backend().unaryGrad(activation, null, output.view(), dy.view(), dz.view());
    return dz;
  }

  /**
   * The derivative at every element.
   *
   * @param s what {@link UnaryOp#saves} names: the function's input or its output
   */
  static Tensor of(Unary fn, Tensor s) {
    double a = fn.a();
    double b = fn.b();
    return switch (fn.op()) {
      case ABS -> s.sign();
      case SQUARE -> s.mul(2);
      case SQRT -> s.rdiv(0.5);
      case RSQRT -> s.pow(3).mul(-0.5);
      case RECIPROCAL -> s.square().neg();
      case EXP -> s;
      case EXPM1 -> s.add(1);
      case LOG -> s.reciprocal();
      case LOG1P -> s.add(1).reciprocal();
      case SIN -> s.cos();
      case COS -> s.sin().neg();
      case TAN -> s.square().add(1);
      case ASIN -> s.square().rsub(1).rsqrt();
      case ACOS -> s.square().rsub(1).rsqrt().neg();
      case ATAN -> s.square().add(1).reciprocal();
      case SINH -> s.cosh();
      case COSH -> s.sinh();
      case TANH -> s.square().rsub(1);
      case ERF -> s.square().neg().exp().mul(TWO_BY_ROOT_PI);
      case POW_SCALAR -> a == 0 ? s.mul(0) : s.pow(a - 1).mul(a);
      case CLAMP -> mask(s.ge(a).and(s.le(b)), s);
      case SIGMOID -> s.mul(s.rsub(1));
      case HARD_SIGMOID -> {
        Tensor line = s.detach().mul(a).add(b);
        yield mask(line.gt(0).and(line.lt(1)), s).mul(a);
      }
      case HARD_TANH -> mask(s.gt(a).and(s.lt(b)), s);
      case RELU -> mask(s.gt(0), s);
      case RELU6 -> mask(s.gt(0).and(s.lt(6)), s);
      case LEAKY_RELU -> {
        Tensor m = mask(s.gt(0), s);
        yield m.mul(1 - a).add(a);
      }
      case ELU -> elu(s, 1, a, 1);
      case SELU -> elu(s, SELU_LAMBDA, SELU_LAMBDA * SELU_ALPHA, 1);
      case CELU -> elu(s, 1, 1, 1 / a);
      case SOFTPLUS -> s.sigmoid();
      case LOG_SIGMOID -> s.neg().sigmoid();
      case SOFTSIGN -> s.abs().add(1).square().reciprocal();
      case SWISH -> swish(s, a);
      case HARD_SWISH -> {
        Tensor inside = mask(s.gt(-3).and(s.lt(3)), s);
        yield inside.mul(s.div(3).add(0.5)).add(mask(s.ge(3), s));
      }
      case MISH -> {
        Tensor t = s.softplus().tanh();
        yield t.add(s.mul(s.sigmoid()).mul(t.square().rsub(1)));
      }
      case GELU -> {
        Tensor cdf = s.mul(Math.sqrt(0.5)).erf().add(1).mul(0.5);
        Tensor pdf = s.square().mul(-0.5).exp().mul(ONE_BY_ROOT_TWO_PI);
        yield cdf.add(s.mul(pdf));
      }
      case GELU_TANH -> {
        Tensor t = s.add(s.pow(3).mul(0.044715)).mul(ROOT_TWO_BY_PI).tanh();
        Tensor inner = s.square().mul(3 * 0.044715).add(1).mul(ROOT_TWO_BY_PI);
        yield t.add(1).mul(0.5).add(s.mul(0.5).mul(t.square().rsub(1)).mul(inner));
      }
      case GELU_SIGMOID -> swish(s, 1.702);
      case HARD_SHRINK -> mask(s.abs().gt(a), s);
      case SOFT_SHRINK -> mask(s.abs().gt(a), s);
      case TANH_SHRINK -> s.tanh().square();
      case THRESHOLD -> mask(s.gt(a), s);
      case NEG, SIGN, FLOOR, CEIL, ROUND, STEP, IS_NAN, IS_INF, IS_FINITE, NOT ->
          throw new IllegalStateException(fn.op() + " saves nothing");
    };
  }

  /** 1 where the condition holds and 0 elsewhere, in the type of {@code like}. */
  private static Tensor mask(Tensor condition, Tensor like) {
    return condition.cast(like.dtype());
  }

  /** {@code right} for x > 0, {@code left·e^(rate·x)} otherwise; the exponential is taken of min(x, 0), so it cannot overflow. */
  private static Tensor elu(Tensor x, double right, double left, double rate) {
    Tensor e = Elementwise.unary(Unary.of(UnaryOp.CLAMP, Double.NEGATIVE_INFINITY, 0), x).mul(rate).exp().mul(left);
    return x.gt(0).where(x.device().constant(x.dtype(), right), e);
  }

  /** σ(βx) + βx·σ(βx)(1 − σ(βx)). */
  private static Tensor swish(Tensor x, double beta) {
    Tensor sigma = x.mul(beta).sigmoid();
    return sigma.add(x.mul(beta).mul(sigma).mul(sigma.rsub(1)));
  }
}
