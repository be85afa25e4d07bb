package dev.athanor.nd4j;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.View;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarAdd;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarReverseDivision;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.OneMinus;
import org.nd4j.linalg.api.ops.impl.transforms.same.Reciprocal;
import org.nd4j.linalg.api.ops.impl.transforms.same.Sign;
import org.nd4j.linalg.api.ops.impl.transforms.same.Square;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cos;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cosh;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sinh;
import org.nd4j.linalg.factory.Nd4j;

/** Derivatives of elementwise functions times what comes from above. */
final class Slopes {
  private Slopes() {}

  static void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    if (dx.size() == 0) {
      return;
    }
    if (!byNd4j(fn, x, y, dy, dx)) {
      View saved = fn.op().saves() == UnaryOp.Saves.OUTPUT ? y : x;
      Loops.forEach(dx.shape(), at -> Nd4jBuffer.set(dx, at[2],
          Nd4jBuffer.get(dy, at[1]) * Functions.derivative(fn, Nd4jBuffer.get(saved, at[0]))), saved, dy, dx);
    }
  }

  /** Computes the slope into room of its own, then multiplies; false if this function is left to a plain loop. */
  private static boolean byNd4j(Unary fn, View x, View y, View dy, View dx) {
    try (var work = new Work()) {
      switch (fn.op()) {
        case NEG -> Nd4j.exec(new Negative(work.in(dy), work.out(dx)));
        case EXP -> Elementwise.custom("multiply", work.out(dx), work.in(dy), work.in(y));
        case LOG -> Elementwise.custom("divide", work.out(dx), work.in(dy), work.in(x));
        case SIGN, FLOOR, CEIL, ROUND, STEP -> {
          Elementwise.fill(dx, 0);
          return true;
        }
        case ABS, SQUARE, SQRT, RSQRT, RECIPROCAL, EXPM1, LOG1P, SIN, COS, TAN, ATAN, SINH, COSH, TANH, SIGMOID, RELU -> {
          INDArray slope = work.room(dx.dtype(), dx.shape());
          slope(fn, work.in(fn.op().saves() == UnaryOp.Saves.OUTPUT ? y : x), slope);
          Elementwise.custom("multiply", work.out(dx), work.in(dy), slope);
        }
        case ASIN, ACOS, ERF, POW_SCALAR, CLAMP, HARD_SIGMOID, HARD_TANH, RELU6, LEAKY_RELU, ELU, SELU,
            CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH, HARD_SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID, HARD_SHRINK,
            SOFT_SHRINK, TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> {
          return false;
        }
      }
      work.done();
      return true;
    }
  }

  /** fn′ from what it saves: its input or its output. */
  private static void slope(Unary fn, INDArray saved, INDArray slope) {
    switch (fn.op()) {
      case ABS -> Nd4j.exec(new Sign(saved, slope));
      case SQUARE -> Nd4j.exec(new ScalarMultiplication(saved, null, slope, 2));
      case SQRT -> Nd4j.exec(new ScalarReverseDivision(saved, null, slope, 0.5));
      case RSQRT -> {
        Nd4j.exec(new Square(saved, slope));
        Elementwise.custom("multiply", slope, slope, saved);
        Nd4j.exec(new ScalarMultiplication(slope, null, slope, -0.5));
      }
      case RECIPROCAL -> {
        Nd4j.exec(new Square(saved, slope));
        Nd4j.exec(new Negative(slope, slope));
      }
      case EXPM1 -> Nd4j.exec(new ScalarAdd(saved, null, slope, 1));
      case LOG1P -> {
        Nd4j.exec(new ScalarAdd(saved, null, slope, 1));
        Nd4j.exec(new Reciprocal(slope, slope));
      }
      case SIN -> Nd4j.exec(new Cos(saved, slope));
      case COS -> {
        Nd4j.exec(new Sin(saved, slope));
        Nd4j.exec(new Negative(slope, slope));
      }
      case TAN -> {
        Nd4j.exec(new Square(saved, slope));
        Nd4j.exec(new ScalarAdd(slope, null, slope, 1));
      }
      case ATAN -> {
        Nd4j.exec(new Square(saved, slope));
        Nd4j.exec(new ScalarAdd(slope, null, slope, 1));
        Nd4j.exec(new Reciprocal(slope, slope));
      }
      case SINH -> Nd4j.exec(new Cosh(saved, slope));
      case COSH -> Nd4j.exec(new Sinh(saved, slope));
      case TANH -> {
        Nd4j.exec(new Square(saved, slope));
        Nd4j.exec(new OneMinus(slope, slope));
      }
      case SIGMOID -> {
        Nd4j.exec(new OneMinus(saved, slope));
        Elementwise.custom("multiply", slope, slope, saved);
      }
      case RELU -> Nd4j.exec(new Step(saved, slope));
      case NEG, EXP, LOG, SIGN, FLOOR, CEIL, ROUND, STEP, ASIN, ACOS, ERF, POW_SCALAR, CLAMP, HARD_SIGMOID, HARD_TANH, RELU6,
          LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH, HARD_SWISH, MISH, GELU, GELU_TANH, GELU_SIGMOID,
          HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> throw new IllegalArgumentException(
          fn + " has no slope here");
    }
  }
}
