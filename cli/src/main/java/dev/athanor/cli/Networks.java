package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The networks that the command line can build, by name, for data of any size. */
enum Networks {
  /** One weighted sum per output. */
  LINEAR("one layer: a weighted sum for each output"),
  /** Two hidden layers. */
  MLP("fully connected, hidden layers of 128 and 64 units, ReLU"),
  /** Two convolutions, each halved by pooling. */
  CNN("for images: convolutions 3×3 of 32 and 64 channels, each with batch norm, ReLU and pooling, then 128 hidden units");

  private static final int SMALLEST_IMAGE = 4;
  private static final int[] HIDDEN = {128, 64};
  private static final int[] CHANNELS = {32, 64};
  private static final int CNN_HIDDEN = 128;
  private static final double CNN_DROPOUT = 0.25;

  private final String description;

  Networks(String description) {
    this.description = description;
  }

  /** What the user writes. */
  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** One line. */
  String description() {
    return description;
  }

  static List<String> labels() {
    return Arrays.stream(values()).map(Networks::label).toList();
  }

  /**
   * The network of that name.
   *
   * @throws AthanorException if there is none
   */
  static Networks of(String label) {
    return Arrays.stream(values()).filter(n -> n.label().equals(label)).findFirst()
        .orElseThrow(() -> new AthanorException("there is no network '" + label + "'; expected one of "
            + String.join(", ", labels())));
  }

  /** The network for data of this shape, where the user named none. */
  static Networks suitedTo(Shape input) {
    return isImage(input) ? CNN : MLP;
  }

  private static boolean isImage(Shape input) {
    long[] d = input.dims();
    return d.length == 3 && d[1] >= SMALLEST_IMAGE && d[2] >= SMALLEST_IMAGE;
  }

  /**
   * Builds the network.
   *
   * @param input the shape of one example
   * @param outputs the number of outputs
   * @throws AthanorException if this network cannot take such data
   */
  Layer build(Shape input, long outputs) {
    return switch (this) {
      case LINEAR -> new Sequential(new Flatten(), new Linear(input.size(), outputs));
      case MLP -> mlp(input, outputs);
      case CNN -> cnn(input, outputs);
    };
  }

  private static Layer mlp(Shape input, long outputs) {
    var layers = new ArrayList<Layer>();
    layers.add(new Flatten());
    long width = input.size();
    for (int hidden : HIDDEN) {
      layers.add(new Linear(width, hidden));
      layers.add(Activation.relu());
      width = hidden;
    }
    layers.add(new Linear(width, outputs));
    return new Sequential(layers);
  }

  private static Layer cnn(Shape input, long outputs) {
    if (!isImage(input)) {
      throw new AthanorException("the network cnn needs images [channels, height, width] of at least " + SMALLEST_IMAGE + "×"
          + SMALLEST_IMAGE + "; this data has the shape " + input + ": choose --model mlp");
    }
    var layers = new ArrayList<Layer>();
    long channels = input.dims()[0];
    long height = input.dims()[1];
    long width = input.dims()[2];
    for (int c : CHANNELS) {
      layers.add(new Conv2d(channels, c, 3).padding(1).bias(false));
      layers.add(new BatchNorm(c));
      layers.add(Activation.relu());
      layers.add(new MaxPool2d(2));
      channels = c;
      height /= 2;
      width /= 2;
    }
    layers.add(new Flatten());
    layers.add(new Linear(channels * height * width, CNN_HIDDEN));
    layers.add(Activation.relu());
    layers.add(new Dropout(CNN_DROPOUT));
    layers.add(new Linear(CNN_HIDDEN, outputs));
    return new Sequential(layers);
  }
}
