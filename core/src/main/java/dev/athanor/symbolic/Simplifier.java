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
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings formulas to a normal form, from the leaves up. The value stays the same wherever the original is defined; where it is
 * not (0/0, ln of a negative number), the result may be.
 *
 * <ul>
 * <li>sums are flat, numbers are added, equal terms collected ({@code xy + 2xy = 3xy}); a number times a sum inside a sum is
 * multiplied out, and so is −1 times a sum anywhere;
 * <li>products are flat, numbers are multiplied, equal bases collected ({@code x·x² = x³}, {@code e^a·e^b = e^(a+b)}), 0 takes
 * all;
 * <li>{@code (xᵃ)ⁿ = xᵃⁿ} and {@code (xy)ⁿ = xⁿyⁿ} for whole n, {@code (eˣ)ᵃ = e^(ax)};
 * <li>{@code ln eˣ = x}, {@code e^(ln x) = x}; signs leave odd functions and vanish in even ones;
 * <li>a function of a number becomes a number where that is a whole one ({@code cos 0 = 1}, but {@code ln 2} stays);
 * <li>terms and factors have one order: what holds functions later, then by degree, then by name; a sum begins with a positive
 * term if it has one.
 * </ul>
 */
final class Simplifier {
  private static final double EXACT = 1e15;

  private final IdentityHashMap<Expr, Expr> done = new IdentityHashMap<>();
  private final Order order = new Order();

  Expr simplify(Expr e) {
    Expr known = done.get(e);
    if (known == null) {
      known = switch (e) {
        case Constant c -> Expr.of(c.value());
        case Variable v -> v;
        case Sum s -> sum(all(s.terms()));
        case Product p -> product(all(p.factors()));
        case Power p -> power(simplify(p.base()), simplify(p.exponent()));
        case Apply a -> apply(a.function(), simplify(a.argument()));
        case Pair p -> pair(p.relation(), simplify(p.left()), simplify(p.right()));
        case Choice c -> choice(simplify(c.condition()), simplify(c.then()), simplify(c.otherwise()));
      };
      done.put(e, known);
      done.put(known, known);
    }
    return known;
  }

  private List<Expr> all(List<Expr> parts) {
    return parts.stream().map(this::simplify).toList();
  }

  // ---- sums

  private Expr sum(List<Expr> terms) {
    var collected = new LinkedHashMap<Expr, Double>();
    double[] number = new double[1];
    for (Expr t : terms) {
      addTerm(t, 1, collected, number);
    }
    var result = new ArrayList<Expr>();
    collected.forEach((term, factor) -> {
      if (factor != 0) {
        result.add(scaled(factor, term));
      }
    });
    if (number[0] != 0 || result.isEmpty()) {
      result.add(Expr.of(number[0]));
    }
    result.sort(order.terms());
    int positive = 0;
    while (positive < result.size() && isNegative(result.get(positive))) {
      positive++;
    }
    if (positive > 0 && positive < result.size()) {
      result.addFirst(result.remove(positive)); // a − b, not −b + a
    }
    return Formulas.sum(result);
  }

  private void addTerm(Expr t, double factor, Map<Expr, Double> collected, double[] number) {
    switch (t) {
      case Constant c -> number[0] += factor * c.value();
      case Sum s -> s.terms().forEach(part -> addTerm(part, factor, collected, number));
      case Product p when p.factors().getFirst() instanceof Constant c -> {
        Expr rest = Formulas.product(p.factors().subList(1, p.factors().size()));
        if (rest instanceof Sum s) {
          s.terms().forEach(part -> addTerm(part, factor * c.value(), collected, number));
        } else {
          collected.merge(rest, factor * c.value(), Double::sum);
        }
      }
      case Product _, Variable _, Power _, Apply _, Pair _, Choice _ -> collected.merge(t, factor, Double::sum);
    }
  }

  private static Expr scaled(double factor, Expr e) {
    if (factor == 1) {
      return e;
    }
    var factors = new ArrayList<Expr>();
    factors.add(Expr.of(factor));
    if (e instanceof Product p) {
      factors.addAll(p.factors());
    } else {
      factors.add(e);
    }
    return Formulas.product(factors);
  }

  // ---- products

