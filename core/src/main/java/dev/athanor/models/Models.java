package dev.athanor.models;

import dev.athanor.AthanorException;
import dev.athanor.models.ResNet.Block;
import dev.athanor.models.ResNet.Plan;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The common networks by name, for data of any size. */
public enum Models {
  /** One weighted sum per output. */
  LINEAR("a perceptron: one weighted sum for each output", 0),
  /** Two hidden layers. */
  MLP("fully connected, hidden layers of 128 and 64 units, ReLU", 0),
  /** Two convolutions, each halved by pooling. */
  CNN("convolutions 3×3 of 32 and 64 channels, each with batch norm, ReLU and pooling, then 128 hidden units", 4),
  /** Y. LeCun's of 1998. */
  LENET5("LeNet-5: two convolutions 5×5 with mean pooling, 120 and 84 hidden units, tanh", 12),
  /** Six convolutions. */
  VGG_SMALL("in VGG's manner: six convolutions 3×3 of 64 to 256 channels with batch norm, pooled after each pair", 8),
  /** K. He's of 2015. */
  RESNET18("residual, 18 layers of 64 to 512 channels; images below 64×64 keep their size in the first layers", 8),
  /** K. He's of 2015. */
  RESNET34("residual, 34 layers, else as resnet18", 8),
  /** K. He's of 2015. */
  RESNET50("residual, 50 layers with bottlenecks, else as resnet18", 8),
  /** K. He's for CIFAR-10. */
  RESNET20("residual, 20 layers of 16 to 64 channels, for small images", 4),
  /** K. He's for CIFAR-10. */
  RESNET56("residual, 56 layers of 16 to 64 channels, for small images", 4),
  /** K. He's for CIFAR-10, of 2016. */
  PRERESNET20("as resnet20, batch norm and ReLU before each convolution", 4),
  /** A. Howard's of 2017. */
  MOBILENET("depthwise-separable convolutions of 32 to 1,024 channels", 4);

  private static final int SMALL = 64;

  private final String description;
  private final int smallest;

  Models(String description, int smallest) {
    this.description = description;
    this.smallest = smallest;
  }

  /** The name that users write: {@code vgg-small}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** One line. */
  public String description() {
    return description;
  }

  /** All names, in order. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Models::label).toList();
  }

  /**
   * The network of that name.
   *
   * @throws AthanorException if there is none; the message lists those there are
   */
  public static Models of(String label) {
    return Arrays.stream(values()).filter(n -> n.label().equals(label)).findFirst()
        .orElseThrow(() -> new AthanorException("there is no network '" + label + "'; expected one of "
            + String.join(", ", labels())));
  }

  /** A network that suits data of this shape: {@link #CNN} for images, else {@link #MLP}. */
  public static Models suitedTo(Shape input) {
    return CNN.takes(input) ? CNN : MLP;
  }

  /** Whether the network can be built for examples of this shape. */
  public boolean takes(Shape input) {
    long[] d = input.dims();
    return smallest == 0 || d.length == 3 && d[1] >= smallest && d[2] >= smallest && (this != LENET5 || d[1] == d[2]);
  }

  /**
   * Builds the network; every size is known, so that it has its parameters as soon as it is initialised.
   *
   * @param input the shape of one example
   * @param outputs the number of outputs
   * @throws AthanorException if this network cannot take such data
   */
  public Layer build(Shape input, long outputs) {
    if (!takes(input)) {
      throw new AthanorException("the network " + label() + " needs " + (this == LENET5 ? "square " : "")
          + "images [channels, height, width] of at least " + smallest + "×" + smallest + "; this data has the shape " + input
          + ": choose another, such as " + suitedTo(input).label());
    }
    return switch (this) {
      case LINEAR -> Perceptrons.perceptron(input.size(), outputs);
      case MLP -> Perceptrons.mlp(input.size(), outputs, 128, 64);
      case CNN -> ConvNets.cnn(input, outputs);
      case LENET5 -> ConvNets.lenet5(input.dim(0), input.dim(1), outputs);
      case VGG_SMALL -> ConvNets.vggSmall(input.dim(0), outputs);
      case RESNET18 -> residual(ResNet.resnet18(), input, outputs);
      case RESNET34 -> residual(ResNet.resnet34(), input, outputs);
      case RESNET50 -> residual(ResNet.resnet50(), input, outputs);
      case RESNET20 -> residual(ResNet.cifar(Block.BASIC, 20), input, outputs);
      case RESNET56 -> residual(ResNet.cifar(Block.BASIC, 56), input, outputs);
      case PRERESNET20 -> residual(ResNet.cifar(Block.PRE_BASIC, 20), input, outputs);
      case MOBILENET -> new MobileNet(1, isSmall(input), input.dim(0), outputs);
    };
  }

  private static Layer residual(Plan plan, Shape input, long outputs) {
    return new ResNet(isSmall(input) ? plan.small() : plan, input.dim(0), outputs);
  }

  private static boolean isSmall(Shape input) {
    return Math.min(input.dim(1), input.dim(2)) < SMALL;
  }
}
