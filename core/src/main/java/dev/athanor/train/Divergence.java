package dev.athanor.train;

import dev.athanor.autograd.Tape;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.Map;

/** Finds what was the first to be not finite. */
final class Divergence {
  private Divergence() {}

  static boolean isFinite(Tensor t) {
    return !t.dtype().isFloat() || t.detach().isFinite().all().item() != 0;
  }

  /** Runs a batch again and names the first thing on its way that is not finite. */
  static String firstCulprit(Layer model, Tensor x) {
    try (var _ = Tape.noGrad(); Scope _ = x.device().scope()) {
      if (!isFinite(x)) {
        return "the batch itself holds values that are not finite: look at the data";
      }
      for (Map.Entry<String, Tensor> p : model.parameters().entrySet()) {
        if (!isFinite(p.getValue())) {
          return "parameter '" + p.getKey() + "' was not finite before this step: the step before made it so";
        }
      }
      Layer[] first = new Layer[1];
      model.observe((layer, y) -> {
        if (first[0] == null && layer.children().isEmpty() && !isFinite(y)) {
          first[0] = layer;
        }
      });
      try {
        model.apply(x);
      } finally {
        model.observe(null);
      }
      for (Map.Entry<String, Layer> e : model.layers().entrySet()) {
        if (e.getValue() == first[0]) {
          return "the first layer whose output was not finite is '" + e.getKey() + "', " + e.getValue();
        }
      }
      return "every layer's output is finite: the loss function itself overflowed";
    }
  }
}
