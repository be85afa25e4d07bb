package dev.athanor.autograd;

import dev.athanor.AthanorException;
import dev.athanor.backend.Philox;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Compares the gradients of a function with numerical ones, in float64.
 *
 * <p>The function {@code y = f(x₁, …, xₙ)} may have any shapes. Its result is projected to a number by fixed random weights,
 * {@code s = Σ wⱼ yⱼ} with {@code |wⱼ|} in [½, 1), so that one backward pass checks every output at once; its gradient
 * {@code ∂s/∂x} is compared, element by element, with the central difference
 *
 * <pre>{@code  (s(x + h) − s(x − h)) / 2h,   h = ε^⅓ · max(1, |x|)}</pre>
 *
 * <p>whose error is {@code h²·s‴/6} from the series and about {@code ε·S/h} from rounding, S the sum of the projection's terms by
 * magnitude and ε = 2⁻⁵². The step balances the two, at about {@code ε^⅔ ≈ 4·10⁻¹¹}; the difference of twice the step gives the
 * first error's size. An element passes when analytic and numeric value differ by no more than
 *
 * <pre>{@code  10⁻⁹·max(|analytic|, |numeric|) + 32·ε·max(1, S)/h + |D(2h) − D(h)|}</pre>
 *
 * <p>capped at {@code 10⁻³·max(1, |numeric|)}, so that a function that is not smooth there cannot excuse itself. Choose points
 * away from kinks. Source: W. Press et al., Numerical Recipes, 3rd ed., section 5.7.
 *
 * <p>Both ways a rule can run are checked: with the fused kernels, and differentiably ({@code createGraph}). So is forward mode:
 * the tangent of {@code s} along fixed random directions vᵢ, {@code ⟨w, J·v⟩}, against {@code Σᵢ ⟨∂s/∂xᵢ, vᵢ⟩} of the central
 * differences and of the rules; the second order is checked by forward over reverse as well. So an operation whose rules are
 * checked has a tangent that is.
 */
public final class GradCheck {
  private static final double EPSILON = 0x1p-52;
  private static final double STEP = 0x1p-17; // about ε^⅓, a power of two so that x ± h are nearly exact
  private static final double RELATIVE = 1e-9;
  private static final long SEED = 0x5EED;
  private static final int SHOWN = 5;

  private GradCheck() {}

  /**
   * One comparison.
   *
   * @param way which gradient: {@code first}, {@code first, differentiable}, {@code second}; with {@code forward} for tangents
   * @param input the position of the input; −1 for a tangent, which is one number for all
   * @param element the row-major index of its element; 0 for a tangent
   * @param analytic the gradient by the rules
   * @param numeric the central difference
   * @param tolerance the difference allowed
   */
  public record Comparison(String way, int input, long element, double analytic, double numeric, double tolerance) {
    /** Whether the two agree; NaN never does. */
    public boolean agrees() {
      return Math.abs(analytic - numeric) <= tolerance;
    }

    @Override
    public String toString() {
      return way + (input < 0 ? "" : ": input " + input + ", element " + element) + ": analytic " + analytic + ", numeric "
          + numeric
          + ", difference " + Math.abs(analytic - numeric) + " (allowed " + tolerance + ")";
    }
  }

  /**
   * Checks the first derivatives with respect to every element of every input.
   *
   * @param f calls only deterministic operations; it may use other tensors of the device
   * @param inputs float64; the function gets copies
   * @throws AthanorException with the input, the element and both values, if any pair disagrees
   */
  public static void check(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    require(compare(f, false, inputs), "GradCheck.check");
  }

  /**
   * Checks the second derivatives: those of {@code Σᵢ ⟨vᵢ, ∂s/∂xᵢ⟩} for fixed random {@code vᵢ}, where the first ones come from
   * the rules (check them with {@link #check}) and the second ones from differentiating these again.
   *
   * @throws AthanorException with the input, the element and both values, if any pair disagrees
   */
  public static void checkSecondOrder(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    require(compare(f, true, inputs), "GradCheck.checkSecondOrder");
  }

