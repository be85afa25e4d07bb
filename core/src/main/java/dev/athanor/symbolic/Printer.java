package dev.athanor.symbolic;

import dev.athanor.symbolic.Expr.Apply;
import dev.athanor.symbolic.Expr.Choice;
import dev.athanor.symbolic.Expr.Constant;
import dev.athanor.symbolic.Expr.Pair;
import dev.athanor.symbolic.Expr.Power;
import dev.athanor.symbolic.Expr.Product;
import dev.athanor.symbolic.Expr.Sum;
import dev.athanor.symbolic.Expr.Variable;
import java.util.ArrayList;
import java.util.List;

/** Writes formulas as people do: quotients and roots instead of negative and broken powers, no needless parentheses. */
final class Printer {
  /** The two ways of writing. */
  enum Style { TEXT, LATEX }

  /** How tightly the parts of a written formula hold together. */
  private static final int SUM = 1;
  private static final int PRODUCT = 2;
  private static final int APPLICATION = 3;
  private static final int POWER = 4;
  private static final int ATOM = 5;
  private static final int DENOMINATORS = 360;
  private static final String SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private final boolean latex;

  Printer(Style style) {
    this.latex = style == Style.LATEX;
  }

  private record Written(String text, int strength) {}

  String print(Expr e) {
    return write(e).text;
  }

  private String within(Expr e, int strength) {
    Written w = write(e);
    return w.strength >= strength ? w.text : parenthesised(w.text);
  }

  private String parenthesised(String text) {
    return latex ? "\\left(" + text + "\\right)" : "(" + text + ")";
  }

  private Written write(Expr e) {
    return switch (e) {
      case Constant c -> number(c.value());
      case Variable v -> new Written(name(v.name()), ATOM);
      case Sum s -> sum(s.terms());
      case Product p -> product(p.factors());
      case Power p -> product(List.of(p));
      case Apply a -> apply(a);
      case Pair p -> pair(p);
      case Choice c -> choice(c);
    };
  }

  // ---- numbers and names

  /** Whole numbers and simple fractions as such, others as Java prints them. */
  private Written number(double v) {
    if (Double.isInfinite(v)) {
      return new Written((v < 0 ? minus() : "") + (latex ? "\\infty" : "∞"), v < 0 ? SUM : ATOM);
    }
    if (v < 0) {
      return new Written(minus() + number(-v).text, SUM);
    }
    if (v == Math.rint(v) && v < 1e15) {
      return new Written(Long.toString((long) v), ATOM);
    }
    for (int q = 2; q <= DENOMINATORS; q++) {
      double p = v * q;
      if (v > 1e-3 && Math.abs(p - Math.rint(p)) < 1e-13 * p && Math.rint(p) < 1000) {
        String numerator = Long.toString((long) Math.rint(p));
        return latex ? new Written("\\frac{" + numerator + "}{" + q + "}", ATOM) : new Written(numerator + "/" + q, PRODUCT);
      }
    }
    return new Written(Double.toString(v), ATOM);
  }

  private String minus() {
    return latex ? "-" : "−";
  }

  private String name(String name) {
    int at = name.indexOf('_');
    if (at < 0) {
      return latex && name.length() > 1 ? "\\mathit{" + name + "}" : name;
    }
    String index = name.substring(at + 1);
    if (latex) {
      return name(name.substring(0, at)) + "_{" + index + "}";
    }
    return name.substring(0, at) + digits(index, SUBSCRIPTS);
  }

  private static String digits(String text, String as) {
    var out = new StringBuilder();
    for (char c : text.toCharArray()) {
      out.append(Character.isDigit(c) ? as.charAt(c - '0') : c == '-' ? '⁻' : c);
    }
    return out.toString();
  }

  // ---- sums and products

  private Written sum(List<Expr> terms) {
    var text = new StringBuilder();
    for (Expr t : terms) {
      String w = print(t);
      if (text.isEmpty()) {
        text.append(w);
      } else if (w.startsWith(minus())) {
        text.append(' ').append(minus()).append(' ').append(w.substring(1));
      } else {
        text.append(" + ").append(w);
      }
    }
    return terms.isEmpty() ? number(0) : new Written(text.toString(), SUM);
  }

