package dev.athanor.backend;

import dev.athanor.tensor.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * The update rules of the optimizers, with the hyper-parameters that stay the same during training. The learning rate {@code lr}
 * and the step count {@code t} (1 at the first step) are read from device memory, so that a captured step can be replayed.
 * g is the gradient, θ the parameter, all products and roots are element by element.
 *
 * <p>{@code root(v)} is √v + ε, or √(v + ε) where {@code epsilonInside} is true. Weight decay enters as {@link #decay()} says.
 * The constructors without arguments have PyTorch's defaults, in so far as PyTorch has the rule.
 *
 * <p>To add a rule: a record here, its formula in {@code ComposedOptimizers}, and a row of the conformance suite; a backend that
 * has no faster form of it then runs the composed one.
 */
public sealed interface OptimizerRule {

  /** Where weight decay enters an update. */
  enum Decay {
    /** As an L2 penalty: g ← g + weightDecay·θ. */ COUPLED,
    /** Apart from the gradient: first θ ← θ·(1 − lr·weightDecay). */ DECOUPLED,
    /** Where the rule's own formula says. */ OWN
  }

  /** The names of the state tensors, as PyTorch's optimizers call them. Each has the parameter's shape and is zero at first. */
  List<String> stateNames();

  /** How many state tensors the rule keeps for a parameter. */
  default int stateSlots() {
    return stateNames().size();
  }

  /** The factor of weight decay; 0 for none. */
  double weightDecay();

  /** Where weight decay enters. */
  default Decay decay() {
    return Decay.COUPLED;
  }

  /** The same rule with another weight decay. */
  OptimizerRule withWeightDecay(double value);

  /** Whether the rule is for matrices (and convolution weights, as one row for each output) only. */
  default boolean matricesOnly() {
    return false;
  }

  /**
   * Gradient descent: v ← momentum·v + (1 − dampening)·g (v = g at the first step); θ ← θ − lr·(nesterov ? g + momentum·v : v).
   * Source: I. Sutskever et al., ICML 2013, in PyTorch's form.
   */
  record Sgd(double momentum, double dampening, boolean nesterov, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public Sgd {
      check("sgd", weightDecay, 0, momentum, dampening);
    }

    /** Without momentum. */
    public Sgd() {
      this(0, 0, false, 0);
    }

    @Override
    public List<String> stateNames() {
      return momentum == 0 ? List.of() : List.of("momentum_buffer");
    }

    @Override
    public Sgd withWeightDecay(double value) {
      return new Sgd(momentum, dampening, nesterov, value);
    }
  }

  /**
   * AdaGrad: s ← s + g²; θ ← θ − lr/(1 + (t − 1)·rateDecay)·g/root(s). Source: J. Duchi et al., JMLR 12, 2011.
   */
  record AdaGrad(double rateDecay, double epsilon, boolean epsilonInside, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public AdaGrad {
      check("adagrad", weightDecay, epsilon);
      Checks.require(rateDecay >= 0, "adagrad", "the decay of the rate must not be negative: " + rateDecay);
    }

    /** ε = 10⁻¹⁰ outside the root. */
    public AdaGrad() {
      this(0, 1e-10, false, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("sum");
    }

    @Override
    public AdaGrad withWeightDecay(double value) {
      return new AdaGrad(rateDecay, epsilon, epsilonInside, value);
    }
  }

  /**
   * RMSprop: s ← αs + (1 − α)g²; where {@code centered}, m ← αm + (1 − α)g and s − m² (at least 0) takes the place of s below;
   * u = g/root(s); with momentum b ← momentum·b + u and θ ← θ − lr·b, else θ ← θ − lr·u.
   * Sources: T. Tieleman and G. Hinton, lecture 6.5, 2012; centred: A. Graves, arXiv 1308.0850, 2013.
   */
  record RmsProp(double alpha, double momentum, boolean centered, double epsilon, boolean epsilonInside, double weightDecay)
      implements OptimizerRule {
    /** Checks the ranges. */
    public RmsProp {
      check("rmsprop", weightDecay, epsilon, alpha, momentum);
    }

    /** α = 0.99, ε = 10⁻⁸ outside the root, no momentum, not centred. */
    public RmsProp() {
      this(0.99, 0, false, 1e-8, false, 0);
    }

    @Override
    public List<String> stateNames() {
      var names = new ArrayList<>(List.of("square_avg"));
      if (momentum != 0) {
        names.add("momentum_buffer");
      }
      if (centered) {
        names.add("grad_avg");
      }
      return names;
    }

    @Override
    public RmsProp withWeightDecay(double value) {
      return new RmsProp(alpha, momentum, centered, epsilon, epsilonInside, value);
    }
  }

  /**
   * AdaDelta: s ← ρs + (1 − ρ)g²; u = root(d)/root(s)·g; d ← ρd + (1 − ρ)u²; θ ← θ − lr·u.
   * Source: M. Zeiler, arXiv 1212.5701, 2012, which has ε inside the roots and lr = 1.
   */
  record AdaDelta(double rho, double epsilon, boolean epsilonInside, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public AdaDelta {
      check("adadelta", weightDecay, epsilon, rho);
    }

    /** ρ = 0.9, ε = 10⁻⁶ inside the roots. */
    public AdaDelta() {
      this(0.9, 1e-6, true, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("square_avg", "acc_delta");
    }

    @Override
    public AdaDelta withWeightDecay(double value) {
      return new AdaDelta(rho, epsilon, epsilonInside, value);
    }
  }

  /**
   * Adam: m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − lr·(m/(1 − β₁ᵗ)) / root(v/(1 − β₂ᵗ)).
   * With {@code decoupled} weight decay it is AdamW. With {@code amsgrad}, v in the denominator is the largest so far.
   * Sources: D. Kingma and J. Ba, ICLR 2015; I. Loshchilov and F. Hutter, ICLR 2019; S. Reddi et al., ICLR 2018.
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled, boolean amsgrad,
      boolean epsilonInside) implements OptimizerRule {
    /** Checks the ranges. */
    public Adam {
      check("adam", weightDecay, epsilon, beta1, beta2);
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸ outside the root. */
    public Adam() {
      this(0.9, 0.999, 1e-8, 0, false, false, false);
    }

    @Override
    public List<String> stateNames() {
      return amsgrad ? List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq") : List.of("exp_avg", "exp_avg_sq");
    }

    @Override
    public Decay decay() {
      return decoupled ? Decay.DECOUPLED : Decay.COUPLED;
    }

    @Override
    public Adam withWeightDecay(double value) {
      return new Adam(beta1, beta2, epsilon, value, decoupled, amsgrad, epsilonInside);
    }
  }

  /**
   * Adamax: m ← β₁m + (1 − β₁)g; u ← max(β₂u, |g| + ε); θ ← θ − lr/(1 − β₁ᵗ)·m/u. With ε not inside the maximum, the divisor is u
   * + ε. Source: D. Kingma and J. Ba, ICLR 2015, section 7.1.
   */
  record Adamax(double beta1, double beta2, double epsilon, boolean epsilonInside, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public Adamax {
      check("adamax", weightDecay, epsilon, beta1, beta2);
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸ inside the maximum. */
    public Adamax() {
      this(0.9, 0.999, 1e-8, true, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("exp_avg", "exp_inf");
    }

    @Override
    public Adamax withWeightDecay(double value) {
      return new Adamax(beta1, beta2, epsilon, epsilonInside, value);
    }
  }

  /**
   * NAdam: μₜ = β₁(1 − ½·0.96^(t·momentumDecay)), Π = μ₁·…·μₜ; m and v as Adam's;
   * θ ← θ − lr·((1 − μₜ)/(1 − Π)·g + μₜ₊₁/(1 − Π·μₜ₊₁)·m) / root(v/(1 − β₂ᵗ)).
   * Source: T. Dozat, ICLR workshop 2016, in PyTorch's form.
   */
  record NAdam(double beta1, double beta2, double epsilon, double momentumDecay, double weightDecay, boolean decoupled,
      boolean epsilonInside) implements OptimizerRule {
    /** Checks the ranges. */
    public NAdam {
      check("nadam", weightDecay, epsilon, beta1, beta2);
      Checks.require(momentumDecay >= 0, "nadam", "the momentum's decay must not be negative: " + momentumDecay);
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸ outside the root, momentum decay 0.004. */
    public NAdam() {
      this(0.9, 0.999, 1e-8, 0.004, 0, false, false);
    }

    /** μₜ. */
    public double momentum(long t) {
      return beta1 * (1 - 0.5 * StrictMath.pow(0.96, t * momentumDecay));
    }

    @Override
    public List<String> stateNames() {
      return List.of("exp_avg", "exp_avg_sq");
    }

    @Override
    public Decay decay() {
      return decoupled ? Decay.DECOUPLED : Decay.COUPLED;
    }

    @Override
    public NAdam withWeightDecay(double value) {
      return new NAdam(beta1, beta2, epsilon, momentumDecay, value, decoupled, epsilonInside);
    }
  }

  /**
   * RAdam: m and v as Adam's; ρ∞ = 2/(1 − β₂) − 1, ρₜ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ). While ρₜ ≤ 5: θ ← θ − lr·m/(1 − β₁ᵗ); then
   * θ ← θ − lr·r·m/(1 − β₁ᵗ)·√(1 − β₂ᵗ)/(√v + ε), r = √((ρₜ − 4)(ρₜ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρₜ)).
   * With {@code epsilonInside} the last divisor is √(v/(1 − β₂ᵗ) + ε). Source: L. Liu et al., ICLR 2020, ε as in PyTorch.
   */
  record RAdam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled, boolean epsilonInside)
      implements OptimizerRule {
    /** Checks the ranges. */
    public RAdam {
      check("radam", weightDecay, epsilon, beta1, beta2);
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸ outside the root. */
    public RAdam() {
      this(0.9, 0.999, 1e-8, 0, false, false);
    }

    @Override
    public List<String> stateNames() {
      return List.of("exp_avg", "exp_avg_sq");
    }

    @Override
    public Decay decay() {
      return decoupled ? Decay.DECOUPLED : Decay.COUPLED;
    }

    @Override
    public RAdam withWeightDecay(double value) {
      return new RAdam(beta1, beta2, epsilon, value, decoupled, epsilonInside);
    }
  }

  /**
   * LAMB: m and v as Adam's; u = (m/(1 − β₁ᵗ))/root(v/(1 − β₂ᵗ)) + weightDecay·θ; θ ← θ − lr·τ·u with τ = ‖θ‖/‖u‖ over the whole
   * parameter, 1 where either norm is 0. Source: Y. You et al., ICLR 2020 (φ the identity).
   */
  record Lamb(double beta1, double beta2, double epsilon, boolean epsilonInside, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public Lamb {
      check("lamb", weightDecay, epsilon, beta1, beta2);
    }

    /** β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁶ outside the root, as the paper's experiments. */
    public Lamb() {
      this(0.9, 0.999, 1e-6, false, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("exp_avg", "exp_avg_sq");
    }

    @Override
    public Decay decay() {
      return Decay.OWN;
    }

    @Override
    public Lamb withWeightDecay(double value) {
      return new Lamb(beta1, beta2, epsilon, epsilonInside, value);
    }
  }

  /**
   * Lion: θ ← θ − lr·sign(β₁m + (1 − β₁)g), then m ← β₂m + (1 − β₂)g; decoupled weight decay.
   * Source: X. Chen et al., NeurIPS 2023, algorithm 2.
   */
  record Lion(double beta1, double beta2, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public Lion {
      check("lion", weightDecay, 0, beta1, beta2);
    }

    /** β₁ = 0.9, β₂ = 0.99, as the paper. */
    public Lion() {
      this(0.9, 0.99, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("exp_avg");
    }

    @Override
    public Decay decay() {
      return Decay.DECOUPLED;
    }

    @Override
    public Lion withWeightDecay(double value) {
      return new Lion(beta1, beta2, value);
    }
  }

  /**
   * Muon, for matrices [R, C] (the weights of a convolution are [O, rest]): b ← momentum·b + (1 − momentum)·g;
   * u = nesterov ? momentum·b + (1 − momentum)·g : b; θ ← θ − lr·√max(1, R/C)·O(u) with decoupled weight decay. O(u) is all but
   * orthogonal: X₀ = u/max(‖u‖, 10⁻⁷), then {@code iterations} times X ← aX + (bA + cA²)X with A = XXᵀ and
   * (a, b, c) = (3.4445, −4.7750, 2.0315), transposed where R &gt; C. Source: K. Jordan et al., "Muon: an optimizer for hidden
   * layers in neural networks", 2024; the momentum in PyTorch's form.
   */
  record Muon(double momentum, boolean nesterov, int iterations, double weightDecay) implements OptimizerRule {
    /** Checks the ranges. */
    public Muon {
      check("muon", weightDecay, 0, momentum);
      Checks.require(iterations > 0, "muon", "the number of iterations must be positive: " + iterations);
    }

    /** Momentum 0.95 in Nesterov's form, 5 iterations. */
    public Muon() {
      this(0.95, true, 5, 0);
    }

    @Override
    public List<String> stateNames() {
      return List.of("momentum_buffer");
    }

    @Override
    public Decay decay() {
      return Decay.DECOUPLED;
    }

    @Override
    public Muon withWeightDecay(double value) {
      return new Muon(momentum, nesterov, iterations, value);
    }

    @Override
    public boolean matricesOnly() {
      return true;
    }
  }

  /** Weight decay and ε are finite and not negative, factors of averages (β, momentum) at least 0 and below 1. */
  private static void check(String rule, double weightDecay, double epsilon, double... shares) {
    Checks.require(weightDecay >= 0 && Double.isFinite(weightDecay), rule, "weight decay must be finite and not negative: "
        + weightDecay);
    Checks.require(epsilon >= 0 && Double.isFinite(epsilon), rule, "epsilon must be finite and not negative: " + epsilon);
    for (double s : shares) {
      Checks.require(s >= 0 && s < 1, rule,
          "the factor of a running average (a momentum or beta) must be at least 0 and below 1: "
          + s);
    }
  }
}