  private static void require(List<Comparison> all, String name) {
    List<Comparison> bad = all.stream().filter(c -> !c.agrees()).toList();
    if (!bad.isEmpty()) {
      var text = new StringBuilder(name + ": " + bad.size() + " of " + all.size() + " derivatives disagree");
      bad.stream().limit(SHOWN).forEach(c -> text.append("\n  ").append(c));
      throw new AthanorException(text.toString());
    }
  }

  /** All comparisons, for those who want to see them; {@code second} for the second derivatives. */
  public static List<Comparison> compare(Function<List<Tensor>, Tensor> f, boolean second, Tensor... inputs) {
    Checks.require(inputs.length > 0, "GradCheck", "at least one input is needed");
    for (int i = 0; i < inputs.length; i++) {
      Checks.type("GradCheck", "input " + i, inputs[i], DType.FLOAT64);
    }
    try (Scope _ = inputs[0].device().scope()) {
      var problem = new Problem(f, second, inputs);
      var all = new ArrayList<Comparison>();
      if (second) {
        problem.compare("second", false, all);
        problem.compareTangent("second, forward over reverse", all);
      } else {
        problem.compare("first", false, all);
        problem.compare("first, differentiable", true, all);
        problem.compareTangent("first, forward", all);
      }
      return all;
    }
  }

  /** A function of numbers, and its gradient. */
  private static final class Problem {
    private final Function<List<Tensor>, Tensor> f;
    private final boolean second;
    private final Device device;
    private final List<Tensor> points = new ArrayList<>();
    private final List<Tensor> directions = new ArrayList<>();
    private final Tensor weights;
    private final double[][][] differences;
    /** The gradients by the fused kernels; the tangent is compared with these too. */
    private List<double[]> fused;

    Problem(Function<List<Tensor>, Tensor> f, boolean second, Tensor[] inputs) {
      this.f = f;
      this.second = second;
      this.device = inputs[0].device();
      for (int i = 0; i < inputs.length; i++) {
        points.add(inputs[i].detach().copy());
        directions.add(weights(i + 1, inputs[i]));
      }
      try (Scope probe = device.scope(); var _ = Tape.noGrad()) {
        Tensor y = f.apply(points);
        Checks.type("GradCheck", "the function's result", y, DType.FLOAT64);
        this.weights = probe.keep(weights(0, y));
      }
      this.differences = new double[inputs.length][][];
      for (int i = 0; i < inputs.length; i++) {
        differences[i] = differences(i);
      }
    }

    /** Numbers in ±[½, 1): none so small that an error would hide behind it. */
    private static Tensor weights(int stream, Tensor like) {
      double[] w = new double[Math.toIntExact(like.size())];
      int[] words = new int[4];
      for (int i = 0; i < w.length; i++) {
        Philox.block(SEED, stream, i, words);
        w[i] = (0.5 + 0.5 * Philox.uniform(words[0], words[1])) * (words[2] < 0 ? -1 : 1);
      }
      return like.device().tensor(w).reshape(like.shape());
    }

    void compare(String way, boolean createGraph, List<Comparison> all) {
      List<double[]> analytic = analytic(createGraph);
      fused = createGraph ? fused : analytic;
      for (int i = 0; i < points.size(); i++) {
        for (int k = 0; k < analytic.get(i).length; k++) {
          double[] d = differences[i][k];
          double value = analytic.get(i)[k];
          double allowed = RELATIVE * Math.max(Math.abs(value), Math.abs(d[0])) + d[1];
          all.add(new Comparison(way, i, k, value, d[0], Math.min(allowed, 1e-3 * Math.max(1, Math.abs(d[0])))));
        }
      }
    }

    /** The derivative along the directions: by a forward pass, against the differences' and against the gradients'. */
    void compareTangent(String way, List<Comparison> all) {
      double numeric = 0;
      double byRules = 0;
      double allowed = 0;
      double magnitude = 0;
      List<double[]> gradients = fused;
      for (int i = 0; i < points.size(); i++) {
        double[] v = directions.get(i).toDoubles();
        for (int k = 0; k < v.length; k++) {
          double[] d = differences[i][k];
          numeric += v[k] * d[0];
          byRules += v[k] * gradients.get(i)[k];
          allowed += d[1] + RELATIVE * Math.abs(d[0]);
          magnitude += Math.abs(gradients.get(i)[k]);
        }
      }
      double tangent = tangent();
      all.add(new Comparison(way + ", against differences", -1, 0, tangent, numeric,
          Math.min(allowed, 1e-3 * Math.max(1, magnitude))));
      // The two come from the same rules, so that only rounding may part them.
      all.add(new Comparison(way + ", against reverse", -1, 0, tangent, byRules, RELATIVE * Math.max(1, magnitude)));
    }