  private Written product(List<Expr> factors) {
    double number = 1;
    var above = new ArrayList<Expr>();
    var below = new ArrayList<Expr>();
    for (Expr f : factors) {
      switch (f) {
        case Constant c -> number *= c.value();
        case Power p when p.exponent() instanceof Constant n && n.value() < 0 ->
            below.add(n.value() == -1 ? p.base() : new Power(p.base(), new Constant(-n.value())));
        case Power _, Variable _, Sum _, Product _, Apply _, Pair _, Choice _ -> above.add(f);
      }
    }
    if (number < 0 || 1 / number < 0) {
      Written positive = assemble(-number, above, below);
      return new Written(minus() + (positive.strength > SUM ? positive.text : parenthesised(positive.text)), SUM);
    }
    return assemble(number, above, below);
  }

  private Written assemble(double number, List<Expr> above, List<Expr> below) {
    double reciprocal = 1 / number;
    boolean inverse = number < 1 && number > 0 && reciprocal == Math.rint(reciprocal) && !(above.isEmpty() && below.isEmpty());
    String top = juxtaposed(inverse ? 1 : number, above);
    if (below.isEmpty() && !inverse) {
      boolean one = number == 1 && above.size() == 1;
      return new Written(top, one ? writeFactor(above.getFirst()).strength : above.isEmpty() ? number(number).strength : PRODUCT);
    }
    double under = inverse ? reciprocal : 1;
    String bottom = juxtaposed(under, below);
    if (latex) {
      return new Written("\\frac{" + top + "}{" + bottom + "}", PRODUCT);
    }
    if (!above.isEmpty() && writeFactor(above.getLast()).strength == APPLICATION) {
      top = parenthesised(top); // sin x/2 could be read as the sine of x/2
    }
    boolean single = below.size() + (inverse ? 1 : 0) == 1;
    boolean simple = single && (below.isEmpty() || writeFactor(below.getFirst()).strength >= POWER);
    return new Written(top + "/" + (simple ? bottom : single ? parenthesisedOnce(below.getFirst()) : "(" + bottom + ")"),
        PRODUCT);
  }

  private String parenthesisedOnce(Expr e) {
    return parenthesised(writeFactor(e).text);
  }

  /** Factors side by side, with a dot where they would run together. */
  private String juxtaposed(double number, List<Expr> factors) {
    var text = new StringBuilder();
    boolean tight = true;
    if (number != 1 || factors.isEmpty()) {
      Written n = number(number);
      boolean quotient = n.text.contains("/") && !factors.isEmpty();
      text.append(quotient ? parenthesised(n.text) : n.text);
      tight = !n.text.contains("E");
    }
    boolean onlyNumber = !text.isEmpty();
    boolean loosely = false;
    for (int i = 0; i < factors.size(); i++) {
      Expr f = factors.get(i);
      boolean alone = factors.size() == 1 && !onlyNumber;
      Written w = writeFactor(f);
      boolean loose = w.strength == APPLICATION;
      String part = w.strength >= APPLICATION || alone ? w.text : parenthesised(w.text);
      boolean glued = tight && isTight(f, w) || !text.isEmpty() && part.startsWith("(") && !endsLoose(text) && tight;
      if (!text.isEmpty() && !glued) {
        boolean space = latex && !loosely && !Character.isDigit(part.charAt(0));
        text.append(space ? " " : latex ? " \\cdot " : "·");
      }
      text.append(part);
      loosely = loose;
      tight = !loose && (isTight(f, w) || part.endsWith(")"));
    }
    return text.toString();
  }

  private static boolean endsLoose(StringBuilder text) {
    return text.charAt(text.length() - 1) == '.';
  }

  /** A symbol of one letter, or a power of one: these are written side by side. */
  private static boolean isTight(Expr f, Written w) {
    Expr base = f instanceof Power p ? p.base() : f;
    return base instanceof Variable v && (v.name().length() == 1 || v.name().indexOf('_') == 1) && w.strength >= POWER;
  }

