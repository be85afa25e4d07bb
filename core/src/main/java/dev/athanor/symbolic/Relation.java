package dev.athanor.symbolic;

import java.util.function.DoubleBinaryOperator;

/** Functions, comparisons and logical operations of two arguments. Comparisons and logic give 1 or 0. */
public enum Relation {
  /** The smaller. */ MIN("min", "\\min", false, Math::min),
  /** The larger. */ MAX("max", "\\max", false, Math::max),
  /** a − b·⌊a/b⌋. */ REMAINDER("mod", "\\operatorname{mod}", false, (a, b) -> a - b * Math.floor(a / b)),
  /** The angle of the point (b, a). */ ATAN2("atan2", "\\operatorname{atan2}", false, Math::atan2),
  /** a = b. */ EQ("=", "=", true, (a, b) -> a == b ? 1 : 0),
  /** a ≠ b. */ NE("≠", "\\neq", true, (a, b) -> a != b ? 1 : 0),
  /** a &lt; b. */ LT("<", "<", true, (a, b) -> a < b ? 1 : 0),
  /** a ≤ b. */ LE("≤", "\\leq", true, (a, b) -> a <= b ? 1 : 0),
  /** a &gt; b. */ GT(">", ">", true, (a, b) -> a > b ? 1 : 0),
  /** a ≥ b. */ GE("≥", "\\geq", true, (a, b) -> a >= b ? 1 : 0),
  /** Both. */ AND("∧", "\\land", true, (a, b) -> a != 0 && b != 0 ? 1 : 0),
  /** Either or both. */ OR("∨", "\\lor", true, (a, b) -> a != 0 || b != 0 ? 1 : 0),
  /** Exactly one. */ XOR("⊕", "\\oplus", true, (a, b) -> a != 0 != (b != 0) ? 1 : 0);

  private final String text;
  private final String latex;
  private final boolean infix;
  private final DoubleBinaryOperator value;

  Relation(String text, String latex, boolean infix, DoubleBinaryOperator value) {
    this.text = text;
    this.latex = latex;
    this.infix = infix;
    this.value = value;
  }

  /** The value at two numbers. */
  public double of(double a, double b) {
    return value.applyAsDouble(a, b);
  }

  /** Whether it is written between its arguments and gives a truth value. */
  boolean isInfix() {
    return infix;
  }

  String text() {
    return text;
  }

  String latex() {
    return latex;
  }
}