    /** {@code ⟨w, J·v⟩}; for the second order, of the function that gives {@code Σ ⟨v, ∂s/∂x⟩}. */
    private double tangent() {
      try (Scope _ = device.scope(); var _ = Tape.withGrad()) {
        Autograd.Dual d = Autograd.jvp(x -> {
          if (!second) {
            return f.apply(x);
          }
          x.forEach(t -> t.requiresGrad(true));
          return firstOrder(x);
        }, points, directions);
        return (second ? d.tangent() : d.tangent().mul(weights).sum()).item();
      }
    }

    /** The gradients by the rules. */
    private List<double[]> analytic(boolean createGraph) {
      try (Scope _ = device.scope(); var _ = Tape.withGrad()) {
        List<Tensor> leaves = leaves();
        Tensor y = second ? firstOrder(leaves) : f.apply(leaves);
        List<Tensor> seed = second ? null : List.of(weights);
        var result = new ArrayList<double[]>();
        if (y.node() == null) {
          Checks.require(second, "GradCheck", "the function's result does not depend on its inputs");
          leaves.forEach(x -> result.add(new double[Math.toIntExact(x.size())])); // linear: the second derivatives are 0
        } else {
          Autograd.grad(List.of(y), leaves, seed, false, createGraph).forEach(g -> result.add(g.toDoubles()));
        }
        return result;
      }
    }

    private List<Tensor> leaves() {
      var leaves = new ArrayList<Tensor>();
      points.forEach(x -> leaves.add(x.copy().requiresGrad(true)));
      return leaves;
    }

    /** {@code Σ ⟨v, ∂s/∂x⟩}, recorded. */
    private Tensor firstOrder(List<Tensor> leaves) {
      Tensor y = f.apply(leaves);
      List<Tensor> first = Autograd.grad(List.of(y), leaves, List.of(weights), true, true);
      Tensor sum = device.zeros(DType.FLOAT64, dev.athanor.tensor.Shape.SCALAR);
      for (int i = 0; i < first.size(); i++) {
        sum = sum.add(first.get(i).mul(directions.get(i)).sum());
      }
      return sum;
    }

    /** For each element of an input: the central difference, and the error it may have. */
    private double[][] differences(int input) {
      double[] x = points.get(input).toDoubles();
      double[][] out = new double[x.length][];
      for (int k = 0; k < x.length; k++) {
        double h = STEP * Math.max(1, Math.abs(x[k]));
        double[] near = difference(input, x, k, h);
        double[] far = difference(input, x, k, 2 * h);
        double rounding = 32 * EPSILON * Math.max(1, near[1]) / h;
        out[k] = new double[] {near[0], rounding + Math.abs(far[0] - near[0])};
      }
      return out;
    }

    private double[] difference(int input, double[] x, int k, double h) {
      double before = x[k];
      x[k] = before + h;
      double high = x[k];
      double[] up = value(input, x);
      x[k] = before - h;
      double low = x[k];
      double[] down = value(input, x);
      x[k] = before;
      return new double[] {(up[0] - down[0]) / (high - low), Math.max(up[1], down[1])};
    }

    /** The projected function with one input replaced, and the sum of the terms' magnitudes. */
    private double[] value(int input, double[] x) {
      try (Scope _ = device.scope()) {
        if (second) {
          try (var _ = Tape.withGrad()) {
            List<Tensor> leaves = leaves();
            leaves.set(input, device.tensor(x).reshape(points.get(input).shape()).requiresGrad(true));
            double sum = firstOrder(leaves).item();
            return new double[] {sum, Math.abs(sum)};
          }
        }
        try (var _ = Tape.noGrad()) {
          var at = new ArrayList<>(points);
          at.set(input, device.tensor(x).reshape(points.get(input).shape()));
          Tensor terms = f.apply(at).mul(weights);
          return new double[] {terms.sum().item(), terms.abs().sum().item()};
        }
      }
    }
  }
}
