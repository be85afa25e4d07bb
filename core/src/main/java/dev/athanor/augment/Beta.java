package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * The beta distribution on [0, 1], of density proportional to {@code x^(α−1)·(1 − x)^(β−1)}: mean {@code α/(α + β)}, variance
 * {@code αβ/((α + β)²(α + β + 1))}.
 *
 * <p>Drawn by Jöhnk's method: with X = U^(1/α) and Y = V^(1/β) of uniform U and V, X/(X + Y) has it, given that X + Y ≤ 1. Trying
 * until that holds would be a decision of the host; instead so many pairs are drawn at once that none fits with probability below
 * 2⁻³², and the first that fits is taken (else the first of all). Computed with logarithms in float64, so that a small parameter
 * does not come to 0/0. Source: L. Devroye, Non-Uniform Random Variate Generation, 1986, section IX.3.5.
 *
 * @param alpha in (0, 4]
 * @param beta in (0, 4]; with larger ones the method wastes too much
 */
public record Beta(double alpha, double beta) {
  /** Checks the ranges. */
  public Beta {
    Checks.require(alpha > 0 && alpha <= 4 && beta > 0 && beta <= 4, "Beta",
        () -> "both parameters must be in (0, 4], not " + alpha + " and " + beta);
  }

  /** Independent draws, float64 {@code [n]}, owned by the innermost open scope. */
  public Tensor sample(Generator generator, long n) {
    Shape trials = Shape.of(n, trials());
    try (Scope temporaries = generator.device().internalScope()) {
      Tensor x = generator.uniform(DType.FLOAT64, trials).rsub(1).log().div(alpha); // of 1 − U, which is never 0
      Tensor y = generator.uniform(DType.FLOAT64, trials).rsub(1).log().div(beta);
      Tensor fits = x.exp().add(y.exp()).le(1).cast(DType.FLOAT64);
      return temporaries.keep(x.sub(y).sigmoid().gather(1, fits.argMax(1, true)).squeeze(1));
    }
  }

  /**
   * A pair fits with probability Γ(α + 1)Γ(β + 1)/Γ(α + β + 1), which falls with both: at least 1/(n + m over n) for n ≥ α, m ≥
   * β.
   */
  private int trials() {
    int n = (int) Math.ceil(alpha);
    int m = (int) Math.ceil(beta);
    double ways = 1;
    for (int i = 1; i <= n; i++) {
      ways = ways * (m + i) / i;
    }
    return (int) Math.ceil(32 * Math.log(2) * ways);
  }
}
