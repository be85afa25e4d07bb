package dev.athanor.examples.gallery;

import dev.athanor.autograd.GraphTrace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** The graph that reverse mode records of 1/(1 + exp(−(wx + b))) at x = 1, w = b = 0, with values and gradients at its nodes. */
final class RecordedGraph implements Exhibit {
  @Override
  public String name() {
    return "recorded-graph";
  }

  @Override
  public String title() {
    return "The recorded graph of 1/(1 + exp(−(wx + b)))";
  }

  @Override
  public Work make(Studio studio) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    try (Scope _ = studio.device().scope(); var trace = new GraphTrace()) {
      Tensor x = studio.device().scalar(DType.FLOAT64, 1).requiresGrad(true);
      Tensor w = studio.device().scalar(DType.FLOAT64, 0).requiresGrad(true);
      Tensor b = studio.device().scalar(DType.FLOAT64, 0).requiresGrad(true);
      trace.name(x, "x").name(w, "w").name(b, "b");
      Tensor y = w.mul(x).add(b).neg().exp().add(1).rdiv(1);
      y.backward();
      numbers.put("y", y.item());
      numbers.put("∂y/∂w", w.grad().item());
      numbers.put("∂y/∂b", b.grad().item());
      numbers.put("∂y/∂x", x.grad().item());
      var table = new Table("name", "value");
      numbers.forEach(table::row);
      return new Work(new VectorPicture(trace.toSvg(), table.toString()),
          "What automatic differentiation notes of the logistic function at x = 1, w = 0, b = 0: each operation with its "
          + "value (green) and, after the backward pass, the derivative of the result by it (red). ∂y/∂w and ∂y/∂b are ¼.",
          numbers);
    }
  }
}
