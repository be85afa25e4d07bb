package dev.athanor.models;

import dev.athanor.nn.Activation;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.ConvTranspose2d;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Reshape;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A network that gives its input back through a narrow code: {@code encoder} to the code, {@code decoder} to the input's shape.
 * Trained with the input as target. The decoder ends in a weighted sum, without an activation. Source: G. Hinton and R.
 * Salakhutdinov, Science 2006.
 */
public final class Autoencoder extends Layer {
  private final Layer encoder;
  private final Layer decoder;

  /** From any two parts: the decoder gives what the encoder takes. */
  public Autoencoder(Layer encoder, Layer decoder) {
    this.encoder = child("encoder", encoder);
    this.decoder = child("decoder", decoder);
  }

  /**
   * Of fully connected layers with ReLU, the decoder as the encoder backwards.
   *
   * @param example the shape of one example
   * @param code the numbers an example is pressed into
   * @param hidden the encoder's hidden widths, from the input to the code
   */
  public static Autoencoder dense(Shape example, long code, long... hidden) {
    long[] back = new long[hidden.length];
    for (int i = 0; i < hidden.length; i++) {
      back[i] = hidden[hidden.length - 1 - i];
    }
    return new Autoencoder(Perceptrons.mlp(example.size(), code, hidden),
        new Sequential(Perceptrons.mlp(code, example.size(), back), new Reshape(example.dims())));
  }

  /**
   * Of convolutions that halve the sides and transposed ones that double them, for images whose sides can be halved so often.
   *
   * @param example the shape {@code [C, H, W]} of one example
   * @param code the numbers an example is pressed into
   * @param channels of each halving, such as 16, 32
   */
  public static Autoencoder convolutional(Shape example, long code, long... channels) {
    int times = channels.length;
    Checks.require(example.rank() == 3 && times > 0 && example.dim(1) % (1L << times) == 0 && example.dim(2) % (1L << times) == 0,
        "Autoencoder", "needs images [C, H, W] whose sides can be halved " + times + " times, not " + example);
    long height = example.dim(1) >> times;
    long width = example.dim(2) >> times;
    List<Layer> down = new ArrayList<>();
    List<Layer> up = new ArrayList<>();
    long last = channels[times - 1];
    up.add(new Linear(code, last * height * width));
    up.add(Activation.relu());
    up.add(new Reshape(last, height, width));
    long from = example.dim(0);
    for (long to : channels) {
      down.add(new Conv2d(from, to, 3).stride(2).padding(1));
      down.add(Activation.relu());
      from = to;
    }
    for (int i = times - 1; i >= 0; i--) {
      long to = i == 0 ? example.dim(0) : channels[i - 1];
      up.add(new ConvTranspose2d(channels[i], to, 3).stride(2).padding(1).outputPadding(1));
      if (i > 0) {
        up.add(Activation.relu());
      }
    }
    down.add(new Flatten());
    down.add(new Linear(last * height * width, code));
    return new Autoencoder(new Sequential(down), new Sequential(up));
  }

  /** The code of each example. */
  public Tensor encode(Tensor x) {
    return encoder.apply(x);
  }

  /** The examples of codes. */
  public Tensor decode(Tensor code) {
    return decoder.apply(code);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return decode(encode(x));
  }
}
