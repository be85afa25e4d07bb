package dev.athanor.symbolic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.Numerical;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SymbolicTest {
  private Symbolic s;
  private Tensor x;
  private Tensor y;

  @BeforeEach
  void open() {
    s = new Symbolic();
    x = s.symbol("x");
    y = s.symbol("y");
  }

  @AfterEach
  void close() {
    s.close();
  }

  private String text(Tensor t) {
    return s.formula(t).simplify().toText();
  }

  @Test
  void theLecturesFunctionAndItsDerivatives() {
    Tensor f = x.log().add(x.square().mul(y)).sub(x.mul(y).sin());
    assertEquals("ln x + x²y − sin xy", s.formula(f).toText());
    assertEquals("1/x + 2xy − y·cos xy", s.derivative(f, x).toText());
    assertEquals("\\frac{1}{x} + 2xy - y \\cos xy", s.derivative(f, x).toLatex());
    assertEquals("x² − x·cos xy", s.derivative(f, y).toText());
    assertEquals("x^{2} - x \\cos xy", s.derivative(f, y).toLatex());
  }

  @Test
  void higherDerivativesByTheSameRules() {
    Tensor f = x.log().add(x.square().mul(y)).sub(x.mul(y).sin());
    Tensor fx = Autograd.grad(List.of(f), List.of(x), null, true, true).getFirst();
    assertEquals("2y − 1/x² + y²·sin xy", s.derivative(fx, x).toText());
    assertEquals("2x − cos xy + xy·sin xy", s.derivative(fx, y).toText());
  }

  /** The lectures' neuron 1/(1 + e^−(wx + b)): at x = 1, w = b = 0 its gradient is ¼ by the chain of its seven operations. */
  @Test
  void theLecturesNeuron() {
    Tensor w = s.symbol("w");
    Tensor b = s.symbol("b");
    Tensor o = w.mul(x).add(b).neg().exp().add(1).rdiv(1);
    assertEquals("1/(e^(−(wx + b)) + 1)", s.formula(o).toText());
    Expr d = s.derivative(o, w);
    assertEquals("x·e^(−b − wx)/(1 + e^(−b − wx))²", d.toText());
    assertEquals(0.25, d.evaluate(Map.of("x", 1.0, "w", 0.0, "b", 0.0)));
    assertEquals(0.25, s.derivative(o, b).evaluate(Map.of("x", 1.0, "w", 0.0, "b", 0.0)));
    assertEquals(0.0, s.derivative(o, x).evaluate(Map.of("x", 1.0, "w", 0.0, "b", 0.0)));
  }

  @Test
  void simplified() {
    assertEquals("2x", text(x.add(x)));
    assertEquals("x³", text(x.mul(x).mul(x)));
    assertEquals("0", text(x.sub(x)));
    assertEquals("1", text(x.div(x)));
    assertEquals("x", text(x.exp().log()));
    assertEquals("e^(x + y)", text(x.exp().mul(y.exp())));
    assertEquals("−sin x", text(x.neg().sin()));
    assertEquals("cos x", text(x.neg().cos()));
    assertEquals("x²/y²", text(x.div(y).square()));
    assertEquals("x/2", text(x.mul(0.5)));
    assertEquals("ln 2", text(s.tensor(new double[] {2}).log()));
    assertEquals("1", text(s.tensor(new double[] {0}).cos()));
    assertEquals("(sin x)/2", text(x.sin().div(2)), "not the sine of x/2");
    assertEquals("x", text(x.sqrt().square()));
    assertEquals("√(x²)", text(x.square().sqrt()), "which is |x|, not x");
    assertEquals("x(1 + y)", text(x.mul(y.add(1))));
    assertEquals("\\frac{x}{1 + y}", s.formula(x.div(y.add(1))).simplify().toLatex());
  }

  @Test
  void matricesAndProbabilities() {
    Tensor w = s.symbols("w", 2, 2);
    Tensor v = s.symbols("x", 2);
    Tensor z = w.matmul(v);
    assertEquals(List.of("w₁₁x₁ + w₁₂x₂", "w₂₁x₁ + w₂₂x₂"), s.formulas(z).stream().map(Expr::toText).toList());
    assertEquals(List.of("x₁", "x₂", "2x₁", "2x₂"),
        s.gradient(z.mul(s.tensor(new double[] {1, 2})).sum(), w).stream().map(Expr::toText).toList());
    Tensor loss = dev.athanor.ops.Softmax.crossEntropy(v.unsqueeze(0), s.indices(1)).sum();
    assertEquals("ln(e^x₁ + e^x₂) − x₂", text(loss));
    assertEquals(List.of("e^x₁/(e^x₁ + e^x₂)", "e^x₂/(e^x₁ + e^x₂) − 1"),
        s.gradient(loss, v).stream().map(Expr::toText).toList());
    assertEquals("{x if x > 0, else x/10}", text(x.apply(Unary.of(UnaryOp.LEAKY_RELU, 0.1))));
    assertEquals(List.of("x₁", "x₁ + x₂"), s.formulas(v.cumSum(0)).stream().map(Expr::toText).toList());
    assertEquals("max(x₁, x₂)", text(v.max()));
  }

  /**
   * Each function as a formula, differentiated by the rules in both of their ways, against differences of the formula's own
   * values.
   */
  @ParameterizedTest
  @EnumSource(UnaryOp.class)
  void everyFunctionAndItsDerivative(UnaryOp op) {
    if (op.saves() == UnaryOp.Saves.NEVER) {
      return;
    }
    for (Unary fn : op == UnaryOp.POW_SCALAR ? List.of(Unary.of(op), Unary.of(op, 1.7)) : List.of(Unary.of(op))) {
      Tensor f = x.apply(fn);
      Expr formula = s.formula(f);
      Expr composed = s.derivative(f, x);
      Expr direct = s.formula(Autograd.grad(x.apply(fn), x).getFirst()).simplify();
      for (double at : new double[] {0.37, 0.81, -0.43, -0.77}) {
        Map<String, Double> point = Map.of("x", at);
        double expected = Numerical.RICHARDSON.derivative(v -> formula.evaluate(Map.of("x", v)), at, 0.01);
        if (Double.isNaN(formula.evaluate(point))) {
          continue; // outside the domain
        }
        assertEquals(expected, composed.evaluate(point), 1e-8 * Math.max(1, Math.abs(expected)), fn + " at " + at + ": "
            + composed.toText());
        assertEquals(expected, direct.evaluate(point), 1e-8 * Math.max(1, Math.abs(expected)), fn + " at " + at + ": "
            + direct.toText());
        assertEquals(formula.evaluate(point), formula.simplify().evaluate(point), 1e-12 * Math.max(1, Math.abs(expected)),
            fn + " simplified: " + formula.simplify().toText());
      }
    }
  }

  /** Formulas put together at random: simplified, they have the same values, and simplifying again changes nothing. */
  @Test
  void simplifyingKeepsTheValue() {
    for (int seed = 0; seed < 400; seed++) {
      var random = new java.util.Random(seed);
      Expr e = random(random, 5);
      Expr simple = e.simplify();
      String title = "seed " + seed + ": " + e.toText() + "  =  " + simple.toText();
      assertEquals(simple.toText(), simple.simplify().toText(), title);
      assertEquals(simple, simple.simplify(), title);
      for (int i = 0; i < 3; i++) {
        Map<String, Double> point = Map.of("x", 0.2 + random.nextDouble(), "y", 0.2 + random.nextDouble(), "z", 0.2
            + random.nextDouble());
        double value = e.evaluate(point);
        if (Double.isFinite(value) && Math.abs(value) < 1e6) {
          assertEquals(value, simple.evaluate(point), 1e-7 * Math.max(1, Math.abs(value)), title);
        }
      }
    }
  }

  private static Expr random(java.util.Random r, int depth) {
    if (depth == 0 || r.nextInt(6) == 0) {
      return r.nextInt(3) == 0 ? Expr.of(r.nextInt(7) - 3) : Expr.symbol(List.of("x", "y", "z").get(r.nextInt(3)));
    }
    List<BiFunction<Expr, Expr, Expr>> two = List.of(Expr::plus, Expr::minus, Expr::times, Expr::over, Expr::plus, Expr::times,
        (a, b) -> new Expr.Pair(Relation.MAX, a, b), (a, b) -> new Expr.Choice(new Expr.Pair(Relation.GT, a, b), a, b));
    int kind = r.nextInt(two.size() + 3);
    Expr a = random(r, depth - 1);
    if (kind < two.size()) {
      return two.get(kind).apply(a, random(r, depth - 1));
    }
    return switch (kind - two.size()) {
      case 0 -> a.to(List.of(2.0, 3.0, -1.0, 0.5, -0.5).get(r.nextInt(5)));
      case 1 -> a.apply(List.of(Function.SIN, Function.COS, Function.TANH, Function.SIGMOID).get(r.nextInt(4)));
      default -> a.apply(List.of(Function.EXP, Function.LN, Function.ABS, Function.ERF).get(r.nextInt(4)));
    };
  }

  /** Values from Abramowitz and Stegun, table 7.1. */
  @Test
  void errorFunction() {
    assertEquals(0.5204998778130465, Function.ERF.of(0.5), 1e-15);
    assertEquals(0.9953222650189527, Function.ERF.of(2), 1e-15);
    assertEquals(-0.9999779095030014, Function.ERF.of(-3), 1e-15);
    assertEquals(1, Function.ERF.of(40));
  }

  @Test
  void whatFormulasCannotDo() {
    assertTrue(assertThrows(AthanorException.class, x::item).getMessage().contains("evaluate()"));
    assertTrue(assertThrows(AthanorException.class, () -> s.symbols("v", 3).argMax(0)).getMessage().contains("no formula"));
    assertTrue(assertThrows(AthanorException.class, () -> s.formula(x).evaluate(Map.of())).getMessage().contains("'x'"));
    assertTrue(assertThrows(AthanorException.class, () -> s.formula(s.symbols("v", 3))).getMessage().contains("formulas"));
  }
}
