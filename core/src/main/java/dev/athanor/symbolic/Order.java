package dev.athanor.symbolic;

import dev.athanor.symbolic.Expr.Apply;
import dev.athanor.symbolic.Expr.Choice;
import dev.athanor.symbolic.Expr.Constant;
import dev.athanor.symbolic.Expr.Pair;
import dev.athanor.symbolic.Expr.Power;
import dev.athanor.symbolic.Expr.Product;
import dev.athanor.symbolic.Expr.Sum;
import dev.athanor.symbolic.Expr.Variable;
import java.util.Comparator;
import java.util.IdentityHashMap;

/** The order of terms and factors: numbers first, then by degree, with functions after what has none, then by name. */
final class Order {
  private record Key(boolean functions, double degree, String text) {}

  private final IdentityHashMap<Expr, Key> keys = new IdentityHashMap<>();

  Comparator<Expr> terms() {
    return Comparator.comparing(this::key,
        Comparator.comparing(Key::functions).thenComparing(Key::degree).thenComparing(Key::text));
  }

  /** Symbols by name, then sums, then functions. */
  Comparator<Expr> factors() {
    return Comparator.comparingInt(Order::kind).thenComparing(e -> key(e).text);
  }

  private static int kind(Expr e) {
    return switch (e) {
      case Constant _ -> 0;
      case Variable _ -> 1;
      case Power p -> kind(p.base());
      case Sum _, Product _ -> 2;
      case Pair _, Choice _ -> 3;
      case Apply _ -> 4;
    };
  }

  private Key key(Expr e) {
    return keys.computeIfAbsent(e, x -> new Key(hasFunctions(x), degree(x), x.toText()));
  }

  private static boolean hasFunctions(Expr e) {
    return switch (e) {
      case Constant _, Variable _ -> false;
      case Sum s -> s.terms().stream().anyMatch(Order::hasFunctions);
      case Product p -> p.factors().stream().anyMatch(Order::hasFunctions);
      case Power p -> hasFunctions(p.base()) || !(p.exponent() instanceof Constant);
      case Apply _, Pair _, Choice _ -> true;
    };
  }

  private static double degree(Expr e) {
    return switch (e) {
      case Constant _, Apply _, Pair _, Choice _ -> 0;
      case Variable _ -> 1;
      case Sum s -> s.terms().stream().mapToDouble(Order::degree).max().orElse(0);
      case Product p -> p.factors().stream().mapToDouble(Order::degree).sum();
      case Power p -> p.exponent() instanceof Constant c ? c.value() * degree(p.base()) : degree(p.base());
    };
  }
}
