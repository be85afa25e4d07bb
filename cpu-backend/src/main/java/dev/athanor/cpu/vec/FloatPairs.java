package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.athanor.backend.BinaryOp;
import java.util.function.DoubleBinaryOperator;
import jdk.incubator.vector.FloatVector;

/** The float32 functions and relations of two operands. */
final class FloatPairs {
  private FloatPairs() {}

  /** A new loop for {@code op}, which must be a function of float32. */
  static RowKernel kernel(BinaryOp op) {
    return switch (op) {
      case ADD -> function((a, b) -> a.add(b));
      case SUB -> function((a, b) -> a.sub(b));
      case MUL -> function((a, b) -> a.mul(b));
      case DIV -> function((a, b) -> a.div(b));
      case POW -> function((a, b) -> lanes(a, b, StrictMath::pow));
      case MIN -> function((a, b) -> a.min(b));
      case MAX -> function((a, b) -> a.max(b));
      case REMAINDER -> function((a, b) -> lanes(a, b, Scalars::remainder));
      case ATAN2 -> function((a, b) -> lanes(a, b, StrictMath::atan2));
      case EQ -> relation((a, b) -> a.compare(EQ, b));
      case NE -> relation((a, b) -> a.compare(NE, b));
      case LT -> relation((a, b) -> a.compare(LT, b));
      case LE -> relation((a, b) -> a.compare(LE, b));
      case GT -> relation((a, b) -> a.compare(GT, b));
      case GE -> relation((a, b) -> a.compare(GE, b));
      case AND, OR, XOR -> throw new IllegalArgumentException(op + " is a function of bool");
    };
  }

  private static RowKernel function(FloatLoops.Binary fn) {
    return Specialize.loop(FloatBinaryLoop.class, fn, RowKernel.class);
  }

  private static RowKernel relation(FloatLoops.Compare fn) {
    return Specialize.loop(FloatCompareLoop.class, fn, RowKernel.class);
  }

  /** A function without a vector form: each lane in float64, rounded once. */
  private static FloatVector lanes(FloatVector a, FloatVector b, DoubleBinaryOperator fn) {
    float[] x = a.toArray();
    float[] y = b.toArray();
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) fn.applyAsDouble(x[i], y[i]);
    }
    return FloatVector.fromArray(Vec.F, x, 0);
  }
}
