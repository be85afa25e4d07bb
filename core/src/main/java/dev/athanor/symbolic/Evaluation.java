package dev.athanor.symbolic;

import dev.athanor.AthanorException;
import java.util.IdentityHashMap;
import java.util.Map;

/** Numbers put into a formula; a shared part is computed once. */
record Evaluation(Map<String, Double> values, IdentityHashMap<Expr, Double> known) {

  double of(Expr e) {
    Double before = known.get(e);
    if (before != null) {
      return before;
    }
    double value = compute(e);
    known.put(e, value);
    return value;
  }

  private double compute(Expr e) {
    return switch (e) {
      case Expr.Constant c -> c.value();
      case Expr.Variable v -> {
        Double value = values.get(v.name());
        if (value == null) {
          throw new AthanorException("evaluate: no number is given for '" + v.name() + "'");
        }
        yield value;
      }
      case Expr.Sum s -> {
        double sum = 0;
        for (Expr t : s.terms()) {
          sum += of(t);
        }
        yield sum;
      }
      case Expr.Product p -> {
        double product = 1;
        for (Expr f : p.factors()) {
          product *= of(f);
        }
        yield product;
      }
      case Expr.Power p -> Math.pow(of(p.base()), of(p.exponent()));
      case Expr.Apply a -> a.function().of(of(a.argument()));
      case Expr.Pair p -> p.relation().of(of(p.left()), of(p.right()));
      case Expr.Choice c -> of(of(c.condition()) != 0 ? c.then() : c.otherwise());
    };
  }
}