  private Expr product(List<Expr> factors) {
    var exponents = new LinkedHashMap<Expr, List<Expr>>();
    var inExp = new ArrayList<Expr>();
    double number = multiply(factors, exponents, inExp);
    var result = new ArrayList<Expr>();
    if (!inExp.isEmpty()) {
      exponents.merge(apply(Function.EXP, sum(inExp)), List.of(Expr.ONE), Simplifier::joined);
    }
    for (var e : exponents.entrySet()) {
      Expr p = power(e.getKey(), sum(e.getValue()));
      switch (p) {
        case Constant c -> number *= c.value();
        case Product inner -> {
          for (Expr f : inner.factors()) {
            if (f instanceof Constant c) {
              number *= c.value();
            } else {
              result.add(f);
            }
          }
        }
        case Sum _, Variable _, Power _, Apply _, Pair _, Choice _ -> result.add(p);
      }
    }
    if (number == 0 || result.isEmpty()) {
      return Expr.of(number);
    }
    if (number == -1 && result.size() == 1 && result.getFirst() instanceof Sum s) {
      return sum(s.terms().stream().map(t -> product(List.of(Expr.of(-1), t))).toList());
    }
    result.sort(order.factors());
    return scaled(number, Formulas.product(result));
  }

  /** Sorts factors by base, and multiplies the numbers. */
  private double multiply(List<Expr> factors, Map<Expr, List<Expr>> exponents, List<Expr> inExp) {
    double number = 1;
    for (Expr f : factors) {
      switch (f) {
        case Constant c -> number *= c.value();
        case Product p -> number *= multiply(p.factors(), exponents, inExp);
        case Power p -> exponents.merge(p.base(), List.of(p.exponent()), Simplifier::joined);
        case Apply a when a.function() == Function.EXP -> inExp.add(a.argument());
        case Apply _, Sum _, Variable _, Pair _, Choice _ -> exponents.merge(f, List.of(Expr.ONE), Simplifier::joined);
      }
    }
    return number;
  }

  private static List<Expr> joined(List<Expr> a, List<Expr> b) {
    var all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  // ---- powers

  private Expr power(Expr base, Expr exponent) {
    if (exponent.is(0) || base.is(1)) {
      return Expr.ONE;
    }
    if (exponent.is(1)) {
      return base;
    }
    if (!(exponent instanceof Constant n)) {
      return new Power(base, exponent);
    }
    boolean whole = n.value() == Math.rint(n.value()) && Math.abs(n.value()) < EXACT;
    return switch (base) {
      case Constant c -> {
        double value = Math.pow(c.value(), n.value());
        yield Double.isFinite(value) && (whole || isWhole(value)) ? Expr.of(value) : new Power(base, exponent);
      }
      case Power p when whole -> power(p.base(), product(List.of(p.exponent(), exponent)));
      case Product p when whole -> product(p.factors().stream().map(f -> power(f, exponent)).toList());
      case Apply a when a.function() == Function.EXP -> apply(Function.EXP, product(List.of(exponent, a.argument())));
      case Power _, Product _, Apply _, Sum _, Variable _, Pair _, Choice _ -> new Power(base, exponent);
    };
  }

  private static boolean isWhole(double value) {
    return value == Math.rint(value) && Math.abs(value) < EXACT;
  }

  // ---- functions

  private Expr apply(Function f, Expr x) {
    if (x instanceof Constant c && isWhole(f.of(c.value()))) {
      return Expr.of(f.of(c.value()));
    }
    if (x instanceof Apply inner && (f == Function.EXP && inner.function() == Function.LN
        || f == Function.LN && inner.function() == Function.EXP)) {
      return inner.argument();
    }
    if (f.symmetry() != Function.Symmetry.NONE && isNegative(x)) {
      Expr positive = new Apply(f, product(List.of(Expr.of(-1), x)));
      return f.symmetry() == Function.Symmetry.EVEN ? positive : scaled(-1, positive);
    }
    return new Apply(f, x);
  }

  private static boolean isNegative(Expr x) {
    Expr first = x instanceof Product p ? p.factors().getFirst() : x;
    return first instanceof Constant c && c.value() < 0;
  }

  private static Expr pair(Relation r, Expr a, Expr b) {
    if (a instanceof Constant x && b instanceof Constant y) {
      return Expr.of(r.of(x.value(), y.value()));
    }
    if (a.equals(b) && (r == Relation.MIN || r == Relation.MAX)) {
      return a;
    }
    return new Pair(r, a, b);
  }

  private static Expr choice(Expr condition, Expr then, Expr otherwise) {
    if (condition instanceof Constant c) {
      return c.value() != 0 ? then : otherwise;
    }
    return then.equals(otherwise) ? then : new Choice(condition, then, otherwise);
  }
}
