package dev.athanor.nn;

import dev.athanor.tensor.Tensor;
import java.util.List;

/**
 * Layers one after another, named {@code 0}, {@code 1}, … A {@link Linear} layer or a convolution
 * followed by an {@link Activation} runs as one operation where it can.
 */
public final class Sequential extends Layer {
  private final List<Layer> sequence;

  /** The layers in order. */
  public Sequential(Layer... layers) {
    this(List.of(layers));
  }

  /** The layers in order. */
  public Sequential(List<? extends Layer> layers) {
    sequence = List.copyOf(layers);
    for (int i = 0; i < sequence.size(); i++) {
      child(Integer.toString(i), sequence.get(i));
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = x;
    for (int i = 0; i < sequence.size(); i++) {
      Layer layer = sequence.get(i);
      if (layer instanceof TakesActivation fused && i + 1 < sequence.size() && sequence.get(i + 1) instanceof Activation next
          && next.function() != null && !isObserved()) {
        y = fused.apply(y, next.function());
        i++;
      } else {
        y = layer.apply(y);
      }
    }
    return y;
  }
}
