package dev.athanor.loss;

import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.List;

/**
 * The structural risk's second term: {@code λ₁·Σ|w| + λ₂·Σw²} (the squared Frobenius norm) over weights, to be added to a loss.
 * Unlike an optimizer's weight decay it is part of the objective: it shows in the loss, and its gradient goes through the
 * optimizer's rule.
 *
 * <pre>{@code
 * Penalty ridge = Penalty.l2(1e-4);
 * Loss objective = (prediction, target) -> new CrossEntropy().of(prediction, target).add(ridge.of(model));
 * }</pre>
 *
 * @param l1 λ₁, not negative
 * @param l2 λ₂, not negative
 */
public record Penalty(double l1, double l2) {
  /** Checks the factors. */
  public Penalty {
    Checks.require(l1 >= 0 && l2 >= 0, "Penalty", () -> "the factors must not be negative: " + l1 + ", " + l2);
  }

  /** λ·Σ|w|: many weights become 0. */
  public static Penalty l1(double lambda) {
    return new Penalty(lambda, 0);
  }

  /** λ·Σw². */
  public static Penalty l2(double lambda) {
    return new Penalty(0, lambda);
  }

  /** Of a model's weights: its parameters of two axes and more, so neither biases nor the factors of normalisation. */
  public Tensor of(Layer model) {
    return of(model.parameters().values().stream().filter(p -> p.rank() >= 2).toList());
  }

  /** Of the given weights, at least one. */
  public Tensor of(List<Tensor> weights) {
    Checks.require(!weights.isEmpty(), "Penalty", "there are no weights; a layer that waits for its first input has none yet");
    Tensor sum = null;
    for (Tensor w : weights) {
      Tensor term = l1 == 0 ? w.square().sum().mul(l2) : w.abs().sum().mul(l1);
      if (l1 != 0 && l2 != 0) {
        term = term.add(w.square().sum().mul(l2));
      }
      sum = sum == null ? term : sum.add(term);
    }
    return sum;
  }
}
