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

  /** The first parameter or buffer that is not finite, as {@code parameter '0.weight'}, or null. */
  static String firstNotFinite(Layer model) {
    try (Scope _ = model.device().scope()) {
      String parameter = firstNotFinite("parameter", model.parameters());
      return parameter != null ? parameter : firstNotFinite("buffer", model.buffers());
    }
  }

  private static String firstNotFinite(String kind, Map<String, Tensor> tensors) {
    for (Map.Entry<String, Tensor> t : tensors.entrySet()) {
      if (!isFinite(t.getValue())) {
        return kind + " '" + t.getKey() + "'";
      }
    }
    return null;
  }

  /** Runs a batch again, in training mode, and names the first thing on its way that is not finite, and what may help. */
  static String firstCulprit(Layer model, Tensor x) {
    String smaller = ". Try a smaller learning rate, or clip the gradients";
    try (var _ = Tape.noGrad(); Scope _ = x.device().scope()) {
      if (!isFinite(x)) {
        return "the batch itself holds values that are not finite: look at the data";
      }
      String parameter = firstNotFinite("parameter", model.parameters());
      if (parameter != null) {
        return parameter + " was not finite before this step: the step before made it so" + smaller;
      }
      Layer first = firstNotFiniteOutput(model, x);
      for (Map.Entry<String, Layer> e : model.layers().entrySet()) {
        if (e.getValue() == first) {
          return "the first layer whose output was not finite is '" + e.getKey() + "', " + e.getValue() + smaller;
        }
      }
      return "every layer's output is finite: the loss function itself overflowed" + smaller;
    }
  }

  private static Layer firstNotFiniteOutput(Layer model, Tensor x) {
    Layer[] first = new Layer[1];
    model.observe((layer, y) -> {
      if (first[0] == null && !isFinite(y)) {
        first[0] = layer;
      }
    });
    try {
      model.apply(x);
    } finally {
      model.observe(null);
    }
    return first[0];
  }
}
