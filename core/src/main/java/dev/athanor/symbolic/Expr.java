package dev.athanor.symbolic;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A formula over real numbers. Truth values are 1 and 0. Immutable; parts may be shared.
 *
 * <p>{@link #simplify} brings it to a normal form, {@link #evaluate} puts numbers in, {@link #toString} and {@link #toLatex}
 * print it.
 */
public sealed interface Expr {
  /** A number. */
  record Constant(double value) implements Expr {}

  /**
   * A symbol.
   *
   * @param name a letter or word, with an index after an underscore: {@code x}, {@code w_12}
   */
  record Variable(String name) implements Expr {}

  /** The sum of the terms; 0 for none. */
  record Sum(List<Expr> terms) implements Expr {}

  /** The product of the factors; 1 for none. */
  record Product(List<Expr> factors) implements Expr {}

  /** A base to the power of an exponent. Quotients and roots are powers too. */
  record Power(Expr base, Expr exponent) implements Expr {}

  /** A function of one argument. */
  record Apply(Function function, Expr argument) implements Expr {}

  /** A function, comparison or logical operation of two arguments. */
  record Pair(Relation relation, Expr left, Expr right) implements Expr {}

  /** The first branch where the condition is not 0, else the second. */
  record Choice(Expr condition, Expr then, Expr otherwise) implements Expr {}

  /** The number 0. */
  Expr ZERO = new Constant(0);
  /** The number 1. */
  Expr ONE = new Constant(1);

  /** A number. */
  static Expr of(double value) {
    return value == 0 ? ZERO : value == 1 ? ONE : new Constant(value);
  }

  /** A symbol, see {@link Variable}. */
  static Expr symbol(String name) {
    return new Variable(name);
  }

  /** this + b. */
  default Expr plus(Expr b) {
    return new Sum(List.of(this, b));
  }

  /** this − b. */
  default Expr minus(Expr b) {
    return new Sum(List.of(this, b.negated()));
  }

  /** −this. */
  default Expr negated() {
    return new Product(List.of(of(-1), this));
  }

  /** this · b. */
  default Expr times(Expr b) {
    return new Product(List.of(this, b));
  }

  /** this / b. */
  default Expr over(Expr b) {
    return new Product(List.of(this, b.to(-1)));
  }

  /** this to the power of a number. */
  default Expr to(double exponent) {
    return new Power(this, of(exponent));
  }

  /** A function of this. */
  default Expr apply(Function f) {
    return new Apply(f, this);
  }

  /** Whether this is the given number. */
  default boolean is(double number) {
    return this instanceof Constant c && c.value == number;
  }

  /** The normal form: like terms collected, factors gathered, constants computed; see {@link Simplifier} for the rules. */
  default Expr simplify() {
    return new Simplifier().simplify(this);
  }

  /**
   * The value, in float64.
   *
   * @param values a number for every symbol, by name
   * @throws dev.athanor.AthanorException if one is missing
   */
  default double evaluate(Map<String, Double> values) {
    return new Evaluation(values, new IdentityHashMap<>()).of(this);
  }

  /** As LaTeX. */
  default String toLatex() {
    return new Printer(Printer.Style.LATEX).print(this);
  }

  /** As text, with mathematical signs: {@code 1/x + 2xy − y·cos xy}. */
  default String toText() {
    return new Printer(Printer.Style.TEXT).print(this);
  }
}
