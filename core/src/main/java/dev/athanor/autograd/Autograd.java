package dev.athanor.autograd;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Gradients of recorded computations, by reverse accumulation. */
public final class Autograd {
  private Autograd() {}

  /**
   * Adds the gradient of a scalar to the {@link Tensor#grad} of every leaf it depends on, and releases the graph.
   *
   * @throws dev.athanor.AthanorException if {@code loss} is not a single element or depends on no leaf
   */
  public static void backward(Tensor loss) {
    backward(List.of(loss), null, false, false);
  }

  /**
   * Adds gradients to the leaves, for several outputs at once.
   *
   * @param outputs what is differentiated
   * @param gradients the gradient of each output, of its shape; null for 1, which needs a single element
   * @param retainGraph keep the graph for another pass
   * @param createGraph record the pass itself, so that gradients can be differentiated again; implies {@code retainGraph}
   */
  public static void backward(List<Tensor> outputs, List<Tensor> gradients, boolean retainGraph, boolean createGraph) {
    new Backward(retainGraph, createGraph, null).run(outputs, seeds(outputs, gradients));
  }

  /** The gradients of a scalar with respect to {@code inputs}; leaves' own gradients stay as they are. The graph is released. */
  public static List<Tensor> grad(Tensor output, Tensor... inputs) {
    return grad(List.of(output), List.of(inputs), null, false, false);
  }

  /**
   * The gradients of {@code Σ ⟨gradients, outputs⟩} with respect to {@code inputs}, which may be leaves or intermediate results.
   * Leaves' own gradients stay as they are. The results belong to the caller's scope.
   *
   * @return one tensor per input; zeros where an output does not depend on it
   */
  public static List<Tensor> grad(List<Tensor> outputs, List<Tensor> inputs, List<Tensor> gradients, boolean retainGraph,
      boolean createGraph) {
    for (Tensor t : inputs) {
      Checks.require(t.node() != null, "grad", () -> "an input takes part in no recorded computation: " + Checks.show("input", t)
          + "; call requiresGrad(true) before computing with it");
    }
    var targets = new ArrayList<Node>(inputs.size());
    inputs.forEach(t -> targets.add(t.node()));
    Tensor[] found = new Backward(retainGraph, createGraph, targets).run(outputs, seeds(outputs, gradients));
    var result = new ArrayList<Tensor>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      Tensor in = inputs.get(i);
      result.add(found[i] != null ? found[i] : in.device().zeros(in.dtype(), in.shape()));
    }
    return result;
  }

  private static List<Tensor> seeds(List<Tensor> outputs, List<Tensor> gradients) {
    Checks.require(!outputs.isEmpty(), "backward", "no outputs given");
    Checks.require(gradients == null || gradients.size() == outputs.size(), "backward",
        () -> "one gradient per output is needed: " + outputs.size() + " outputs, " + (gradients == null ? 0 : gradients.size())
            + " gradients");
    var seeds = new ArrayList<Tensor>(outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      Tensor y = outputs.get(i);
      Checks.require(y.node() != null, "backward", () -> "the output " + y.dtype() + y.shape()
          + " depends on no tensor that requires gradients (or was computed under noGrad)");
      if (gradients == null) {
        Checks.require(y.shape().size() == 1, "backward", () -> "the output has " + y.shape().size() + " elements, " + y.shape()
            + "; only a single element has an implied gradient of 1: reduce it, or pass its gradient");
        seeds.add(y.device().ones(y.dtype(), y.shape()));
      } else {
        Checks.shape("backward", "gradient " + i, gradients.get(i), y.shape());
        Checks.type("backward", "gradient " + i, gradients.get(i), y.dtype());
        seeds.add(gradients.get(i));
      }
    }
    return seeds;
  }
}
