package dev.athanor.autograd;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.HashMap;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * Derivatives by differences of function values. They need no rules and as many evaluations as there are inputs, and lose digits
 * to rounding: for comparison, and for functions that cannot be recorded. Sources: W. Press et al., Numerical Recipes, 3rd ed.,
 * section 5.7; for the extrapolation, L. Richardson and J. Gaunt, The deferred approach to the limit (1927).
 */
public enum Numerical {
  /** {@code (f(x + h) − f(x))/h}: error O(h), at best about √ε ≈ 10⁻⁸ at h = √ε. One evaluation per input, and one more. */
  FORWARD(0x1p-26),
  /** {@code (f(x + h) − f(x − h))/2h}: error O(h²), at best about ε^⅔ ≈ 10⁻¹¹ at h = ε^⅓. Two evaluations per input. */
  CENTRAL(0x1p-17),
  /**
   * Central differences at h, h/2 and h/4, extrapolated to 0: {@code D(h, k) = (4ᵏ·D(h/2, k−1) − D(h, k−1))/(4ᵏ − 1)}. Error
   * O(h⁶), at best about 10⁻¹³. Six evaluations per input.
   */
  RICHARDSON(0x1p-6);

  private final double step;

  Numerical(double step) {
    this.step = step;
  }

  /** The step this method takes by itself, for numbers of magnitude 1 in float64. */
  public double step() {
    return step;
  }

  /** The derivative of a function of one number, with the step {@link #step} × max(1, |x|). */
  public double derivative(DoubleUnaryOperator f, double x) {
    return derivative(f, x, step * Math.max(1, Math.abs(x)));
  }

  /**
   * The derivative of a function of one number.
   *
   * @param h the step, positive
   */
  public double derivative(DoubleUnaryOperator f, double x, double h) {
    Checks.require(h > 0 && Double.isFinite(h), "derivative", () -> "the step must be positive: " + h);
    return switch (this) {
      case FORWARD -> (f.applyAsDouble(x + h) - f.applyAsDouble(x)) / (x + h - x);
      case CENTRAL -> central(f, x, h);
      case RICHARDSON -> {
        double d0 = central(f, x, h);
        double d1 = central(f, x, h / 2);
        double d2 = central(f, x, h / 4);
        double e0 = (4 * d1 - d0) / 3;
        double e1 = (4 * d2 - d1) / 3;
        yield (16 * e1 - e0) / 15;
      }
    };
  }

  /** Divided by the distance of the points as they were rounded, not by 2h. */
  private static double central(DoubleUnaryOperator f, double x, double h) {
    double up = x + h;
    double down = x - h;
    return (f.applyAsDouble(up) - f.applyAsDouble(down)) / (up - down);
  }

  /**
   * The gradient of a function that gives a single element.
   *
   * @param x float64
   * @return of x's shape, owned by the caller's scope
   */
  public Tensor gradient(UnaryOperator<Tensor> f, Tensor x) {
    return jacobian(y -> {
      Tensor value = f.apply(y);
      Checks.require(value.size() == 1, "gradient", () -> "the function must give a single element, not " + value.shape());
      return value;
    }, x).reshape(x.shape());
  }

  /**
   * All first derivatives of a function: {@code J[i…, j…] ≈ ∂f[i…]/∂x[j…]}.
   *
   * @param x float64: float32 holds too few digits for differences
   * @return {@code [y's axes…, x's axes…]}, owned by the caller's scope
   */
  public Tensor jacobian(UnaryOperator<Tensor> f, Tensor x) {
    Checks.type("jacobian", "the input", x, DType.FLOAT64);
    double[] at = x.toDoubles();
    double[][] columns = new double[at.length][];
    Shape[] ys = new Shape[1];
    for (int j = 0; j < at.length; j++) {
      columns[j] = column(f, x, at, j, ys);
    }
    if (ys[0] == null) {
      values(f, x, at, ys);
    }
    int outputs = Math.toIntExact(ys[0].size());
    double[] all = new double[outputs * at.length];
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < at.length; j++) {
        all[i * at.length + j] = columns[j][i];
      }
    }
    return x.device().tensor(all, outputs, at.length).reshape(ys[0].concat(x.shape()));
  }

  /** The derivatives of every output by input j, each evaluation used for all outputs. */
  private double[] column(UnaryOperator<Tensor> f, Tensor x, double[] at, int j, Shape[] ys) {
    var seen = new HashMap<Double, double[]>();
    double before = at[j];
    DoubleFunction<double[]> evaluated = v -> seen.computeIfAbsent(v, k -> {
      at[j] = k;
      try {
        return values(f, x, at, ys);
      } finally {
        at[j] = before;
      }
    });
    int outputs = evaluated.apply(before).length;
    double[] d = new double[outputs];
    for (int i = 0; i < outputs; i++) {
      int output = i;
      d[i] = derivative(v -> evaluated.apply(v)[output], before);
    }
    return d;
  }

  private static double[] values(UnaryOperator<Tensor> f, Tensor x, double[] at, Shape[] ys) {
    try (Scope _ = x.device().scope(); var _ = Tape.noGrad()) {
      Tensor y = f.apply(x.device().tensor(at).reshape(x.shape()));
      Checks.type("jacobian", "the function's result", y, DType.FLOAT64);
      ys[0] = y.shape();
      return y.toDoubles();
    }
  }
}
