package dev.athanor.symbolic;

import static dev.athanor.symbolic.Function.ABS;
import static dev.athanor.symbolic.Function.ERF;
import static dev.athanor.symbolic.Function.EXP;
import static dev.athanor.symbolic.Function.FLOOR;
import static dev.athanor.symbolic.Function.LN;
import static dev.athanor.symbolic.Function.ROUND;
import static dev.athanor.symbolic.Function.SIGMOID;
import static dev.athanor.symbolic.Function.SIGN;
import static dev.athanor.symbolic.Function.TANH;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import java.util.List;

/** The toolkit's elementwise functions as formulas. */
final class Formulas {
  private static final double SELU_ALPHA = 1.6732632423543772;
  private static final double SELU_LAMBDA = 1.0507009873554805;

  private Formulas() {}

  /** fn(x). */
  static Expr of(Unary fn, Expr x) {
    double a = fn.a();
    double b = fn.b();
    return switch (fn.op()) {
      case NEG -> x.negated();
      case ABS -> x.apply(ABS);
      case SIGN -> x.apply(SIGN);
      case SQUARE -> x.to(2);
      case SQRT -> x.to(0.5);
      case RSQRT -> x.to(-0.5);
      case RECIPROCAL -> x.to(-1);
      case EXP -> x.apply(EXP);
      case EXPM1 -> x.apply(EXP).minus(Expr.ONE);
      case LOG -> x.apply(LN);
      case LOG1P -> Expr.ONE.plus(x).apply(LN);
      case SIN -> x.apply(Function.SIN);
      case COS -> x.apply(Function.COS);
      case TAN -> x.apply(Function.TAN);
      case ASIN -> x.apply(Function.ARCSIN);
      case ACOS -> x.apply(Function.ARCCOS);
      case ATAN -> x.apply(Function.ARCTAN);
      case SINH -> x.apply(Function.SINH);
      case COSH -> x.apply(Function.COSH);
      case TANH -> x.apply(TANH);
      case ERF -> x.apply(ERF);
      case FLOOR -> x.apply(FLOOR);
      case CEIL -> x.negated().apply(FLOOR).negated();
      case ROUND -> x.apply(ROUND);
      case POW_SCALAR -> x.to(a);
      case CLAMP -> clamp(x, a, b);
      case SIGMOID -> x.apply(SIGMOID);
      case HARD_SIGMOID -> clamp(Expr.of(a).times(x).plus(Expr.of(b)), 0, 1);
      case HARD_TANH -> clamp(x, a, b);
      case RELU -> clamp(x, 0, Double.POSITIVE_INFINITY);
      case RELU6 -> clamp(x, 0, 6);
      case LEAKY_RELU -> above(x, 0, x, Expr.of(a).times(x));
      case ELU -> above(x, 0, x, Expr.of(a).times(x.apply(EXP).minus(Expr.ONE)));
      case SELU -> Expr.of(SELU_LAMBDA).times(above(x, 0, x, Expr.of(SELU_ALPHA).times(x.apply(EXP).minus(Expr.ONE))));
      case CELU -> above(x, 0, x, Expr.of(a).times(x.over(Expr.of(a)).apply(EXP).minus(Expr.ONE)));
      case SOFTPLUS -> softplus(x);
      case LOG_SIGMOID -> softplus(x.negated()).negated();
      case SOFTSIGN -> x.over(Expr.ONE.plus(x.apply(ABS)));
      case SWISH -> x.times(Expr.of(a).times(x).apply(SIGMOID));
      case HARD_SWISH -> x.times(clamp(x.plus(Expr.of(3)), 0, 6)).over(Expr.of(6));
      case MISH -> x.times(softplus(x).apply(TANH));
      case GELU -> x.times(Expr.ONE.plus(x.over(Expr.of(2).to(0.5)).apply(ERF))).over(Expr.of(2));
      case GELU_TANH -> x.times(Expr.ONE.plus(Expr.of(Math.sqrt(2 / Math.PI)).times(x.plus(Expr.of(0.044715).times(x.to(3))))
          .apply(TANH))).over(Expr.of(2));
      case GELU_SIGMOID -> x.times(Expr.of(1.702).times(x).apply(SIGMOID));
      case STEP -> new Expr.Pair(Relation.GE, x, Expr.of(a));
      case HARD_SHRINK -> above(x.apply(ABS), a, x, Expr.ZERO);
      case SOFT_SHRINK -> above(x, a, x.minus(Expr.of(a)), new Expr.Choice(new Expr.Pair(Relation.LT, x, Expr.of(-a)),
          x.plus(Expr.of(a)), Expr.ZERO));
      case TANH_SHRINK -> x.minus(x.apply(TANH));
      case THRESHOLD -> above(x, a, x, Expr.of(b));
      case IS_NAN, IS_INF -> Expr.ZERO; // a symbol stands for a number
      case IS_FINITE -> Expr.ONE;
      case NOT -> x.apply(Function.NOT);
    };
  }

  private static Expr above(Expr x, double bound, Expr then, Expr otherwise) {
    return new Expr.Choice(new Expr.Pair(Relation.GT, x, Expr.of(bound)), then, otherwise);
  }

  private static Expr clamp(Expr x, double low, double high) {
    Expr e = low == Double.NEGATIVE_INFINITY ? x : new Expr.Pair(Relation.MAX, x, Expr.of(low));
    return high == Double.POSITIVE_INFINITY ? e : new Expr.Pair(Relation.MIN, e, Expr.of(high));
  }

  private static Expr softplus(Expr x) {
    return Expr.ONE.plus(x.apply(EXP)).apply(LN);
  }

  /** op(a, b). */
  static Expr of(BinaryOp op, Expr a, Expr b) {
    return switch (op) {
      case ADD -> a.plus(b);
      case SUB -> a.minus(b);
      case MUL -> a.times(b);
      case DIV -> a.over(b);
      case POW -> new Expr.Power(a, b);
      case MIN -> new Expr.Pair(Relation.MIN, a, b);
      case MAX -> new Expr.Pair(Relation.MAX, a, b);
      case REMAINDER -> new Expr.Pair(Relation.REMAINDER, a, b);
      case ATAN2 -> new Expr.Pair(Relation.ATAN2, a, b);
      case AND -> new Expr.Pair(Relation.AND, a, b);
      case OR -> new Expr.Pair(Relation.OR, a, b);
      case XOR -> new Expr.Pair(Relation.XOR, a, b);
      case EQ -> new Expr.Pair(Relation.EQ, a, b);
      case NE -> new Expr.Pair(Relation.NE, a, b);
      case LT -> new Expr.Pair(Relation.LT, a, b);
      case LE -> new Expr.Pair(Relation.LE, a, b);
      case GT -> new Expr.Pair(Relation.GT, a, b);
      case GE -> new Expr.Pair(Relation.GE, a, b);
    };
  }

  static Expr sum(List<Expr> terms) {
    return terms.size() == 1 ? terms.getFirst() : new Expr.Sum(List.copyOf(terms));
  }

  static Expr product(List<Expr> factors) {
    return factors.size() == 1 ? factors.getFirst() : new Expr.Product(List.copyOf(factors));
  }
}
