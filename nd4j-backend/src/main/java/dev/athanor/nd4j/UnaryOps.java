package dev.athanor.nd4j;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.scalar.LeakyReLU;
import org.nd4j.linalg.api.ops.impl.scalar.Pow;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.transforms.bool.BooleanNot;
import org.nd4j.linalg.api.ops.impl.transforms.bool.IsFinite;
import org.nd4j.linalg.api.ops.impl.transforms.bool.IsInf;
import org.nd4j.linalg.api.ops.impl.transforms.bool.IsNaN;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Ceil;
import org.nd4j.linalg.api.ops.impl.transforms.same.Floor;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.Reciprocal;
import org.nd4j.linalg.api.ops.impl.transforms.same.Sign;
import org.nd4j.linalg.api.ops.impl.transforms.same.Square;
import org.nd4j.linalg.api.ops.impl.transforms.strict.ACos;
import org.nd4j.linalg.api.ops.impl.transforms.strict.ASin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.ATan;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cos;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cosh;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.HardTanh;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Rint;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sinh;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tan;

/** ND4J's operation for each function. */
final class UnaryOps {
  private UnaryOps() {}

  /** Whether ND4J's operation gives the results that are asked for; {@code docs/nd4j.md} says what is wrong with the others. */
  static boolean known(Unary fn, DType dtype) {
    return switch (fn.op()) {
      case NEG, ABS, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, LOG, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ERF, FLOOR,
          CEIL, ROUND,
          POW_SCALAR, SIGMOID, RELU, LEAKY_RELU, IS_NAN, IS_INF, IS_FINITE, NOT -> true;
      case SIGN -> dtype.isInteger();
      case HARD_TANH -> fn.equals(Unary.of(UnaryOp.HARD_TANH)); // others have bounds of their own
      case EXPM1, LOG1P, TANH, CLAMP, HARD_SIGMOID, RELU6, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH,
          HARD_SWISH, MISH,
          GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD -> false;
    };
  }

  /** The operation, for a function that is {@link #known}. */
  static Op of(Unary fn, INDArray x, INDArray z) {
    return switch (fn.op()) {
      case NEG -> new Negative(x, z);
      case ABS -> new Abs(x, z);
      case SIGN -> new Sign(x, z);
      case SQUARE -> new Square(x, z);
      case SQRT -> new Sqrt(x, z);
      case RSQRT -> new RSqrt(x, z);
      case RECIPROCAL -> new Reciprocal(x, z);
      case EXP -> new Exp(x, z);
      case LOG -> new Log(x, z);
      case SIN -> new Sin(x, z);
      case COS -> new Cos(x, z);
      case TAN -> new Tan(x, z);
      case ASIN -> new ASin(x, z);
      case ACOS -> new ACos(x, z);
      case ATAN -> new ATan(x, z);
      case SINH -> new Sinh(x, z);
      case COSH -> new Cosh(x, z);
      case ERF -> new Erf(x, z);
      case FLOOR -> new Floor(x, z);
      case CEIL -> new Ceil(x, z);
      case ROUND -> new Rint(x, z);
      case POW_SCALAR -> new Pow(x, z, fn.a());
      case SIGMOID -> new Sigmoid(x, z);
      case HARD_TANH -> new HardTanh(x, z);
      case RELU -> new RectifiedLinear(x, z);
      case LEAKY_RELU -> new LeakyReLU(x, z, fn.a());
      case IS_NAN -> new IsNaN(x, z);
      case IS_INF -> new IsInf(x, z);
      case IS_FINITE -> new IsFinite(x, z);
      case NOT -> new BooleanNot(x, z);
      case EXPM1, LOG1P, TANH, CLAMP, HARD_SIGMOID, RELU6, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH,
          HARD_SWISH, MISH,
          GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK,
          THRESHOLD -> throw new IllegalArgumentException(
          fn + " is computed by a plain loop");
    };
  }
}
