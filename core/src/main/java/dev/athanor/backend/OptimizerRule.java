package dev.athanor.backend;

/**
 * The update rules of the optimizers, with the hyper-parameters that stay the same during training. The learning rate {@code lr}
 * and the step count {@code t} (1 at the first step) are read from device memory, so that a captured step can be replayed.
 * g is the gradient, θ the parameter.
 */
public sealed interface OptimizerRule {

  /** How many state tensors of a parameter's shape the rule keeps, zero at first. */
  int stateSlots();

  /** The names of the state tensors, as PyTorch's optimizers call them. */
  java.util.List<String> stateNames();

  /**
   * Gradient descent: g ← g + weightDecay·θ; v ← momentum·v + (1 − dampening)·g (v = g at the first step);
   * θ ← θ − lr·(nesterov ? g + momentum·v : v). Source: I. Sutskever et al., ICML 2013, in PyTorch's form.
   */
  record Sgd(double momentum, double dampening, boolean nesterov, double weightDecay) implements OptimizerRule {
    @Override
    public int stateSlots() {
      return momentum == 0 ? 0 : 1;
    }

    @Override
    public java.util.List<String> stateNames() {
      return momentum == 0 ? java.util.List.of() : java.util.List.of("momentum_buffer");
    }
  }

  /**
   * Adam: m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − lr·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε).
   * With {@code decoupled} weight decay (AdamW) first θ ← θ·(1 − lr·weightDecay), else g ← g + weightDecay·θ.
   * With {@code epsilonInside}, the denominator is √(v/(1 − β₂ᵗ) + ε). With {@code amsgrad}, v in the denominator is the largest so far.
   * Sources: D. Kingma and J. Ba, ICLR 2015; I. Loshchilov and F. Hutter, ICLR 2019; S. Reddi et al., ICLR 2018.
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled, boolean amsgrad,
      boolean epsilonInside) implements OptimizerRule {
    @Override
    public int stateSlots() {
      return amsgrad ? 3 : 2;
    }

    @Override
    public java.util.List<String> stateNames() {
      return amsgrad ? java.util.List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq") : java.util.List.of("exp_avg", "exp_avg_sq");
    }
  }
}
