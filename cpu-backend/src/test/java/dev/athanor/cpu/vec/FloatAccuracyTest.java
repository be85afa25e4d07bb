package dev.athanor.cpu.vec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.tensor.DType;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The float32 functions against float64, in units in the last place, and lane by lane the same bits. */
class FloatAccuracyTest {
  private static final int N = 1 << 16;

  /** function, range of arguments, allowed error in ulp (of the result, or of {@code floor} where the result is smaller). */
  static Stream<Arguments> functions() {
    return Stream.of(
        Arguments.of(UnaryOp.EXP, -110.0, 92.0, 1.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::exp),
        Arguments.of(UnaryOp.EXPM1, -30.0, 89.0, 2.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::expm1),
        Arguments.of(UnaryOp.LOG, 0.0, 1e30, 1.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::log),
        Arguments.of(UnaryOp.LOG, 0.5, 2.0, 1.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::log),
        Arguments.of(UnaryOp.LOG1P, -1.0, 3.0, 2.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::log1p),
        Arguments.of(UnaryOp.TANH, -12.0, 12.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::tanh),
        Arguments.of(UnaryOp.SIGMOID, -90.0, 90.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) Scalars::sigmoid),
        Arguments.of(UnaryOp.SOFTPLUS, -90.0, 90.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) Scalars::softplus),
        Arguments.of(UnaryOp.LOG_SIGMOID, -90.0, 90.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) x -> -Scalars.softplus(-x)),
        Arguments.of(UnaryOp.SINH, -89.0, 89.0, 4.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::sinh),
        Arguments.of(UnaryOp.COSH, -89.0, 89.0, 4.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::cosh),
        Arguments.of(UnaryOp.SIN, -100.0, 100.0, 2.0, 0.05, (DoubleUnaryOperator) StrictMath::sin),
        Arguments.of(UnaryOp.COS, -100.0, 100.0, 2.0, 0.05, (DoubleUnaryOperator) StrictMath::cos),
        Arguments.of(UnaryOp.SIN, -1e6, 1e6, 2.0, 0.5, (DoubleUnaryOperator) StrictMath::sin),
        Arguments.of(UnaryOp.ASIN, -1.0, 1.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::asin),
        Arguments.of(UnaryOp.ACOS, -1.0, 1.0, 4.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::acos),
        Arguments.of(UnaryOp.ATAN, -50.0, 50.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) StrictMath::atan),
        Arguments.of(UnaryOp.ERF, -6.0, 6.0, 3.0, Float.MIN_NORMAL, (DoubleUnaryOperator) Scalars::erf),
        Arguments.of(UnaryOp.FLOOR, -1e7, 1e7, 0.0, 1.0, (DoubleUnaryOperator) Math::floor),
        Arguments.of(UnaryOp.CEIL, -100.0, 100.0, 0.0, 1.0, (DoubleUnaryOperator) Math::ceil),
        Arguments.of(UnaryOp.ROUND, -100.0, 100.0, 0.0, 1.0, (DoubleUnaryOperator) Math::rint));
  }

  @ParameterizedTest(name = "{0} on [{1}, {2}] within {3} ulp")
  @MethodSource("functions")
  void withinTheStatedBound(UnaryOp op, double low, double high, double bound, double floor, DoubleUnaryOperator exact) {
    float[] x = new float[N];
    Random random = new Random(1);
    for (int i = 0; i < N; i++) {
      double at = low + (high - low) * random.nextDouble();
      x[i] = (float) (i % 2 == 0 ? at : at * Math.pow(2, -random.nextInt(30))); // also near 0
      if (x[i] < low || x[i] > high) {
        x[i] = (float) (low + (high - low) * random.nextDouble());
      }
    }
    float[] y = apply(op, x, 0);
    double worst = 0;
    int where = 0;
    for (int i = 0; i < N; i++) {
      double want = exact.applyAsDouble(x[i]);
      if ((float) want == y[i]) {
        continue;
      }
      double ulp = Math.ulp((float) Math.max(floor, Math.min(Math.abs(want), Float.MAX_VALUE)));
      double error = Math.abs(y[i] - want) / ulp;
      if (!(error <= worst)) {
        worst = error;
        where = i;
      }
    }
    float at = x[where];
    double error = worst;
    float got = y[where];
    assertTrue(worst <= bound, () -> op + "(" + at + ") is " + got + ", should be " + exact.applyAsDouble(at) + ": " + error
        + " ulp");
  }

  static Stream<UnaryOp> floatOps() {
    return Stream.of(UnaryOp.values()).filter(op -> op != UnaryOp.NOT && !op.givesBool());
  }

  /** The same bits whatever the position in the array, and whether in a full vector or in the tail. */
  @ParameterizedTest
  @MethodSource("floatOps")
  void everyLaneAlike(UnaryOp op) {
    float[] special = {0f, -0f, 1f, -1f, 0.5f, 3f, -3f, 20f, -20f, 100f, -100f, 1e-40f, -1e-40f, 1e30f, Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY, Float.NaN, Float.MIN_NORMAL, Float.MAX_VALUE, 0.9f, -0.9f};
    float[] one = new float[special.length];
    for (int i = 0; i < special.length; i++) {
      one[i] = apply(op, new float[] {special[i]}, 0)[0];
    }
    for (int n : new int[] {special.length, 31, 33, 1023}) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = special[i % special.length];
      }
      for (int shift : new int[] {0, 4, 12}) {
        float[] y = apply(op, x, shift);
        for (int i = 0; i < n; i++) {
          assertEquals(Float.floatToIntBits(one[i % special.length]), Float.floatToIntBits(y[i]), op + "(" + x[i] + ") at " + i);
        }
      }
    }
  }

  /** Applies a loop to x placed {@code shift} bytes behind an aligned address. */
  private static float[] apply(UnaryOp op, float[] x, int shift) {
    long from = Memory.allocate(4L * x.length + 64);
    long to = Memory.allocate(4L * x.length + 64);
    try {
      for (int i = 0; i < x.length; i++) {
        Memory.putFloat(from + shift + 4L * i, x[i]);
      }
      Unary fn = op == UnaryOp.POW_SCALAR ? Unary.of(op, 1.5) : Unary.of(op);
      Kernels.unary(op, DType.FLOAT32).run(from + shift, 1, 0, 0, 0, 0, to + shift, x.length, fn.a(), fn.b());
      float[] y = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        y[i] = Memory.getFloat(to + shift + 4L * i);
      }
      return y;
    } finally {
      Memory.free(from);
      Memory.free(to);
    }
  }
}