  private Written writeFactor(Expr f) {
    return f instanceof Power p ? power(p) : write(f);
  }

  private Written power(Power p) {
    if (p.exponent().is(0.5)) {
      return latex ? new Written("\\sqrt{" + print(p.base()) + "}", ATOM) : new Written("√" + within(p.base(), ATOM), POWER);
    }
    if (p.base() instanceof Apply a && a.function() != Function.EXP && p.exponent() instanceof Constant c && c.value() > 1) {
      String exponent = raised(p.exponent());
      String f = latex ? a.function().latex() : a.function().text();
      return new Written(f + exponent + argument(a.argument()), APPLICATION);
    }
    return new Written(within(p.base(), ATOM) + raised(p.exponent()), POWER);
  }

  private String raised(Expr exponent) {
    if (latex) {
      return "^{" + print(exponent) + "}";
    }
    if (exponent instanceof Constant c && c.value() == Math.rint(c.value()) && Math.abs(c.value()) < 1e9) {
      return digits(Long.toString((long) c.value()), SUPERSCRIPTS);
    }
    return "^" + within(exponent, ATOM);
  }

  // ---- functions

  private Written apply(Apply a) {
    Expr x = a.argument();
    return switch (a.function()) {
      case EXP -> latex ? new Written("e^{" + print(x) + "}", POWER) : new Written("e^" + within(x, ATOM), POWER);
      case ABS -> latex ? new Written("\\left|" + print(x) + "\\right|", ATOM) : new Written("|" + print(x) + "|", ATOM);
      case FLOOR -> latex ? new Written("\\lfloor " + print(x) + " \\rfloor", ATOM) : new Written("⌊" + print(x) + "⌋", ATOM);
      case SIGMOID -> new Written((latex ? "\\sigma" : "σ") + parenthesised(print(x)), ATOM);
      case LN, SIN, COS, TAN, ARCSIN, ARCCOS, ARCTAN, SINH, COSH, TANH, ERF, SIGN, ROUND, NOT ->
          new Written((latex ? a.function().latex() : a.function().text()) + argument(x), APPLICATION);
    };
  }

  /** Without parentheses where nothing can be misread: symbols, their powers, and products of these with a number. */
  private String argument(Expr x) {
    boolean plain = switch (x) {
      case Variable _ -> true;
      case Constant c -> c.value() >= 0 && number(c.value()).strength == ATOM;
      case Power p -> isPlainPower(p);
      case Product p -> p.factors().stream().allMatch(f -> f instanceof Variable v && isTight(v, new Written("", ATOM))
          || f instanceof Power q && isPlainPower(q) && q.base() instanceof Variable
          || f == p.factors().getFirst() && f instanceof Constant c && c.value() >= 0 && number(c.value()).strength == ATOM);
      case Sum _, Apply _, Pair _, Choice _ -> false;
    };
    return plain ? " " + print(x) : parenthesised(print(x));
  }

  private static boolean isPlainPower(Power p) {
    return p.base() instanceof Variable && p.exponent() instanceof Constant c && c.value() > 1
        && c.value() == Math.rint(c.value());
  }

  private Written pair(Pair p) {
    String sign = latex ? p.relation().latex() : p.relation().text();
    if (p.relation().isInfix()) {
      return new Written("[" + within(p.left(), SUM) + " " + sign + " " + within(p.right(), SUM) + "]", ATOM);
    }
    return new Written(sign + parenthesised(print(p.left()) + ", " + print(p.right())), ATOM);
  }

  /** The condition without the brackets that stand for 1 and 0. */
  private String condition(Expr e) {
    String text = print(e);
    return e instanceof Pair p && p.relation().isInfix() ? text.substring(1, text.length() - 1) : text;
  }

  private Written choice(Choice c) {
    if (latex) {
      return new Written("\\begin{cases}" + print(c.then()) + " & " + condition(c.condition()) + " \\\\ " + print(c.otherwise())
          + " & \\text{otherwise}\\end{cases}", ATOM);
    }
    return new Written("{" + print(c.then()) + " if " + condition(c.condition()) + ", else " + print(c.otherwise()) + "}", ATOM);
  }
}
