package dev.athanor.models;

import dev.athanor.backend.UnaryOp;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/** Networks of fully connected layers. Examples of any shape are flattened first. */
public final class Perceptrons {
  private Perceptrons() {}

  /**
   * One weighted sum for each output: F. Rosenblatt's perceptron of 1958 before its threshold. The outputs are logits: their
   * sign, or the largest, decides.
   *
   * @param in features of an example; 0 leaves them to the first batch
   */
  public static Layer perceptron(long in, long out) {
    return mlp(in, out);
  }

  /**
   * Hidden layers with ReLU, then a weighted sum for each output.
   *
   * @param in features of an example; 0 leaves them to the first batch
   * @param hidden the hidden layers' widths; none for a perceptron
   */
  public static Layer mlp(long in, long out, long... hidden) {
    return mlp(UnaryOp.RELU, in, out, hidden);
  }

  /** {@link #mlp(long, long, long...)} with another activation behind each hidden layer. */
  public static Layer mlp(UnaryOp activation, long in, long out, long... hidden) {
    List<Layer> layers = new ArrayList<>();
    layers.add(new Flatten());
    long width = in;
    for (long next : hidden) {
      layers.add(linear(width, next));
      layers.add(Activation.of(activation));
      width = next;
    }
    layers.add(linear(width, out));
    return new Sequential(layers);
  }

  static Linear linear(long in, long out) {
    return in == 0 ? new Linear(out) : new Linear(in, out);
  }
}
