package dev.athanor.symbolic;

import java.util.function.DoubleUnaryOperator;

/** The functions of one argument that formulas are written with. The others are composed of them, see {@link Formulas}. */
public enum Function {
  /** eˣ. */ EXP("exp", "\\exp", Math::exp, Symmetry.NONE),
  /** The natural logarithm. */ LN("ln", "\\ln", Math::log, Symmetry.NONE),
  /** The sine. */ SIN("sin", "\\sin", Math::sin, Symmetry.ODD),
  /** The cosine. */ COS("cos", "\\cos", Math::cos, Symmetry.EVEN),
  /** The tangent. */ TAN("tan", "\\tan", Math::tan, Symmetry.ODD),
  /** The inverse sine. */ ARCSIN("arcsin", "\\arcsin", Math::asin, Symmetry.ODD),
  /** The inverse cosine. */ ARCCOS("arccos", "\\arccos", Math::acos, Symmetry.NONE),
  /** The inverse tangent. */ ARCTAN("arctan", "\\arctan", Math::atan, Symmetry.ODD),
  /** The hyperbolic sine. */ SINH("sinh", "\\sinh", Math::sinh, Symmetry.ODD),
  /** The hyperbolic cosine. */ COSH("cosh", "\\cosh", Math::cosh, Symmetry.EVEN),
  /** The hyperbolic tangent. */ TANH("tanh", "\\tanh", Math::tanh, Symmetry.ODD),
  /** The error function. */ ERF("erf", "\\operatorname{erf}", Erf::erf, Symmetry.ODD),
  /** The logistic function 1/(1 + e⁻ˣ). */ SIGMOID("σ", "\\sigma", x -> 1 / (1 + Math.exp(-x)), Symmetry.NONE),
  /** The magnitude. */ ABS("abs", "\\operatorname{abs}", Math::abs, Symmetry.EVEN),
  /** −1, 0 or 1. */ SIGN("sgn", "\\operatorname{sgn}", Math::signum, Symmetry.ODD),
  /** The largest integer not above. */ FLOOR("floor", "\\operatorname{floor}", Math::floor, Symmetry.NONE),
  /** The nearest integer, ties to even. */ ROUND("round", "\\operatorname{round}", Math::rint, Symmetry.ODD),
  /** 1 of 0, else 0. */ NOT("not", "\\neg", x -> x == 0 ? 1 : 0, Symmetry.NONE);

  /** What f(−x) is. */
  enum Symmetry {
    /** f(x). */ EVEN,
    /** −f(x). */ ODD,
    /** Something else. */ NONE
  }

  private final String text;
  private final String latex;
  private final DoubleUnaryOperator value;
  private final Symmetry symmetry;

  Function(String text, String latex, DoubleUnaryOperator value, Symmetry symmetry) {
    this.text = text;
    this.latex = latex;
    this.value = value;
    this.symmetry = symmetry;
  }

  /** The value at a number. */
  public double of(double x) {
    return value.applyAsDouble(x);
  }

  Symmetry symmetry() {
    return symmetry;
  }

  String text() {
    return text;
  }

  String latex() {
    return latex;
  }
}
